"""One message to one answer: find the command, run it within its time, have a reply whatever happens."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.bookkeeping import Books, reference_of
from bot.command import Command
from bot.consent import ask
from bot.context import Context, may_administer
from bot.errors import (
    CannotOpen,
    NotConnected,
    NotHere,
    NotKept,
    RateLimited,
    ScopeMissing,
    SetupError,
    TooLarge,
    Unavailable,
    Unsupported,
    UserError,
)
from bot.feedback import way_back
from bot.flood import Verdict
from bot.message import (
    Buttons,
    Content,
    Delivery,
    GroupChange,
    Message,
    Outgoing,
    Pin,
    Recall,
    Reply,
    Text,
    Transfer,
    Unopened,
    answer,
    contents_of,
    reply_id,
)
from bot.outbox import Outbox, Parcel
from bot.parser import Parsed, is_for, parse
from bot.people import People
from bot.retry import until_kept
from bot.services import Services
from bot.timelimit import Clock, TimeLimit
from bot.users import Person, Role
from bot.vitals import Vitals
from bot.wire import replace

log = structlog.get_logger()

AGAIN_S = (0.05, 0.5, 2.0)
DATABASE_AGAIN_S = 1.0
UNOPENED_EVERY_S = 30.0
"""How often one person's message that cannot be opened is kept; `handlers/media.py` answers as often."""
MOST_GROUPS = 10_000
MAINTENANCE_EVERY_S = 60.0


@dataclass(frozen=True, slots=True)
class RunnerOptions:
    """`attempts`: how often a handler that crashes is run before its message is put into quarantine."""

    time_limit_s: float = 10.0
    attempts: int = 3


