import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.command import command, on
from bot.context import Context, may_administer
from bot.errors import NotKept, RateLimited, SetupError, TooLarge, Unavailable, UserError
from bot.message import Buttons, Outgoing, Post, Reply, Sticker, Text, Unopened, reply_id
from bot.records import Mark, Store
from bot.runner import RunnerOptions
from bot.users import Person, Role, User
from tests.conftest import OpenBot, Setting
from tests.fakes import ANN, BEN, conversation_of, said


@command("echo")
async def echo(ctx: Context) -> str:
    return ctx.rest


@command("start", next=("help",), welcome=True)
async def start(ctx: Context) -> str:
    return "welcome"


async def test_somebody_new_gets_the_welcome_and_then_the_answer(open_bot: OpenBot) -> None:
    """The first message is greeted whatever it says, and still answered; the second is only answered."""
    async with open_bot(start, echo) as bot:
        await bot.hear(said("/echo one"), said("/echo two"))

    assert bot.platform.texts() == ["welcome", "one", "two"]


async def test_the_welcome_is_the_same_after_a_crash(open_bot: OpenBot) -> None:
    """A first message that comes again after a restart has the same replies under the same ids."""
    message = said("/echo one")
    async with open_bot(start, echo) as bot:
        await bot.hear(message)
    async with open_bot(start, echo) as again:
        await again.hear(message)

    assert list(bot.platform.sent) == list(again.platform.sent)
    assert bot.platform.texts() == again.platform.texts() == ["welcome", "one"]


async def test_a_greeting_as_first_message_is_welcomed_once(open_bot: OpenBot) -> None:
    """`Hi` from somebody new gives one welcome, not two."""
    async with open_bot(start, echo) as bot:
        await bot.hear(said("Hi"), said("Hi", user_id=BEN))

    assert bot.platform.texts() == ["welcome", "[Help]", "welcome", "[Help]"]


async def test_F14_a_handler_that_hangs_gets_an_apology(open_bot: OpenBot) -> None:
    """The time limit ends a handler; the person is told at once, others are not affected."""

    @command("hang")
    async def hang(ctx: Context) -> str:
        await asyncio.Event().wait()
        return "never"

    setting = Setting(runner=RunnerOptions(time_limit_s=0.05))
    async with open_bot(hang, echo, setting=setting) as bot:
        await bot.hear(said("/hang"), said("/echo hello", user_id=BEN))

    assert "hello" in bot.platform.texts()
    assert [text for text in bot.platform.texts() if "took too long" in text]
    assert bot.services.vitals.timed_out == 1
    assert await bot.store.dead_letters() == []


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), KeyError(7), SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError(), RecursionError()],
)
async def test_F15_a_crash_is_tried_three_times_then_kept(open_bot: OpenBot, error: BaseException) -> None:
    """Silent tries, then one apology with a reference, quarantine, the admins told, and an acknowledgement."""
    runs = 0

    @command("crash")
    async def crash(ctx: Context) -> str:
        nonlocal runs
        runs += 1
        raise error

    message = said("/crash")
    async with open_bot(crash) as bot:
        await bot.store.set_role(BEN, Role.OWNER)
        await bot.hear(message)

    assert runs == 3
    (letter,) = await bot.store.dead_letters()
    assert (letter.reference, letter.message, letter.command, letter.tries) == (message.id[:8], message, "crash", 3)
    apology, notice = [item for item in bot.platform.sent.values() if isinstance(item.content, Text)]
    if apology.user_id == BEN:
        apology, notice = notice, apology
    assert isinstance(apology.content, Text)
    assert isinstance(notice.content, Text)
    assert letter.reference in apology.content.text
    assert notice.conversation_id == conversation_of(BEN)
    assert letter.reference in notice.content.text
    assert bot.platform.acked == [message.id]


async def test_a_crash_that_passes_is_not_noticed(open_bot: OpenBot) -> None:
    """A handler that works the second time gives its answer, and nothing else is said."""
    failures = iter([RuntimeError("once")])

    @command("shaky")
    async def shaky(ctx: Context) -> str:
        for failure in failures:
            raise failure
        return "fine"

    async with open_bot(shaky) as bot:
        await bot.hear(said("/shaky"))

    assert bot.platform.texts() == ["fine"]
    assert await bot.store.dead_letters() == []


@pytest.mark.parametrize("garbage", [7, b"bytes", ["ok", None], [["nested"]], {"a": 1}, ["x"] * 21, object()])
async def test_F15_garbage_from_a_handler_is_a_crash(open_bot: OpenBot, garbage: object) -> None:
    """What cannot be said is treated like an exception, and nothing of it is sent."""

    @command("garbage")
    async def give(ctx: Context) -> Reply:
        return garbage  # type: ignore[return-value]

    async with open_bot(give, setting=Setting(runner=RunnerOptions(attempts=1))) as bot:
        await bot.hear(said("/garbage"))

    assert len(await bot.store.dead_letters()) == 1
    assert len([text for text in bot.platform.texts() if "Something went wrong" in text]) == 1


