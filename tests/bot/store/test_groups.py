"""Groups that the bot is in: what comes late or twice changes nothing."""

from bot.groups import Group
from bot.records import Store

from .conftest import Clock

LOUNGE, CLUB = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"


async def test_a_group_is_joined_described_and_left(store: Store, clock: Clock) -> None:
    """Joined once is news; what it is called comes later; once left it is not listed."""
    groups, since = store.groups, clock.now
    assert await groups.all() == []
    assert (await groups.join(LOUNGE, since), await groups.join(LOUNGE, clock.move(seconds=5))) == (True, False)
    await groups.join(CLUB, clock.move(seconds=5))
    await groups.describe(LOUNGE, "Lou\0nge", 5)

    assert await groups.get(LOUNGE) == Group(LOUNGE, since, "Lounge", 5)
    assert [each.conversation_id for each in await groups.all()] == [CLUB, LOUNGE]
    assert [each.conversation_id for each in await groups.all(1)] == [CLUB]
    assert (await groups.leave(LOUNGE, clock.now), await groups.leave(LOUNGE, clock.now)) == (True, False)
    assert [each.conversation_id for each in await groups.all()] == [CLUB]
    assert await groups.get(LOUNGE) is None


async def test_the_newest_event_counts(store: Store, clock: Clock) -> None:
    """A leaving that is told after the coming back, and a coming in that is told after the leaving, are passed over."""
    groups, first = store.groups, clock.now
    left, back = clock.move(minutes=1), clock.move(minutes=1)
    await groups.join(LOUNGE, first)
    await groups.leave(LOUNGE, left)
    assert await groups.join(LOUNGE, first) is False
    assert await groups.join(LOUNGE, back) is True
    assert await groups.leave(LOUNGE, left) is False
    assert [each.since for each in await groups.all()] == [back]
