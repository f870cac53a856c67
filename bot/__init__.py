"""What a handler needs, and all that a handler may import."""

from bot.account import (
    Balance,
    Conversation,
    Ending,
    Fiat,
    Grant,
    OwnProfile,
    Participant,
    Profile,
    Snapshot,
    SnapshotPage,
    SnapshotQuery,
)
from bot.amounts import (
    format_amount,
    format_balance,
    format_money,
    format_number,
    format_percent,
    format_price,
    format_signed,
    format_time,
    format_timespan,
)
from bot.audience import Misread, audience_text, read_audience
from bot.backstage import BadSettings, Reloaded
from bot.broadcast import Arithmetic, Audience, Broadcast, Outcome, State, with_stop_button
from bot.changing import changeable, chosen_value
from bot.choices import MAINTENANCE, RATE
from bot.command import Command, command, on
from bot.context import Context
from bot.directory import Entry, Photo
from bot.errors import (
    Forbidden,
    NotConnected,
    NotFound,
    NotHere,
    RateLimited,
    Rejected,
    ScopeMissing,
    ServiceError,
    Unavailable,
    Unclear,
    Unsupported,
    UserError,
)
from bot.feedback import keep_way_back, way_back
from bot.harmless import inert
from bot.ledger import rate_of
from bot.links import (
    app_link,
    conversation_link,
    pay_link,
    share_link,
    snapshot_link,
    transfer_link,
    user_link,
    write_link,
)
from bot.listing import choose_coin, coins_called, is_id, list_people, name_of, page_number
from bot.message import (
    Audio,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    File,
    Forwarded,
    GroupChange,
    Image,
    Live,
    Location,
    Message,
    Outgoing,
    Pin,
    Post,
    Quote,
    Recall,
    Reply,
    Sticker,
    Text,
    Transcript,
    Transfer,
    Unknown,
    Unopened,
    Video,
)
from bot.report import REPORT_HEAD, csv_line, report_cells
from bot.roster import Known, tag_of
from bot.steering import NotAlone, SentBefore, TooManyToday, WrongState
from bot.transfers import kind_of, snapshot_line
from bot.users import Person, Role, User

__all__ = [
    "MAINTENANCE", "RATE", "REPORT_HEAD", "Arithmetic", "Audience", "Audio", "BadSettings", "Balance", "Broadcast",
    "Button", "Buttons", "Card", "Command", "Contact", "Content", "Context", "Conversation", "Ending", "Entry", "Fiat",
    "File", "Forbidden", "Forwarded", "Grant", "GroupChange", "Image", "Known", "Live", "Location", "Message",
    "Misread", "NotAlone", "NotConnected", "NotFound", "NotHere", "Outcome", "Outgoing", "OwnProfile", "Participant",
    "Person", "Photo", "Pin", "Post", "Profile", "Quote", "RateLimited", "Recall", "Rejected", "Reloaded", "Reply",
    "Role", "ScopeMissing", "SentBefore", "ServiceError", "Snapshot", "SnapshotPage", "SnapshotQuery", "State",
    "Sticker", "Text", "TooManyToday", "Transcript", "Transfer", "Unavailable", "Unclear", "Unknown", "Unopened",
    "Unsupported", "User", "UserError", "Video", "WrongState", "app_link", "audience_text", "changeable",
    "choose_coin", "chosen_value", "coins_called", "command", "conversation_link", "csv_line", "format_amount",
    "format_balance", "format_money", "format_number", "format_percent", "format_price", "format_signed",
    "format_time", "format_timespan", "inert", "is_id", "keep_way_back", "kind_of", "list_people", "name_of", "on",
    "page_number", "pay_link", "rate_of", "read_audience", "report_cells", "share_link", "snapshot_line",
    "snapshot_link", "tag_of", "transfer_link", "user_link", "way_back", "with_stop_button", "write_link",
]  # fmt: skip
