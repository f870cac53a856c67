"""Keys: the public half of every Keystore shape."""

from typing import Any

import pytest

from bot.sandbox.keys import SANDBOX_PREFIX, Verifier, montgomery, new_keystore, session_of
from bot.sandbox.sandbox import refuse_real
from tests.bot.sandbox.client import vectors

OF_BOTS = [case for case in vectors("keystores")["cases"] if "authorization_id" not in case["keystore"]]


@pytest.mark.parametrize("case", OF_BOTS, ids=lambda case: case["name"])
def test_every_keystore_shape_has_its_public_half(case: Any) -> None:
    """What the bot signs with is recognised whatever the file looked like."""
    session, expected = session_of(case["keystore"]), case["expected"]
    assert (session.user_id, session.session_id) == (expected["client_id"], expected["session_id"])
    assert session.algorithm == expected["jwt_alg"]
    if session.algorithm == "EdDSA":
        assert session.text == expected["session_public_key_hex"]


@pytest.mark.parametrize("case", vectors("ed25519_x25519")["cases"], ids=lambda case: case["id"])
def test_curve_keys_are_the_official_ones(case: Any) -> None:
    """The Montgomery form of an Ed25519 public key."""
    public = next(value for key, value in _flat(case) if "ed25519_public" in key)
    curve = next(value for key, value in _flat(case) if "x25519_public" in key)
    assert montgomery(bytes.fromhex(public)).hex() == curve


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "A" * 20])
def test_a_key_of_no_known_form_is_refused(key: str) -> None:
    """Whatever is neither hex nor base64 of 32 or 64 bytes."""
    with pytest.raises((ValueError, KeyError)):
        session_of({"app_id": "a", "session_id": "s", "session_private_key": key})


def test_a_fresh_keystore_signs_for_itself_only() -> None:
    """Two sandboxes never share a key."""
    first, second = (new_keystore(f"{SANDBOX_PREFIX}0000-4000-8000-000000000000") for _ in range(2))
    refuse_real(first)
    assert session_of(first).text != session_of(second).text
    assert not Verifier("EdDSA", session_of(first).text).accepts(b"\0" * 64, b"x")


def _flat(value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from _flat(inside, f"{path}.{key}")
    else:
        yield path, value
