import asyncio
from datetime import datetime, timedelta

import pytest

from bot.errors import CannotOpen
from bot.keyring import rotate
from bot.records import Authorization, Store, Ticket, about_authorization, about_ticket
from bot.store import Database
from bot.vault import Vault, number_of
from tests.bot.store.conftest import BOT, NOON

ANN, BEN = "ann", "ben"
OLD, NEW = Vault({1: b"1" * 32}), Vault({2: b"2" * 32, 1: b"1" * 32})


def allowed(user_id: str = ANN, *, grant_id: str = "g1", vault: Vault = OLD, **facts: object) -> Authorization:
    values: dict[str, object] = {
        "user_id": user_id,
        "grant_id": grant_id,
        "scope": "PROFILE:READ ASSETS:READ",
        "asked": "PROFILE:READ ASSETS:READ CONTACTS:READ",
        "sealed": vault.seal(b"proof of " + user_id.encode(), about_authorization(BOT, user_id)),
        "key_number": vault.current,
        "granted_at": NOON,
        "expires_at": NOON + timedelta(days=365),
    }
    return Authorization(**{**values, **facts})  # type: ignore[arg-type]


def ticket(name: str, user_id: str = ANN, *, at: datetime = NOON, vault: Vault = OLD) -> Ticket:
    sealed = vault.seal(b"verifier", about_ticket(BOT, name))
    return Ticket(name, user_id, "PROFILE:READ", at, sealed, vault.current)


async def keep(store: Store, *tickets: Ticket, since: datetime = NOON, most: int = 1000, each: int = 5) -> None:
    for one in tickets:
        await store.keep_ticket(one, since=since, most=most, most_each=each)


async def test_an_authorization_is_kept_as_it_was_given(store: Store) -> None:
    """Everything comes back; the next one of the same person takes its place."""
    first, second = allowed(notice="connected", notice_at=NOON), allowed(grant_id="g2", scope="PROFILE:READ")
    await store.keep_authorization(first)
    assert await store.authorization(ANN) == first
    await store.keep_authorization(second)

    assert await store.authorization(ANN) == second
    assert await store.authorization(BEN) is None


async def test_authorizations_belong_to_a_bot(database: Database, store: Store) -> None:
    """Another bot in the same database knows nothing of them, and can take none away."""
    other = database.bot("another")
    await store.keep_authorization(allowed(notice="connected", notice_at=NOON))
    await keep(store, ticket("t"))

    assert await other.authorization(ANN) is None
    assert await other.due_notices(NOON) == []
    assert await other.sealed_with() == {}
    assert await other.begin_ticket("t", "s", "b", NOON) is None
    assert not await other.disconnect(ANN)
    assert not await other.drop_authorization(ANN, "g1")
    assert await other.forget_sealed(1) == 0
    assert await store.authorization(ANN) is not None


async def test_T25_a_dead_grant_is_dropped_once_and_a_newer_one_stays(store: Store) -> None:
    """Of two who find a grant dead one drops it; whoever finds an old one dead leaves the new one alone."""
    await store.keep_authorization(allowed())
    assert sorted(await asyncio.gather(*(store.drop_authorization(ANN, "g1") for _ in range(5)))) == [False] * 4 + [
        True
    ]
    await store.keep_authorization(allowed(grant_id="g2"))

    assert not await store.drop_authorization(ANN, "g1")
    assert await store.authorization(ANN) is not None


async def test_T33_disconnecting_leaves_nothing(store: Store) -> None:
    """The grant and the links on their way there are gone; those of others stay."""
    await store.keep_authorization(allowed())
    await store.keep_authorization(allowed(BEN))
    await keep(store, ticket("t1"), ticket("t2", BEN))

    assert await store.disconnect(ANN)
    assert not await store.disconnect(ANN)
    assert await store.authorization(ANN) is None
    assert await store.begin_ticket("t1", "s", "b", NOON) is None
    assert await store.authorization(BEN) is not None
    assert await store.begin_ticket("t2", "s", "b", NOON) is not None


async def test_disconnecting_is_part_of_a_transaction(store: Store) -> None:
    """Within one that fails, nothing is taken back."""
    await store.keep_authorization(allowed())

    async def fail() -> None:
        async with store.transaction() as transaction:
            await transaction.disconnect(ANN)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await store.authorization(ANN) is not None


async def test_notices_are_due_in_time(store: Store) -> None:
    """What is due by now, the longest overdue first; what was told is told no more."""
    await store.keep_authorization(allowed(notice="connected", notice_at=NOON))
    await store.keep_authorization(allowed(BEN, notice="expiring", notice_at=NOON - timedelta(days=1)))
    await store.keep_authorization(allowed("cat", notice="expiring", notice_at=NOON + timedelta(seconds=1)))
    await store.keep_authorization(allowed("dan"))
    due = await store.due_notices(NOON)
    assert [each.user_id for each in due] == [BEN, ANN]
    await store.set_notice(due[0], "", None)
    await store.set_notice(due[1], "expiring", NOON + timedelta(days=300))
    await store.set_notice(allowed("cat", grant_id="older"), "", None)

    assert await store.due_notices(NOON) == []
    assert [each.user_id for each in await store.due_notices(NOON + timedelta(seconds=1))] == ["cat"]


