"""Any keystore, rewritten as the dashboard would write it today."""

import json
from typing import Any

import pytest

from bot.errors import SetupError
from bot.mixin.keystore import load_keystore
from bot.mixin.keystore_import import import_keystore, yaml_lines
from tests.bot.mixin.vectors import case_id, cases

BOTS = [case for case in cases("keystores") if case["expected"]["format"] != "oauth"]
CURRENT = cases("keystores")[0]["keystore"]
LEGACY = cases("keystores")[4]["keystore"]
RSA = cases("keystores")[7]["keystore"]


@pytest.mark.parametrize("case", BOTS, ids=case_id)
def test_check_11_every_shape_imports(case: dict[str, Any]) -> None:
    """An imported keystore has today's names, loads, and holds the same keys and no spend key."""
    imported = import_keystore(json.dumps(case["keystore"]), source="old.json")
    assert set(imported) <= {"app_id", "session_id", "server_public_key", "session_private_key"}
    loaded = load_keystore(json.dumps(imported), source="new.json")
    expected = case["expected"]
    assert (loaded.app_id, loaded.algorithm) == (expected["client_id"], expected["jwt_alg"])
    if loaded.algorithm == "EdDSA":
        assert imported["session_private_key"] == expected["session_seed_hex"]
        assert loaded.server_key.hex() == expected["server_x25519_public_hex"]


def test_check_11_supergroup_settings_import() -> None:
    """The YAML settings of the old supergroup bot give a keystore."""
    text = f"""
# settings
service:
  name: supergroup   # the name
mixin:
  client_id: {LEGACY["client_id"]}
  session_id: "{LEGACY["session_id"]}"
  session_key: '{LEGACY["private_key"]}'
  pin_token: {LEGACY["pin_token"]} # from the dashboard
  session_asset_pin: "123456"
"""
    assert import_keystore(text, source="config.yaml")["session_private_key"] == CURRENT["session_private_key"]


@pytest.mark.parametrize("style", ["block", "quoted"])
def test_supergroup_settings_with_an_rsa_key(style: str) -> None:
    """A PEM key in YAML is read as a block, and in quotes with its line breaks spelt out."""
    pem = RSA["private_key"]
    if style == "block":
        value = "|\n" + "".join(f"    {line}\n" for line in pem.splitlines())
    else:
        value = '"' + pem.replace("\n", "\\r\\n") + '"'
    text = f"client_id: {RSA['client_id']}\nsession_key: {value}\nsession_id: {RSA['session_id']}\n"
    imported = import_keystore(text, source="config.yaml")
    assert imported["session_private_key"] == pem


def test_base64_under_the_new_name_imports() -> None:
    """What MB108 sends people to `import` for, works there."""
    text = json.dumps(CURRENT | {"session_private_key": LEGACY["private_key"]})
    assert import_keystore(text, source="x") == import_keystore(json.dumps(CURRENT), source="x")


@pytest.mark.parametrize("text", ["", "hello", "a: b", "- x\n- y", "{}"])
def test_what_is_no_keystore_at_all(text: str) -> None:
    """A text that holds no keystore is refused as such."""
    with pytest.raises(SetupError, match="MB102"):
        import_keystore(text, source="x")


def test_yaml_lines() -> None:
    """Plain, quoted and empty values, comments, and a block that ends with the indent."""
    text = 'a: 1 # one\nb: \'x # y\'\n  c: "z"\nd:\ne: |-\n  l1\n\n  l2\nf: tail\nbroken line\nq: "open'
    assert yaml_lines(text) == {
        "a": "1",
        "b": "x # y",
        "c": "z",
        "d": "",
        "e": "l1\n\nl2\n",
        "f": "tail",
        "q": "open",
    }
