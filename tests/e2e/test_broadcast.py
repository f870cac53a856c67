"""A broadcast by the real service through real sockets, killed again and again: one copy for everyone.

Every other run is one with Message Encryption on, where people change their devices, and some have none left.

MIXBOT_E2E_BROADCAST=50:10000 python -m pytest tests/e2e/test_broadcast.py kills in so many runs, with so many people.
"""

import asyncio
import os
import random
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.broadcast import Audience, State
from bot.message import Text
from bot.records import Sighting
from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.people import Person
from bot.sandbox.seed import add_person
from bot.sandbox.tables import transaction
from bot.steering import Steering
from bot.store import Database, open_store, upgrade_schema
from tests.bot.programs import bot_environment, program
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url"]

RUNS, PEOPLE = map(int, os.environ.get("MIXBOT_E2E_BROADCAST", "2:600").split(":"))
NEWS = "News of the day"
A_MINUTE = min(100_000, max(20_000, 10 * PEOPLE))
"""Fast enough for so many people, and slow enough to be killed on the way."""

ON_POSTGRES = RUNS if "MIXBOT_E2E_BROADCAST" in os.environ else 1
CASES = [
    *(("sqlite", run) for run in range(RUNS)),
    *(pytest.param("postgresql", run, marks=pytest.mark.postgres) for run in range(ON_POSTGRES)),
]


def fill(sandbox: Sandbox) -> list[str]:
    """People with a phone; every tenth has no conversation with the bot yet."""
    at = sandbox.clock.text()
    user_ids = [str(uuid.UUID(int=0x9F0A0001_0000_4000_8000_000000000000 + index)) for index in range(PEOPLE)]
    with transaction(sandbox.db):
        for index, user_id in enumerate(user_ids):
            add_person(sandbox, Person(user_id, str(5_000_000 + index), f"Person {index}", at))
            if index % 10:
                sandbox.conversations.contact(user_id, sandbox.bot_id, at)
    return user_ids


def switch_encryption(sandbox: Sandbox, user_ids: list[str]) -> int:
    """Everybody has two devices of which one may be new at any moment; gives how many have none instead."""
    sandbox.switch_encryption(on=True)
    gone = user_ids[7::50]
    with transaction(sandbox.db):
        for user_id in user_ids:
            sandbox.people.add_device(user_id, "Desktop")
        for user_id in gone:
            for session in sandbox.people.sessions_of(user_id):
                sandbox.people.drop_session(session.session_id)
    sandbox.faults.add("rotate_devices", probability=0.05)
    return len(gone)


def copies(sandbox: Sandbox, user_ids: list[str]) -> Counter[int]:
    """How many people have how many copies that they can read, in the sandbox's own store."""
    found: Counter[int] = Counter()
    for user_id in user_ids:
        said = [each for each in sandbox.history(user_id) if each.data == NEWS.encode()]
        found[len([each for each in said if each.user_id == sandbox.bot_id])] += 1
    return found


async def begin(database: Database, bot_id: str, user_ids: list[str]) -> None:
    store, now = database.bot(bot_id), datetime.now(UTC)
    await store.meet([Sighting(user_id, "c", f"m{user_id}", now) for user_id in user_ids])
    steering = Steering(store.ledger, "cli", now)
    await steering.start(await steering.draft({"": (Text(NEWS),)}, Audience()), undo_s=0)


@pytest.mark.timeout(120 + RUNS * (30 + PEOPLE // 50))
@pytest.mark.parametrize(("engine", "run"), CASES)
async def test_check_26_F28_killed_at_any_moment_everybody_gets_one_copy(
    tmp_path: Path, engine: str, run: int, request: pytest.FixtureRequest
) -> None:
    """SIGKILL at random moments, restart, finish: one copy for everyone, none missing, and the ledger agrees."""
    chance = random.Random(run)
    async with open_sandbox() as sandbox:
        user_ids = fill(sandbox)
        gone = switch_encryption(sandbox, user_ids) if run % 2 else 0
        environ = bot_environment(sandbox, tmp_path, MIXBOT_BROADCAST_RATE=str(A_MINUTE))
        if engine == "postgresql":
            environ["MIXBOT_DB_URL"] = request.getfixturevalue("postgres_url")
        (tmp_path / "data").mkdir(mode=0o700)
        upgrade_schema(environ["MIXBOT_DB_URL"])
        async with open_store(environ["MIXBOT_DB_URL"]) as database:
            await begin(database, sandbox.bot_id, user_ids)
            ledger = database.bot(sandbox.bot_id).ledger
            for _ in range(3):
                async with program("run", cwd=tmp_path, environ=environ) as service:
                    await service.says("bot.started")
                    await asyncio.sleep(chance.uniform(0, 1.5))
            async with program("run", cwd=tmp_path, environ=environ) as service:
                await service.says("bot.started")
                while (found := await ledger.broadcast(1)) is None or found.state is not State.FINISHED:
                    await asyncio.sleep(0.1)
                service.process.terminate()
                assert await service.ends() == 0

        assert copies(sandbox, user_ids) == Counter({1: PEOPLE - gone, 0: gone})
    assert (found.tally.sent, found.tally.failed, found.tally.skipped) == (PEOPLE - gone, 0, gone)
