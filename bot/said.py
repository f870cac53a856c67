"""What people and the bot said to each other, where that is to be kept, and the Protocol of who keeps it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.wire import Value


class Said(Value, frozen=True):
    """One message between the bot and somebody; `ours` where the bot said it. `text` is what can be shown of it."""

    user_id: str
    message_id: str
    at: datetime
    ours: bool
    kind: str
    text: str


class History(Protocol):
    """All raise NotKept."""

    async def keep_said(self, said: Sequence[Said]) -> None:
        """The same message again changes nothing."""
        ...

    async def said(self, user_id: str, limit: int = 50) -> Sequence[Said]:
        """Newest first."""
        ...

    async def prune_said(self, before: datetime) -> None: ...
