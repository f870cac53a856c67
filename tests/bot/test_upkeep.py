import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from bot.command import Command, command
from bot.context import Context
from bot.errors import Unavailable
from bot.ledger import AuditEntry
from bot.records import DeadLetter
from bot.runner import RunnerOptions
from bot.upkeep import Upkeep, UpkeepOptions
from bot.users import Role, User
from tests.bot.mixin.servers import hearing
from tests.conftest import Bot, OpenBot, Setting
from tests.fakes import ANN, BEN, said

FAST = UpkeepOptions(prune_every_s=60, replay_every_s=0.01, retry_s=0.01)


def echo() -> Command:
    @command("echo")
    async def echo(ctx: Context) -> str:
        return ctx.rest

    return echo


async def work(bot: Bot, first_admins: tuple[str, ...] = ()) -> "asyncio.Task[None]":
    return asyncio.create_task(Upkeep(bot.services, bot.dispatcher, first_admins, FAST).run())


async def end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_a_dead_letter_is_handled_again_on_request(open_bot: OpenBot) -> None:
    """The replay answers under ids of its own, the letter is gone, and the message is not acknowledged again."""
    message = said("/echo late")
    letter = DeadLetter(message.id[:8], message, "echo", "RuntimeError", 3, datetime.now(UTC))
    async with open_bot(echo()) as bot:
        await bot.store.quarantine(letter)
        await bot.store.request_replay(letter.reference)
        task = await work(bot)
        await bot.platform.until_sends(1)
        await end(task)

    assert bot.platform.texts() == ["late"]
    assert bot.platform.acked == []
    assert await bot.store.dead_letters() == []


async def test_a_replay_that_fails_is_a_new_letter(open_bot: OpenBot) -> None:
    """What crashes again is kept again, under a new reference."""

    @command("crash")
    async def crash(ctx: Context) -> str:
        raise RuntimeError("again")

    message = said("/crash")
    letter = DeadLetter(message.id[:8], message, "crash", "RuntimeError", 3, datetime.now(UTC))
    async with open_bot(crash, setting=Setting(runner=RunnerOptions(attempts=1))) as bot:
        await bot.store.quarantine(letter)
        await bot.store.request_replay(letter.reference)
        task = await work(bot)
        await bot.platform.until_sends(1)
        await end(task)

    (kept,) = await bot.store.dead_letters()
    assert kept.reference != letter.reference


async def test_the_first_admins_are_noted_once(open_bot: OpenBot) -> None:
    """Admins of the settings become owners while there is none; later the database alone counts."""
    setting = Setting()
    setting.platform.people[ANN] = User(ANN, "40001", "Ann")
    setting.platform.people[BEN] = User(BEN, "40002", "Ben")
    async with open_bot(echo(), setting=setting) as bot:
        for admins in (("40001", "99999"), ("40002",)):
            task = await work(bot, admins)
            async with asyncio.timeout(30):
                while not await bot.store.admins():
                    await asyncio.sleep(0.01)
            await end(task)

    assert await bot.store.admins() == {ANN: Role.OWNER}


async def test_the_bot_learns_its_name(open_bot: OpenBot) -> None:
    """Name and number come from the messenger, unless the settings give a name."""
    async with open_bot(echo()) as bot:
        bot.services.name = bot.services.number = ""
        task = await work(bot)
        async with asyncio.timeout(30):
            while not bot.services.number:
                await asyncio.sleep(0.01)
        await end(task)

    assert (bot.services.name, bot.services.number) == ("Demo Bot", "7000999001")