async def test_a_reply_beyond_the_limits_is_a_crash_of_its_handler(open_bot: OpenBot) -> None:
    """Seven buttons never reach the messenger."""

    @command("buttons")
    async def buttons(ctx: Context) -> Buttons:
        return ctx.buttons(*["help"] * 7)

    async with open_bot(buttons, setting=Setting(runner=RunnerOptions(attempts=1))) as bot:
        await bot.hear(said("/buttons"))

    assert len(await bot.store.dead_letters()) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("Whom?"), "Whom?"),
        (Unavailable("502"), "does not answer right now"),
        (RateLimited("429"), "too much going on"),
        (NotKept("disk full"), "does not answer right now"),
        (TooLarge("2 MiB"), "too long for me"),
    ],
)
async def test_what_may_happen_has_its_answer(open_bot: OpenBot, error: Exception, words: str) -> None:
    """Errors that are nobody's fault are answered at once, with a button, and nothing is kept."""

    @command("fail")
    async def fail(ctx: Context) -> str:
        raise error

    async with open_bot(fail) as bot:
        await bot.hear(said("/fail"))

    assert words in bot.platform.texts()[0]
    assert isinstance(list(bot.platform.sent.values())[-1].content, Buttons)
    assert await bot.store.dead_letters() == []


async def test_a_refused_key_ends_the_service(open_bot: OpenBot) -> None:
    """An error that somebody has to mend is not taken for a crash of the handler."""

    @command("refused")
    async def refused(ctx: Context) -> str:
        raise SetupError("MB110", "Mixin answered 401.")

    with pytest.raises(BaseExceptionGroup) as caught:
        async with open_bot(refused) as bot:
            await bot.hear(said("/refused"))

    assert caught.group_contains(SetupError, depth=None)


async def test_T5_a_command_that_writes_runs_once_for_a_message(open_bot: OpenBot) -> None:
    """After a restart the stored replies are sent again under their ids, and the command is not run again."""
    runs = 0

    @command("count", writes=True)
    async def count(ctx: Context) -> str:
        nonlocal runs
        runs += 1
        await ctx.store.set_subscribed(ctx.person.user_id, False)
        return f"run {runs}"

    message = said("/count")
    first = Setting()
    first.platform.failures.extend([Unavailable("away")])
    async with open_bot(count, setting=first) as bot:
        await bot.hear(message)
    async with open_bot(count) as again:
        await again.hear(message)

    assert runs == 1
    assert bot.platform.texts() == ["run 1"]
    assert again.platform.texts() == []
    assert again.platform.acked == [message.id]


async def test_F27_a_crash_between_writing_and_sending_sends_what_was_kept(open_bot: OpenBot) -> None:
    """The mark holds the replies: a process that died before they were out leaves them to the next one."""
    message = said("/lang zh")
    kept = (Outgoing(reply_id(message.id, 0), message.conversation_id, ANN, Text("kept")),)

    @command("lang", writes=True)
    async def lang(ctx: Context) -> str:
        raise AssertionError("must not run again")

    async with open_bot(lang) as bot:
        await bot.store.keep_mark(message.id, kept)
        await bot.hear(message)

    assert bot.platform.texts() == ["kept"]
    assert await bot.store.mark(message.id) == Mark(kept, accepted=True)


async def test_a_failed_write_leaves_nothing(open_bot: OpenBot) -> None:
    """A command that writes and then crashes has written nothing."""

    @command("half", writes=True)
    async def half(ctx: Context) -> str:
        await ctx.store.set_language(ctx.person.user_id, "zh")
        raise RuntimeError("after writing")

    message = said("/half")
    async with open_bot(half, setting=Setting(runner=RunnerOptions(attempts=1))) as bot:
        await bot.hear(message)

    person = await bot.store.person(ANN)
    assert person is not None
    assert person.language == ""
    assert await bot.store.mark(message.id) is None


class Locked:
    """A store whose transactions fail a few times, as on a locked or full disk; the rest is the real one's."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Store]:
        if self.failures:
            self.failures -= 1
            raise NotKept("database is locked")
        async with self._store.transaction() as store:
            yield store


async def test_F35_a_locked_database_is_waited_for(
    open_bot: OpenBot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write that cannot be kept is neither answered nor acknowledged nor given up: it is tried until it is kept."""
    monkeypatch.setattr("bot.runner.DATABASE_AGAIN_S", 0.01)

    @command("write", writes=True)
    async def write(ctx: Context) -> str:
        await ctx.store.set_subscribed(ctx.person.user_id, False)
        return "written"

    locked = Locked(store, 7)
    async with open_bot(write, store=locked) as bot:
        await bot.hear(said("/write"))

    assert locked.failures == 0
    assert bot.platform.texts() == ["written"]
    assert bot.services.vitals.database_retried == 7


