"""What people call themselves, by user id; whoever is not known has no name here."""

from collections.abc import Iterable, Mapping

from bot.records import Store

OTHERS = {"": "actor.service", "cli": "actor.cli"}
"""Who is no person: keys of the catalog."""


async def names_of(store: Store, user_ids: Iterable[str]) -> Mapping[str, str]:
    """Names, or numbers where there is none."""
    names = {}
    for user_id in set(user_ids) - set(OTHERS):
        person = await store.person(user_id)
        if person is not None and (name := person.name or person.identity_number):
            names[user_id] = name
    return names
