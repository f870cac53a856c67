"""Conversations: read, made, changed.

Source: mixin.md 5.6 and 8; https://developers.mixin.one/docs/api/conversations/create
"""

from typing import Any

from bot.sandbox import groups, views
from bot.sandbox.clock import time_text
from bot.sandbox.conversations import CONTACT, GROUP, Conversation
from bot.sandbox.endpoint import ANY, APP_ONLY, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import contact_id, group_id, is_id
from bot.sandbox.tables import transaction

MAX_EXPIRE_S = 7_257_600
MAX_MUTE_S = 10 * 366 * 86_400


async def get_conversation(call: Call) -> Any:
    return _shown(call, _mine(call))


async def post_conversations(call: Call) -> Any:
    """Idempotent: the same id again gives what is there."""
    fields = call.fields()
    conversation_id = fields.get("conversation_id")
    if not is_id(conversation_id):
        raise bad_field("conversation_id", "not a UUID in lower case")
    others = [one for one in _user_ids(fields.get("participants")) if one != call.who.user_id]
    if found := call.sandbox.conversations.get(str(conversation_id)):
        return _shown(call, _member(call, found))
    if fields.get("category") == CONTACT:
        return _shown(call, _make_contact(call, str(conversation_id), others))
    if fields.get("category") != GROUP:
        raise bad_field("category", "expected CONTACT or GROUP")
    name, random_id = str(fields.get("name") or ""), str(fields.get("random_id") or "")
    if random_id and (not is_id(random_id) or group_id(call.who.user_id, name, others, random_id) != conversation_id):
        raise bad_field("conversation_id", "not the one of owner, name, random_id and participants")
    announcement = str(fields.get("announcement") or "")
    return _shown(
        call,
        groups.make(
            call.sandbox, call.who.user_id, name, others, conversation_id=str(conversation_id),
            announcement=announcement,
        ),
    )  # fmt: skip


async def post_conversation(call: Call) -> Any:
    conversation, fields = _mine(call), call.fields()
    texts = [fields.get(name) for name in ("name", "announcement")]
    if not all(one is None or isinstance(one, str) for one in texts):
        raise bad_field("name", "not a text")
    groups.update(call.sandbox, conversation, call.who.user_id, *texts)
    return _shown(call, conversation)


async def post_participants(call: Call) -> Any:
    """ADD, REMOVE or ROLE."""
    conversation, rows = _mine(call), call.json()
    ids, actor = _user_ids(rows), call.who.user_id
    match call.part("action"):
        case "ADD":
            groups.add(call.sandbox, conversation, actor, ids)
        case "REMOVE":
            groups.remove(call.sandbox, conversation, actor, ids)
        case "ROLE":
            for row in rows:
                groups.give_role(call.sandbox, conversation, actor, row["user_id"], str(row.get("role") or ""))
        case _:
            raise ApiError(404)
    return _shown(call, conversation)


async def post_join(call: Call) -> Any:
    """The part of the path is the code of the group, not its id."""
    conversation = call.sandbox.conversations.by_code(call.part("id"))
    if conversation is None:
        raise ApiError(404)
    if call.who.user_id not in conversation.members:
        groups.enter(call.sandbox, conversation, call.who.user_id, call.who.user_id, "JOIN")
    return _shown(call, conversation)


async def post_exit(call: Call) -> Any:
    conversation = _mine(call)
    if conversation.category != GROUP:
        raise ApiError(403, why="nobody leaves a contact conversation")
    groups.leave(call.sandbox, conversation, call.who.user_id, call.who.user_id, "EXIT")
    return _shown(call, conversation)


async def post_rotate(call: Call) -> Any:
    conversation = _mine(call)
    groups.rotate(call.sandbox, conversation, call.who.user_id)
    return _shown(call, conversation)


