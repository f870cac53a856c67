"""What only Mixin has: the bot's own account and wallet, and conversations; as values, and the Protocol of who asks."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

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
    """A coin, how much of it there is, and its price in US dollars for one (None: unknown)."""

    asset_id: str
    symbol: str
    name: str
    amount: Decimal
    price_usd: Decimal | None = None
    change_usd: Decimal | None = None
    chain_id: str = ""

    @property
    def usd(self) -> Decimal | None:
        """What it is worth in US dollars."""
        return None if self.price_usd is None else self.amount * self.price_usd


class Participant(Value, frozen=True):
    user_id: str
    role: str = ""


class Conversation(Value, frozen=True):
    """`group` is False between two; `name` is empty then."""

    id: str
    group: bool
    name: str = ""
    announcement: str = ""
    participants: tuple[Participant, ...] = ()
    created_at: datetime | None = None


class Account(Protocol):
    """Questions that only Mixin answers, with the bot's own token. All raise `bot.errors.ServiceError`."""

    async def profile(self) -> Profile: ...

    async def balances(self) -> Sequence[Balance]:
        """Everything the bot owns, Safe and old wallet merged, most valuable first; empty balances left out."""
        ...

    async def asset(self, asset_id: str) -> Balance: ...

    async def conversation(self, conversation_id: str) -> Conversation: ...
