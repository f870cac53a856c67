"""What the bot says, as requests that nandbox takes; no I/O.

A message becomes one request or, where a text is longer than nandbox allows, several; each with a reference of its own,
under which it can be sent again without being said twice.

Source: protocol/nandbox.md 7.3 and 10
"""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from bot.errors import Unsupported
from bot.message import Audio, Button, Buttons, Card, Content, File, Image, Location, Outgoing, Post, Quote, Text, Video
from bot.nandbox.incoming import INPUT, quoted_id
from bot.nandbox.plain import as_plain
from bot.wire import encode, replace

MAX_TEXT = 1800
MAX_CAPTION = 256
MAX_PARTS = 12
MAX_LABEL = 64
BUTTONS_IN_A_ROW = 3
BELOW = "⌄"
"""The text above buttons that have none: nandbox has no message without a text."""
LARGEST = (1 << 53) - 1


class References:
    """Numbers that grow from one process to the next, by the clock: 41 bits of milliseconds, and 12 to count with."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        self._last = min(LARGEST, max(self._last + 1, time.time_ns() // 1_000_000 << 12))
        return self._last

    def after(self, reference: int) -> None:
        """Go on behind a reference that the server knows; the clock may have been put back."""
        if self._last < reference < LARGEST:
            self._last = reference


def pack(outgoing: Outgoing, references: References, app_id: str = "0") -> bytes:
    """The requests of a message, a line each.

    Raises:
        Unsupported: nandbox has nothing like it.
        ValueError: It is empty or too long.
    """
    common: dict[str, Any] = {"chat_id": outgoing.conversation_id}
    if app_id != "0":
        common["app_id"] = app_id
    if isinstance(outgoing.content, Quote):
        outgoing = replace(outgoing, content=outgoing.content.content, quote_id=outgoing.content.message_id)
    quoted = quoted_id(outgoing.quote_id)
    frames: list[bytes] = []
    for members in _requests(outgoing):
        quote = {"reply_to_message_id": quoted} if quoted and not frames else {}
        frames.append(encode({**members, **common, **quote, "reference": references.next()}))
    return b"\n".join(frames)


def join(replies: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
    """Buttons become the menu of the text above them: nandbox has none by themselves."""
    joined: list[Outgoing] = []
    for each in replies:
        above = _last_text(joined, each.conversation_id) if isinstance(each.content, Buttons) else -1
        if above < 0:
            joined.append(each)
        else:
            written, below = joined[above].content, each.content
            assert isinstance(written, Text | Post)
            assert isinstance(below, Buttons)
            joined[above] = replace(joined[above], content=Card("", _written(written), buttons=below.buttons))
    return tuple(joined) if len(joined) < len(replies) else replies


def _last_text(said: Sequence[Outgoing], conversation_id: str) -> int:
    """Where the text is that buttons belong to; -1 where there is none."""
    places = range(len(said) - 1, -1, -1)
    return next(
        (
            place
            for place in places
            if said[place].conversation_id == conversation_id and isinstance(said[place].content, Text | Post)
        ),
        -1,
    )


def _written(content: Text | Post) -> str:
    return content.text if isinstance(content, Text) else as_plain(content.markdown)


def _requests(outgoing: Outgoing) -> Sequence[dict[str, Any]]:
    content = outgoing.content
    if isinstance(content, Text | Post):
        return [{"method": "sendMessage", "text": part} for part in parts_of(_written(content))]
    if isinstance(content, Buttons):
        return [{"method": "sendMessage", "text": BELOW, **_menu(outgoing.id, content.buttons)}]
    if isinstance(content, Card):
        *above, last = parts_of("\n".join(filter(None, (content.title, content.description))))
        buttons = content.buttons or (Button(content.title, content.action),)
        plain = [{"method": "sendMessage", "text": part} for part in above]
        return [*plain, {"method": "sendMessage", "text": last, **_menu(outgoing.id, buttons)}]
    return [_file(content)]


def _file(content: Content) -> dict[str, Any]:
    found: dict[str, Any]
    if isinstance(content, Image | Video):
        name = "photo" if isinstance(content, Image) else "video"
        found = {"method": f"send{name.capitalize()}", name: content.attachment_id, "caption": content.caption}
    elif isinstance(content, Audio):
        found = {"method": "sendVoice", "voice": content.attachment_id, "size": content.size}
    elif isinstance(content, File):
        found = {
            "method": "sendDocument", "document": content.attachment_id, "name": content.name, "size": content.size
        }  # fmt: skip
    elif isinstance(content, Location):
        found = {"method": "sendLocation", "latitude": str(content.latitude), "longitude": str(content.longitude),
                 "name": content.name, "details": content.address}  # fmt: skip
    else:
        raise Unsupported(f"nandbox has nothing like {type(content).__name__}")
    if len(str(found.get("caption", ""))) > MAX_CAPTION:
        raise ValueError(f"a caption of more than {MAX_CAPTION} characters")
    return {name: value for name, value in found.items() if value != ""}


def _menu(ref: str, buttons: Sequence[Button]) -> dict[str, Any]:
    """Buttons below the message; a press comes back as what the button says."""
    made = list(_buttons(buttons))
    if not made:
        raise Unsupported("none of these buttons leads anywhere on nandbox")
    rows = [
        {"row_order": number // BUTTONS_IN_A_ROW + 1, "buttons": made[number : number + BUTTONS_IN_A_ROW]}
        for number in range(0, len(made), BUTTONS_IN_A_ROW)
    ]
    return {"menu_ref": ref, "inline_menu": [{"menu_ref": ref, "rows": rows}]}


def _buttons(buttons: Sequence[Button]) -> Iterator[dict[str, Any]]:
    for number, button in enumerate(buttons, 1):
        made = {"button_label": button.label[:MAX_LABEL], "button_order": (number - 1) % BUTTONS_IN_A_ROW + 1}
        if button.action.startswith(INPUT):
            yield {**made, "button_callback": button.action}
        elif button.action.startswith(("https://", "http://")):
            yield {**made, "button_callback": f"open:{number}", "button_url": button.action}


def parts_of(written: str) -> Sequence[str]:
    """A text in pieces of at most 1800 characters, broken between lines or words where that is possible.

    Characters beyond the basic plane count twice, as they do for most who count.

    Raises:
        ValueError: It is empty, or has too many pieces.
    """
    rest = written.strip()
    parts: list[str] = []
    if not rest:
        raise ValueError("the text is empty")
    while rest:
        if len(parts) == MAX_PARTS:
            raise ValueError(f"a text of more than {MAX_PARTS} parts")
        end = _fitting(rest)
        if end < len(rest):
            line, word = rest.rfind("\n", end // 2, end), rest.rfind(" ", end // 2, end)
            end = line if line > 0 else word if word > 0 else end
        part, rest = rest[:end].rstrip(), rest[end:].lstrip()
        parts.append(part)
    return parts


def _fitting(rest: str) -> int:
    """How many characters of the text fit into one message."""
    if len(rest) * 2 <= MAX_TEXT:
        return len(rest)
    units = 0
    for number, character in enumerate(rest):
        units += 2 if character > "\uffff" else 1
        if units > MAX_TEXT:
            return number
    return len(rest)
