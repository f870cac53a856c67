"""Encryption as the documents tell it, against the vectors and against damage."""

import base64
import os
import random
import resource
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.base64s import from_any, to_url
from bot.sandbox.ids import new_id
from bot.sandbox.keys import curve_public, device_seed, montgomery, montgomery_private, shared_secret
from bot.sandbox.sealed_files import KEY_BYTES, seal_file, unseal_file
from bot.sandbox.sealing import Unreadable, checksum, seal, sealed_for, unseal
from tests.bot.sandbox.client import vectors

MESSAGES = vectors("encrypted_messages")
MADE_HERE = [case for case in MESSAGES["cases"] if "random" in case["input"]]
MANY = next(case for case in MESSAGES["cases"] if "decrypt_as" in case["input"])
FILES = vectors("encrypted_attachments")["cases"]
MUTATIONS = int(os.environ.get("MIXBOT_CIPHERTEXTS", "10000"))
"""How many changed payloads are opened; 1,000,000 take a few minutes."""


def case_id(case: Any) -> str:
    return str(case["id"])


def drawn(case: Any) -> Callable[[int], bytes]:
    """The random bytes of a case, in the order in which they are used."""
    random = case["input"]["random"]
    left = [bytes.fromhex(one) for one in (random["message_key_hex"], random["nonce_hex"], *random["iv_hex"])]

    def draw(size: int) -> bytes:
        assert len(left[0]) == size
        return left.pop(0)

    return draw


@pytest.mark.parametrize("case", MADE_HERE, ids=case_id)
def test_encryption_is_byte_for_byte_the_official_one(case: Any) -> None:
    """The same key, nonce and vectors give the same payload, checksum and list of sessions."""
    given_, expected = case["input"], case["expected"]
    sessions = [(one["session_id"], from_any(one["public_key"])) for one in given_["sessions"]]
    seed = bytes.fromhex(given_["sender_private_seed_hex"])
    made = seal(seed, base64.b64decode(given_["plaintext_base64"]), sessions, random=drawn(case))
    assert (to_url(made), len(made)) == (expected["data_base64"], expected["total_bytes"])
    assert checksum(one for one, _ in sessions) == expected["checksum"]
    assert [{"session_id": one} for one in sealed_for(made)] == expected["recipient_sessions"]


@pytest.mark.parametrize("case", [*MADE_HERE, MANY], ids=case_id)
def test_every_session_opens_what_is_for_it(case: Any) -> None:
    """Also with three hundred of them, whose number needs both bytes of its field."""
    payload = from_any((case.get("expected") or case["input"])["data_base64"])
    for one in case["input"].get("sessions") or case["input"]["decrypt_as"]:
        opened = unseal(payload, one["session_id"], bytes.fromhex(one["recipient_private_seed_hex"]))
        assert base64.b64encode(opened).decode() == case["input"]["plaintext_base64"]


@pytest.mark.parametrize("case", MESSAGES["negative_cases"], ids=case_id)
def test_what_is_not_for_a_session_or_is_damaged_stays_closed(case: Any) -> None:
    """Each of the vectors that must fail fails with a reason."""
    given_ = case["input"]
    with pytest.raises(Unreadable):
        unseal(
            from_any(given_["data_base64"]), given_["session_id"], bytes.fromhex(given_["recipient_private_seed_hex"])
        )


@pytest.mark.parametrize("case", vectors("ed25519_x25519")["cases"], ids=case_id)
def test_private_keys_become_the_official_curve_keys(case: Any) -> None:
    """Both halves of a key, from one to the other curve."""
    seed = bytes.fromhex(case["ed25519_seed_hex"])
    assert montgomery_private(seed).hex() == case["x25519_private_hex"]
    assert curve_public(seed).hex() == case["x25519_public_hex"]


@pytest.mark.parametrize("case", vectors("shared_secrets")["cases"], ids=case_id)
def test_secrets_are_the_official_ones(case: Any) -> None:
    """With a server's Ed25519 key that is converted first, and with a pin token that is a curve key already."""
    given_ = case["input"]
    seed, server = (bytes.fromhex(given_[name]) for name in ("session_private_key", "server_public_key"))
    for public in (montgomery(server), from_any(given_["legacy_pin_token_base64rawurl"])):
        assert shared_secret(seed, public).hex() == case["expected"]["shared_secret_hex"]


@pytest.mark.parametrize("case", vectors("session_checksums")["cases"], ids=case_id)
def test_checksums_are_the_official_ones(case: Any) -> None:
    """Whatever order the sessions come in."""
    ids = case["input"]["session_ids"]
    assert checksum(ids) == checksum(ids[::-1]) == case["expected"]


@pytest.mark.parametrize("case", FILES, ids=case_id)
def test_files_are_byte_for_byte_the_official_ones(case: Any) -> None:
    """And come back as they were."""
    content, key = (base64.b64decode(case["input"][name]) for name in ("plaintext_base64", "key_base64"))
    made, digest = seal_file(content, key, bytes.fromhex(case["input"]["iv_hex"]))
    assert base64.b64encode(made).decode() == case["expected"]["file_base64"]
    assert base64.b64encode(digest).decode() == case["expected"]["digest_base64"]
    assert unseal_file(made, key, digest) == content


@pytest.mark.parametrize("at", [0, 20, -1])
def test_a_damaged_file_stays_closed(at: int) -> None:
    """A changed byte anywhere, another digest, half a key."""
    key = bytes(range(KEY_BYTES))
    made, digest = seal_file(b"a picture", key)
    bad = bytearray(made)
    bad[at] ^= 1
    for wrong in ((bytes(bad), key, digest), (made, key[:32], digest), (made, key, bytes(32)), (b"", key, digest)):
        with pytest.raises(Unreadable):
            unseal_file(*wrong)


SESSION, SEED = new_id(), bytes(range(32))
WHOLE = seal(SEED, b"hello", [(SESSION, curve_public(device_seed(SESSION)))])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_is_taken_for_a_message(data: st.DataObject) -> None:
    """Cut, grown or with bytes changed, a payload is never opened, and never anything but unreadable."""
    bad = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(bad) - 1))
        bad[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(bad)))
    for payload in (bytes(bad), bytes(bad[:cut]), WHOLE + bytes(cut + 1)):
        if payload == WHOLE:
            continue
        with pytest.raises(Unreadable):
            unseal(payload, SESSION, device_seed(SESSION))


def test_T12_mutated_ciphertexts_in_the_sandbox() -> None:
    """Payloads with bytes changed, cut or repeated are opened whole or refused: no crash, and no growing memory."""
    chance = random.Random(20260103)
    own = (SESSION, curve_public(device_seed(SESSION)))
    others = [(new_id(), curve_public(SEED)) for _ in range(6)]
    told = [chance.randbytes(size) for size in (0, 5, 200)]
    payloads = [seal(SEED, text, [own, *others[:more]]) for text in told for more in (0, 1, 6)]
    opened = refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(MUTATIONS):
        payload = bytearray(chance.choice(payloads))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(payload)) if chance.random() < 0.5 else chance.randrange(52)
            payload[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        try:
            assert unseal(bytes(payload), SESSION, device_seed(SESSION)) in told
            opened += 1
        except Unreadable:
            refused += 1
    assert opened > MUTATIONS // 5
    assert refused > MUTATIONS // 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_key_that_gives_everybody_the_same_secret_is_refused() -> None:
    """A point of small order in place of the sender's key."""
    payload = WHOLE[:3] + bytes(32) + WHOLE[35:]
    with pytest.raises(Unreadable, match="key is none"):
        unseal(payload, SESSION, device_seed(SESSION))
