"""What people say and what the bot says back, as values; no I/O, and nothing of any one messenger's wire format."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from bot.harmless import as_markdown
from bot.wire import Value

POST_FROM = 900
"""A text of more characters than this is sent as a post."""

MAX_REPLIES = 20


class Text(Value, tag=True, frozen=True):
    text: str


class Post(Value, tag=True, frozen=True):
    """A longer text with headings, lists and tables, as Markdown."""

    markdown: str


class Button(Value, frozen=True):
    """`action`: `input:` and a text that the person's app sends when tapped, or an https or mixin link."""

    label: str
    action: str
    color: str = "#5979F0"


class Buttons(Value, tag=True, frozen=True):
    """1 to 6 buttons in a row."""

    buttons: tuple[Button, ...]


class Card(Value, tag=True, frozen=True):
    """A title, a description, and one `action` (old style, with `icon_url`) or `buttons` (new, with `cover_url`)."""

    title: str
    description: str
    action: str = ""
    icon_url: str = ""
    cover_url: str = ""
    buttons: tuple[Button, ...] = ()
    shareable: bool = False
    app_id: str = ""


class Contact(Value, tag=True, frozen=True):
    user_id: str


class Sticker(Value, tag=True, frozen=True):
    sticker_id: str
    name: str = ""
    album_id: str = ""


class Image(Value, tag=True, frozen=True):
    """Sizes in pixels and bytes; `thumbnail` is a tiny picture in base64.

    As with everything that has a file, `key` and `digest` are base64, and there only if the file itself is sealed.
    """

    attachment_id: str
    mime_type: str
    width: int
    height: int
    size: int
    thumbnail: str = ""
    caption: str = ""
    key: str = ""
    digest: str = ""


class Video(Value, tag=True, frozen=True):
    attachment_id: str
    mime_type: str
    width: int
    height: int
    size: int
    duration_ms: int
    thumbnail: str = ""
    caption: str = ""
    key: str = ""
    digest: str = ""


class Audio(Value, tag=True, frozen=True):
    """`waveform` is base64 of one unsigned byte for each sample."""

    attachment_id: str
    mime_type: str
    size: int
    duration_ms: int
    waveform: str = ""
    key: str = ""
    digest: str = ""


class File(Value, tag=True, frozen=True):
    attachment_id: str
    mime_type: str
    size: int
    name: str
    key: str = ""
    digest: str = ""


class Live(Value, tag=True, frozen=True):
    url: str
    thumb_url: str
    width: int
    height: int


class Location(Value, tag=True, frozen=True):
    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class Recall(Value, tag=True, frozen=True):
    """Take a message back."""

    message_id: str


class Pin(Value, tag=True, frozen=True):
    message_ids: tuple[str, ...]
    pinned: bool = True


class GroupChange(Value, tag=True, frozen=True):
    """Somebody joined, left, was added or removed; `action` is Mixin's word for it, such as `ADD`.

    What only says that something changed has no `user_id`.
    """

    action: str
    user_id: str
    actor_id: str = ""
    role: str = ""


class Transfer(Value, tag=True, frozen=True):
    """A notice that coins moved: a hint to look the snapshot up, never proof. `amount` is a signed decimal string."""

    snapshot_id: str
    asset_id: str
    amount: str
    opponent_id: str
    memo: str = ""
    safe: bool = True


class Unknown(Value, tag=True, frozen=True):
    """Something of a kind, or in a shape, that this program cannot read."""

    kind: str
    reason: str = ""


class Unopened(Value, tag=True, frozen=True):
    """Something sealed that cannot be opened: for another session than the bot's, or changed on its way."""

    kind: str
    reason: str = ""


Said = Text | Post | Card | Contact | Sticker | Image | Video | Audio | File | Live | Location | Unknown
"""What a single message of a transcript can be."""


