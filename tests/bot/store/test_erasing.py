"""All that is kept of one person: handed over, deleted, and nobody else's touched."""

import hashlib

from sqlalchemy import text

from bot.message import Message, Outgoing, Text
from bot.records import DeadLetter, Sighting, Store
from bot.store import Database
from bot.store.engine import open_sync
from bot.store.location import locate
from bot.users import Role, User

from .conftest import BOT, NOON

ANNA, BEN = "9f0a0001-0000-4000-8000-000000000001", "9f0a0001-0000-4000-8000-000000000002"


async def fill(store: Store, user_id: str) -> None:
    """Something in every table that knows of people."""
    await store.meet([Sighting(user_id, f"c {user_id}", f"m {user_id}", NOON, "zh")])
    await store.set_profiles([User(user_id, "40001", f"Name of {user_id}")])
    await store.keep_mark(f"mark {user_id}", [Outgoing("r", f"c {user_id}", user_id, Text("kept answer"))])
    message = Message(f"dead {user_id}", f"c {user_id}", user_id, Text("kept words"), NOON)
    await store.quarantine(DeadLetter(user_id[-8:], message, "ping", "error", 3, NOON))
    assert await store.receive(f"snapshot {user_id}", "m1", user_id)


async def test_export_is_everything_of_one_person(store: Store) -> None:
    """Rows with readable times, answers and failed messages whole; nothing of anybody else."""
    await fill(store, ANNA)
    await fill(store, BEN)
    both = [Outgoing("r1", "c", ANNA, Text("thanks")), Outgoing("r2", "d", BEN, Text("notice to an admin"))]
    await store.keep_mark("mark both", both)

    found = await store.export(ANNA)
    assert set(found) == {"people", "answers", "failed", "receipts"}
    (person,) = found["people"]
    assert (person["user_id"], person["language"], person["first_seen"]) == (ANNA, "zh", NOON.isoformat())
    assert "bot_id" not in person
    assert [each["snapshot_id"] for each in found["receipts"]] == [f"snapshot {ANNA}"]
    assert "kept answer" in str(found["answers"])
    assert "kept words" in str(found["failed"])
    assert "thanks" in str(found["answers"])
    assert BEN not in str(found)
    assert await store.export("nobody") == {}


async def test_forgetting_leaves_the_others(store: Store, database: Database) -> None:
    """Everything of the person goes, in this bot only; somebody else's rows and roles stay."""
    other = database.bot("another bot")
    await fill(store, ANNA)
    await fill(store, BEN)
    await fill(other, ANNA)
    await store.set_role(BEN, Role.OWNER)

    await store.forget(ANNA)
    await store.forget(ANNA)

    assert await store.export(ANNA) == {}
    assert await store.person(ANNA) is None
    assert await store.mark(f"mark {ANNA}") is None
    assert set(await store.export(BEN)) >= {"people", "answers", "failed", "receipts"}
    assert set(await other.export(ANNA)) == {"people", "answers", "failed", "receipts"}
    assert await store.admins() == {BEN: Role.OWNER}


async def test_who_comes_back_is_new(store: Store) -> None:
    """After being forgotten the next message is the first."""
    await fill(store, ANNA)
    await store.forget(ANNA)
    met = await store.meet([Sighting(ANNA, "c", "m9", NOON)])

    assert (met[ANNA].first_message_id, met[ANNA].name) == ("m9", "")


async def test_a_transfer_is_announced_by_one_message(store: Store) -> None:
    """The first message that announces it, however often it comes; no other."""
    assert await store.receive("s", "m1", ANNA)
    assert await store.receive("s", "m1", ANNA)
    assert not await store.receive("s", "m2", ANNA)
    assert await store.receive("s2", "m2", ANNA)


async def test_T33_a_hash_is_all_that_is_left(store: Store, url: str) -> None:
    """One tombstone for each bot and person, that says who only to whoever knows the id."""
    await fill(store, ANNA)
    await store.forget(ANNA)
    await store.forget(ANNA)

    with open_sync(locate(url)).connect() as connection:
        left = connection.execute(text("SELECT person FROM tombstones")).scalars().all()
    assert left == [hashlib.sha256(f"{BOT} {ANNA}".encode()).hexdigest()]
