"""Looking at what the bot does: frames and calls, a call as a command, how it stands with somebody, its own log."""

import json
from typing import Any

from bot.sandbox.clock import time_us
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.curl import curl_of
from bot.sandbox.ids import contact_id
from bot.sandbox.inspector import KEPT, Entry
from bot.sandbox.messages import Message
from bot.sandbox.views import shown

LOOKED_AT = 400
LAST = 5


async def frames(ask: Ask) -> Any:
    return ask.sandbox.inspector.after(ask.whole("after", 0, 2**53), ask.whole("limit", 200, KEPT))


async def curl(ask: Ask) -> Any:
    entry = ask.sandbox.inspector.get(ask.whole("seq", 0, 2**53))
    if entry is None:
        raise ControlError(404, "there is no such entry any more")
    return {"curl": curl_of(ask.sandbox, entry)}


async def bot_state(ask: Ask) -> Any:
    """How the bot stands with somebody, as far as that can be seen from here."""
    sandbox, person = ask.sandbox, ask.sandbox.person(ask.part("id"))
    bot_id = sandbox.bot_id
    conversation_id = contact_id(person.user_id, bot_id)
    said = sandbox.messages.last(conversation_id, person.user_id)
    answer = sandbox.messages.last(conversation_id, bot_id)
    return {
        "user_id": person.user_id, "connected": sandbox.lines.connected(bot_id), "since": sandbox.since,
        "relation": sandbox.people.relation(person.user_id, bot_id), "admin": person.admin,
        "scopes": sorted({one for grant in sandbox.grants.of(person.user_id, bot_id) for one in grant.scopes}),
        "waiting": sandbox.queue.waiting_of(bot_id, person.user_id),
        "acknowledged": said is not None and sandbox.queue.is_acknowledged(bot_id, said.message_id),
        "said": shown(said) if said else None, "answer": shown(answer) if answer else None,
        "answered_after_ms": _between(said, answer),
        "receipts": sandbox.messages.statuses(conversation_id, bot_id),
        "log": sandbox.bot_log.of(person.user_id),
        "last": _concerning(ask, (person.user_id, conversation_id)),
    }  # fmt: skip


async def log(ask: Ask) -> Any:
    """One line of the bot's log, or a list of them as `events`."""
    rows = ask.fields.get("events", [ask.fields])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ControlError(400, "events is not a list of objects")
    for row in rows:
        ask.sandbox.bot_log.hear(row)
    return {"heard": len(rows)}


def _between(said: Message | None, answer: Message | None) -> float | None:
    if said is None or answer is None or answer.seq < said.seq:
        return None
    return (time_us(answer.created_at) - time_us(said.created_at)) / 1000


def _concerning(ask: Ask, ids: tuple[str, ...]) -> list[dict[str, Any]]:
    """The last few entries in which one of the ids stands, the newest first."""
    found: list[dict[str, Any]] = []
    for number, entry in enumerate(ask.sandbox.inspector):
        if len(found) == LAST or number == LOOKED_AT:
            break
        if _stands_in(entry, ids):
            what = entry.get("action") or entry.get("summary") or f"{entry.get('method')} {entry.get('path')}"
            direction, status = entry["direction"], entry.get("status")
            found.append(
                {"seq": entry["seq"], "at": entry["at"], "direction": direction, "what": what, "status": status}
            )
    return found


def _stands_in(entry: Entry, ids: tuple[str, ...]) -> bool:
    if entry["kind"] == "http":
        return any(one.encode() in entry["body"] or one in entry["path"] for one in ids)
    text = json.dumps(entry.get("frame") or entry.get("user_id") or "")
    return any(one in text for one in ids)


CONTROLS = (
    Control("GET", "/frames", frames, "Blaze frames and HTTP calls, oldest first", ("after", "limit")),
    Control("GET", "/curl", curl, "An entry of them as a command that does it again", ("seq",)),
    Control("GET", "/people/{id}/bot", bot_state, "How the bot stands with somebody"),
    Control(
        "POST", "/log", log, "What the bot's own log says: crashes are shown beside the frames",
        body={"event?": "the event's name, with its other members beside it", "events?": "or a list of such objects"},
    ),
)  # fmt: skip
