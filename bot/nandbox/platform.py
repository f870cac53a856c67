"""nandbox as a `Platform`: one line for what people say, what the bot says, and what it asks.

The server keeps nothing for a bot that is away, so there is nothing to acknowledge: what people say meanwhile is lost.
What the bot says is sent until the server has taken it, and not again after that.

Source: protocol/nandbox.md 1, 7 and 14
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import structlog

from bot.errors import Forbidden
from bot.message import Content, Message, Outgoing
from bot.nandbox.account import Account
from bot.nandbox.codec import Event, Hello, text
from bot.nandbox.connection import Connection, open_connection
from bot.nandbox.directory import NandboxDirectory
from bot.nandbox.files import NandboxFiles, open_files
from bot.nandbox.incoming import message_of
from bot.nandbox.options import LineOptions
from bot.nandbox.packing import References, join, pack
from bot.platform import Packer, pack_each
from bot.users import User
from bot.wire import decode

MOST_WAITING = 4000
MOST_NAMES = 20_000
LARGEST_OFFSET_S = 86_400.0

log = structlog.get_logger()


class Nandbox:
    """One bot's connection to nandbox: see `bot.platform.Platform`, which this is one of."""

    name = "nandbox"
    batch = 1
    batch_bytes = 1024 * 1024
    only_calls = True

    def __init__(self, connection: Connection, files: NandboxFiles) -> None:
        self.bot_id = connection.account.bot_id
        self.files = files
        self.directory = NandboxDirectory(connection, files)
        self.clock_offset_s = 0.0
        self.errors: dict[int, int] = {}
        self._on_login: Callable[[Hello], None] = lambda hello: None
        self.dropped = 0
        self._connection = connection
        self._references = References()
        self._said: asyncio.Queue[Message | None] = asyncio.Queue(MOST_WAITING)
        self._names: OrderedDict[str, str] = OrderedDict()
        self._stopped = False
        connection.on_event = self._hear
        connection.on_hello = self._greet

    @property
    def connected(self) -> bool:
        return self._connection.connected

    @property
    def last_frame_at(self) -> float | None:
        return self._connection.heard_at

    @property
    def reconnects(self) -> int:
        return self._connection.reconnects

    def tell_logins(self, told: Callable[[Hello], None]) -> None:
        """Tell of every login, and now of the last one if there was one."""
        self._on_login = told
        if self._connection.hello is not None:
            told(self._connection.hello)

    async def listen(self) -> AsyncIterator[Message]:
        """What people say, over any number of lines; what they say while there is none is lost."""
        while not self._stopped and (message := await self._said.get()) is not None:
            yield message

    def stop(self) -> None:
        self._stopped = True
        if not self._said.full():
            self._said.put_nowait(None)

    def join(self, replies: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
        return join(replies)

    def pack(self, outgoing: Outgoing) -> bytes:
        return pack(outgoing, self._references, self._connection.account.app_id)

    def packer(self, content: Content, *, groups: bool) -> Packer:
        return pack_each(self, content, groups=groups)

    async def send(self, packed: Sequence[bytes]) -> None:
        """The parts of one message in their order; those that arrived before are not sent again."""
        for frame in (frame for each in packed for frame in each.split(b"\n")):
            await self._connection.send(decode(frame)["reference"], frame)

    async def reach(self, outgoing: Outgoing) -> None:
        raise Forbidden("a bot cannot begin to talk to somebody on nandbox", code=403)

    async def ack(self, message_ids: Sequence[str]) -> None:
        """Nothing comes again, acknowledged or not."""

    async def user(self, who: str) -> User:
        found = await self.directory.user(who)
        return User(found.id, found.id, found.name, biography=found.status, is_bot=found.is_bot)

    async def users(self, user_ids: Sequence[str]) -> Sequence[User]:
        """As far as their messages told their names: to ask for each would cost a line over anybody unknown."""
        return [User(each, each, self._names[each]) for each in user_ids if each in self._names]

    def allow_links(self, patterns: Sequence[str]) -> None:
        """Nobody asks that here: links open in a browser."""

    def conversation_with(self, user_id: str) -> str:
        return user_id

    # What comes by the line

    def _greet(self, hello: Hello) -> None:
        self._references.after(hello.local_id)
        ahead_s = hello.date_ms / 1000 - time.time()
        self.clock_offset_s = ahead_s if hello.date_ms and 1.0 < abs(ahead_s) < LARGEST_OFFSET_S else 0.0
        self._on_login(hello)

    def _hear(self, event: Event) -> None:
        message = message_of(event, self.bot_id, now_s=time.time() + self.clock_offset_s)
        if message is None or self._stopped:
            return
        self._note_name(event, message.user_id)
        if self._said.full():
            self.dropped += 1
            log.error("nandbox.message_dropped", message_id=message.id, dropped=self.dropped)
            return
        self._said.put_nowait(message)

    def _note_name(self, event: Event, user_id: str) -> None:
        sender = event.body.get("from")
        name = text(sender.get("name")) if isinstance(sender, dict) else ""
        if name:
            self._names[user_id] = name[:256]
            self._names.move_to_end(user_id)
            if len(self._names) > MOST_NAMES:
                self._names.popitem(last=False)


@asynccontextmanager
async def open_nandbox(account: Account, options: LineOptions | None = None) -> AsyncIterator[Nandbox]:
    """One bot on nandbox; that there is no line, or that the token is refused, is no reason to fail."""
    async with open_files(account) as files, open_connection(account, options) as connection:
        yield Nandbox(connection, files)
