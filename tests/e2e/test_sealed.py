"""Message Encryption against the sandbox, which reads the protocol for itself: what one seals, the other opens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.base64s import from_any
from bot.sandbox.messages import Message
from bot.sandbox.sealed_files import unseal_file
from bot.sandbox.tables import transaction
from bot.sandbox.world import ALICE, BOB
from bot.store import open_store
from tests.bot.programs import Program, bot_environment, program


@asynccontextmanager
async def open_sealed(folder: Path) -> AsyncIterator[tuple[Sandbox, Program, str]]:
    """A service whose owner has switched Message Encryption on; Alice has a phone and a desktop."""
    async with open_sandbox() as sandbox:
        sandbox.switch_encryption(on=True)
        with transaction(sandbox.db):
            sandbox.people.add_device(ALICE, "Desktop")
        environ = bot_environment(sandbox, folder)
        async with program("run", cwd=folder, environ=environ) as service:
            await service.says("bot.started")
            yield sandbox, service, environ["MIXBOT_DB_URL"]
            service.process.terminate()
            assert await service.ends() == 0


async def answered(sandbox: Sandbox, person: str, wanted: Callable[[Message], bool]) -> Message:
    """What the bot said to somebody, once it has said that; whatever it said, every device could open."""
    async with asyncio.timeout(30):
        while True:
            said = [one for one in sandbox.history(person) if one.user_id == sandbox.bot_id]
            assert [one.trouble for one in said if one.trouble] == []
            if found := [one for one in said if wanted(one)]:
                return found[0]
            await asyncio.sleep(0.05)


def is_text(text: str) -> Callable[[Message], bool]:
    return lambda said: text in said.data.decode()


@pytest.mark.timeout(90)
async def test_a_conversation_under_seal(tmp_path: Path) -> None:
    """Texts, files and a changed device: all sealed, all readable; what is damaged is answered and kept."""
    async with open_sealed(tmp_path) as (sandbox, _, database_url):
        asked = sandbox.say(ALICE, "/ping one")
        assert asked.sealed
        pong = await answered(sandbox, ALICE, is_text("pong one"))
        assert pong.category == "ENCRYPTED_TEXT"
        assert b"pong" not in pong.sealed

        sandbox.rotate_device(ALICE)
        sandbox.say(ALICE, "/ping two")
        await answered(sandbox, ALICE, is_text("pong two"))

        sandbox.say(ALICE, "/export")
        file = await answered(sandbox, ALICE, lambda said: said.category == "ENCRYPTED_DATA")
        about = json.loads(file.data)
        row = sandbox.db.execute(
            "SELECT content FROM attachments WHERE attachment_id = ?", (about["attachment_id"],)
        ).fetchone()
        assert ALICE.encode() not in row[0]
        opened = unseal_file(row[0], from_any(about["key"]), from_any(about["digest"]))
        assert json.loads(opened)["user_id"] == ALICE

        sandbox.faults.add("damage", count=1)
        broken = sandbox.say(BOB, "/ping never")
        await answered(sandbox, BOB, is_text("could not open"))
        sandbox.say(BOB, "/ping three")
        await answered(sandbox, BOB, is_text("pong three"))

        async with open_store(database_url) as database:
            (letter,) = await database.bot(sandbox.bot_id).dead_letters()
        assert letter.message.id == broken.message_id
        assert not [one for one in sandbox.history(BOB) if b"never" in one.data and one.user_id == sandbox.bot_id]
        assert [one for one in sandbox.history(ALICE) if one.category.startswith("PLAIN_")] == []
