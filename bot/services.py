"""What all handlers of one bot share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.account import Account, Attachments, Grants
from bot.backstage import Backstage, Reloaded
from bot.command import Commands
from bot.directory import Directory
from bot.entrance import Entrance
from bot.flood import Recently
from bot.oauth import Gate
from bot.platform import Platform
from bot.records import Store
from bot.registry import Registry
from bot.shelf import Shelf
from bot.steering import Limits
from bot.texts import Texts
from bot.vitals import Vitals

if TYPE_CHECKING:
    from bot.remembering import Remembering  # brings structlog, which `mixbot health` can do without


@dataclass(slots=True)
class Services:
    """What all handlers of one bot share. `number` and `name` are the bot's own, empty until known."""

    texts: Texts
    commands: Commands
    platform: Platform
    store: Store
    vitals: Vitals
    account: Account | None = None
    number: str = ""
    name: str = ""
    version: str = ""
    source_url: str = ""
    privacy_url: str = ""
    language: str = "en"
    undo_s: float = 10.0
    limits: Limits = field(default_factory=Limits)
    """Of what one admin may do alone."""
    rate_per_minute: int = 80_000
    """How fast broadcasts are sent."""
    patterns: Sequence[str] | None = None
    """Where links may lead, as the bot's owner has set it in the messenger's dashboard; None while nobody knows."""
    blocked: frozenset[str] = frozenset()
    """User ids of those who are answered nothing."""
    muted: Mapping[str, datetime] = field(default_factory=dict)
    """Until when somebody is answered nothing but what is `always` answered, by user id."""
    maintenance: bool = False
    """Whether all but admins are told to come back later."""
    reload: Callable[[], Reloaded] | None = None
    """Reads the settings again, where that is possible."""
    recently: Recently = field(default_factory=Recently)
    grants: Grants | None = None
    attachments: Attachments | None = None
    shelf: Shelf | None = None
    """Where handlers keep files."""
    directory: Directory | None = None
    second: Platform | None = None
    """The other messenger that the same process serves."""
    entrance: Entrance | None = None
    """The way into the console, where there is one."""
    gate: Gate | None = None
    registry: Registry | None = None
    """Which bots there are and who runs them, where there may be several."""
    backstage: Backstage | None = None
    remembering: "Remembering | None" = None
    """Where what is said is to be kept."""
    forgotten: Callable[[str], None] = field(default=lambda user_id: None)
    """Told whose rows were deleted or changed, so that nothing of them is remembered either."""
    remembered: Callable[[], Sequence[str]] = field(default=tuple)
    """The user ids of those who are remembered outside of the database."""
