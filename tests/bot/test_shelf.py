"""Files that handlers keep: for some days, within some size, and not of who was forgotten."""

import asyncio
import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.command import on
from bot.context import Context
from bot.errors import NotKept
from bot.ledger import AuditEntry
from bot.message import File, Image
from bot.records import Sighting
from bot.shelf import DAY_S, NoRoom, Shelf
from bot.upkeep import Upkeep, UpkeepOptions
from tests.conftest import OpenBot, Setting
from tests.fakes import ANN, BEN, FakeAttachments, said

PICTURE = "11111111-0000-4000-8000-00000000000a"


class Clock:
    """Seconds since 1970 that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Shelf:
    return Shelf(tmp_path / "files", keep_days=7, most_bytes=100, now=clock)


def sizes(folder: Path) -> list[int]:
    return sorted(path.stat().st_size for path in folder.glob("files/*/*"))


async def test_a_kept_file_is_for_this_user_only(shelf: Shelf, tmp_path: Path) -> None:
    """Mode 0600 in folders of 0700, named by nothing that somebody chose, and in one place however often it comes."""
    path = await shelf.put(ANN, "m ../../etc/passwd", b"one", "image/png")
    assert await shelf.put(ANN, "m ../../etc/passwd", b"another", "image/png") == path
    assert (path.parent, path.suffix, path.read_bytes()) == (tmp_path / "files" / ANN, ".png", b"another")
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert sizes(tmp_path) == [7]
    with pytest.raises(ValueError, match="by user id"):
        await shelf.put("../elsewhere", "m", b"one")


async def test_what_is_too_old_or_too_much_goes(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    """The oldest make room for what comes; after its days a file goes, and with the last one its folder."""
    for number, size in enumerate((40, 30, 50)):
        await shelf.put(ANN if number else BEN, str(number), bytes(size))
        clock.now += DAY_S
    assert sizes(tmp_path) == [30, 50]
    assert shelf.people() == (ANN,)
    with pytest.raises(NoRoom):
        await shelf.put(ANN, "4", bytes(101))
    assert sizes(tmp_path) == [30, 50]

    clock.now += 5.5 * DAY_S
    await shelf.tidy()
    assert sizes(tmp_path) == [50]
    clock.now += DAY_S
    await shelf.tidy()
    assert shelf.people() == ()


async def test_a_disk_that_takes_nothing(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said like any other trouble that passes, and no half file is left."""

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NotKept, match="No space left"):
        await shelf.put(ANN, "m", b"one")
    assert sizes(tmp_path) == []


@on(Image, File)
async def keeping(ctx: Context) -> str:
    path = await ctx.keep(types=("image/",))
    return f"{path.name} {len(path.read_bytes())}"


async def test_a_handler_keeps_what_somebody_sent(open_bot: OpenBot, tmp_path: Path) -> None:
    """The path leads to the content; other types and what there is no room for are told to the person."""
    storage = FakeAttachments(files={PICTURE: b"picture", "large": bytes(1024**2 + 1)})
    async with open_bot(keeping, setting=Setting(attachments=storage)) as bot:
        bot.services.shelf = Shelf(tmp_path / "files", keep_days=7, most_bytes=1024**2)
        await bot.hear(said(Image(PICTURE, "image/png", 1, 1, 7)))
        await bot.hear(said(File(PICTURE, "text/html", 7, "a.html")), said(Image("large", "image/png", 1, 1, 7)))

    (kept,) = tmp_path.glob("files/*/*")
    answers = [text for text in bot.platform.texts() if not text.startswith("[")]
    assert answers[0] == f"{kept.name} 7"
    assert answers[1:] == [
        "I can only take files of these types: image/.",
        "That file is too large: I take up to 1 MB.",
    ]


async def test_who_is_forgotten_elsewhere_is_forgotten_on_the_shelf(open_bot: OpenBot, tmp_path: Path) -> None:
    """By the console, the command line or another machine: the service deletes their files, and nobody else's."""
    shelf, now = Shelf(tmp_path / "files", keep_days=7, most_bytes=100), datetime.now(UTC)
    async with open_bot(keeping) as bot:
        bot.services.shelf = shelf
        await bot.store.meet([Sighting(each, "c", f"m{each}", now) for each in (ANN, BEN)])
        for each in (ANN, BEN):
            await shelf.put(each, "m", b"one")
        await bot.store.roster.forget(ANN, AuditEntry(now, "cli", "user.forget", ANN))
        task = asyncio.create_task(Upkeep(bot.services, bot.dispatcher, (), UpkeepOptions(replay_every_s=0.01)).run())
        async with asyncio.timeout(30):
            while len(shelf.people()) > 1:
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])

    assert shelf.people() == (BEN,)
