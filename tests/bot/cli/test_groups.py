"""`mixbot groups`: where the bot is, and the way out of it, against the sandbox and a real database."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox import groups, open_sandbox
from bot.sandbox.world import ALICE, BOB, NOOR
from bot.store import open_store
from tests.bot.programs import Program, bot_environment, program


async def ran(*words: str, cwd: Path, environ: dict[str, str]) -> tuple[int, Program]:
    async with program(*words, cwd=cwd, environ=environ) as running:
        code = await running.ends()
    return code, running


async def test_the_bot_leaves_a_group_from_the_command_line(tmp_path: Path) -> None:
    """It asks first, goes at Mixin, is taken off the list, and the audit says so; what it is not in is no mistake."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path, MIXBOT_LANG="en")
        made = groups.make(sandbox, NOOR, "Den", [ALICE, BOB, sandbox.bot_id])
        async with open_store(environ["MIXBOT_DB_URL"], auto_migrate=True) as database:
            store = database.bot(sandbox.bot_id)
            await store.groups.join(made.conversation_id, datetime(2026, 1, 2, tzinfo=UTC))
            await store.groups.describe(made.conversation_id, "Den", 4)

            code, listed = await ran("groups", "list", "--json", cwd=tmp_path, environ=environ)
            assert (code, json.loads(listed.text)) == (
                0,
                [
                    {
                        "name": "Den",
                        "members": 4,
                        "since": "2026-01-02T00:00:00+00:00",
                        "conversation_id": made.conversation_id,
                    }
                ],
            )
            code, asked = await ran("groups", "leave", made.conversation_id, cwd=tmp_path, environ=environ)
            assert (code, asked.text.split()[0]) == (2, "MB402")
            assert sandbox.bot_id in made.members

            code, left = await ran("groups", "leave", made.conversation_id, "--yes", cwd=tmp_path, environ=environ)
            assert (code, left.text) == (0, "The bot has left Den.\n")
            assert sandbox.bot_id not in made.members
            assert await store.groups.all() == []
            (entry,) = await store.ledger.audit()
            assert (entry.actor_id, entry.action, entry.detail) == ("cli", "group.leave", "Den")

        environ |= {"MIXBOT_LANG": "zh"}
        code, unknown = await ran("groups", "leave", made.conversation_id, cwd=tmp_path, environ=environ)
        assert (code, "机器人不在" in unknown.text) == (1, True)
