"""Keystores of every shape: those that load, and those that are refused without a byte of a key."""

import json
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.errors import SetupError
from bot.mixin.keystore import SANDBOX_PREFIX, load_keystore
from tests.bot.mixin.vectors import SEED, bot_keystore, case_id, cases, vectors

BOTS = [case for case in cases("keystores") if case["expected"]["format"] != "oauth"]
GRANTS = [case for case in cases("keystores") if case["expected"]["format"] == "oauth"]
CURRENT = cases("keystores")[0]["keystore"]
LEGACY = cases("keystores")[4]["keystore"]


def refused(text: str) -> SetupError:
    """The error for a keystore, after looking that it shows nothing of the keys in it."""
    with pytest.raises(SetupError) as caught:
        load_keystore(text, source="keystore.json")
    shown = f"{caught.value} {caught.value!r} {caught.value.__context__!r} {caught.value.__cause__!r}"
    for secret in (SEED, CURRENT["session_private_key"], LEGACY["private_key"], "zz!zz!"):
        assert all(secret[start : start + 8] not in shown for start in range(len(secret) - 7))
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("case", BOTS, ids=case_id)
def test_check_11_keystores_load(case: dict[str, Any]) -> None:
    """Shapes A, A', B and C load, with upper-case hex and padded base64, to the ids and keys that they hold."""
    expected = case["expected"]
    keystore = load_keystore(json.dumps(case["keystore"]), source="keystore.json")

    assert (keystore.app_id, keystore.session_id) == (expected["client_id"], expected["session_id"])
    assert keystore.algorithm == expected["jwt_alg"]
    if isinstance(keystore.key, Ed25519PrivateKey):
        assert keystore.key.private_bytes_raw().hex() == expected["session_seed_hex"]
        assert keystore.key.public_key().public_bytes_raw().hex() == expected["session_public_key_hex"]
        assert keystore.server_key.hex() == expected["server_x25519_public_hex"]
    else:
        pem = keystore.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        assert pem.decode() == expected["rsa_public_key_pem"]


def test_rsa_key_with_line_breaks_spelt_out() -> None:
    """A PEM key copied through another tool, with its line breaks spelt out, loads."""
    members = cases("keystores")[7]["keystore"]
    spelt = members | {"private_key": members["private_key"].replace("\n", "\\r\\n")}
    assert isinstance(load_keystore(json.dumps(spelt), source="x").key, RSAPrivateKey)


@pytest.mark.parametrize("case", vectors("keystores")["reject_cases"], ids=case_id)
def test_T28_broken_keystores_are_refused(case: dict[str, Any]) -> None:
    """Every keystore that should not work is refused at the start, with a code and without its key."""
    codes = {"ksbad-03": "MB108", "ksbad-04": "MB108", "ksbad-05": "MB108", "ksbad-07": "MB104"}
    assert refused(json.dumps(case["keystore"])).code == codes.get(case["id"], "MB102")


@pytest.mark.parametrize("case", GRANTS, ids=case_id)
def test_check_11_oauth_keystore_is_refused(case: dict[str, Any]) -> None:
    """A person's OAuth keystore is told from the bot's own."""
    assert refused(json.dumps(case["keystore"])).code == "MB104"


@pytest.mark.parametrize("length", range(0, 297, 11))
def test_T28_truncated_keystores(length: int) -> None:
    """A keystore written by half is refused wherever it ends, and the text says where."""
    error = refused(json.dumps(CURRENT, indent=1)[:length])
    assert error.code == "MB102"
    assert "line" in str(error)


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"session_private_key": "ab" * 31}, "MB108", "has 62 hex digits, expected 64"),
        ({"session_private_key": "ab" * 33}, "MB108", "has 66 hex digits, expected 64"),
        ({"session_private_key": ""}, "MB108", "session_private_key is missing"),
        ({"session_private_key": LEGACY["private_key"]}, "MB108", "has 86 characters and looks like the older base64"),
        ({"session_private_key": "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"}, "MB108", "holds no RSA key"),
        ({"session_private_key": 5}, "MB108", "session_private_key is missing"),
        ({"session_private_key": "Z" * 41}, "MB108", "neither 64 hex digits nor base64"),
        ({"session_private_key": "é" * 43}, "MB108", "neither 64 hex digits nor base64"),
        ({"server_public_key": "ab" * 31}, "MB108", "server_public_key has 62 characters, expected 64 hex digits"),
        ({"server_public_key": "01" + "00" * 31}, "MB108", "server_public_key has 64 characters"),
        ({"session_id": "7000"}, "MB102", "session_id is not a UUID"),
        ({"app_id": None}, "MB102", "app_id is missing"),
        ({"user_id": "53f776d5-272f-4997-94a0-a85834982363"}, "MB102", "app_id and user_id differ"),
    ],
)
def test_T28_wrong_members(change: dict[str, Any], code: str, words: str) -> None:
    """What is wrong with a member is said in words: which, what was found, and what was wanted."""
    error = refused(json.dumps(CURRENT | change))
    assert error.code == code
    assert words in str(error)


@pytest.mark.parametrize("text", ["", "[]", "null", "5", '"x"', "{", "[" * 100_000, '{"a":1}{', '{"app_id" "x"}'])
def test_T28_what_is_no_object(text: str) -> None:
    """Anything but one JSON object is refused as such."""
    assert refused(text).code == "MB102"


def test_position_of_a_missing_comma() -> None:
    """The text of MB102 names line and column, as an editor counts them."""
    text = '{\n  "app_id": "x"\n  "session_id": "y"\n}'
    assert "(line 3, column 3: missing comma)" in str(refused(text))


def test_T22_keystore_does_not_show_its_key() -> None:
    """A keystore in a log line or a traceback shows its ids only."""
    keystore = bot_keystore()
    shown = f"{keystore!r} {keystore} {keystore.key!r}"
    assert SEED not in shown
    assert bytes.fromhex(SEED).hex() not in shown
    assert keystore.server_key.hex() not in shown


@pytest.mark.parametrize("name", ["spend_private_key", "spend_key", "pin"])
def test_spend_key_is_dropped_with_a_warning(name: str) -> None:
    """A key or PIN that could move money is not kept, and the owner is told, without its value."""
    with structlog.testing.capture_logs() as logs:
        keystore = load_keystore(json.dumps(CURRENT | {name: "123456"}), source="keystore.json")
    assert [(line["code"], line["member"]) for line in logs] == [("MB107", name)]
    assert "123456" not in f"{logs} {keystore}"


def test_empty_pin_needs_no_warning() -> None:
    """The empty `pin` of an old keystore is nothing to warn of."""
    with structlog.testing.capture_logs() as logs:
        load_keystore(json.dumps(LEGACY | {"pin": ""}), source="keystore.json")
    assert logs == []


def test_keystore_of_the_sandbox_is_known_by_its_id() -> None:
    """The sandbox's keystores can be told from real ones without asking anybody."""
    members = CURRENT | {"app_id": SANDBOX_PREFIX + "0000-4000-8000-000000000001"}
    assert load_keystore(json.dumps(members), source="x").of_sandbox
    assert not bot_keystore().of_sandbox