async def test_F27_a_message_over_which_the_process_keeps_dying_is_poison(open_bot: OpenBot) -> None:
    """Three deaths while it was handled: then it is not run again but kept, apologised for and acknowledged."""
    runs = 0

    @command("kill")
    async def kill(ctx: Context) -> str:
        nonlocal runs
        runs += 1
        return "survived"

    message = said("/kill", backlog=True)
    async with open_bot(kill) as bot:
        for _ in range(3):
            await bot.store.begin_attempts([message.id])
        await bot.hear(message)

    assert runs == 0
    assert len(await bot.store.dead_letters()) == 1
    assert bot.platform.acked == [message.id]


async def test_a_message_that_was_handled_leaves_no_count(open_bot: OpenBot) -> None:
    """A backlog message that went well is not counted as a death, however often the process is restarted."""
    message = said("/echo a", backlog=True)
    for _ in range(5):
        async with open_bot(echo) as bot:
            await bot.hear(message)

    assert bot.platform.texts() == ["a"]
    assert await bot.store.begin_attempts([message.id]) == {message.id: 0}


CATEGORIES = (
    "PLAIN_TEXT", "ENCRYPTED_TEXT", "PLAIN_POST", "APP_CARD", "SYSTEM_CONVERSATION", "MESSAGE_RECALL", "",
)  # fmt: skip


def test_T1_T2_only_the_exact_admin_may_administer() -> None:
    """Of 224 combinations only an admin in person, alone with the bot, by a text."""
    now = said("x").created_at
    people = [Person(user, "c", "m", now, now, role=role) for user in (ANN, BEN) for role in Role]
    allowed = []
    for person, direct, represented, category in itertools.product(people, (True, False), ("", BEN), CATEGORIES):
        message = said(
            "/stats", user_id=person.user_id, direct=direct, representative_id=represented, category=category
        )
        if may_administer(message, person):
            allowed.append((person.user_id, person.role, direct, represented, category))

    assert sorted(allowed) == sorted(
        (user, role, True, "", category)
        for user in (ANN, BEN)
        for role in (Role.OWNER, Role.OPERATOR)
        for category in ("PLAIN_TEXT", "ENCRYPTED_TEXT")
    )


async def test_T1_admin_commands_do_not_exist_for_others(open_bot: OpenBot) -> None:
    """Somebody else, or the admin in a group or by proxy, gets the answer that any unknown text gets."""

    @command("secret", admin=True)
    async def secret(ctx: Context) -> str:
        return "the secret"

    @on(Text)
    async def unknown(ctx: Context) -> str:
        return f"unknown {ctx.parsed.word}"

    async with open_bot(secret, unknown) as bot:
        await bot.store.set_role(ANN, Role.OWNER)
        for message in (
            said("/secret", user_id=BEN),
            said("/secret", representative_id=BEN),
            said("@7000999001 /secret", direct=False, conversation_id="group"),
            said("/secret"),
        ):
            await bot.hear(message)

    assert bot.platform.texts() == ["unknown secret", "unknown secret", "the secret"]


async def test_a_role_counts_from_the_moment_it_is_given(open_bot: OpenBot) -> None:
    """The role is read again for every admin command, though the person is known already."""

    @command("secret", admin=True)
    async def secret(ctx: Context) -> str:
        return "the secret"

    async with open_bot(secret, echo) as bot:
        await bot.hear(said("/echo hi"))
        await bot.store.set_role(ANN, Role.OPERATOR)
        await bot.hear(said("/secret"))
        await bot.store.set_role(ANN, Role.NONE)
        await bot.hear(said("/secret"))

    assert bot.platform.texts() == ["hi", "the secret"]


async def test_other_contents_go_to_their_handler(open_bot: OpenBot) -> None:
    """A sticker is answered by whoever declared stickers; in a group, and undeclared, it is acknowledged in silence."""

    @on(Sticker)
    async def sticker(ctx: Context) -> str:
        return "nice"

    async with open_bot(sticker) as bot:
        await bot.hear(said(Sticker("s")), said(Sticker("s"), direct=False), said(Post("# post")))

    assert bot.platform.texts() == ["nice"]


async def test_other_bots_are_not_answered(open_bot: OpenBot) -> None:
    """Two bots that answer each other would never end; people with any number are answered."""
    async with open_bot(echo) as bot:
        await bot.hear(said("/echo met", user_id=BEN), said("/echo met"))
        await bot.store.set_profiles([User(BEN, "7000123456", "Other Bot"), User(ANN, "70001234", "Ann")])
        bot.people.forget(ANN)
        bot.people.forget(BEN)
        await bot.hear(said("/echo again", user_id=BEN), said("/echo again"))

    assert sorted(item.user_id for item in bot.platform.sent.values()) == [ANN, ANN, BEN]
    assert sorted(bot.platform.texts()) == ["again", "met", "met"]


