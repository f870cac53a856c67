"""A messenger in memory: says and fails what it is told to, and keeps a journal of what it was asked."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.account import (
    DOLLARS,
    Balance,
    Conversation,
    Ending,
    Fiat,
    Grant,
    OwnProfile,
    Profile,
    Snapshot,
    SnapshotPage,
    SnapshotQuery,
)
from bot.directory import Chat, Entry, Member
from bot.errors import NotConnected, NotFound, ScopeMissing, Unsupported
from bot.message import Buttons, Content, File, Message, Outgoing, Post, Text
from bot.platform import Packer, pack_each
from bot.users import User
from bot.wire import decoder, encode

BOT_ID = "5a4db0c5-0000-4000-8000-0000000000b0"
ANN = "9f0a0001-0000-4000-8000-000000000001"
BEN = "9f0a0001-0000-4000-8000-000000000002"

_read = decoder(Outgoing)


def conversation_of(user_id: str) -> str:
    """A stand-in for the id of the conversation of two with somebody."""
    return str(uuid.uuid5(uuid.UUID(BOT_ID), user_id))


def said(text: str | Content, *, user_id: str = ANN, at: float | None = None, **facts: object) -> Message:
    """A message as the messenger would give it; `at` in Unix seconds."""
    values: dict[str, object] = {
        "id": str(uuid.uuid4()),
        "conversation_id": conversation_of(user_id),
        "user_id": user_id,
        "content": Text(text) if isinstance(text, str) else text,
        "created_at": datetime.fromtimestamp(time.time() if at is None else at, UTC),
    }
    return Message(**{**values, **facts})  # type: ignore[arg-type]


@dataclass
class FakePlatform:
    """Implements bot.platform.Platform. `failures` are raised by the next sends, one each; None lets one pass."""

    name: str = "mixin"
    batch: int = 100
    batch_bytes: int = 128 * 1024
    only_calls: bool = False
    sent: dict[str, Outgoing] = field(default_factory=dict)
    sends: list[list[str]] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    failures: deque[Exception | None] = field(default_factory=deque)
    ack_failures: deque[Exception] = field(default_factory=deque)
    refuse: Mapping[str, Exception] = field(default_factory=dict)
    """By text: what a send that contains it fails with."""
    people: dict[str, User] = field(default_factory=dict)
    errors: dict[int, int] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Sends wait for it."""

    def __post_init__(self) -> None:
        self.gate.set()
        self.changed = asyncio.Event()
        self.incoming: asyncio.Queue[Message | None] = asyncio.Queue()
        self.bot_id = BOT_ID
        self.connected = True
        self.last_frame_at: float | None = time.monotonic()
        self.reconnects = 0
        self.clock_offset_s = 0.0

    async def listen(self) -> AsyncIterator[Message]:
        while (message := await self.incoming.get()) is not None:
            yield message

    def join(self, replies: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
        return replies

    def pack(self, outgoing: Outgoing) -> bytes:
        if isinstance(outgoing.content, Buttons) and len(outgoing.content.buttons) > 6:
            raise ValueError("7 buttons, 6 is the most")
        if isinstance(outgoing.content, Text) and not 0 < len(outgoing.content.text.encode()) <= 65_536:
            raise ValueError("the text is empty or too long")
        return encode(outgoing)

    def packer(self, content: Content, *, groups: bool) -> Packer:
        return pack_each(self, content, groups=groups)

    async def send(self, packed: Sequence[bytes]) -> None:
        await self.gate.wait()
        items = [_read(body) for body in packed]
        self.sends.append([item.id for item in items])
        self.journal.append(f"send {len(items)}")
        self._note()
        if self.failures and (failure := self.failures.popleft()) is not None:
            raise failure
        for item in items:
            if (failure := self.refuse.get(_text(item.content))) is not None:
                raise failure
        for item in items:
            self.sent.setdefault(item.id, item)

    async def reach(self, outgoing: Outgoing) -> None:
        self.reached.append(outgoing.conversation_id)
        self.refuse = {text: error for text, error in self.refuse.items() if text != _text(outgoing.content)}

    async def ack(self, message_ids: Sequence[str]) -> None:
        self.journal.append(f"ack {len(message_ids)}")
        if self.ack_failures:
            raise self.ack_failures.popleft()
        self.acked.extend(message_ids)
        self._note()

    async def user(self, who: str) -> User:
        for user in self.people.values():
            if who in (user.id, user.identity_number):
                return user
        raise NotFound("nobody", code=404)

    async def users(self, user_ids: Sequence[str]) -> Sequence[User]:
        return [self.people[each] for each in user_ids if each in self.people]

    def allow_links(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)

    def conversation_with(self, user_id: str) -> str:
        return conversation_of(user_id)

    def stop(self) -> None:
        self.incoming.put_nowait(None)

    def texts(self) -> list[str]:
        """Everything said so far, in order, as text."""
        return [_text(item.content) for item in self.sent.values()]

    async def until_acked(self, count: int, within_s: float = 30.0) -> None:
        """Wait until so many messages are acknowledged."""
        async with asyncio.timeout(within_s):
            while len(self.acked) < count:
                self.changed.clear()
                await self.changed.wait()

    async def until_sends(self, count: int, within_s: float = 30.0) -> None:
        """Wait until so many requests were made."""
        async with asyncio.timeout(within_s):
            while len(self.sends) < count:
                self.changed.clear()
                await self.changed.wait()

    def _note(self) -> None:
        self.changed.set()


def _text(content: Content) -> str:
    if isinstance(content, Text):
        return content.text
    if isinstance(content, Post):
        return content.markdown
    if isinstance(content, Buttons):
        return " ".join(f"[{button.label}]" for button in content.buttons)
    return type(content).__name__


@dataclass
class FakeAccount:
    """Implements bot.account.Account."""

    profile_: Profile = field(
        default_factory=lambda: Profile(User(BOT_ID, "7000999001", "Demo Bot", is_bot=True), creator_id=ANN)
    )
    coins: Sequence[Balance] = ()
    known_coins: Sequence[Balance] = ()
    """Coins that exist, of which the bot has none."""
    received: dict[str, Snapshot] = field(default_factory=dict)
    conversations: dict[str, Conversation] = field(default_factory=dict)

    async def profile(self) -> Profile:
        return self.profile_

    async def coins_named(self, symbol: str) -> Sequence[Balance]:
        return [coin for coin in self.known_coins if coin.symbol.lower() == symbol.lower()]

    async def snapshot(self, snapshot_id: str) -> Snapshot:
        if snapshot_id not in self.received:
            raise NotFound("no such snapshot", code=404)
        return self.received[snapshot_id]

    async def balances(self) -> Sequence[Balance]:
        return self.coins

    async def asset(self, asset_id: str) -> Balance:
        for coin in (*self.coins, *self.known_coins):
            if coin.asset_id == asset_id:
                return coin
        raise NotFound("no such asset", code=404)

    async def conversation(self, conversation_id: str) -> Conversation:
        if conversation_id not in self.conversations:
            raise NotFound("no such conversation", code=404)
        return self.conversations[conversation_id]

    async def leave(self, conversation_id: str) -> bool:
        return self.conversations.pop(conversation_id, None) is not None


EVERYTHING = ("PROFILE:READ", "ASSETS:READ", "SNAPSHOTS:READ", "CONTACTS:READ")


@dataclass
class FakeGrants:
    """Implements bot.account.Grants. `scopes` is what each person granted; whoever is missing granted nothing."""

    scopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    accounts: dict[str, "FakePersonalAccount"] = field(default_factory=dict)
    links: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    """People who took their grant back at Mixin: the next question finds out."""
    offered: Sequence[str] = ("PROFILE:READ", "ASSETS:READ", "SNAPSHOTS:READ", "CONTACTS:READ")
    ending: Ending = Ending.EVERYWHERE
    """What becomes of a grant that somebody gives back."""

    def account(self, user_id: str) -> "FakePersonalAccount":
        account = self.accounts.setdefault(user_id, FakePersonalAccount())
        account.grants, account.user_id = self, user_id
        return account

    async def link(self, user_id: str, scopes: Sequence[str], *, then: str = "") -> str:
        if not set(scopes) <= set(self.offered):
            raise Unsupported("never asked for")
        self.links.append((user_id, tuple(scopes)))
        return f"https://bot.example/oauth/start?n={len(self.links)}"

    async def granted(self, user_id: str) -> Grant | None:
        scopes = self.scopes.get(user_id)
        return None if scopes is None else Grant(scopes, datetime(2026, 1, 2, tzinfo=UTC))

    async def disconnect(self, user_id: str) -> Ending:
        return Ending.NOTHING if self.scopes.pop(user_id, None) is None else self.ending

    def require(self, user_id: str, scope: str) -> None:
        """What every question of a personal account begins with."""
        if user_id in self.revoked:
            self.revoked.discard(user_id)
            self.scopes.pop(user_id, None)
            raise NotConnected(ended=True)
        if user_id not in self.scopes:
            raise NotConnected
        if scope not in self.scopes[user_id]:
            raise ScopeMissing(scope)


@dataclass
class FakePersonalAccount:
    """Implements bot.account.PersonalAccount for somebody of `FakeGrants`."""

    own: OwnProfile = field(default_factory=lambda: OwnProfile(User(ANN, "40001", "Ann")))
    money: Fiat = DOLLARS
    coins: Sequence[Balance] = ()
    known_coins: Sequence[Balance] = ()
    """Coins that exist, of which this person has none."""
    friends_: Sequence[User] = ()
    blocked_: Sequence[User] = ()
    history: Sequence[Snapshot] = ()
    conversations: dict[str, Conversation] = field(default_factory=dict)
    queries: list[SnapshotQuery] = field(default_factory=list)
    user_id: str = ANN
    grants: FakeGrants = field(default_factory=FakeGrants)

    async def profile(self) -> OwnProfile:
        self.grants.require(self.user_id, "PROFILE:READ")
        return self.own

    async def fiat(self) -> Fiat:
        self.grants.require(self.user_id, "PROFILE:READ")
        return self.money

    async def balances(self) -> Sequence[Balance]:
        self.grants.require(self.user_id, "ASSETS:READ")
        return self.coins

    async def asset(self, asset_id: str) -> Balance:
        self.grants.require(self.user_id, "ASSETS:READ")
        for coin in (*self.coins, *self.known_coins):
            if coin.asset_id == asset_id:
                return coin
        raise NotFound("no such asset", code=404)

    async def friends(self) -> Sequence[User]:
        self.grants.require(self.user_id, "CONTACTS:READ")
        return self.friends_

    async def blocked(self) -> Sequence[User]:
        self.grants.require(self.user_id, "CONTACTS:READ")
        return self.blocked_

    async def snapshots(self, query: SnapshotQuery) -> SnapshotPage:
        """`next` is the place of the first transfer that is left, as text."""
        self.grants.require(self.user_id, "SNAPSHOTS:READ")
        self.queries.append(query)
        wanted = [
            each
            for each in self.history
            if query.asset_id in ("", each.asset_id)
            and query.opponent_id in ("", each.opponent_id)
            and query.incoming in (None, each.amount > 0)
        ]
        start = int(query.page or "0")
        end = start + query.limit
        return SnapshotPage(tuple(wanted[start:end]), str(end) if end < len(wanted) else "")

    async def snapshot(self, snapshot_id: str) -> Snapshot:
        self.grants.require(self.user_id, "SNAPSHOTS:READ")
        for each in self.history:
            if each.id == snapshot_id:
                return each
        raise NotFound("no such snapshot", code=404)

    async def conversation(self, conversation_id: str) -> Conversation:
        self.grants.require(self.user_id, "PROFILE:READ")
        if conversation_id not in self.conversations:
            raise NotFound("no such conversation", code=404)
        return self.conversations[conversation_id]


@dataclass
class FakeAttachments:
    """Implements bot.account.Attachments; `files` by attachment id."""

    files: dict[str, bytes] = field(default_factory=dict)

    async def upload(self, content: bytes, *, name: str, mime_type: str, group: bool = False) -> File:
        attachment_id = str(uuid.uuid5(uuid.UUID(BOT_ID), f"attachment {len(self.files)}"))
        self.files[attachment_id] = content
        return File(attachment_id, mime_type, len(content), name)

    @asynccontextmanager
    async def download(
        self, attachment_id: str, *, key: str = "", digest: str = ""
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        if attachment_id not in self.files:
            raise NotFound("no such attachment", code=404)

        async def pieces() -> AsyncIterator[bytes]:
            yield self.files[attachment_id]

        yield pieces()


@dataclass
class FakeDirectory:
    """Implements bot.directory.Directory; `error` is what the next questions fail with."""

    people: dict[str, Entry] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def user(self, user_id: str) -> Entry:
        self.asked.append(user_id)
        if self.error is not None:
            raise self.error
        return self.people[user_id]

    async def picture(self, entry: Entry) -> bytes:
        if entry.id not in self.pictures:
            raise NotFound("no picture", code=404)
        return self.pictures[entry.id]

    async def chat(self, chat_id: str) -> Chat:
        raise NotFound("no such chat", code=404)

    async def member(self, chat_id: str, user_id: str) -> Member:
        raise NotFound("no such member", code=404)

    async def me(self) -> Entry:
        return Entry("7", "Demo Bot", is_bot=True)
