import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.command import command
from bot.context import Context
from bot.errors import Forbidden, NotFound, Unavailable
from bot.message import Buttons, Text
from bot.notices import Notices
from bot.records import Authorization, Sighting
from tests.conftest import Bot, OpenBot, Setting
from tests.fakes import ANN, BEN, EVERYTHING, FakeGrants, conversation_of, said

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@command("assets", needs=("ASSETS:READ",))
async def assets(ctx: Context) -> str:
    return f"{len(await ctx.mine.balances())} coins, {ctx.rest}"


class Clock:
    """Stands until it is moved."""

    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Bot]:
    async with open_bot(assets, setting=Setting(grants=FakeGrants({ANN: EVERYTHING}))) as opened:
        yield opened


@pytest.fixture
def notices(bot: Bot, clock: Clock) -> Notices:
    return Notices(bot.services, bot.dispatcher, now=clock)


async def connect(bot: Bot, user_id: str = ANN, **facts: object) -> None:
    values: dict[str, object] = {
        "user_id": user_id,
        "grant_id": "5d2f0c1e-0000-4000-8000-000000000001",
        "scope": "PROFILE:READ ASSETS:READ",
        "asked": "PROFILE:READ ASSETS:READ",
        "sealed": b"",
        "key_number": 1,
        "granted_at": NOON,
        "expires_at": NOON + timedelta(days=365),
        "notice": "connected",
        "notice_at": NOON,
    }
    await bot.store.keep_authorization(Authorization(**{**values, **facts}))  # type: ignore[arg-type]


def actions(bot: Bot) -> list[str]:
    contents = [each.content for each in bot.platform.sent.values()]
    return [button.action for each in contents if isinstance(each, Buttons) for button in each.buttons]


async def test_who_connected_is_told_once(bot: Bot, notices: Notices) -> None:
    """In their own conversation: what was allowed, and what to do with it."""
    await connect(bot)
    await notices.tell_all()
    await notices.tell_all()

    assert bot.platform.texts() == [
        "Thank you! I may now read your profile and assets. Write /disconnect to take it back.",
        "[My assets]",
    ]
    assert {each.conversation_id for each in bot.platform.sent.values()} == {conversation_of(ANN)}
    assert actions(bot) == ["input:/assets"]


async def test_a_language_that_came_with_the_permission_counts_at_once(open_bot: OpenBot, clock: Clock) -> None:
    """Although the person was met before, and is remembered with none."""

    @command("speak")
    async def speak(ctx: Context) -> str:
        return f"in {ctx.language}"

    async with open_bot(speak, setting=Setting(grants=FakeGrants({ANN: EVERYTHING}))) as bot:
        await bot.hear(said("/speak"))
        await connect(bot)
        await bot.store.learn_language(ANN, "zh")
        await Notices(bot.services, bot.dispatcher, now=clock).tell_all()
        await bot.hear(said("/speak"))

    assert [text[:4] for text in bot.platform.texts() if text[0] != "["] == ["in e", "谢谢！我", "in z"]


async def test_it_is_told_in_the_persons_language(bot: Bot, notices: Notices) -> None:
    """As far as that is known."""
    await bot.store.meet([Sighting(ANN, conversation_of(ANN), "m", NOON, "zh")])
    await connect(bot)
    await notices.tell_all()

    assert bot.platform.texts()[0].startswith("谢谢！我现在可以读取您的个人资料")


async def test_check_05_what_was_unticked_can_be_allowed_later(bot: Bot, notices: Notices) -> None:
    """Polite, with one button for exactly what is missing; the command that needs it is not gone on with."""
    await connect(bot, asked="PROFILE:READ ASSETS:READ CONTACTS:READ", then="/assets")
    await notices.tell_all()
    text, buttons = [each.content for each in bot.platform.sent.values()]

    assert isinstance(text, Text)
    assert text.text.startswith("You shared your profile and assets, but not your contacts.")
    assert isinstance(buttons, Buttons)
    assert [(each.label, each.action) for each in buttons.buttons] == [
        ("Allow contacts", "input:/connect CONTACTS:READ"),
        ("My assets", "input:/assets"),
    ]


