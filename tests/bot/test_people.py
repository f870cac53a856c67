import asyncio
from datetime import timedelta

import pytest

from bot.errors import NotKept, Unavailable
from bot.people import People, PeopleOptions
from bot.records import Store
from bot.texts import Texts
from bot.users import User
from bot.vitals import Vitals
from tests.fakes import ANN, BEN, FakePlatform, said


def people_of(store: Store, texts: Texts, platform: FakePlatform | None = None, **options: float) -> People:
    wanted = PeopleOptions(**{"profile_pause_s": 0.0, **options})  # type: ignore[arg-type]
    return People(store, platform or FakePlatform(), texts, Vitals(), wanted)


async def test_somebody_new_is_kept_before_the_answer(store: Store, texts: Texts) -> None:
    """When the person is given, the database has them, with the message they were met by and a guess of language."""
    message = said("你好")
    person = await people_of(store, texts).meet(message)

    assert person == await store.person(ANN)
    assert (person.first_message_id, person.language) == (message.id, "zh")


async def test_two_first_messages_at_once_meet_one_person(store: Store, texts: Texts) -> None:
    """Messages of one new person that arrive together agree on which was the first."""
    people = people_of(store, texts)
    first, *others = [said(f"/{number}") for number in range(20)]
    found = await asyncio.gather(people.meet(first), *(people.meet(message) for message in others))

    assert {person.first_message_id for person in found} == {first.id}


async def test_names_are_fetched_in_the_background(store: Store, texts: Texts) -> None:
    """Number and name arrive some time after the first message, and survive a messenger that is away at first."""
    platform = FakePlatform()
    platform.people[ANN] = User(ANN, "40001", "Ann")
    people = people_of(store, texts, platform)
    await people.meet(said("/x"))
    task = asyncio.create_task(people.run())
    async with asyncio.timeout(30):
        while not (await people.meet(said("/x"))).name:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    person = await store.person(ANN)

    assert person is not None
    assert (person.name, person.identity_number) == ("Ann", "40001")


async def test_a_change_does_not_lose_the_wish_for_a_name(store: Store, texts: Texts) -> None:
    """Somebody whose first message changed something is looked up, too."""
    platform = FakePlatform(people={ANN: User(ANN, "7", "Ann")})
    people = people_of(store, texts, platform)
    await people.meet(said("/stop"))
    people.forget(ANN)
    task = asyncio.create_task(people.run())
    async with asyncio.timeout(30):
        while (await people.meet(said("again"))).name != "Ann":
            await asyncio.sleep(0)
    task.cancel()


async def test_last_seen_is_written_now_and_then(store: Store, texts: Texts) -> None:
    """The hot path writes nothing; the time is in the database after a flush."""
    people = people_of(store, texts)
    first = said("/x", at=1_700_000_000)
    await people.meet(first)
    await people.meet(said("/x", at=1_700_000_600))
    before = await store.person(ANN)
    await people.flush()
    after = await store.person(ANN)

    assert before is not None
    assert after is not None
    assert before.last_seen == first.created_at
    assert after.last_seen == first.created_at + timedelta(minutes=10)


async def test_T14_people_at_hand_are_bounded(store: Store, texts: Texts) -> None:
    """Only so many people are kept in memory; the others are read again."""
    people = people_of(store, texts, at_hand=1)
    await people.meet(said("/x", user_id=ANN))
    await people.meet(said("/x", user_id=BEN))

    assert list(people._at_hand) == [BEN]
    assert (await people.meet(said("/x", user_id=ANN))).user_id == ANN


async def test_F35_a_database_that_is_away_is_waited_for(
    store: Store, texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is met who is not kept: the call waits until the database works again."""
    monkeypatch.setattr("bot.retry.RETRY_S", 0.001)
    failures = [NotKept("locked"), NotKept("locked"), Unavailable("away")]
    meet = store.meet

    async def failing(sightings: object) -> object:
        if failures:
            raise failures.pop()
        return await meet(sightings)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "meet", failing)
    person = await people_of(store, texts).meet(said("/x"))

    assert failures == []
    assert person.user_id == ANN