async def test_a_replayed_letter_stays_until_its_answer_is_out(open_bot: OpenBot) -> None:
    """While the answer cannot be sent the letter is still there: a process that dies meanwhile loses nothing."""
    message = said("/echo late")
    letter = DeadLetter(message.id[:8], message, "echo", "RuntimeError", 3, datetime.now(UTC))
    setting = Setting()
    setting.platform.gate.clear()
    async with open_bot(echo(), setting=setting) as bot:
        await bot.store.quarantine(letter)
        bot.dispatcher.replay(said("/echo late"), letter.reference)
        async with asyncio.timeout(30):
            while not bot.outbox.depth:
                await asyncio.sleep(0.01)
        assert [each.reference for each in await bot.store.dead_letters()] == [letter.reference]
        setting.platform.gate.set()
        await bot.platform.until_sends(1)

    assert bot.platform.texts() == ["late"]
    assert await bot.store.dead_letters() == []


async def test_first_admins_are_noted_together(open_bot: OpenBot) -> None:
    """A look-up that fails in between does not leave the later ones out for ever."""
    setting = Setting()
    people = {ANN: User(ANN, "40001", "Ann"), BEN: User(BEN, "40002", "Ben")}
    failures = [Unavailable("503")]

    async def user(who: str) -> User:
        if who == "40002" and failures:
            raise failures.pop()
        return next(each for each in people.values() if each.identity_number == who)

    setting.platform.user = user  # type: ignore[method-assign]
    async with open_bot(echo(), setting=setting) as bot:
        task = await work(bot, ("40001", "40002"))
        async with asyncio.timeout(30):
            while len(await bot.store.admins()) < 2:
                await asyncio.sleep(0.01)
        await end(task)

    assert await bot.store.admins() == {ANN: Role.OWNER, BEN: Role.OWNER}


async def test_a_callback_that_leads_elsewhere_is_said_in_the_log(open_bot: OpenBot) -> None:
    """MB141 with both addresses, where the dashboard has another one than this service; nothing where they agree."""
    for wanted, codes in (("https://bot.example/oauth/callback", ["MB141"]), ("", [])):
        options = UpkeepOptions(prune_every_s=60, replay_every_s=60, callback_url=wanted)
        async with open_bot(echo()) as bot:
            with hearing() as heard:
                task = asyncio.create_task(Upkeep(bot.services, bot.dispatcher, (), options).run())
                await heard.until("bot.identity")
                await asyncio.sleep(0)
                await end(task)
        assert [line["code"] for line in heard.lines if line["event"] == "oauth.callback_differs"] == codes


async def until(good: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not good():
            await asyncio.sleep(0.005)


async def test_who_is_blocked_elsewhere_is_answered_nothing(open_bot: OpenBot) -> None:
    """Blocked by another process they get no answer, acknowledged all the same, and are answered again afterwards."""
    async with open_bot(echo()) as bot:
        await bot.hear(said("/echo one", user_id=BEN))
        entry = AuditEntry(datetime.now(UTC), "cli", "user.block", BEN)
        await bot.store.roster.set_blocked(BEN, True, entry)
        task = await work(bot)
        await until(lambda: bot.services.blocked == {BEN})
        await bot.hear(said("/echo two", user_id=BEN), said("/echo three", user_id=ANN))
        await bot.store.roster.set_blocked(BEN, False, entry)
        await until(lambda: not bot.services.blocked)
        await bot.hear(said("/echo four", user_id=BEN))
        await end(task)

    assert bot.platform.texts() == ["one", "three", "four"]
    assert len(bot.platform.acked) == 4


async def test_T33_who_is_forgotten_elsewhere_is_new_here(open_bot: OpenBot) -> None:
    """Nothing of them is left in memory either: the next message makes them somebody new in the database."""
    async with open_bot(echo()) as bot:
        await bot.hear(said("/echo one", user_id=BEN))
        task = await work(bot)
        await bot.store.roster.forget(BEN, AuditEntry(datetime.now(UTC), "cli", "user.forget", BEN))
        await until(lambda: BEN not in bot.services.remembered())
        await end(task)
        assert await bot.store.person(BEN) is None
        again = said("/echo two", user_id=BEN)
        await bot.hear(again)
        known = await bot.store.person(BEN)

    assert known is not None
    assert known.first_message_id == again.id