async def test_T16_a_ticket_is_given_out_once_to_its_browser(store: Store) -> None:
    """Twenty who come back at once: one of them gets it, and only with the browser and the state it is bound to."""
    given = ticket("t")
    await keep(store, given)
    assert await store.take_ticket("", "", NOON) is None
    assert await store.begin_ticket("t", "state", "browser", NOON) == given
    assert await store.take_ticket("state", "another", NOON) is None
    assert await store.take_ticket("another", "browser", NOON) is None

    taken = await asyncio.gather(*(store.take_ticket("state", "browser", NOON) for _ in range(20)))
    assert [each for each in taken if each is not None] == [given]
    assert await store.begin_ticket("t", "state", "browser", NOON) is None


async def test_T16_the_last_browser_counts(store: Store) -> None:
    """Whoever opens a link a second time can come back from there, and no longer from the first."""
    await keep(store, ticket("t"))
    await store.begin_ticket("t", "first", "browser", NOON)
    await store.begin_ticket("t", "second", "browser", NOON)

    assert await store.take_ticket("first", "browser", NOON) is None
    assert await store.take_ticket("second", "browser", NOON) is not None


async def test_T16_tickets_grow_old(store: Store) -> None:
    """Too old, it can neither be begun nor used."""
    await keep(store, ticket("t"))
    await store.begin_ticket("t", "state", "browser", NOON)
    later = NOON + timedelta(microseconds=1)

    assert await store.begin_ticket("t", "state", "browser", later) is None
    assert await store.take_ticket("state", "browser", later) is None


async def test_T21_tickets_are_bounded(store: Store) -> None:
    """The oldest make room: of one person, and of all; and those that are too old anyway."""
    moments = [NOON + timedelta(seconds=number) for number in range(8)]
    await keep(store, *(ticket(f"a{number}", at=at) for number, at in enumerate(moments)), each=3)
    assert [number for number in range(8) if await store.begin_ticket(f"a{number}", "s", "b", NOON)] == [5, 6, 7]
    await keep(store, ticket("b", BEN, at=moments[7]), most=2)
    assert [number for number in range(8) if await store.begin_ticket(f"a{number}", "s", "b", NOON)] == [7]
    await keep(store, ticket("c", "cat", at=moments[7] + timedelta(days=1)), since=NOON + timedelta(days=1))

    assert await store.sealed_with() == {1: 1}


async def test_connecting_uses_up_all_links_of_the_person(store: Store) -> None:
    """Once somebody has allowed something, an older link in the chat does nothing."""
    await keep(store, ticket("t1"), ticket("t2", BEN))
    await store.keep_authorization(allowed())

    assert await store.begin_ticket("t1", "s", "b", NOON) is None
    assert await store.begin_ticket("t2", "s", "b", NOON) is not None


async def test_T24_keys_are_changed_while_rows_are_used(store: Store) -> None:
    """Everything is sealed anew in batches, fits its own row only, and the old key is needed no more."""
    people = [f"person-{number}" for number in range(250)]
    for user_id in people:
        await store.keep_authorization(allowed(user_id))
    await keep(store, ticket("t", "new"))
    assert await store.sealed_with() == {1: 251}

    done, kept = await asyncio.gather(rotate(NEW, store), store.keep_authorization(allowed("new", vault=NEW)))
    del kept

    assert done in (250, 251)  # the ticket goes when its person connects
    assert set(await store.sealed_with()) == {2}
    alone = Vault({2: b"2" * 32})
    for user_id in people:
        found = await store.authorization(user_id)
        assert found is not None
        assert (found.key_number, number_of(found.sealed)) == (2, 2)
        assert alone.open(found.sealed, about_authorization(BOT, user_id)) == b"proof of " + user_id.encode()
    assert await rotate(NEW, store) == 0


async def test_T24_swapped_rows_cannot_be_opened(store: Store) -> None:
    """Whoever puts Ann's grant into Ben's row has nothing of it."""
    ann = allowed()
    await store.keep_authorization(allowed(BEN, sealed=ann.sealed))
    found = await store.authorization(BEN)
    assert found is not None

    with pytest.raises(CannotOpen):
        OLD.open(found.sealed, about_authorization(BOT, BEN))
    with pytest.raises(CannotOpen):
        await rotate(NEW, store)


async def test_a_lost_key_is_forgotten_with_what_it_sealed(store: Store) -> None:
    """And nothing else."""
    await store.keep_authorization(allowed())
    await store.keep_authorization(allowed(BEN, vault=NEW))
    await keep(store, ticket("t", "cat"))

    assert await store.sealed_example(3) is None
    assert await store.forget_sealed(1) == 2
    assert await store.sealed_with() == {2: 1}
