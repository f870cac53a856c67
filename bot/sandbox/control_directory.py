"""Finding people among ten thousand: a page of them at a time, by what they are called, or by their ids."""

from typing import Any

from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.control_world import person_view
from bot.sandbox.people import Person

MAX_PAGE = 200


async def people(ask: Ask) -> Any:
    """`ids` names them, with commas between; without it, all with a phone in whose name or number `search` stands."""
    if ids := ask.query("ids"):
        named = ids.split(",")
        if len(named) > MAX_PAGE:
            raise ControlError(400, f"ids has {len(named)} of them, allowed are {MAX_PAGE}")
        found = [one for name in named if (one := ask.sandbox.people.get(name)) is not None]
        return {"people": [person_view(ask, one) for one in found], "total": len(found)}
    wanted = ask.query("search").strip().casefold()
    found = [one for one in ask.sandbox.people if not one.is_bot and matches(one, wanted)]
    start, limit = ask.whole("offset", 0, 2**31), ask.whole("limit", 50, MAX_PAGE)
    return {"people": [person_view(ask, one) for one in found[start : start + limit]], "total": len(found)}


def matches(person: Person, wanted: str) -> bool:
    return not wanted or wanted in person.full_name.casefold() or person.identity_number.startswith(wanted)


CONTROLS = (Control("GET", "/people", people, "Somebody among many", ("search", "offset", "limit", "ids")),)
