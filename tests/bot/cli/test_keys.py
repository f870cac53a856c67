"""`mixbot keys` and `mixbot connect`: the key that seals, and an account that is connected in the terminal."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.cli.demo_run import keyring_file
from bot.records import Authorization, about_authorization
from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.world import ALICE, BOB
from bot.store import open_store
from bot.vault import new_keyring, read_keyring
from tests.bot.cli.test_keystore import DASHBOARD
from tests.bot.programs import Mixbot, Program, bot_environment, mixbot, program

__all__ = ["mixbot"]

KEYSTORE = json.dumps(DASHBOARD)
APP = DASHBOARD["app_id"]
ANN = "9f0a0001-0000-4000-8000-000000000001"


def seal(keyring: str) -> None:
    """A grant of Ann's, sealed with the first key."""

    async def kept() -> None:
        async with open_store("sqlite:///data/bot.db") as database:
            vault, store = read_keyring(keyring), database.bot(APP)
            sealed = vault.seal(b"{}", about_authorization(APP, ANN))
            at = database._now()
            await store.keep_authorization(Authorization(ANN, "g", "s", "s", sealed, vault.current, at, at))

    asyncio.run(kept())


def test_a_key_is_made_and_changed(mixbot: Mixbot) -> None:
    """New, then another in front, everything sealed anew, and the old one can go."""
    first = mixbot("keys", "new", MIXIN_KEYSTORE=KEYSTORE).out.strip()
    seal(first)
    second = mixbot("keys", "new", MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY=first).out.strip()
    assert second.endswith("," + first)

    def status(keyring: str) -> object:
        return mixbot("keys", "status", "--json", MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY=keyring).json

    assert status(second) == [{"key": 2, "use": "seals", "sealed": 0}, {"key": 1, "use": "opens", "sealed": 1}]
    rotated = mixbot("keys", "rotate", MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY=second)
    assert (rotated.code, rotated.out) == (0, "Sealed 1 rows with key 2.\n")
    assert status(second.partition(",")[0]) == [{"key": 2, "use": "seals", "sealed": 1}]


def test_a_lost_key_is_told_and_forgotten(mixbot: Mixbot) -> None:
    """Rotation stops with MB144, status says what is missing, and forgetting asks first."""
    old, new = new_keyring(), new_keyring().replace("1:", "2:")
    seal(old)
    rotated = mixbot("keys", "rotate", MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY=new)
    assert (rotated.code, rotated.err[:5]) == (2, "MB144")
    shown = mixbot("keys", "status", "--json", MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY=new).json
    assert shown[1] == {"key": 1, "use": "missing", "sealed": 1}
    assert mixbot("keys", "forget", "1", MIXIN_KEYSTORE=KEYSTORE).code == 2
    forgotten = mixbot("keys", "forget", "1", "--yes", MIXIN_KEYSTORE=KEYSTORE)
    assert forgotten.out == "Deleted 1 rows.\n"
    assert mixbot("keys", "status", "--json", MIXIN_KEYSTORE=KEYSTORE).json == []


@pytest.mark.parametrize("words", [("keys", "status"), ("keys", "rotate"), ("keys", "new")])
def test_T22_a_keyring_that_makes_no_sense(mixbot: Mixbot, words: tuple[str, ...]) -> None:
    """MB145, and nothing of it in the error."""
    answer = mixbot(*words, MIXIN_KEYSTORE=KEYSTORE, MIXBOT_SECRET_KEY="1:c2VjcmV0LWNhbmFyeQ==")

    assert (answer.code, answer.err[:5]) == (2, "MB145")
    assert "c2VjcmV0" not in answer.out + answer.err


def test_T22_the_keyring_is_masked(mixbot: Mixbot) -> None:
    """`config show` gives its last four characters at most."""
    keyring = new_keyring(new_keyring())
    shown = mixbot("config", "show", MIXBOT_SECRET_KEY=keyring).out

    assert keyring[-4:] in shown
    assert not [part for part in re.split("[:,]", keyring) if len(part) > 8 and part in shown]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


