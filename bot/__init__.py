"""What a handler needs, and all that a handler may import."""

from bot.account import (
    Balance,
    Conversation,
    Grant,
    OwnProfile,
    Participant,
    Profile,
    Snapshot,
    SnapshotPage,
    SnapshotQuery,
)
from bot.amounts import format_amount, format_money, format_number, format_time, format_timespan
from bot.command import Command, Context, command, on
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
from bot.message import (
    Audio,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    File,
    GroupChange,
    Image,
    Live,
    Location,
    Message,
    Pin,
    Post,
    Recall,
    Reply,
    Sticker,
    Text,
    Transcript,
    Transfer,
    Unknown,
    Video,
)
from bot.users import Person, Role, User

__all__ = [
    "Audio", "Balance", "Button", "Buttons", "Card", "Command", "Contact", "Content", "Context", "Conversation",
    "Entry", "File", "Forbidden", "Grant", "GroupChange", "Image", "Live", "Location", "Message", "NotConnected",
    "NotFound", "NotHere", "OwnProfile", "Participant", "Person", "Photo", "Pin", "Post", "Profile", "RateLimited",
    "Recall", "Rejected", "Reply", "Role", "ScopeMissing", "ServiceError", "Snapshot", "SnapshotPage",
    "SnapshotQuery", "Sticker", "Text", "Transcript", "Transfer", "Unavailable", "Unclear", "Unknown", "Unsupported",
    "User", "UserError", "Video", "command", "format_amount", "format_money", "format_number", "format_time",
    "format_timespan", "on",
]  # fmt: skip
