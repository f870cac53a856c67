"""Circles over the API.

Source: mixin.md 5.9.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.api_assets import time_of
from bot.sandbox.circles import Circle
from bot.sandbox.endpoint import Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import contact_id
from bot.sandbox.scopes import READ_CIRCLES, WRITE_CIRCLES
from bot.sandbox.tables import transaction
from bot.sandbox.wallet import MAX_LIMIT

ACTIONS = ("ADD", "REMOVE")


async def get_circles(call: Call) -> Any:
    return [one.view() for one in call.sandbox.circles.of(call.who.user_id)]


async def get_circle(call: Call) -> Any:
    return _circle(call, call.part("id")).view()


async def post_circles(call: Call) -> Any:
    with transaction(call.sandbox.db):
        made = call.sandbox.circles.add(call.who.user_id, call.fields().get("name"), call.sandbox.clock.text())
    return made.view()


async def post_circle(call: Call) -> Any:
    with transaction(call.sandbox.db):
        return call.sandbox.circles.rename(_circle(call, call.part("id")), call.fields().get("name")).view()


async def delete_circle(call: Call) -> Any:
    with transaction(call.sandbox.db):
        call.sandbox.circles.drop(_circle(call, call.part("id")))


async def get_conversations(call: Call) -> Any:
    """A page of them, the oldest first; `offset` is a time, whose own comes again."""
    circle, offset = _circle(call, call.part("id")), time_of(call, "offset", up=True)
    rows = sorted((at, one) for one, at in circle.conversations.items() if at >= offset)
    return [circle.member(one) for _, one in rows[: call.whole("limit", MAX_LIMIT, MAX_LIMIT)]]


async def post_conversations(call: Call) -> Any:
    """What the messenger sends: which conversations come in and which go out."""
    return _change(call, lambda row: (_circle(call, call.part("id")), str(row.get("conversation_id"))))


async def post_user(call: Call) -> Any:
    """The contact conversation with somebody, in or out of circles."""
    other = call.sandbox.people.get(call.part("id"))
    if other is None:
        raise ApiError(404)
    conversation_id = contact_id(call.who.user_id, other.user_id)
    return _change(call, lambda row: (_circle(call, str(row.get("circle_id"))), conversation_id))


async def post_conversation(call: Call) -> Any:
    return _change(call, lambda row: (_circle(call, str(row.get("circle_id"))), call.part("id")))


def _change(call: Call, read: Callable[[dict[str, Any]], tuple[Circle, str]]) -> list[dict[str, Any]]:
    """One object or an array of them: documents and clients do not agree."""
    body, found = call.json(), list[dict[str, Any]]()
    rows = body if isinstance(body, list) else [body]
    if not all(isinstance(row, dict) and row.get("action") in ACTIONS for row in rows):
        raise bad_field("action", f"expected one of {', '.join(ACTIONS)}")
    with transaction(call.sandbox.db):
        for row in rows:
            circle, conversation_id = read(row)
            if row["action"] == "REMOVE":
                call.sandbox.circles.take(circle, conversation_id)
                continue
            conversation = call.sandbox.conversations.get(conversation_id)
            if conversation is None or call.who.user_id not in conversation.members:
                raise ApiError(403, why="no such conversation, or the caller is not in it")
            found.append(
                call.sandbox.circles.put(circle, conversation_id, call.sandbox.clock.text()).member(conversation_id)
            )
    return found


def _circle(call: Call, circle_id: str) -> Circle:
    return call.sandbox.circles.get(call.who.user_id, circle_id)


_ROWS = {"type": ["array", "object"]}

ENDPOINTS = (
    Endpoint("GET", "/circles", get_circles, READ_CIRCLES, "The caller's circles"),
    Endpoint("GET", "/circles/{id}", get_circle, READ_CIRCLES, "One of them"),
    Endpoint("POST", "/circles", post_circles, WRITE_CIRCLES, "A new circle", body={"type": "object"}),
    Endpoint("POST", "/circles/{id}", post_circle, WRITE_CIRCLES, "Rename it", body={"type": "object"}),
    Endpoint("POST", "/circles/{id}/delete", delete_circle, WRITE_CIRCLES, "Delete it"),
    Endpoint(
        "GET", "/circles/{id}/conversations", get_conversations, READ_CIRCLES, "What is in it", ("limit", "offset")
    ),
    Endpoint("POST", "/circles/{id}/conversations", post_conversations, WRITE_CIRCLES, "In and out", body=_ROWS),
    Endpoint("POST", "/users/{id}/circles", post_user, WRITE_CIRCLES, "Somebody in or out of circles", body=_ROWS),
    Endpoint(
        "POST", "/conversations/{id}/circles", post_conversation, WRITE_CIRCLES, "A conversation in or out", body=_ROWS
    ),
)
