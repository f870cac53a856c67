"""Sealed files: as the apps seal them, and nothing of them is believed before all of it is checked."""

from base64 import b64decode, b64encode
from typing import Any

import pytest

from bot.errors import CannotOpen
from bot.mixin.sealed_files import OVERHEAD, open_file, seal_file
from tests.bot.mixin.vectors import case_id, cases


@pytest.mark.parametrize("case", cases("encrypted_attachments"), ids=case_id)
def test_sealed_as_the_apps_seal(case: dict[str, Any]) -> None:
    """With the same key and IV every byte is the same; key and digest open the file again."""
    given, wanted = case["input"], case["expected"]
    plain = b64decode(given["plaintext_base64"])

    sealed = seal_file(plain, b64decode(given["key_base64"]), bytes.fromhex(given["iv_hex"]))

    assert (sealed.content, sealed.digest) == (b64decode(wanted["file_base64"]), wanted["digest_base64"])
    assert sealed.key == given["key_base64"]
    assert open_file(sealed.content, sealed.key, sealed.digest) == plain
    assert len(sealed.content) - len(plain) <= OVERHEAD


def test_every_file_has_a_key_of_its_own() -> None:
    """The same file sealed twice has nothing in common."""
    one, other = seal_file(b"Hi"), seal_file(b"Hi")
    assert {one.key, one.content, one.digest}.isdisjoint({other.key, other.content, other.digest})


@pytest.mark.parametrize("place", [0, 20, 48, -1])
def test_a_changed_file(place: int) -> None:
    """One changed byte anywhere: the digest tells."""
    sealed = seal_file(b"something worth hiding")
    changed = bytearray(sealed.content)
    changed[place] ^= 1
    with pytest.raises(CannotOpen, match="another file"):
        open_file(bytes(changed), sealed.key, sealed.digest)


def test_somebody_who_knows_the_digest_only() -> None:
    """A file that fits its digest, but was sealed with another key, is refused by its code."""
    sealed, other = seal_file(b"Hi"), seal_file(b"Hi")
    with pytest.raises(CannotOpen, match="another key"):
        open_file(sealed.content, other.key, sealed.digest)


@pytest.mark.parametrize("size", [0, 1, 48, 63, 65])
def test_what_is_no_sealed_file(size: int) -> None:
    """Too short, or cut within a block."""
    key = b64encode(bytes(64)).decode()
    with pytest.raises(CannotOpen, match="no sealed file"):
        open_file(bytes(size), key, key)


@pytest.mark.parametrize("key", ["", "?", "c2hvcnQ=", "ключ"])
def test_keys_that_are_none(key: str) -> None:
    """A key that is no base64, or too short, is refused like a file that does not fit."""
    sealed = seal_file(b"Hi")
    with pytest.raises(CannotOpen):
        open_file(sealed.content, key, sealed.digest)
