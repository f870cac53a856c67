"""What only Mixin has: accounts, wallets, transfers and conversations as values, and the Protocols of who asks.

`Account` is the bot's own; `PersonalAccount` is somebody's who allowed it, and `Grants` is who allowed what.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from bot.message import File
from bot.users import User
from bot.wire import Value


class Profile(Value, frozen=True):
    """The bot's own account. `creator_id` is who made it in the dashboard."""

    user: User
    home_url: str = ""
    oauth_url: str = ""
    capabilities: tuple[str, ...] = ()
    resource_patterns: tuple[str, ...] = ()
    creator_id: str = ""
    has_safe: bool = False


class Balance(Value, frozen=True):
    """A coin, how much of it there is, and its price in US dollars for one (None: unknown).

    `change_usd` is a fraction of the price a day ago. `chain` is what the chain is called, where that was asked for.
    """

    asset_id: str
    symbol: str
    name: str
    amount: Decimal
    price_usd: Decimal | None = None
    change_usd: Decimal | None = None
    chain_id: str = ""
    chain: str = ""

    @property
    def usd(self) -> Decimal | None:
        """What it is worth in US dollars."""
        return None if self.price_usd is None else self.amount * self.price_usd


class Fiat(Value, frozen=True):
    """Money of a country by its code, and how much of it one US dollar is worth."""

    code: str = "USD"
    rate: Decimal = Decimal(1)


DOLLARS = Fiat()


class Participant(Value, frozen=True):
    user_id: str
    role: str = ""


class Conversation(Value, frozen=True):
    """`group` is False between two; `name` and `code_url`, which lets others join, are empty then."""

    id: str
    group: bool
    name: str = ""
    announcement: str = ""
    participants: tuple[Participant, ...] = ()
    created_at: datetime | None = None
    creator_id: str = ""
    code_url: str = ""


class Account(Protocol):
    """Questions that only Mixin answers, with the bot's own token. All raise `bot.errors.ServiceError`."""

    async def profile(self) -> Profile: ...

    async def balances(self) -> Sequence[Balance]:
        """Everything the bot owns, Safe and old wallet merged, most valuable first; empty balances left out."""
        ...

    async def asset(self, asset_id: str) -> Balance: ...

    async def coins_named(self, symbol: str) -> Sequence[Balance]:
        """Coins that go by this symbol or name, whoever owns them; the amounts are 0."""
        ...

    async def snapshot(self, snapshot_id: str) -> "Snapshot":
        """A transfer that the bot took part in.

        Raises:
            NotFound: There was none.
        """
        ...

    async def conversation(self, conversation_id: str) -> Conversation: ...

    async def leave(self, conversation_id: str) -> bool:
        """Go out of a group; whether the bot was in there."""
        ...


class OwnProfile(Value, frozen=True):
    """Somebody's own account. `phone` is empty unless they let the bot read it; `currency` is what they count in."""

    user: User
    phone: str = ""
    currency: str = ""
    membership: str = ""
    has_safe: bool = False


class Snapshot(Value, frozen=True):
    """A transfer that happened; `amount` is negative for what went out.

    `kind` is `transfer`, `deposit`, `withdrawal`, `fee` or Mixin's other word for it. `opponent_id` is the user id of
    the other side, `address` where it came from or went to outside of Mixin; either may be empty.
    """

    id: str
    asset_id: str
    symbol: str
    amount: Decimal
    created_at: datetime | None = None
    kind: str = "transfer"
    opponent_id: str = ""
    address: str = ""
    memo: str = ""
    trace_id: str = ""
    transaction_hash: str = ""
    confirmations: int | None = None
    opening_balance: Decimal | None = None
    closing_balance: Decimal | None = None
    user_id: str = ""


class SnapshotQuery(Value, frozen=True):
    """Which transfers: `page` is the `next` of the page before, and `incoming` only those in or only those out."""

    asset_id: str = ""
    opponent_id: str = ""
    incoming: bool | None = None
    limit: int = 10
    page: str = ""


class SnapshotPage(Value, frozen=True):
    """Newest first. `next` is empty where there is no more, and otherwise opaque: a time as the server wrote it."""

    snapshots: tuple[Snapshot, ...] = ()
    next: str = ""


class PersonalAccount(Protocol):
    """One person's account, read with what that person granted.

    All raise `NotConnected` (nothing granted, or no longer), `ScopeMissing` or another `bot.errors.ServiceError`.
    """

    async def profile(self) -> OwnProfile: ...

    async def fiat(self) -> Fiat:
        """The money that they count in; US dollars where Mixin does not tell, or does not know what it is worth."""
        ...

    async def balances(self) -> Sequence[Balance]:
        """Everything they own, Safe and old wallet merged, most valuable first; empty balances left out."""
        ...

    async def asset(self, asset_id: str) -> Balance:
        """One coin and its price; the amount is what they own of it."""
        ...

    async def friends(self) -> Sequence[User]: ...

    async def blocked(self) -> Sequence[User]: ...

    async def snapshots(self, query: SnapshotQuery) -> SnapshotPage: ...

    async def snapshot(self, snapshot_id: str) -> Snapshot: ...

    async def conversation(self, conversation_id: str) -> Conversation: ...


class Grant(Value, frozen=True):
    """What somebody allowed; `expires` is None where nobody knows."""

    scopes: tuple[str, ...]
    since: datetime
    expires: datetime | None = None


class Ending(StrEnum):
    """What became of a grant that was given back."""

    NOTHING = ""
    """There was none."""
    HERE = "here"
    """It is deleted here; Mixin has not said that it is over there as well."""
    EVERYWHERE = "everywhere"


class Grants(Protocol):
    """Who allowed the bot to read what."""

    @property
    def offered(self) -> Sequence[str]:
        """All that people may be asked for."""
        ...

    def account(self, user_id: str) -> PersonalAccount:
        """Asks nothing; what is missing is noticed by the first question to it."""
        ...

    async def link(self, user_id: str, scopes: Sequence[str], *, then: str = "") -> str:
        """A link for this person alone, good once and for ten minutes, where they can allow these scopes. `then` is
        what they said, and is gone on with once they have.

        Raises:
            Unsupported: People are not asked for one of them.
        """
        ...

    async def granted(self, user_id: str) -> Grant | None: ...

    async def disconnect(self, user_id: str) -> Ending:
        """Delete what is kept of it, whatever else fails, and tell Mixin that it is over."""
        ...


class Attachments(Protocol):
    """Files that travel beside messages. All raise `bot.errors.ServiceError`."""

    async def upload(self, content: bytes, *, name: str, mime_type: str, group: bool = False) -> File:
        """Hand a file over; what is returned can be said, and in a conversation of several only if it is for a `group`.

        Raises:
            ValueError: It is empty or too large.
        """
        ...

    def download(
        self, attachment_id: str, *, key: str = "", digest: str = ""
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The file in pieces, until its end or the limit; a sealed one is opened with what stands in its message.

        Raises:
            NotFound: There is no such file, or no longer.
            Rejected: It is too large, lies where the bot must not go, or is not what the message said.
        """
        ...
