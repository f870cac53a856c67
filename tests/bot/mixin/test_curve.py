"""Ed25519 public keys and their X25519 forms."""

from typing import Any

import pytest

from bot.mixin.curve import ed25519_of_x25519, x25519_of_ed25519
from tests.bot.mixin.vectors import case_id, cases

ACCEPTED = [case for case in cases("keystores") if "server_public_key" in case["keystore"]]


@pytest.mark.parametrize("case", ACCEPTED, ids=case_id)
def test_server_key_on_the_other_curve(case: dict[str, Any]) -> None:
    """A server key converts to what the SDKs compute, and back to a key that converts the same."""
    x25519 = bytes.fromhex(case["expected"]["server_x25519_public_hex"])
    assert x25519_of_ed25519(bytes.fromhex(case["keystore"]["server_public_key"])) == x25519
    assert x25519_of_ed25519(ed25519_of_x25519(x25519)) == x25519


@pytest.mark.parametrize("key", [b"", b"x" * 31, b"x" * 33, b"\x01" + bytes(31)])
def test_what_has_no_form_on_the_other_curve(key: bytes) -> None:
    """A key of another length, and the neutral point, are refused instead of giving a wrong key."""
    with pytest.raises(ValueError, match="the key has"):
        x25519_of_ed25519(key)


def test_the_point_that_has_no_way_back() -> None:
    """The one X25519 value without an Ed25519 form is refused."""
    with pytest.raises(ValueError, match="no Ed25519 form"):
        ed25519_of_x25519((2**255 - 20).to_bytes(32, "little"))
