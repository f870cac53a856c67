"""Who is whose friend, and who blocks whom; for anybody, not only between a person and the bot."""

from typing import Any

from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.control_world import person_view
from bot.sandbox.people import BLOCKING, FRIEND
from bot.sandbox.tables import transaction

KINDS = {"friend": FRIEND, "blocked": BLOCKING, "stranger": ""}


async def relations(ask: Ask) -> Any:
    person = ask.sandbox.person(ask.query("as"))
    return {
        name: [person_view(ask, one) for one in ask.sandbox.people.related(person.user_id, kind)]
        for name, kind in KINDS.items()
        if kind
    }


async def relate(ask: Ask) -> Any:
    """What somebody thinks of somebody else; the other one is not asked."""
    person, other = ask.sandbox.person(ask.text("as")), ask.sandbox.person(ask.text("other"))
    kind = ask.text("kind")
    if kind not in KINDS or person.user_id == other.user_id:
        raise ControlError(400, f"kind is none of {', '.join(KINDS)}, or it is the same person")
    with transaction(ask.sandbox.db):
        ask.sandbox.people.relate(person.user_id, other.user_id, KINDS[kind])
    ask.sandbox.events.publish("people")
    return {"as": person.user_id, "other": other.user_id, "kind": kind}


CONTROLS = (
    Control("GET", "/relations", relations, "Somebody's friends, and whom they block", ("as",)),
    Control(
        "PUT", "/relations", relate, "Befriend, block or forget somebody",
        body={"as": "who", "other": "whom", "kind": ", ".join(KINDS)},
    ),
)  # fmt: skip
