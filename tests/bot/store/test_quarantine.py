"""Dead letters: whole, found by the number that the person was told, replayed once for each request."""

from datetime import timedelta

from bot.message import Image, Message, Text
from bot.records import DeadLetter, Store
from bot.store import Database

from .conftest import NOON


def letter(message_id: str, reference: str, *, minutes: int = 0, error: str = "ValueError: x") -> DeadLetter:
    content = Text("poison \0 \U0001f418") if minutes % 2 else Image("a", "image/png", 1, 2, 3)
    message = Message(message_id, "c", "u", content, NOON, direct=False, backlog=True, quote_id="q")
    return DeadLetter(reference, message, "ping", error, 3, NOON + timedelta(minutes=minutes))


async def test_a_letter_comes_back_whole(store: Store) -> None:
    """Everything of the message and of what went wrong is there, by its reference; a wrong reference finds nothing."""
    kept = letter("m1", "K7Q2", minutes=1, error="boom \U0001f4a5")
    await store.quarantine(kept)

    assert await store.dead_letter("K7Q2") == kept
    assert await store.dead_letter("K7Q3") is None
    assert (await store.counts(NOON))["dead"] == 1


async def test_newest_first_and_no_more_than_asked(store: Store, database: Database) -> None:
    """The list begins with the newest, holds this bot's letters only, and ends where it is told."""
    letters = [letter(f"m{minute}", f"R{minute}", minutes=minute) for minute in range(5)]
    for each in (letters[2], letters[0], letters[4], letters[1], letters[3]):
        await store.quarantine(each)
    await database.bot("another").quarantine(letter("m9", "R9", minutes=9))

    assert await store.dead_letters() == letters[::-1]
    assert await store.dead_letters(2) == [letters[4], letters[3]]


async def test_the_same_message_again_replaces_its_letter(store: Store) -> None:
    """One message is one letter, the latest; a request to replay the former one is settled by it."""
    await store.quarantine(letter("m1", "R1"))
    assert await store.request_replay("R1")
    again = letter("m1", "R2", minutes=3)
    await store.quarantine(again)

    assert await store.dead_letters() == [again]
    assert await store.dead_letter("R1") is None
    assert await store.take_replays() == ()


async def test_dropped_once(store: Store) -> None:
    """Dropping says whether there was one."""
    await store.quarantine(letter("m1", "R1"))

    assert await store.drop_dead_letter("R1") is True
    assert await store.drop_dead_letter("R1") is False
    assert await store.dead_letters() == []


async def test_two_letters_of_one_short_reference(store: Store) -> None:
    """Should two references collide nothing is lost: the newer is shown and dropped first, then the older."""
    older, newer = letter("m1", "R1"), letter("m2", "R1", minutes=2)
    await store.quarantine(newer)
    await store.quarantine(older)

    assert await store.dead_letter("R1") == newer
    assert await store.drop_dead_letter("R1")
    assert await store.dead_letter("R1") == older


async def test_a_replay_is_given_out_once_for_each_request(store: Store, database: Database) -> None:
    """Requested letters are handed out oldest first, once, to their own bot, and stay dead meanwhile."""
    first, second = letter("m1", "R1"), letter("m2", "R2", minutes=2)
    for each in (second, first, letter("m3", "R3", minutes=3)):
        await store.quarantine(each)
    assert await store.request_replay("R2")
    assert await store.request_replay("R1")
    assert not await store.request_replay("R9")

    assert await database.bot("another").take_replays() == ()
    assert await store.take_replays() == [first, second]
    assert await store.take_replays() == ()
    assert await store.request_replay("R1")
    assert await store.take_replays() == [first]
    assert len(await store.dead_letters()) == 3
