"""The real service between both sides of the sandbox: people of either messenger, and a picture that crosses over."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from bot.sandbox import Sandbox, open_sandbox
from bot.store import open_store
from bot.users import Role
from tests.bot.programs import Program, bot_environment, program

NADIA = "90089584000000899"
NOBODY = "90089584000099999"


@asynccontextmanager
async def serving(sandbox: Sandbox, folder: Path) -> AsyncIterator[Program]:
    """The service, on both lines."""
    environ = bot_environment(
        sandbox, folder, NANDBOX_TOKEN=sandbox.nandbox.token, NANDBOX_URI=sandbox.nandbox_uri,
        NANDBOX_APP_ID=sandbox.nandbox.app_id, MIXBOT_LOG_REDACT="false",
    )  # fmt: skip
    async with asyncio.timeout(50), program("run", cwd=folder, environ=environ) as running:
        await running.says("blaze.connected")
        await running.says("nandbox.connected")
        yield running


async def until(sandbox: Sandbox, true: Callable[[], bool]) -> None:
    """Wait until something is so, looking whenever something happened in the sandbox."""
    listener = sandbox.events.listen("", sandbox.events.seq)
    while not true():
        await listener.get()


async def answers(sandbox: Sandbox, text: str, count: int) -> list[Any]:
    """What the bot answers Alice on Mixin."""
    before = len(sandbox.history("Alice"))
    sandbox.say("Alice", text)
    await until(sandbox, lambda: len(sandbox.history("Alice")) >= before + 1 + count)
    return sandbox.history("Alice")[before + 1 :]


def spoken(sandbox: Sandbox) -> list[str]:
    """What the bot said to Nadia on nandbox."""
    return [
        str(each.body.get("text"))
        for each in sandbox.nandbox.history(NADIA)
        if each.sender_id == sandbox.nandbox.bot.id
    ]  # fmt: skip


def attachment(sandbox: Sandbox, attachment_id: str) -> bytes:
    row = sandbox.db.execute("SELECT content FROM attachments WHERE attachment_id = ?", (attachment_id,)).fetchone()
    content: bytes = row[0]
    return content


async def test_getuser_shows_words_and_a_picture(tmp_path: Path) -> None:
    """Alice on Mixin asks for Nadia on nandbox: her name, and her picture as an attachment that can be opened."""
    async with open_sandbox() as sandbox, serving(sandbox, tmp_path):
        await answers(sandbox, "Hi", 2)
        words, picture, *_ = await answers(sandbox, f"/getuser {NADIA}", 2)
        payload = json.loads(picture.data)
        with Image.open(BytesIO(attachment(sandbox, payload["attachment_id"]))) as shown:
            assert (shown.format, shown.size) == ("JPEG", (payload["width"], payload["height"]))
        (nobody, *_) = await answers(sandbox, f"/getuser {NOBODY}", 1)

    assert words.data.decode().startswith("Nadia Farouk\nPerson on nandbox")
    assert picture.category == "PLAIN_IMAGE"
    assert payload["thumbnail"]
    assert nobody.data.decode().startswith("There is nobody on nandbox")


async def test_T1_nandbox_has_admins_of_its_own(tmp_path: Path) -> None:
    """Whoever has a role there has the admins' commands there; somebody without one does not, whoever they are."""
    async with open_sandbox() as sandbox, serving(sandbox, tmp_path):
        nandbox = sandbox.nandbox
        nandbox.say(NADIA, "/ping")
        await until(sandbox, lambda: "pong" in spoken(sandbox))
        nandbox.say(NADIA, "/stats")
        await until(sandbox, lambda: any(text.startswith("I don't know") for text in spoken(sandbox)))
        async with open_store(f"sqlite:///{tmp_path / 'data' / 'bot.db'}") as database:
            await database.bot(nandbox.bot.id).set_role(NADIA, Role.OWNER)
        nandbox.say(NADIA, "/stats")
        await until(sandbox, lambda: any(text.startswith("People: 1") for text in spoken(sandbox)))
        refused, *_ = await answers(sandbox, "/stats", 2)

    assert refused.data.decode().startswith(("Hello", "I don't know"))


async def test_people_on_nandbox_are_served_by_the_same_bot(tmp_path: Path) -> None:
    """Nadia says something, presses a button below the answer, and asks for herself: words and her picture."""
    async with open_sandbox() as sandbox, serving(sandbox, tmp_path):
        nandbox = sandbox.nandbox
        nandbox.say(NADIA, "/ping ☀")
        await until(sandbox, lambda: "pong ☀" in spoken(sandbox))
        menu = next(each for each in nandbox.history(NADIA) if each.menus)
        nandbox.press(NADIA, menu.message_id, "input:/id")
        await until(sandbox, lambda: any(text.startswith(f"You: {NADIA}") for text in spoken(sandbox)))
        nandbox.say(NADIA, f"/getuser {NADIA}")
        await until(sandbox, lambda: any(each.type == "photo" for each in nandbox.history(NADIA)))
        first = spoken(sandbox)[0]

    assert first.startswith("Hello, I am Demo Bot")
