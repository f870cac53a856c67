"""The official Node SDK against the sandbox: somebody else's reading of the protocol agrees with ours.

Needs node and npm, and a registry the first time; without them it is skipped with the reason, in CI it fails.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.world import ALICE, BTC

HERE = Path(__file__).parent / "node"
INSTALL_S = 240
PATIENCE_S = 30.0

pytestmark = [pytest.mark.node, pytest.mark.timeout(INSTALL_S + 60)]


def unable(reason: str) -> NoReturn:
    """Skip on a developer's machine; in CI a node that is there must do."""
    if os.environ.get("CI") and shutil.which("node"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def node() -> str:
    """The node to run, with the SDK of the lock file beside the script."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        unable("node or npm is missing: the official Node SDK cannot be run")
    marker = HERE / "node_modules" / ".package-lock.json"
    if not marker.exists() or marker.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        except subprocess.TimeoutExpired:
            unable(f"npm ci took more than {INSTALL_S} s")
        if done.returncode:
            unable(f"npm ci failed: {done.stderr.strip()[-300:]}")
    return found


class Visit:
    """A run of the script; `facts[what]` is what it told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.facts: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    async def hear(self, line: str) -> None:
        """Say something to it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def until(self, what: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until it told that so many times."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while len(self.facts[what]) < count:
                line = await self.process.stdout.readline()
                assert line, f"node ended before it told {what!r}; it told {dict(self.facts)}"
                fact = json.loads(line)
                self.facts[fact["what"]].append(fact)
        return self.facts[what]


@asynccontextmanager
async def visiting(node: str, sandbox: Sandbox, script: str, **environment: str) -> AsyncIterator[Visit]:
    pipe = asyncio.subprocess.PIPE
    around = {"PATH": os.environ["PATH"], "SANDBOX_URL": sandbox.url} | environment
    process = await asyncio.create_subprocess_exec(node, script, cwd=HERE, env=around, stdout=pipe, stdin=pipe)
    try:
        yield Visit(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_official_node_sdk_talks_with_the_sandbox(node: str) -> None:
    """It logs in, hears backlog and live messages, replies, acknowledges, and is told that its reply was read."""
    async with open_sandbox() as sandbox:
        before = sandbox.say("Alice", "before ☕")
        async with visiting(node, sandbox, "visit.mjs", KEYSTORE=json.dumps(sandbox.keystore)) as visit:
            (me,) = await visit.until("me")
            await visit.until("replied", 1)
            after = sandbox.say("Alice", "after")
            replied = await visit.until("replied", 2)
            assert sandbox.read("Alice") == 2
            (closed,) = await visit.until("closed")
            async with asyncio.timeout(PATIENCE_S):
                assert await visit.process.wait() == 0

        assert (me["user_id"], me["identity_number"]) == (sandbox.bot_id, "7000999001")
        assert visit.facts["friends"][0]["names"] == []
        assert [(one["message_id"], one["source"], one["text"]) for one in visit.facts["heard"]] == [
            (before.message_id, "LIST_PENDING_MESSAGES", "before ☕"),
            (after.message_id, "CREATE_MESSAGE", "after"),
        ]
        assert [one["to"] for one in replied] == [before.message_id, after.message_id]
        assert [(one.data.decode(), one.status) for one in sandbox.history("Alice")] == [
            ("before ☕", "READ"), ("echo: before ☕", "READ"), ("after", "READ"), ("echo: after", "READ"),
        ]  # fmt: skip
        assert sandbox.queue.waiting(sandbox.bot_id) == 0
        assert sandbox.queue.acknowledged(sandbox.bot_id) == {before.message_id: "READ", after.message_id: "READ"}
        statuses = {(one["message_id"], one["status"]) for one in visit.facts["receipt"]}
        assert statuses == {(one["message_id"], status) for one in replied for status in ("DELIVERED", "READ")}
        assert (closed["code"], closed["protocol"]) == (1000, "Mixin-Blaze-1")


async def allow(http: aiohttp.ClientSession, sandbox: Sandbox, scope: str, challenge: str = "") -> str:
    """Alice allows all of it on the consent screen, as a browser does; gives the code that the app is sent."""
    asked = {"client_id": sandbox.bot_id, "scope": scope, "response_type": "code", "code_challenge": challenge}
    async with http.get(f"{sandbox.url}/oauth/authorize", params=asked) as page:
        sheet = f"{page.url}/phone"
    form = [("as", ALICE), ("pin", "123456"), ("answer", "authorize"), ("back", "1")]
    form += [("scope", one) for one in scope.split()]
    async with http.post(sheet, data=aiohttp.FormData(form), allow_redirects=False) as answer:
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


async def test_the_official_node_sdk_reads_a_persons_account(node: str) -> None:
    """It exchanges the code by PKCE for its own key, reads with it, is refused what was not granted, and revokes."""
    scope = "PROFILE:READ ASSETS:READ SNAPSHOTS:READ"
    async with open_sandbox() as sandbox, aiohttp.ClientSession() as http:
        secret = sandbox.client_secret(sandbox.bot_id)
        around = {"APP_ID": sandbox.bot_id, "CLIENT_SECRET": secret, "ASSET": BTC}
        async with visiting(node, sandbox, "connect.mjs", **around) as visit:
            (asked,) = await visit.until("asked")
            await visit.hear(await allow(http, sandbox, scope, asked["challenge"]))
            await visit.until("revoked")
            assert sandbox.grants.of(ALICE) == []
            await visit.hear(await allow(http, sandbox, "PROFILE:READ"))
            await visit.until("bearer")
            async with asyncio.timeout(PATIENCE_S):
                assert await visit.process.wait() == 0

    told = {what: facts[0] | {"what": None} for what, facts in visit.facts.items()}
    assert told["granted"] | told["me"] == {
        "what": None, "scope": scope, "has_key": True, "user_id": ALICE, "full_name": "Alice",
    }  # fmt: skip
    assert sorted(told["assets"]["symbols"]) == ["BTC", "ETH", "USDT", "XIN"]
    assert (told["outputs"]["amounts"], told["balance"]["amount"]) == (["0.2", "250.5"], "0.2")
    assert (told["snapshots"]["amounts"], told["authorizations"]["scopes"]) == (["250.5"], [scope.split()])
    assert {what: told[what]["code"] for what in ("again", "friends", "revoked")} == {
        "again": 20121, "friends": 403, "revoked": 401,
    }  # fmt: skip
    assert (told["plain"]["scope"], told["plain"]["has_key"], told["plain"]["token"]) == ("PROFILE:READ", False, 3)
    assert told["bearer"]["user_id"] == ALICE
