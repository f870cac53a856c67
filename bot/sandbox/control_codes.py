"""Codes as somebody's phone takes them: a profile, a group to join, a request for access."""

from typing import Any

from bot.sandbox import groups
from bot.sandbox.control import Ask, Control, ControlError


async def code(ask: Ask) -> Any:
    """What a code stands for; `type` is "" for one that nobody has."""
    code_id, sandbox = ask.part("id"), ask.sandbox
    if (consent := sandbox.consents.by_code_id(code_id)) is not None:
        return {"type": "authorization", "id": code_id, "decided": consent.decided}
    if (group := sandbox.conversations.by_code(code_id)) is not None:
        return {"type": "conversation", "id": group.conversation_id, "name": group.name}
    person = next((one for one in sandbox.people if one.code_id == code_id), None)
    return {"type": "", "id": code_id} if person is None else {"type": "user", "id": person.user_id}


async def join(ask: Ask) -> Any:
    """Go into the group whose code it is; who is in there already stays."""
    person, group = ask.sandbox.person(ask.text("as")), ask.sandbox.conversations.by_code(ask.part("id"))
    if group is None:
        raise ControlError(404, "there is no group with that code")
    if person.user_id not in group.members:
        groups.enter(ask.sandbox, group, person.user_id, person.user_id, "JOIN")
    return {"conversation_id": group.conversation_id}


CONTROLS = (
    Control("GET", "/codes/{id}", code, "What a code stands for"),
    Control("POST", "/codes/{id}/join", join, "Join a group by its code", body={"as": "who"}),
)
