"""What the console keeps, on both engines: ways in, sessions, choices, and what was said."""

from datetime import timedelta

from bot.entrance import Entered, Entrance, Login
from bot.ledger import AuditEntry
from bot.records import Sighting, Store
from bot.said import Said

from .conftest import NOON, Clock

ANN = "9f0a0001-0000-4000-8000-000000000001"
BEN = "9f0a0001-0000-4000-8000-000000000002"
ENTRY = AuditEntry(NOON, ANN, "settings.change")


def entrance(store: Store, clock: Clock) -> Entrance:
    return Entrance(store.logins, "https://bot.example", timedelta(hours=1), now=clock)


async def test_a_link_is_used_up_with_the_session_that_it_begins(store: Store, clock: Clock) -> None:
    """Once, within ten minutes; the session ends after its hour, by leaving, and everywhere at once."""
    way = entrance(store, clock)
    token = (await way.link(ANN)).partition("?t=")[2]
    entered = await way.enter(token)
    assert isinstance(entered, Entered)
    assert entered.session.user_id == ANN
    again = await way.enter(token)
    assert isinstance(again, Login)
    assert again.used_at == NOON
    assert await way.enter("another") is None

    other = await way.admit(ANN)
    assert (await way.session(entered.token), await way.session(other.token)) == (entered.session, other.session)
    await way.leave(entered.token)
    assert await way.session(entered.token) is None
    await store.logins.end_sessions(ANN)
    assert await way.session(other.token) is None

    late = (await way.link(BEN)).partition("?t=")[2]
    last = await way.admit(BEN)
    clock.move(minutes=11)
    found = await way.enter(late)
    assert isinstance(found, Login)
    assert (found.used_at, way.works(found)) == (None, False)
    clock.move(minutes=50)
    assert await way.session(last.token) is None


async def test_T21_links_are_bounded(store: Store, clock: Clock) -> None:
    """Five of the same person; those of yesterday go."""
    way = entrance(store, clock)
    links = []
    for _ in range(7):
        clock.move(seconds=1)
        links.append((await way.link(ANN)).partition("?t=")[2])
    assert [await way.whose(each) is not None for each in links] == [False] * 2 + [True] * 5
    clock.move(days=2)
    await way.link(BEN)
    assert [await way.whose(each) for each in links] == [None] * 7


async def test_T24_neither_links_nor_cookies_are_kept(store: Store, clock: Clock) -> None:
    """Only hashes, which are in no export either; with the person goes all of it."""
    way = entrance(store, clock)
    await store.meet([Sighting(ANN, "c", "m", NOON)])
    token = (await way.link(ANN)).partition("?t=")[2]
    entered = await way.admit(ANN)
    login = await way.whose(token)
    assert login is not None
    assert token not in login.key
    assert entered.token not in entered.session.key
    assert not {"logins", "sessions"} & set(await store.export(ANN))
    await store.forget(ANN)
    assert (await way.whose(token), await way.session(entered.token)) == (None, None)


async def test_a_choice_replaces_and_is_taken_back(store: Store) -> None:
    """The last one holds; an empty one is none."""
    for value in ("100", "200"):
        await store.choices.choose("broadcast.rate", value, ENTRY)
    assert await store.choices.choices() == {"broadcast.rate": "200"}
    await store.choices.choose("broadcast.rate", "", ENTRY)
    assert await store.choices.choices() == {}
    assert len(await store.ledger.audit()) == 3


async def test_what_was_said_is_listed_exported_and_deleted(store: Store) -> None:
    """Newest first, the same message once; old ones go, and those of whoever is forgotten."""
    said = [
        Said(who, f"m{number}", NOON + timedelta(days=number), bool(number % 2), "text", f"{number}\0")
        for who in (ANN, BEN)
        for number in range(4)
    ]
    await store.history.keep_said(said)
    await store.history.keep_said(said[:2])
    assert [each.message_id for each in await store.history.said(ANN, 3)] == ["m3", "m2", "m1"]
    await store.history.prune_said(NOON + timedelta(days=2))
    assert [(each.text, each.ours) for each in await store.history.said(ANN)] == [("3", True), ("2", False)]
    assert len((await store.export(ANN))["said"]) == 2
    await store.forget(ANN)
    assert (await store.history.said(ANN), len(await store.history.said(BEN))) == ([], 2)
