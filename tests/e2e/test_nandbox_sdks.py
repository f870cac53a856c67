"""nandbox's official SDKs against the sandbox: somebody else's reading of the protocol agrees with ours.

Each needs its package index the first time; without it the test is skipped with the reason, in CI it fails.
"""

import asyncio
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from bot.sandbox import Sandbox, open_sandbox
from tests.e2e.nandbox import installed

HERE = Path(__file__).parent / "nandbox"
NADIA = "90089584000000899"
PATIENCE_S = 30.0
PYTHON_CONFIG = {"MaxLogSize": "5mb", "NumberOfLogFiles": "2", "LogLevel": "ERROR", "LogPath": "sdk.log"}

pytestmark = [pytest.mark.node, pytest.mark.timeout(installed.INSTALL_S + 60)]


def unable(reason: str) -> NoReturn:
    """Skip on a developer's machine, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def python_sdk() -> list[str]:
    """The command of a bot on the Python SDK."""
    try:
        return [installed.python_sdk(), str(HERE / "visit.py")]
    except installed.Missing as error:
        unable(str(error))


@pytest.fixture(scope="module")
def node_sdk() -> list[str]:
    """The command of a bot on the Node SDK."""
    try:
        return [installed.node_sdk()[0], str(HERE / "visit.cjs")]
    except installed.Missing as error:
        unable(str(error))


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest) -> list[str]:
    command: list[str] = request.getfixturevalue(f"{request.param}_sdk")
    return command


class Visit:
    """A run of such a bot; `facts[what]` is what it told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.facts: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    async def until(self, what: str) -> dict[str, Any]:
        """Wait until it told that, and give what it told last; the SDKs' own chatter is passed over."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while not self.facts[what]:
                line = await self.process.stdout.readline()
                assert line, f"the bot ended before it told {what!r}; it told {dict(self.facts)}"
                if line.startswith(b'{"what"'):
                    fact = json.loads(line)
                    self.facts[fact.pop("what")].append(fact)
        return self.facts[what][-1]


@asynccontextmanager
async def visiting(command: list[str], sandbox: Sandbox, home: Path) -> AsyncIterator[Visit]:
    """Both SDKs write log files some folders up."""
    deep = home / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (deep.parents[1] / "config.json").write_text(json.dumps(PYTHON_CONFIG))
    environment = {
        "PATH": os.environ["PATH"], "NANDBOX_URI": sandbox.nandbox_uri, "NANDBOX_TOKEN": sandbox.nandbox.token,
        "APP_ID": sandbox.nandbox.app_id, "USER_ID": NADIA,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, cwd=deep, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield Visit(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_official_sdk_talks_with_the_sandbox(sdk: list[str], tmp_path: Path) -> None:
    """It is let in by its token, gets the user it asks for, sends a text, has it acknowledged, and hears the answer."""
    async with open_sandbox() as sandbox, visiting(sdk, sandbox, tmp_path) as visit:
        nandbox = sandbox.nandbox
        connected = await visit.until("connected")
        user = await visit.until("user")
        ack = await visit.until("ack")
        seen = await visit.until("messageSeen")
        nandbox.say("Nadia Farouk", "Good morning to you, بحر ☀")
        heard = await visit.until("heard")

        nadia, (sent, answer) = nandbox.user(NADIA), nandbox.history(NADIA)
        assert connected["bot"] == nandbox.bot.id
        assert user.pop("app", nandbox.app_id) == nandbox.app_id
        assert user == {"id": NADIA, "name": "Nadia Farouk", "is_bot": False, "status": "", "photo": nadia.photo_id}
        assert (sent.body["text"], sent.receipt) == ("Good morning", "seen")
        assert ack == {"reference": str(sent.reference), "message": sent.message_id}
        assert nandbox.bot.local_id == sent.reference
        assert seen["frame"]["message_ids"] == [sent.message_id]
        assert heard == {"text": "Good morning to you, بحر ☀", "sender": NADIA, "chat": NADIA}
        assert answer.body["text"] == heard["text"]


async def test_the_official_sdk_is_thrown_out_by_a_new_token(sdk: list[str], tmp_path: Path) -> None:
    """A new token kills the old one, and the connection that it opened."""
    async with open_sandbox() as sandbox, visiting(sdk, sandbox, tmp_path) as visit:
        await visit.until("connected")
        sandbox.nandbox.new_token()
        await visit.until("closed")
        assert not sandbox.nandbox.lines.connected(sandbox.nandbox.bot.id)