class Runner:
    """Runs the handlers of one bot."""

    def __init__(self, services: Services, people: People, outbox: Outbox, options: RunnerOptions) -> None:
        self._services = services
        self._commands = services.commands
        self._people = people
        services.forgotten, services.remembered = people.forget, people.remembered
        self._outbox = outbox
        self._options = options
        self._vitals: Vitals = services.vitals
        self._log = structlog.get_logger().bind()
        self.time_limit = TimeLimit(options.time_limit_s)
        self.books = Books(services.store, services.vitals)
        self._suspects = asyncio.Lock()
        self._groups: set[str] = set()
        """Groups that are known to be written down."""

    async def handle(self, message: Message, arrived_at: float, verdict: Verdict, clock: Clock) -> Parcel:
        """The answer to a message, ready to be sent; never fails for what a handler or a person did."""
        person = self._people.at_hand(message) or await self._people.meet(message)
        if not message.direct:
            person = await self._in_group(message, person)
        if verdict is Verdict.NOTICE:
            return self._slow_down(message, person)
        began_at = time.monotonic()
        services, content = self._services, message.content
        parsed = Parsed("")
        if isinstance(content, Text):
            if message.direct or services.platform.only_calls or is_for(content.text, services.number):
                parsed = parse(content.text, services.number)
        elif isinstance(content, Unopened):
            await self._keep_unopened(message, content)
        command = self._commands.find(parsed.word)
        moderation = command is not None and command.moderates and (not parsed.rest or parsed.rest.isdecimal())
        if message.quote_id and not parsed.slash and not moderation and await self._is_passed_on(message):
            command = self._commands.quoting
        if command is not None and command.admin:
            person = await self._with_present_role(person)
            if not may_administer(message, person):
                command = None
        context = Context(message, person, person.language or services.language, parsed, services, services.store)
        command = command or self._other(context)
        if command is None or person.is_bot or person.user_id in services.blocked:  # two bots would never end
            parcel = self._outbox.pack(answer(message, None))
        elif not command.always and (closed := await self._closed_to(context)) is not None:
            parcel = closed
        elif message.backlog:
            parcel = await self._run_again(command, context, clock)
        else:
            parcel = await self._run(command, context, clock, 0)
        if services.remembering is not None:
            services.remembering.note(message, parcel.delivery.replies)
        took_s = time.monotonic() - began_at
        self._vitals.handled += 1
        self._vitals.handler_took(took_s)
        self._log.info(
            "message.handled",
            message_id=message.id,
            command=command.name if command is not None else "",
            replies=len(parcel.bodies),
            waited_ms=int((began_at - arrived_at) * 1e4) / 10,
            elapsed_ms=int(took_s * 1e4) / 10,
        )
        return parcel

    async def _keep_unopened(self, message: Message, content: Unopened) -> None:
        """Note what could not be opened; of many by one person as few as are answered: garbage fills nothing."""
        written_at, now = message.created_at.timestamp(), time.monotonic()
        if self._services.recently.first(message.user_id, "unopened", message.id, written_at, now, UNOPENED_EVERY_S):
            await self.books.quarantine(message, "", CannotOpen(content.reason), 1)

    def _slow_down(self, message: Message, person: Person) -> Parcel:
        self._vitals.flooded += 1
        text = self._services.texts.get(person.language or self._services.language, "flood.notice")
        return self._outbox.pack(answer(message, text))

    def now(self) -> float:
        """The messenger's time, in Unix seconds."""
        return time.time() + self._services.platform.clock_offset_s

    async def _in_group(self, message: Message, person: Person) -> Person:
        """Note which group it is, and tell a person from a bot before anything is answered to it."""
        if isinstance(message.content, GroupChange):
            return person
        if message.conversation_id not in self._groups:
            groups, chat, at = self._services.store.groups, message.conversation_id, message.created_at
            await until_kept(lambda: groups.join(chat, at), self._vitals, "runner.groups_retry")
            if len(self._groups) >= MOST_GROUPS:
                self._groups.clear()
            self._groups.add(chat)
        return person if person.identity_number else await self._people.introduce(person)

    # Choosing

    def _other(self, context: Context) -> Command | None:
        """What answers a message that calls no command; in a group only what happens to the group is heard."""
        if not context.message.direct:
            change = isinstance(context.message.content, GroupChange)
            return self._commands.answers(GroupChange) if change else None
        found = self._commands.answers(type(context.message.content))
        if isinstance(context.message.content, Transfer | Unopened | Recall | Pin):
            return found
        return (self._commands.welcome or found) if _is_first(context) else found

    async def _is_passed_on(self, message: Message) -> bool:
        """Whether it quotes something that the bot passed on from somebody."""
        if self._commands.quoting is None or not message.direct or not isinstance(message.content, Text):
            return False
        found = await until_kept(lambda: way_back(self._services.store, message.quote_id), self._vitals, "runner.retry")
        return found is not None

    async def _with_present_role(self, person: Person) -> Person:
        roles = await until_kept(self._services.store.admins, self._vitals, "runner.roles_retry")
        return person.with_role(roles.get(person.user_id, Role.NONE))

    async def _closed_to(self, context: Context) -> Parcel | None:
        """What somebody gets who is muted, or who comes during maintenance without being an admin."""
        services, message = self._services, context.message
        if not services.muted and not services.maintenance:
            return None
        until = services.muted.get(message.user_id)
        if until is not None and until > datetime.now(UTC):
            return self._outbox.pack(answer(message, None))
        if not services.maintenance:
            return None
        person = await self._with_present_role(context.person)
        if person.role in (Role.OPERATOR, Role.OWNER):
            return None
        told = message.direct and context.once("maintenance", MAINTENANCE_EVERY_S)
        return self._outbox.pack(answer(message, context.text("maintenance.notice") if told else None))

    # Running

    async def _run_again(self, command: Command, context: Context, clock: Clock) -> Parcel:
        """Run for a message that was delivered before, and may be what the process died over.

        Each run is counted before it begins. Messages that were counted before run one at a time, so that the one that
        is to blame is not counted together with its neighbours.
        """
        message_id = context.message.id
        async with AsyncExitStack() as alone:
            if await self.books.tries(message_id):
                await alone.enter_async_context(self._suspects)
            parcel = await self._run(command, context, clock, await self.books.begin(message_id))
        self.books.end_soon(message_id)
        return parcel

    async def _run(self, command: Command, context: Context, clock: Clock, tries: int) -> Parcel:
        message, writes = context.message, command.writing(context.parsed)
        error: BaseException = RuntimeError("the process ended while this was handled")
        while tries < self._options.attempts:
            tries += 1
            clock.began_at = time.monotonic()
            try:
                if writes:
                    parcel = await self._answer_once(command, context)
                else:
                    parcel = self._outbox.pack(answer(message, await self._reply(command, context)))
            except BaseException as caught:  # noqa: BLE001 - a handler may raise anything, even SystemExit
                error = caught
                timed_out = clock.stop()
                try:
                    sorry = self._sorry(command, context, caught, timed_out=timed_out)
                except ValueError as unsayable:  # the text of a UserError breaks a limit
                    sorry, error = None, unsayable
                if sorry is not None:
                    parcel = (await self._kept(message) if timed_out and writes else None) or sorry
                    break
            else:
                clock.stop()
                break
            if writes and isinstance(error, NotKept):
                tries -= 1
                self._vitals.database_retried += 1
                log.error("runner.write_retry", command=command.name, message_id=message.id, error=str(error))
                await asyncio.sleep(DATABASE_AGAIN_S)
                continue
            self._vitals.failed += 1
            log.error("handler.crashed", command=command.name, message_id=message.id, tries=tries, exc_info=error)
            if tries < self._options.attempts:
                await asyncio.sleep(AGAIN_S[min(tries, len(AGAIN_S)) - 1])
        else:
            parcel = await self._give_up(command, context, error, tries)
        return parcel

    def _sorry(self, command: Command, context: Context, error: BaseException, *, timed_out: bool) -> Parcel | None:
        """What to say to an error that may well happen; nothing to a crash, which is tried again.

        Raises:
            SetupError: The service has to stop.
            CancelledError: The service is stopping.
        """
        if timed_out:
            self._vitals.timed_out += 1
            log.error("handler.timed_out", command=command.name, message_id=context.message.id)
            return self._say(context, "error.timeout", reference=reference_of(context.message))
        task = asyncio.current_task()
        if isinstance(error, SetupError):
            raise error
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from error
        if isinstance(error, UserError):
            contents: list[Content] = [Text(str(error)), context.buttons(*(command.next or ("help",)))]
            return self._outbox.pack(answer(context.message, contents))
        if isinstance(error, Unsupported):
            return self._say(context, "error.unsupported")
        if isinstance(error, RateLimited):
            return self._say(context, "error.busy")
        if isinstance(error, TooLarge):
            log.warning("handler.too_large", command=command.name, message_id=context.message.id, reason=str(error))
            return self._say(context, "error.too_large")
        if isinstance(error, Unavailable) and not (command.writing(context.parsed) and isinstance(error, NotKept)):
            log.warning("handler.unavailable", command=command.name, message_id=context.message.id, code=error.code)
            return self._say(context, "error.unavailable", reference=reference_of(context.message))
        return None

    async def _answer_once(self, command: Command, context: Context) -> Parcel:
        """Run a command that writes, unless it was run for this message before: then its replies are sent again."""
        message = context.message
        async with self._services.store.transaction() as store:
            if (mark := await store.mark(message.id)) is not None:
                return self._outbox.pack(Delivery(message, () if mark.accepted else mark.replies), marked=True)
            delivery = answer(message, await self._reply(command, replace(context, store=store)))
            parcel = self._outbox.pack(delivery, marked=True)
            await store.keep_mark(message.id, delivery.replies)
        self._people.forget(message.user_id)
        return parcel

    async def _kept(self, message: Message) -> Parcel | None:
        """The answer of a command that wrote, if the time limit came only after its commit."""
        mark = await self.books.mark(message.id)
        return self._outbox.pack(Delivery(message, mark.replies), marked=True) if mark is not None else None

    async def _reply(self, command: Command, context: Context) -> Reply:
        """What the handler says, with its buttons below, and with the welcome above for somebody new."""
        try:
            reply = await command.run(context)
        except (NotHere, NotConnected, ScopeMissing) as error:
            reply = await ask(command, context, error)
        if command.next:
            contents = contents_of(reply)
            if contents and not any(isinstance(each, Buttons) for each in contents):
                contents.append(context.buttons(*command.next))
            reply = contents
        welcome = self._commands.welcome
        if _is_first(context) and welcome is not None and welcome is not command and contents_of(reply):
            reply = [*contents_of(await welcome.run(context)), *contents_of(reply)]
        return reply

    def _say(self, context: Context, key: str, **values: object) -> Parcel:
        return self._outbox.pack(answer(context.message, [Text(context.text(key, **values)), context.buttons("help")]))

    # Giving up

    async def _give_up(self, command: Command, context: Context, error: BaseException, tries: int) -> Parcel:
        """Keep the message, tell the admins, apologise once."""
        message = context.message
        reference = await self.books.quarantine(message, command.name, error, tries)
        for user_id in await until_kept(self._people.admins, self._vitals, "runner.admins_retry"):
            self._tell(user_id, message, context.text("dead.notice", command=command.name, reference=reference))
        return self._say(context, "error.crash", reference=reference)

    def _tell(self, user_id: str, about: Message, text: str) -> None:
        notice = Outgoing(
            reply_id(about.id, user_id), self._services.platform.conversation_with(user_id), user_id, Text(text)
        )
        self._outbox.put(self._outbox.pack(Delivery(about, (notice,)), ack=False))


def _is_first(context: Context) -> bool:
    """Whether somebody new is met with this message."""
    return context.message.direct and context.message.id == context.person.first_message_id