async def test_what_was_asked_for_is_gone_on_with(bot: Bot, notices: Notices) -> None:
    """Once, with its arguments; nobody has to say it again, and nothing is acknowledged that never came."""
    await connect(bot, then="/assets all of them")
    await notices.tell_all()
    await notices.tell_all()
    await bot.platform.until_sends(2)
    kept = await bot.store.authorization(ANN)

    assert bot.platform.texts() == [
        "Thank you! I may now read your profile and assets. Write /disconnect to take it back.",
        "0 coins, all of them",
    ]
    assert bot.platform.acked == []
    assert kept is not None
    assert kept.then == ""


async def test_an_end_is_announced_ahead(bot: Bot, notices: Notices, clock: Clock) -> None:
    """Two weeks before, once, with a way to renew it; not when somebody connected anew meanwhile."""
    await connect(bot)
    await notices.tell_all()
    clock.now = NOON + timedelta(days=351, seconds=-1)
    await notices.tell_all()
    assert len(bot.platform.sent) == 2
    clock.now += timedelta(seconds=1)
    await notices.tell_all()
    await notices.tell_all()

    assert bot.platform.texts()[2:] == [
        "Your permission ends on Mar 1, 2027, 12:00:00\u202fPM UTC. Write /connect to renew it; if you do not, I will "
        "simply stop reading your account.",
        "[Connect]",
    ]
    assert actions(bot)[1:] == ["input:/connect"]


async def test_a_short_grant_is_not_announced_at_once(bot: Bot, notices: Notices, clock: Clock) -> None:
    """A token of a few days: who just agreed is not asked again a moment later."""
    await connect(bot, expires_at=NOON + timedelta(days=10))
    await notices.tell_all()
    clock.now += timedelta(days=9)
    await notices.tell_all()

    assert len(bot.platform.sent) == 2


async def test_what_the_messenger_does_not_take_now_is_told_later(bot: Bot, notices: Notices) -> None:
    """With the same ids, so that it is said once."""
    await connect(bot)
    bot.platform.failures.append(Unavailable("503"))
    with pytest.raises(Unavailable):
        await notices.tell_all()
    assert bot.platform.texts() == []
    await notices.tell_all()
    first, second = bot.platform.sends

    assert first == second
    assert len(bot.platform.sent) == 2


async def test_who_was_never_written_to_is_reached(bot: Bot, notices: Notices) -> None:
    """The conversation is created, and the rest told."""
    await connect(bot, BEN)
    bot.platform.failures.append(NotFound("no conversation", code=404))
    await notices.tell_all()

    assert bot.platform.reached == [conversation_of(BEN)]
    assert len(bot.platform.sent) == 2


async def test_who_cannot_be_told_holds_up_nobody(bot: Bot, notices: Notices) -> None:
    """A final refusal is logged, and not tried for ever; the next person is told."""
    await connect(bot)
    await connect(bot, BEN, grant_id="5d2f0c1e-0000-4000-8000-000000000002", notice_at=NOON + timedelta(0))
    bot.platform.failures.extend([Forbidden("blocked", code=403), Forbidden("blocked", code=403)])
    await notices.tell_all()
    await notices.tell_all()

    assert len(bot.platform.sent) == 2
    assert await bot.store.due_notices(NOON + timedelta(days=1)) == []


async def test_looking_goes_on_whatever_happens(bot: Bot, clock: Clock) -> None:
    """Once a second or so, through a messenger that is away, until the service ends."""
    notices = Notices(bot.services, bot.dispatcher, every_s=0.001, now=clock)
    await connect(bot)
    bot.platform.failures.extend([Unavailable("503"), Unavailable("503")])
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(notices.run())
        await bot.platform.until_sends(3)
        running.cancel()

    assert len(bot.platform.sent) == 2