async def test_a_long_text_becomes_a_post(open_bot: OpenBot) -> None:
    """More than 900 characters are sent as a post."""

    @command("long")
    async def long(ctx: Context) -> Sequence[str]:
        return ["x" * 900, "y" * 901]

    async with open_bot(long) as bot:
        await bot.hear(said("/long"))

    assert [type(item.content) for item in bot.platform.sent.values()] == [Text, Post]


async def test_in_a_group_the_answer_quotes_and_its_buttons_mention(open_bot: OpenBot) -> None:
    """A button in a group says the command to this bot, and the reply points at the question."""
    message = said("@7000999001 /start", direct=False, conversation_id="group")
    async with open_bot(start) as bot:
        await bot.hear(message)

    text, buttons = bot.platform.sent.values()
    assert text.quote_id == message.id
    assert isinstance(buttons.content, Buttons)
    assert buttons.content.buttons[0].action == "input:@7000999001 /help"


class Unspeakable(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize("error", [UserError(""), UserError("x" * 70_000), Unspeakable()])
async def test_F15_an_error_that_cannot_be_said_is_a_crash(open_bot: OpenBot, error: Exception) -> None:
    """What a handler raises never ends the process, though its text is empty, too long, or an error itself."""

    @command("fail")
    async def fail(ctx: Context) -> str:
        raise error

    async with open_bot(fail, setting=Setting(runner=RunnerOptions(attempts=1))) as bot:
        await bot.hear(said("/fail"))

    assert len(await bot.store.dead_letters()) == 1
    assert len([text for text in bot.platform.texts() if "Something went wrong" in text]) == 1


async def test_a_handler_that_leaves_its_task_cancelled_ends_the_process(open_bot: OpenBot) -> None:
    """No worker is lost in silence with its conversation: the process ends, and the message comes again."""

    @command("cancel")
    async def cancel(ctx: Context) -> str:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)
        return "never"

    async def serve() -> None:
        async with open_bot(cancel) as bot:
            await bot.dispatcher.submit(said("/cancel"))
            await asyncio.Event().wait()

    with pytest.raises(BaseExceptionGroup) as caught:
        await serve()

    assert caught.group_contains(RuntimeError, match="cancelled the task", depth=None)


async def test_F14_a_write_that_was_kept_in_time_is_answered(open_bot: OpenBot, store: Store) -> None:
    """The limit that strikes during the commit does not make people repeat what was done."""
    setting = Setting(runner=RunnerOptions(time_limit_s=0.2))

    @command("write", writes=True)
    async def write(ctx: Context) -> str:
        await ctx.store.set_language(ctx.person.user_id, "zh")
        return "done"

    class SlowCommit(Locked):
        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[Store]:
            async with store.transaction() as inner:
                yield inner
            await asyncio.sleep(5)

    async with open_bot(write, setting=setting, store=SlowCommit(store, 0)) as bot:
        await bot.hear(said("/write"))

    assert bot.platform.texts() == ["done"]


async def test_F27_neighbours_of_a_poison_message_are_not_condemned_with_it(open_bot: OpenBot) -> None:
    """Messages that were at work when the process died run one at a time, each counted only when its turn comes."""
    together, most = 0, 0

    @command("slow")
    async def slow(ctx: Context) -> str:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0.01)
        together -= 1
        return "fine"

    messages = [said("/slow", backlog=True, conversation_id=f"c{number}") for number in range(8)]
    async with open_bot(slow) as bot:
        await bot.store.begin_attempts([message.id for message in messages])
        await bot.store.begin_attempts([message.id for message in messages])
        await bot.hear(*messages)

    assert bot.platform.texts() == ["fine"] * 8
    assert most == 1
    assert await bot.store.attempts([message.id for message in messages]) == {}


async def test_what_cannot_be_opened_is_kept_answered_and_acknowledged(open_bot: OpenBot) -> None:
    """A sealed message for another key: one kind word and one dead letter for several of one person, never a crash."""
    sealed = [said(Unopened("ENCRYPTED_TEXT", "sealed for other sessions than this one")) for _ in range(3)]
    async with open_bot() as bot:
        for message in sealed:
            await bot.hear(message)

    letters = await bot.store.dead_letters()
    assert [letter.message.id for letter in letters] == [sealed[0].id]
    assert {letter.error for letter in letters} == {"bot.errors.CannotOpen: sealed for other sessions than this one"}
    answers = [text for text in bot.platform.texts() if "could not open" in text]
    assert answers == [bot.services.texts.get("en", "media.unopened")]
    assert sorted(bot.platform.acked) == sorted(message.id for message in sealed)