async def scan(sandbox: Sandbox, running: Program, user_id: str, answer: str, *scopes: str) -> None:
    """What the phone does with the code that the terminal shows."""
    link = await running.says("/codes/")
    form = [("as", user_id), ("pin", "123456"), ("answer", answer), *(("scope", scope) for scope in scopes)]
    async with aiohttp.ClientSession() as http:
        url = f"{sandbox.url}/oauth/authorize/{link.strip().rpartition('/')[2]}/phone"
        async with http.post(url, data=form, headers={"Origin": sandbox.url}, allow_redirects=False) as response:
            assert response.status == 303


async def test_somebody_scans_the_code(sandbox: Sandbox, tmp_path: Path) -> None:
    """What they allow is kept for the service, which will tell them; what they leave out is not."""
    keyring = new_keyring()
    environ = bot_environment(sandbox, tmp_path, MIXBOT_SECRET_KEY=keyring)
    async with program("connect", "--who", "40001", cwd=tmp_path, environ=environ) as running:
        await scan(sandbox, running, ALICE, "authorize", "ASSETS:READ")
        assert await running.ends() == 0
    async with open_store(environ["MIXBOT_DB_URL"]) as database:
        kept = await database.bot(sandbox.bot_id).authorization(ALICE)

    assert "Alice (40001) allows: PROFILE:READ ASSETS:READ" in running.text
    assert kept is not None
    assert (kept.scope, kept.notice) == ("PROFILE:READ ASSETS:READ", "connected")
    assert keyring.partition(":")[2] not in running.text


async def test_T17_the_wrong_person_scans_the_code(sandbox: Sandbox, tmp_path: Path) -> None:
    """MB147, and nothing is kept; whoever declines changes nothing either."""
    environ = bot_environment(sandbox, tmp_path, MIXBOT_SECRET_KEY=new_keyring())
    async with program("connect", "--who", "40001", cwd=tmp_path, environ=environ) as running:
        await scan(sandbox, running, BOB, "authorize")
        assert await running.ends() == 2
    assert "MB147" in running.text
    async with program("connect", cwd=tmp_path, environ=environ) as running:
        await scan(sandbox, running, ALICE, "decline")
        assert await running.ends() == 1
    assert "allowed nothing" in running.text
    async with open_store(environ["MIXBOT_DB_URL"]) as database:
        assert await database.bot(sandbox.bot_id).sealed_with() == {}


def test_connecting_wants_a_key_and_a_scope_that_may_be_asked_for(mixbot: Mixbot) -> None:
    """Said before anything is asked of Mixin."""
    without = mixbot("connect", MIXIN_KEYSTORE=KEYSTORE)
    assert (without.code, without.err[:5]) == (2, "MB146")
    foreign = mixbot("connect", "--scope", "PHONE:READ", MIXIN_KEYSTORE=KEYSTORE)
    assert foreign.code == 2
    assert "PHONE:READ" in foreign.err


@pytest.mark.parametrize(("keyring", "code"), [("", "MB146"), ("1:AAAA", "MB145")])
async def test_T24_a_service_that_people_connect_to_needs_its_key(
    sandbox: Sandbox, tmp_path: Path, keyring: str, code: str
) -> None:
    """It stops at the start, with exit code 2, and not when the first person has agreed."""
    environ = bot_environment(
        sandbox,
        tmp_path,
        MIXBOT_PUBLIC_URL="https://bot.example.com",
        **({"MIXBOT_SECRET_KEY": keyring} if keyring else {}),
    )
    async with program("run", cwd=tmp_path, environ=environ) as running:
        assert await running.ends() == 2
    assert code in running.text


def test_T24_the_demo_makes_its_own_key(tmp_path: Path) -> None:
    """Once, for its owner's eyes only; the next start finds it, so that people stay connected."""
    path = keyring_file(tmp_path)
    first = path.read_text()

    assert path.stat().st_mode & 0o777 == 0o600
    assert read_keyring(first).numbers == (1,)
    assert keyring_file(tmp_path).read_text() == first
