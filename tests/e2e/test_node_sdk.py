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

import pytest

from bot.sandbox import Sandbox, open_sandbox

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
async def visiting(node: str, sandbox: Sandbox) -> AsyncIterator[Visit]:
    environment = {"PATH": os.environ["PATH"], "SANDBOX_URL": sandbox.url, "KEYSTORE": json.dumps(sandbox.keystore)}
    process = await asyncio.create_subprocess_exec(
        node, "visit.mjs", cwd=HERE, env=environment, stdout=asyncio.subprocess.PIPE
    )
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
        async with visiting(node, sandbox) as visit:
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
