"""What a simulated person does: look, say, press, read."""

import json
from typing import Any

from bot.sandbox import views
from bot.sandbox.base64s import from_any
from bot.sandbox.clock import time_us
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.conversations import CONTACT, Conversation
from bot.sandbox.ids import is_id
from bot.sandbox.items import TEXTS
from bot.sandbox.messages import Message
from bot.sandbox.people import BLOCKING, STRANGER, Person
from bot.sandbox.tables import transaction

MAX_LISTED = 1000
MAX_BURST = 10_000
MAX_DATA_BYTES = 1024 * 1024


async def conversations(ask: Ask) -> Any:
    person = ask.sandbox.person(ask.query("as"))
    rows = [_row(ask, one, person) for one in ask.sandbox.conversations.of(person.user_id)]
    return sorted(rows, key=lambda row: row["last_at"], reverse=True)


async def open_contact(ask: Ask) -> Any:
    """The conversation of two, made if it is not there."""
    one, other = ask.sandbox.person(ask.text("as")), ask.sandbox.person(ask.text("with"))
    if one.user_id == other.user_id:
        raise ControlError(400, "nobody has a conversation with themselves")
    with transaction(ask.sandbox.db):
        made = ask.sandbox.conversations.contact(one.user_id, other.user_id, ask.sandbox.clock.text())
    return {"conversation_id": made.conversation_id}


async def history(ask: Ask) -> Any:
    person, conversation = ask.sandbox.person(ask.query("as")), _conversation(ask, ask.part("id"))
    _must_be_in(conversation, person)
    before = ask.sandbox.messages.get(ask.query("before")) if ask.query("before") else None
    limit = ask.whole("limit", 200, MAX_LISTED)
    if wanted := ask.query("containing"):
        return [
            views.shown(one) for one in ask.sandbox.messages.containing(conversation.conversation_id, wanted, limit)
        ]
    found = ask.sandbox.messages.newest(conversation.conversation_id, limit, before.seq if before else None)
    return [views.shown(one) for one in found if not views.is_payers_notice(one)]


async def say(ask: Ask) -> Any:
    return views.shown(_say(ask, ask.fields, ask.part("id")))


async def burst(ask: Ask) -> Any:
    """Many messages at once; each as for one, with `conversation_id` beside the rest."""
    rows = ask.fields.get("messages")
    if not isinstance(rows, list) or len(rows) > MAX_BURST or not all(isinstance(one, dict) for one in rows):
        raise ControlError(400, f"messages is not a list of at most {MAX_BURST} objects")
    made = [_say(ask, row, str(row.get("conversation_id") or "")) for row in rows]
    return {"messages": [{"message_id": one.message_id, "conversation_id": one.conversation_id} for one in made]}


async def press(ask: Ask) -> Any:
    """Press a button of a group or card: an `input:` is said, an empty one swallowed, anything else would open."""
    person = ask.sandbox.person(ask.text("as"))
    message = ask.sandbox.messages.get(ask.text("message_id"))
    if message is None or message.recalled:
        raise ControlError(404, "there is no such message")
    conversation = _conversation(ask, message.conversation_id)
    _must_be_in(conversation, person)
    action = _action(message, int(ask.number("index", 0)))
    kind, _, text = action.partition(":")
    if kind != "input":
        return {"opens": action}
    if not text.strip():
        return {}
    said = ask.sandbox.say(person.user_id, text.strip(), conversation_id=conversation.conversation_id)
    return {"message": views.shown(said)}


async def read(ask: Ask) -> Any:
    person = ask.sandbox.person(ask.text("as"))
    conversation = _conversation(ask, ask.text("conversation_id"))
    _must_be_in(conversation, person)
    return {"read": ask.sandbox.delivery.read(conversation, person.user_id)}


def _row(ask: Ask, conversation: Conversation, person: Person) -> dict[str, Any]:
    last = ask.sandbox.messages.newest(conversation.conversation_id, 1)
    others = [ask.sandbox.people.get(one) for one in conversation.others(person.user_id)]
    name = conversation.name or ", ".join(one.full_name for one in others if one is not None)
    return {
        "conversation_id": conversation.conversation_id, "category": conversation.category, "name": name,
        "announcement": conversation.announcement,
        "participants": [
            {"user_id": member, "role": facts["role"]} for member, facts in conversation.members.items()
        ],
        "last_message": views.shown(last[0]) if last else None,
        "last_at": last[0].created_at if last else conversation.created_at,
        "unread": ask.sandbox.messages.unread(conversation.conversation_id, person.user_id),
        "blocked": any(
            ask.sandbox.people.relation(person.user_id, one.user_id) == BLOCKING for one in others if one is not None
        ),
        "stranger": conversation.category == CONTACT and any(
            ask.sandbox.people.relation(person.user_id, one.user_id) == STRANGER for one in others if one is not None
        ),
        "created_at": conversation.created_at, "code_id": conversation.code_id, "pins": conversation.pins,
        "pinned": _pinned(ask, conversation),
    }  # fmt: skip


