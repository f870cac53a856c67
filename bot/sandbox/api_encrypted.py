"""POST /encrypted_messages: what a bot encrypted for each recipient's devices, answered recipient by recipient.

The service cannot look inside. This one can, since it plays the recipients' devices: a person reads on the page what
was written, and the inspector says what a device could not open.

Source: mixin.md 9.5 to 9.7 and 13.7; https://developers.mixin.one/docs/api/messages/encrypted
"""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.api_messages import admit
from bot.sandbox.endpoint import APP_ONLY, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.faults import ROTATE
from bot.sandbox.ids import is_id
from bot.sandbox.items import MAX_BODY_BYTES, SEALED, Item, read_item, read_list
from bot.sandbox.patterns import note_strays
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.sealing import Unreadable, checksum

SUCCESS, FAILED = "SUCCESS", "FAILED"


@dataclass(frozen=True, slots=True)
class Letter:
    """An item, and the sessions that its sender knows of."""

    item: Item
    checksum: str
    sessions: list[str]


async def post_encrypted_messages(call: Call) -> Any:
    if len(call.body) > MAX_BODY_BYTES:
        raise bad_field("", f"the body has {len(call.body)} bytes, allowed are {MAX_BODY_BYTES}")
    raw = call.json()
    if not isinstance(raw, list):
        raise bad_field("", "expected an array")
    letters = [_read(one) for one in read_list(raw)]
    sandbox, bot = call.sandbox, call.who
    if not bot.encrypts:
        raise ApiError(403, why="message encryption is off for this bot")
    for letter in letters:
        if sandbox.faults.fires(ROTATE):
            sandbox.rotate_device(letter.item.recipient_id)
    admit(sandbox, len(letters))
    fresh = [_is_fresh(sandbox, letter) for letter in letters]
    items = [sandbox.devices.open(letter.item) for letter, good in zip(letters, fresh, strict=True) if good]
    sandbox.delivery.accept(bot, items, recipient_needed=True)
    for item in items:
        if item.trouble:
            sandbox.inspector.note(f"{item.category} {item.message_id} for {item.recipient_id}: {item.trouble}")
    note_strays(sandbox, bot.user_id, items)
    rows = [_receipt(sandbox, letter, good) for letter, good in zip(letters, fresh, strict=True)]
    return rows[::-1]  # in whatever order: they are told apart by their ids


def _read(raw: Any) -> Letter:
    item = read_item(raw, encrypted=True)
    if not item.recipient_id:
        raise bad_field("recipient_id", "missing")
    given, listed = raw.get("checksum", ""), raw.get("recipient_sessions") or []
    if not isinstance(given, str):
        raise bad_field("checksum", "not a text")
    rows = listed if isinstance(listed, list) else [None]
    sessions = [str(row["session_id"]) for row in rows if isinstance(row, dict) and is_id(row.get("session_id"))]
    if len(sessions) != len(rows):
        raise bad_field("recipient_sessions", "expected a list of objects with session_id")
    if checksum(sessions) != given:
        raise bad_field("checksum", "not the one of recipient_sessions")
    return Letter(item, given, sessions)


def _is_fresh(sandbox: Sandbox, letter: Letter) -> bool:
    """Whether a letter is for exactly the devices that its recipient has, and for all of them."""
    current = [one.session_id for one in sandbox.people.sessions_of(letter.item.recipient_id)]
    if not current or letter.checksum != checksum(current):
        return False
    if letter.item.category not in SEALED:
        return True
    try:
        return not sandbox.devices.lacks(letter.item, letter.sessions)
    except Unreadable as error:
        raise bad_field("data_base64", str(error)) from error


def _receipt(sandbox: Sandbox, letter: Letter, good: bool) -> dict[str, Any]:
    known = [] if good else sandbox.people.sessions_of(letter.item.recipient_id)
    return {
        "type": "message", "message_id": letter.item.message_id, "recipient_id": letter.item.recipient_id,
        "state": SUCCESS if good else FAILED,
        "sessions": [
            {"type": "session", "session_id": one.session_id, "public_key": one.curve_key()} for one in known
        ],
    }  # fmt: skip


ENDPOINTS = (
    Endpoint(
        "POST", "/encrypted_messages", post_encrypted_messages, APP_ONLY, "Send 1 to 100 encrypted messages",
        body={"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "object"}},
    ),
)  # fmt: skip
