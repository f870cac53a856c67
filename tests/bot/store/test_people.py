"""People: remembered once, kept up to date, and never mixed up between bots."""

import asyncio
from datetime import timedelta

from bot.records import Sighting, Store
from bot.store import Database
from bot.users import Person, Role, User

from .conftest import BOT, NOON


def sighting(user_id: str, message_id: str = "m1", **more: str) -> Sighting:
    return Sighting(user_id, f"c-{user_id}", message_id, NOON, **more)


async def remembered(store: Store, user_id: str) -> Person:
    person = await store.person(user_id)
    assert person is not None
    return person


async def test_a_new_person_is_remembered_as_first_seen(store: Store) -> None:
    """Whoever wrote is remembered with the message they were met by, to the microsecond and with a time zone."""
    met = await store.meet([sighting("anna", language="zh")])

    anna = Person("anna", "c-anna", "m1", NOON, NOON, language="zh")
    assert met == {"anna": anna}
    assert await store.person("anna") == anna
    assert anna.first_seen.utcoffset() == timedelta(0)


async def test_meeting_again_changes_nothing(store: Store) -> None:
    """The first message stays the first, within one call and over several."""
    await store.meet([sighting("anna", "m1"), sighting("anna", "m2")])
    met = await store.meet([sighting("anna", "m3"), sighting("ben", "m4")])

    assert {user_id: person.first_message_id for user_id, person in met.items()} == {"anna": "m1", "ben": "m4"}


async def test_fifty_meet_the_same_people_at_once(store: Store) -> None:
    """However many meet overlapping crowds at the same time, all agree on who was first, and nobody fails."""

    async def meet(index: int) -> dict[str, str]:
        crowd = [sighting(f"u{(index * 7 + step) % 60}", f"m{index}-{step}") for step in range(20)]
        return {user_id: person.first_message_id for user_id, person in (await store.meet(crowd)).items()}

    answers = await asyncio.gather(*(meet(index) for index in range(50)))

    agreed = {f"u{index}": {answer[f"u{index}"] for answer in answers if f"u{index}" in answer} for index in range(60)}
    assert all(len(first) == 1 for first in agreed.values()), agreed
    assert (await store.counts(NOON))["people"] == 60


async def test_more_people_than_one_select_names(store: Store) -> None:
    """A crowd of any size is met and found in one call."""
    crowd = [sighting(f"u{index}") for index in range(1203)]

    assert (await store.meet(crowd)).keys() == {each.user_id for each in crowd}
    assert len(await store.meet(crowd)) == 1203


async def test_last_seen_never_moves_backwards(store: Store) -> None:
    """A late note of an earlier time changes nothing; strangers are passed over."""
    await store.meet([sighting("anna"), sighting("ben")])
    later = NOON + timedelta(hours=1)
    await store.touch({"anna": later, "ben": NOON - timedelta(hours=1), "stranger": later})
    await store.touch({"anna": NOON})

    anna, ben = await remembered(store, "anna"), await remembered(store, "ben")
    assert (anna.last_seen, anna.first_seen) == (later, NOON)
    assert ben.last_seen == NOON
    assert await store.person("stranger") is None


async def test_profiles_are_noted_only_of_people_who_are_remembered(store: Store) -> None:
    """Number and name of known people are kept, with whatever characters; others stay unknown."""
    await store.meet([sighting("anna")])
    await store.set_profiles([User("anna", "7000", "Anna\0 🐘 'x"), User("ben", "7001", "Ben")])

    anna = await remembered(store, "anna")
    assert (anna.identity_number, anna.name) == ("7000", "Anna 🐘 'x")
    assert await store.person("ben") is None


async def test_language_and_subscription_are_kept(store: Store) -> None:
    """What a person chose is there the next time."""
    await store.meet([sighting("anna"), sighting("ben")])
    await store.set_language("anna", "zh")
    await store.set_subscribed("anna", False)

    anna, ben = await remembered(store, "anna"), await remembered(store, "ben")
    assert (anna.language, anna.subscribed) == ("zh", False)
    assert (ben.language, ben.subscribed) == ("", True)


async def test_a_language_that_was_chosen_is_not_guessed_again(store: Store) -> None:
    """What a browser prefers outranks what the first words looked like, and not what somebody chose."""
    await store.meet([sighting("anna"), sighting("ben", language="zh"), sighting("cora")])
    await store.set_language("cora", "zh")
    for who in ("anna", "ben", "cora", "nobody"):
        await store.learn_language(who, "en")

    assert [(await remembered(store, who)).language for who in ("anna", "ben", "cora")] == ["en", "en", "zh"]
    assert await store.person("nobody") is None


async def test_a_role_shows_on_the_person_and_can_be_taken(store: Store) -> None:
    """Roles are given, changed and taken, also of people who never wrote."""
    await store.meet([sighting("anna")])
    await store.set_role("anna", Role.VIEWER)
    await store.set_role("anna", Role.OWNER)
    await store.set_role("zoe", Role.OPERATOR)
    anna = await remembered(store, "anna")
    assert anna.role is Role.OWNER
    assert await store.admins() == {"anna": Role.OWNER, "zoe": Role.OPERATOR}

    await store.set_role("anna", Role.NONE)
    await store.set_role("anna", Role.NONE)

    anna = await remembered(store, "anna")
    assert anna.role is Role.NONE
    assert await store.admins() == {"zoe": Role.OPERATOR}


async def test_counts(store: Store) -> None:
    """People, subscribed, active and new ones, and dead letters, each by its own rule."""
    assert await store.counts(NOON) == {"people": 0, "subscribed": 0, "active": 0, "new": 0, "dead": 0}
    await store.meet([sighting(name) for name in ("anna", "ben", "cid")])
    await store.meet([Sighting("old", "c", "m", NOON - timedelta(days=40))])
    await store.meet([Sighting("back", "c", "m", NOON - timedelta(days=40))])
    await store.touch({"back": NOON})
    await store.set_subscribed("ben", False)

    assert await store.counts(NOON) == {"people": 5, "subscribed": 4, "active": 4, "new": 3, "dead": 0}


async def test_two_bots_share_a_database_and_nothing_else(database: Database) -> None:
    """Every row belongs to a bot: the same person is another one for another bot."""
    ours, theirs = database.bot(BOT), database.bot("another")
    await ours.meet([sighting("anna")])
    await ours.set_role("anna", Role.OWNER)
    await ours.keep_mark("m1", ())
    await ours.begin_attempts(["m1"])

    assert await theirs.person("anna") is None
    assert await theirs.admins() == {}
    assert await theirs.mark("m1") is None
    assert await theirs.begin_attempts(["m1"]) == {"m1": 0}
    assert (await theirs.meet([sighting("anna", "m9")]))["anna"].role is Role.NONE


async def test_nothing_is_asked_for_nothing(store: Store) -> None:
    """Empty lists are no mistake."""
    assert await store.meet([]) == {}
    await store.touch({})
    await store.set_profiles([])
    assert (await store.counts(NOON))["people"] == 0
