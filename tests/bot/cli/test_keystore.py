"""`mixbot keystore`: every shape is understood or refused by name, and no key is ever shown."""

import base64
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.sandbox import open_sandbox
from tests.bot.programs import Mixbot, bot_environment, mixbot, program

__all__ = ["mixbot"]

APP, SESSION = "7f3b2c1e-0000-4000-8000-000000000001", "7f3b2c1e-0000-4000-8000-000000000002"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SEED = KEY.private_bytes_raw()
PUBLIC = KEY.public_key().public_bytes_raw()
LONG = urlsafe_b64encode(SEED + PUBLIC).rstrip(b"=").decode()
SPEND = "5a" * 32
RSA = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

DASHBOARD = {
    "app_id": APP, "session_id": SESSION, "server_public_key": PUBLIC.hex(), "session_private_key": SEED.hex(),
}  # fmt: skip
LEGACY = {"client_id": APP, "session_id": SESSION, "pin_token": urlsafe_b64encode(PUBLIC).decode(), "private_key": LONG}
SUPERGROUP = f"mixin:\n  client_id: {APP}\n  session_id: {SESSION}\n  session_key: {LONG}\n"

GOOD = {
    "A": (DASHBOARD, "EdDSA"),
    "A with a spend key": (DASHBOARD | {"spend_private_key": SPEND}, "EdDSA"),
    "B": (LEGACY | {"pin": "123456"}, "EdDSA"),
    "C": (LEGACY | {"private_key": RSA.decode().replace("\n", "\\r\\n")}, "RS512"),
}
BAD: dict[str, tuple[str, str]] = {
    "D, a person's authorization": (json.dumps(DASHBOARD | {"authorization_id": SESSION}), "MB104"),
    "truncated": (json.dumps(DASHBOARD)[:-40], "MB102"),
    "no JSON": (f"hello {SEED.hex()}", "MB102"),
    "too short": (json.dumps(DASHBOARD | {"session_private_key": SEED.hex()[:-2]}), "MB108"),
    "older format under the new name": (json.dumps(DASHBOARD | {"session_private_key": LONG}), "MB108"),
    "no id": (json.dumps({name: value for name, value in DASHBOARD.items() if name != "app_id"}), "MB102"),
}
PARTS_OF_KEYS = (SEED.hex()[8:24], LONG[8:24], SPEND[:16], RSA.decode().splitlines()[3][:24], "123456")


@pytest.fixture
def keystore(tmp_path: Path) -> Callable[[str], str]:
    """Write a Keystore as only the owner can read it."""

    def write(text: str) -> str:
        path = tmp_path / "given.json"
        path.touch(mode=0o600)
        path.write_text(text)
        return str(path)

    return write


def no_key_in(*texts: str) -> bool:
    return not any(part in text for part in PARTS_OF_KEYS for text in texts)


@pytest.mark.parametrize("shape", GOOD)
def test_check_11_keystores_of_every_shape_load(shape: str, mixbot: Mixbot, keystore: Callable[[str], str]) -> None:
    """Today's, older and oldest Keystores are told apart by content; nothing secret is printed."""
    content, algorithm = GOOD[shape]

    said = mixbot("keystore", "show", keystore(json.dumps(content)), "--json")

    assert said.code == 0, said.err
    assert said.json["app_id"] == APP
    assert said.json["algorithm"] == algorithm
    assert no_key_in(said.out, said.err)


@pytest.mark.parametrize("shape", BAD)
def test_check_11_what_is_no_keystore_is_refused_by_name(
    shape: str, mixbot: Mixbot, keystore: Callable[[str], str]
) -> None:
    """Each mistake has its code, exit code 2, one line, and no byte of a key."""
    text, code = BAD[shape]

    said = mixbot("keystore", "show", keystore(text))

    assert said.code == 2
    assert said.err.startswith(f"{code}  ")
    assert "Traceback" not in said.err
    assert no_key_in(said.out, said.err)


async def test_check_11_a_keystore_of_the_sandbox_never_reaches_mixin(tmp_path: Path) -> None:
    """MB105, before any request is made."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
    for name in ("MIXIN_API_URL", "MIXIN_BLAZE_URL"):
        del environ[name]
    async with program("run", cwd=tmp_path, environ=environ) as service:
        assert await service.ends() == 2

    assert "MB105  This keystore belongs to the sandbox" in service.text
    assert sandbox.keystore["session_private_key"] not in service.text


async def test_check_11_no_byte_of_a_key_stays_behind(tmp_path: Path) -> None:
    """After a run with messages, commands and a look by the doctor, no file and no line holds the key, in any form."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path) | {"MIXBOT_LOG_LEVEL": "debug", "MIXBOT_LOG_REDACT": "false"}
        async with program("run", cwd=tmp_path, environ=environ) as service:
            await service.says("blaze.connected")
            sandbox.say("Alice", "/ping")
            await service.says("message.handled")
            service.process.terminate()
            await service.ends()
        async with program("doctor", "--json", cwd=tmp_path, environ=environ) as looked:
            await looked.ends()
    key = bytes.fromhex(sandbox.keystore["session_private_key"])
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "keystore.json"]

    assert any(path.suffix == ".db" for path in written)
    for held in (key, key.hex().encode(), base64.b64encode(key)[:40], base64.urlsafe_b64encode(key)[:40]):
        assert [path for path in written if held in path.read_bytes()] == []
        assert held not in (service.text + looked.text).encode()


@pytest.mark.parametrize(
    "text", [SUPERGROUP, json.dumps(LEGACY), json.dumps(DASHBOARD | {"spend_private_key": SPEND})], ids=["E", "B", "A"]
)
def test_check_11_import_writes_todays_form(
    text: str, mixbot: Mixbot, keystore: Callable[[str], str], tmp_path: Path
) -> None:
    """The new file is private, holds the same key, and no spend key; it loads."""
    said = mixbot("keystore", "import", keystore(text), "--to", "new.json")
    written = json.loads((tmp_path / "new.json").read_text())

    assert said.code == 0, said.err
    assert (tmp_path / "new.json").stat().st_mode & 0o777 == 0o600
    assert (written["app_id"], written["session_private_key"]) == (APP, SEED.hex())
    assert SPEND not in (tmp_path / "new.json").read_text()
    assert no_key_in(said.out, said.err)
    assert mixbot("keystore", "show", "new.json").code == 0


def test_import_overwrites_nothing(mixbot: Mixbot, keystore: Callable[[str], str], tmp_path: Path) -> None:
    """A Keystore that is there stays."""
    (tmp_path / "keystore.json").write_text("mine")

    said = mixbot("keystore", "import", keystore(json.dumps(LEGACY)))

    assert said.code == 2
    assert (tmp_path / "keystore.json").read_text() == "mine"


async def test_keystore_check_asks_who_the_bot_is(tmp_path: Path) -> None:
    """The proof that a Keystore works: Mixin answers with the bot's name and number."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
        async with program("keystore", "check", cwd=tmp_path, environ=environ) as works:
            assert await works.ends() == 0
        sandbox.revoke_session(sandbox.keystore["session_id"])
        async with program("keystore", "check", cwd=tmp_path, environ=environ) as refused:
            assert await refused.ends() == 4

    assert works.text == "Demo Bot (7000999001): the Keystore works.\n"
    assert "MB110" in refused.text