async def post_mute(call: Call) -> Any:
    conversation = _mine(call)
    duration = _duration(call, MAX_MUTE_S)
    until = time_text(int((call.sandbox.clock.seconds() + duration) * 1_000_000))
    conversation.muted.pop(call.who.user_id, None)
    if duration:
        conversation.muted[call.who.user_id] = until
    return _saved(call, conversation)


async def post_disappear(call: Call) -> Any:
    conversation = _mine(call)
    if conversation.category == GROUP and not conversation.runs(call.who.user_id):
        raise ApiError(403, why="only owner and admins may do that")
    conversation.expire_in = _duration(call, MAX_EXPIRE_S)
    return _saved(call, conversation)


def _make_contact(call: Call, conversation_id: str, others: list[str]) -> Conversation:
    if len(others) != 1 or call.sandbox.people.get(others[0]) is None:
        raise bad_field("participants", "expected exactly one, the other party")
    if contact_id(call.who.user_id, others[0]) != conversation_id:
        raise bad_field("conversation_id", "not the one of both parties")
    with transaction(call.sandbox.db):
        return call.sandbox.conversations.contact(call.who.user_id, others[0], call.sandbox.clock.text())


def _mine(call: Call) -> Conversation:
    conversation = call.sandbox.conversations.get(call.part("id"))
    if conversation is None:
        raise ApiError(404)
    return _member(call, conversation)


def _member(call: Call, conversation: Conversation) -> Conversation:
    if call.who.user_id not in conversation.members:
        raise ApiError(403, why="not in that conversation")
    return conversation


def _user_ids(rows: Any) -> list[str]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) and is_id(row.get("user_id")) for row in rows):
        raise bad_field("participants", "expected a list of objects with user_id")
    return list(dict.fromkeys(row["user_id"] for row in rows))


def _duration(call: Call, highest: int) -> int:
    duration = call.fields().get("duration")
    if type(duration) is not int or not 0 <= duration <= highest:
        raise bad_field("duration", f"expected 0 to {highest} seconds")
    return duration


def _saved(call: Call, conversation: Conversation) -> dict[str, Any]:
    with transaction(call.sandbox.db):
        call.sandbox.conversations.save(conversation)
    return _shown(call, conversation)


def _shown(call: Call, conversation: Conversation) -> dict[str, Any]:
    mine = call.sandbox.circles.of(call.who.user_id)
    among = [
        one.member(conversation.conversation_id) for one in mine if conversation.conversation_id in one.conversations
    ]
    shown = views.conversation(conversation, call.who.user_id, call.sandbox.people)
    return shown | {"circles": [{key: item for key, item in one.items() if key != "type"} for one in among]}


_ONE = "/conversations/{id}"
_OBJECT = {"type": "object"}
_ROWS = {"type": "array", "items": {"type": "object"}}

ENDPOINTS = (
    Endpoint("GET", _ONE, get_conversation, ANY, "A conversation that the caller is in"),
    Endpoint("POST", "/conversations", post_conversations, APP_ONLY, "Make a conversation", body=_OBJECT),
    Endpoint("POST", _ONE, post_conversation, APP_ONLY, "Change name and announcement", body=_OBJECT),
    Endpoint("POST", f"{_ONE}/participants/{{action}}", post_participants, APP_ONLY, "ADD, REMOVE or ROLE", body=_ROWS),
    Endpoint("POST", f"{_ONE}/join", post_join, APP_ONLY, "Join a group by its code"),
    Endpoint("POST", f"{_ONE}/exit", post_exit, APP_ONLY, "Leave a group"),
    Endpoint("POST", f"{_ONE}/rotate", post_rotate, APP_ONLY, "Make a new code"),
    Endpoint("POST", f"{_ONE}/mute", post_mute, APP_ONLY, "Mute for seconds, 0: no longer", body=_OBJECT),
    Endpoint("POST", f"{_ONE}/disappear", post_disappear, APP_ONLY, "Let messages disappear", body=_OBJECT),
)
