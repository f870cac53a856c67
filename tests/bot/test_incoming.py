"""Files that people send: fetched when a handler asks, within its limits, and said kindly where that cannot be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.command import command, on
from bot.context import Context
from bot.errors import Rejected
from bot.message import Contact, File, Image, Sticker
from tests.conftest import OpenBot, Setting
from tests.fakes import ANN, FakeAttachments, said

PICTURE = "11111111-0000-4000-8000-00000000000a"
GONE = "11111111-0000-4000-8000-00000000000b"


@on(Image, File, Contact)
async def sizes(ctx: Context) -> str:
    content = await ctx.fetch(types=("image/", "application/pdf"), most_bytes=1024**2, within_s=0.05)
    return f"{len(content)} bytes"


@command("nothing")
async def nothing(ctx: Context) -> str:
    await ctx.fetch()
    return "never"


class Storage(FakeAttachments):
    """Whose files of some names are slow, or broken."""

    @asynccontextmanager
    async def download(
        self, attachment_id: str, *, key: str = "", digest: str = ""
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if key == "slow":
            await asyncio.Event().wait()
        if key == "broken":
            raise Rejected("the file cannot be opened")
        async with super().download(attachment_id, key=key, digest=digest) as pieces:
            yield pieces


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (Image(PICTURE, "image/png", 1, 1, 7), "7 bytes"),
        (File(PICTURE, "Application/PDF", 7, "a.pdf"), "7 bytes"),
        (File(PICTURE, "text/html", 7, "a.html"), "I can only take files of these types: image/, application/pdf."),
        (Image(PICTURE, "image/png", 1, 1, 1024**2 + 1), "That file is too large: I take up to 1 MB."),
        (Image("large", "image/png", 1, 1, 7), "That file is too large: I take up to 1 MB."),
        (Image(GONE, "image/png", 1, 1, 7), "That file is no longer there. Send it once more."),
        (Image(PICTURE, "image/png", 1, 1, 7, key="slow"), "That file took too long to arrive. Try it again."),
        (Image(PICTURE, "image/png", 1, 1, 7, key="broken"), "That file is damaged. Send it once more."),
        (Contact(ANN), "Send me a file."),
    ],
)
async def test_a_file_is_fetched_within_the_handlers_limits(
    open_bot: OpenBot, content: Image | File | Contact, answer: str
) -> None:
    """What its message says is looked at first; what comes is measured all the same."""
    storage = Storage(files={PICTURE: b"picture", "large": bytes(1024**2 + 1)})
    async with open_bot(sizes, nothing, setting=Setting(attachments=storage)) as bot:
        await bot.hear(said(content))
    assert [text for text in bot.platform.texts() if not text.startswith("[")] == [answer]


async def test_nothing_is_fetched_that_nobody_asked_for(open_bot: OpenBot) -> None:
    """The project's own commands thank for a picture without looking at it."""
    storage = Storage()
    async with open_bot(setting=Setting(attachments=storage)) as bot:
        await bot.hear(said("hi"), said(Image(PICTURE, "image/png", 1, 1, 7, key="slow")), said(Sticker("s")))
    assert any(text.startswith("Thank you for the picture") for text in bot.platform.texts())