class Forwarded(Value, frozen=True):
    """One message of a transcript: who said it, as that person was called then, what, and when."""

    user_id: str
    name: str
    content: Said
    created_at: datetime
    message_id: str = ""


class Transcript(Value, tag=True, frozen=True):
    """1 to 100 messages, passed on as one."""

    entries: tuple[Forwarded, ...]


class Quote(Value, tag=True, frozen=True):
    """Something said under a message of the same conversation, which is shown above it."""

    content: Said
    message_id: str


Content = (
    Text | Post | Buttons | Card | Contact | Sticker | Image | Video | Audio | File | Live | Location
    | Transcript | Quote | Recall | Pin | GroupChange | Transfer | Unknown | Unopened
)  # fmt: skip


class Message(Value, frozen=True):
    """One thing said to the bot.

    `user_id` is who said it, and `representative_id` is set when a bot said it in that person's name. `backlog` means
    that it waited on the server, or was delivered before. `direct` means a conversation of two.
    """

    id: str
    conversation_id: str
    user_id: str
    content: Content
    created_at: datetime
    direct: bool = True
    backlog: bool = False
    quote_id: str = ""
    representative_id: str = ""
    category: str = "PLAIN_TEXT"


class Outgoing(Value, frozen=True):
    """One thing to say. Sending it twice under the same `id` says it once."""

    id: str
    conversation_id: str
    user_id: str
    content: Content
    quote_id: str = ""


Reply = str | Content | Outgoing | Sequence[str | Content | Outgoing] | None
"""What a handler returns: a text, a content, several of them, or nothing; an Outgoing is for somebody else."""


class Delivery(Value, frozen=True):
    """The replies to a message: once all are accepted, or if there are none, the message is acknowledged."""

    message: Message
    replies: tuple[Outgoing, ...]


def contents_of(reply: Reply) -> list[Content | Outgoing]:
    """A reply as contents, one by one; a long text becomes a post that reads the same.

    Raises:
        TypeError: A handler returned something that cannot be said.
        ValueError: It returned too much.
    """
    if type(reply) is str:
        return [Text(reply) if len(reply) <= POST_FROM else Post(as_markdown(reply))]
    if reply is None:
        return []
    parts = [reply] if isinstance(reply, str) or not isinstance(reply, Sequence) else reply
    if len(parts) > MAX_REPLIES:
        raise ValueError(f"{len(parts)} replies to one message; {MAX_REPLIES} is the most")
    contents: list[Content | Outgoing] = []
    for part in parts:
        if isinstance(part, str):
            contents.append(Text(part) if len(part) <= POST_FROM else Post(as_markdown(part)))
        elif isinstance(part, Content | Outgoing):
            contents.append(part)
        else:
            raise TypeError(f"a handler returned {type(part).__name__}, which is neither a text nor a content")
    return contents


def answer(message: Message, reply: Reply) -> Delivery:
    """Address a reply: same conversation, ids derived from the message's, so that repeating it is harmless. What is
    addressed already goes where it says.

    Raises:
        TypeError, ValueError: As `contents_of`.
    """
    quote_id = "" if message.direct or isinstance(message.content, GroupChange) else message.id
    replies = [
        content
        if isinstance(content, Outgoing)
        else Outgoing(reply_id(message.id, index), message.conversation_id, message.user_id, content, quote_id)
        for index, content in enumerate(contents_of(reply))
    ]
    return Delivery(message, tuple(replies))


def reply_id(message_id: str, step: int | str) -> str:
    """UUID version 5 with the message's id as name space, so that a repeated answer has the same id.

    `uuid.uuid5` gives the same text at four times the cost.
    """
    name = bytes.fromhex(message_id.replace("-", "")) + (_STEPS.get(step) or str(step).encode())
    digest = hashlib.sha1(name).hexdigest()  # noqa: S324 - what UUID version 5 is made of
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"


_STEPS: dict[int | str, bytes] = {index: b"%d" % index for index in range(32)}
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
