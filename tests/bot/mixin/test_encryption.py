"""Sealed messages: as the SDKs seal and open them, and safe from whatever comes instead."""

import os
import random
import resource
import uuid
from base64 import b64decode, urlsafe_b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import CannotOpen
from bot.mixin.contents import base64_bytes
from bot.mixin.curve import x25519_of_ed25519, x25519_of_seed
from bot.mixin.encryption import MOST_SESSIONS, Envelope, Sealer, checksum
from tests.bot.mixin.vectors import SEED, case_id, cases, vectors

MUTATIONS = int(os.environ.get("MIXBOT_CIPHERTEXTS", "20000"))
"""How many changed texts are opened; 1,000,000 take a few minutes."""

SESSION = "c8b17964-0141-4ccd-afc5-6ae08f5e7895"
SEALED = cases("encrypted_messages")
NOBODY = str(uuid.UUID(int=0))


def sealer(seed_hex: str = SEED, session_id: str = SESSION) -> Sealer:
    return Sealer(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed_hex)), session_id)


def envelope(sender: Sealer, session_id: str, public_key: bytes) -> Envelope:
    return uuid.UUID(session_id).bytes, sender.secret(public_key)


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize("case", cases("ed25519_x25519"), ids=case_id)
def test_keys_on_the_other_curve(case: dict[str, Any]) -> None:
    """Private and public keys convert to what the SDKs compute."""
    seed, public = bytes.fromhex(case["ed25519_seed_hex"]), bytes.fromhex(case["ed25519_public_hex"])
    assert x25519_of_seed(seed).hex() == case["x25519_private_hex"]
    assert x25519_of_ed25519(public).hex() == case["x25519_public_hex"]
    assert sealer(case["ed25519_seed_hex"]).public_key.hex() == case["x25519_public_hex"]


@pytest.mark.parametrize("case", cases("shared_secrets"), ids=case_id)
def test_shared_secrets(case: dict[str, Any]) -> None:
    """The secret shared with a key is the raw one of X25519, from either form of that key."""
    given, wanted = case["input"], case["expected"]["shared_secret_hex"]
    own = sealer(given["session_private_key"])
    assert own.secret(x25519_of_ed25519(bytes.fromhex(given["server_public_key"]))).hex() == wanted
    assert own.secret(raw(given["legacy_pin_token_base64rawurl"])).hex() == wanted


@pytest.mark.parametrize("case", cases("session_checksums"), ids=case_id)
def test_checksums(case: dict[str, Any]) -> None:
    """The checksum of sessions does not depend on their order."""
    ids = case["input"]["session_ids"]
    assert checksum(ids) == checksum(reversed(ids)) == case["expected"]


@pytest.mark.parametrize("case", [case for case in SEALED if "random" in case["input"]], ids=case_id)
def test_sealed_as_the_sdk_seals(case: dict[str, Any]) -> None:
    """With the same randomness every byte is the same, and every session of the receiver can open it."""
    given, wanted = case["input"], case["expected"]
    drawn = given["random"]
    own = sealer(given["sender_private_seed_hex"])
    envelopes = [envelope(own, one["session_id"], raw(one["public_key"])) for one in given["sessions"]]
    plain = b64decode(given["plaintext_base64"])

    sealed = own.seal(
        plain,
        envelopes,
        lambda _: bytes.fromhex(drawn["message_key_hex"] + drawn["nonce_hex"] + "".join(drawn["iv_hex"])),
    )

    assert sealed == raw(wanted["data_base64"])
    assert len(sealed) == wanted["total_bytes"]
    assert checksum(one["session_id"] for one in given["sessions"]) == wanted["checksum"]
    for one in given["sessions"]:
        assert sealer(one["recipient_private_seed_hex"], one["session_id"]).open(sealed) == plain


@pytest.mark.parametrize("case", [case for case in SEALED if "decrypt_as" in case["input"]], ids=case_id)
def test_opened_among_hundreds_of_sessions(case: dict[str, Any]) -> None:
    """The own session is found wherever it stands among more of them than one byte can count."""
    sealed = raw(case["expected"]["data_base64"])
    for one in case["input"]["decrypt_as"]:
        opened = sealer(one["recipient_private_seed_hex"], one["session_id"]).open(sealed)
        assert opened == b64decode(case["input"]["plaintext_base64"])


