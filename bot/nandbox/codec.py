"""Frames of nandbox to values and back; no I/O.

Ids are text and references integers of any size, so nothing is rounded. Unknown members and methods mean nothing, null
is the same as absent, and a frame that cannot be read is told apart, not raised.

Source: protocol/nandbox.md 2 to 5 and 8
"""

from collections.abc import Mapping
from typing import Any

from bot.wire import Value, WireError, decode, encode

REPLIES = frozenset({"userDetails", "myProfile", "chatDetails", "chatMember", "chatAdministrators"})
EVENTS = frozenset({"message", "chatMenuCallback", "inlineMessageCallback"})
COMINGS = frozenset({"userStartedBot", "userJoinedBot"})
MAX_DIGITS = 20

PING = b'{"method":"PING"}'


class Hello(Value, frozen=True):
    """The login was accepted. `local_id` is the reference of the last message of ours that the server acknowledged."""

    bot_id: str
    name: str
    local_id: int = 0
    date_ms: int = 0


class Pong(Value, frozen=True):
    pass


class Failure(Value, frozen=True):
    """An error that says neither what failed nor why."""

    code: int


class Ack(Value, frozen=True):
    """The server took the message with that reference."""

    reference: int
    message_id: str


class Answer(Value, frozen=True):
    """The answer to a question; `reference` is the question's, empty where the server left it out."""

    method: str
    reference: str
    app_id: str
    body: dict[str, Any]


class Event(Value, frozen=True):
    """Something happened; `body` is the object under the method's name, or of a coming the whole frame."""

    method: str
    body: dict[str, Any]


class Other(Value, frozen=True):
    """A method that nobody here needs."""

    method: str


class Unreadable(Value, frozen=True):
    reason: str
    size: int


Frame = Hello | Pong | Failure | Ack | Answer | Event | Other | Unreadable


def decode_frame(frame: bytes) -> Frame:
    """What a frame says; never raises for what is in it."""
    try:
        content = decode(frame)
    except WireError as error:
        return Unreadable(str(error)[:200], len(frame))
    if not isinstance(content, dict):
        return Unreadable(f"a {type(content).__name__} instead of an object", len(frame))
    method = content.get("method")
    if not isinstance(method, str):
        code = integer(content.get("error"))
        return Failure(code) if code is not None else Unreadable("no method", len(frame))
    if method == "messageAck":
        return _ack(content, len(frame))
    if method in EVENTS:
        body = content.get(method)
        return Event(method, body) if isinstance(body, dict) else Unreadable(f"{method} without its object", len(frame))
    if method in COMINGS:
        return Event(method, content)
    if method in REPLIES:
        return Answer(method, identity(content.get("reference")), identity(content.get("app_id")), content)
    if method == "PONG":
        return Pong()
    if method == "TOKEN_AUTH_OK":
        return _hello(content, len(frame))
    return Other(method[:64])


def _hello(content: Mapping[str, Any], size: int) -> Frame:
    bot_id = identity(content.get("ID")) or identity(content.get("id"))
    if not bot_id:
        return Unreadable("a login without an id", size)
    return Hello(
        bot_id, text(content.get("name")), integer(content.get("localId")) or 0, integer(content.get("date")) or 0
    )


def _ack(content: Mapping[str, Any], size: int) -> Frame:
    ack = content.get("ack")
    if not isinstance(ack, dict):
        return Unreadable("an acknowledgement of nothing", size)
    reference = integer(ack.get("reference"))
    if reference is None:
        return Other("messageAck")
    return Ack(reference, identity(ack.get("message_id")))


def login_frame(token: str) -> bytes:
    return encode({"method": "TOKEN_AUTH", "token": token, "rem": True})


def question_frame(method: str, members: Mapping[str, Any], *, app_id: str = "", reference: str = "") -> bytes:
    """A request that is answered; members that are empty are left out."""
    frame = {"method": method, "app_id": app_id, **members, "reference": reference}
    return encode({name: value for name, value in frame.items() if value != ""})


# Members that may be of several types


def text(value: Any) -> str:
    """A text, or nothing where there is none."""
    return value if isinstance(value, str) else ""


def identity(value: Any) -> str:
    """An id or a reference: text as it stands, a number by its digits, nothing where there is none."""
    if isinstance(value, str):
        return value[:256]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64 else ""


def integer(value: Any) -> int | None:
    """A whole number, also where it is written as text; nothing for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 1 << 64 else None
    if isinstance(value, str) and len(value) <= MAX_DIGITS and value.isascii() and value.isdigit():
        return int(value)
    return None