def _pinned(ask: Ask, conversation: Conversation) -> dict[str, Any] | None:
    """The newest of what is pinned."""
    found = ask.sandbox.messages.get(conversation.pins[-1]) if conversation.pins else None
    return None if found is None else views.shown(found)


def _say(ask: Ask, fields: dict[str, Any], conversation_id: str) -> Message:
    category = fields.get("category", "PLAIN_TEXT")
    if not isinstance(category, str) or not category.isascii() or not 0 < len(category) <= 64:
        raise ControlError(400, "category is not the name of one")
    for name in ("message_id", "quote_message_id"):
        if fields.get(name) and not is_id(fields[name]):
            raise ControlError(400, f"{name} is not a UUID in lower case")
    return ask.sandbox.say(
        str(fields.get("as")), category=category, data=_data(fields, category), conversation_id=conversation_id,
        message_id=fields.get("message_id") or "", quote_message_id=fields.get("quote_message_id") or "",
        created_at=_created_at(fields),
    )  # fmt: skip


def _data(fields: dict[str, Any], category: str) -> bytes:
    """`text` as it is; `data` as text, or as JSON where the category carries JSON; `data_base64` whatever it is."""
    text, data, raw = fields.get("text"), fields.get("data"), fields.get("data_base64")
    if isinstance(raw, str):
        try:
            made = from_any(raw)
        except ValueError as error:
            raise ControlError(400, f"data_base64: {error}") from error
    elif isinstance(text, str):
        made = text.encode()
    elif isinstance(data, str):
        made = data.encode()
    elif data is not None:
        made = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    else:
        raise ControlError(400, "nothing to say: text, data and data_base64 are missing")
    if not made and category in TEXTS:
        raise ControlError(400, "the text is empty")
    if len(made) > MAX_DATA_BYTES:
        raise ControlError(400, f"the message has {len(made)} bytes, allowed are {MAX_DATA_BYTES}")
    return made


def _created_at(fields: dict[str, Any]) -> str:
    value = fields.get("created_at") or ""
    try:
        if value:
            time_us(value)
    except (ValueError, TypeError):
        raise ControlError(400, "created_at is no RFC 3339 time") from None
    return str(value)


def _action(message: Message, index: int) -> str:
    try:
        content = json.loads(message.data)
    except ValueError:
        content = None
    if isinstance(content, dict) and content.get("action") and index == 0:
        return str(content["action"])
    buttons = content.get("actions") if isinstance(content, dict) else content
    if not isinstance(buttons, list) or not 0 <= index < len(buttons):
        raise ControlError(400, f"the message has no button {index}")
    return str(buttons[index].get("action", ""))


def _conversation(ask: Ask, conversation_id: str) -> Conversation:
    found = ask.sandbox.conversations.get(conversation_id)
    if found is None:
        raise ControlError(404, f"there is no conversation {conversation_id}")
    return found


def _must_be_in(conversation: Conversation, person: Person) -> None:
    if person.user_id not in conversation.members:
        raise ControlError(403, f"{person.full_name} is not in that conversation")


_SAYING = {
    "as": "user id, Mixin number or name", "category?": "PLAIN_TEXT unless said otherwise", "text?": "what to say",
    "data?": "the same; for categories that carry JSON, the object", "data_base64?": "the bytes as they are",
    "message_id?": "UUID; one used before by that person changes nothing", "quote_message_id?": "UUID",
    "created_at?": "RFC 3339",
}  # fmt: skip

CONTROLS = (
    Control("GET", "/conversations", conversations, "Somebody's conversations, the latest first", ("as",)),
    Control(
        "POST", "/conversations", open_contact, "The conversation of two people, or of a person and a bot",
        body={"as": "user id, Mixin number or name", "with": "the same"},
    ),
    Control(
        "GET", "/conversations/{id}/messages", history, "The newest `limit` messages, oldest first",
        ("as", "before", "limit", "containing"),
    ),
    Control("POST", "/conversations/{id}/messages", say, "Say something", body=_SAYING),
    Control("POST", "/burst", burst, "Say many things at once", body={"messages": "list of what is said"}),
    Control(
        "POST", "/press", press, "Press a button of a button group or card",
        body={"as": "who", "message_id": "UUID", "index?": "0 for the first"},
    ),
    Control("POST", "/read", read, "Look at a conversation", body={"as": "who", "conversation_id": "UUID"}),
)  # fmt: skip