@pytest.mark.parametrize("case", vectors("encrypted_messages")["negative_cases"], ids=case_id)
def test_what_cannot_be_opened(case: dict[str, Any]) -> None:
    """Cut, changed, miscounted, or for others: it is refused, and never half opened."""
    given = case["input"]
    with pytest.raises(CannotOpen):
        sealer(given["recipient_private_seed_hex"], given["session_id"]).open(raw(given["data_base64"]))


def test_sealed_by_the_desktop_app() -> None:
    """What an app of Mixin's own sealed is opened."""
    for case in vectors("encrypted_messages")["sdk_test_vectors"]:
        session_id = str(uuid.UUID(bytes=base64_bytes(case["session_id_base64_std"])))
        own = sealer(b64decode(case["recipient_seed_base64_std"]).hex(), session_id)
        assert own.open(b64decode(case["payload_base64_std"])).decode() == case["expected_plaintext_utf8"]


def test_an_id_that_stands_across_entries_is_no_entry() -> None:
    """The bytes of the own session id, where no entry begins, lead nowhere; the entry behind them does."""
    own = sealer()
    ours = envelope(own, SESSION, own.public_key)
    decoy = (b"12345678" + ours[0][:8], ours[1])
    sealed = bytearray(own.seal(b"Hi", [decoy, ours]))
    sealed[35 + 8 : 35 + 24] = ours[0]
    assert own.open(bytes(sealed)) == b"Hi"
    del sealed[35 + 64 : 35 + 128]
    sealed[1] = 1
    with pytest.raises(CannotOpen, match="for other sessions"):
        own.open(bytes(sealed))


def test_nobody_and_too_many_to_seal_for() -> None:
    """A text is sealed for 1 to 510 sessions."""
    own = sealer()
    one = envelope(own, NOBODY, own.public_key)
    with pytest.raises(ValueError, match="0 sessions"):
        own.seal(b"Hi", [])
    with pytest.raises(ValueError, match="511 sessions"):
        own.seal(b"Hi", [one] * (MOST_SESSIONS + 1))


def test_keys_that_give_everybody_the_same_secret() -> None:
    """A key of small order is refused by who seals, and a text that came with one cannot be opened."""
    own = sealer()
    sealed = bytearray(own.seal(b"Hi", [envelope(own, SESSION, own.public_key)]))
    for weak in (bytes(32), b"\x01" + bytes(31)):
        with pytest.raises(ValueError):
            own.secret(weak)
        sealed[3:35] = weak
        with pytest.raises(CannotOpen):
            own.open(bytes(sealed))


def test_two_texts_have_nothing_in_common() -> None:
    """The same text for the same session is never sealed to the same bytes."""
    own = sealer()
    ours = [envelope(own, SESSION, own.public_key)]
    one, other = own.seal(b"Hi", ours), own.seal(b"Hi", ours)
    assert one[:51] == other[:51]
    assert not set(
        zip(range(51, len(one), 16), (one[at : at + 16] for at in range(51, len(one), 16)), strict=True)
    ) & set(zip(range(51, len(one), 16), (other[at : at + 16] for at in range(51, len(one), 16)), strict=True))


def test_T12_mutated_ciphertexts() -> None:
    """Texts with bytes changed, cut or repeated are opened whole or refused: no crash, and no growing memory."""
    chance = random.Random(20260102)
    own = sealer()
    ours = [envelope(own, SESSION, own.public_key)]
    texts = [own.seal(chance.randbytes(size), ours * sessions) for size in (0, 5, 200) for sessions in (1, 2, 7)]
    opened = refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(MUTATIONS):
        text = bytearray(chance.choice(texts))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(text)) if chance.random() < 0.5 else min(chance.randrange(52), len(text) - 1)
            text[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        try:
            own.open(bytes(text))
            opened += 1
        except CannotOpen:
            refused += 1
    assert opened > MUTATIONS // 5
    assert refused > MUTATIONS // 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
