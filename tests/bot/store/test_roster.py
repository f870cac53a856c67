"""Everybody whom the bot knows, on both engines: found, paged, tagged, blocked, and forgotten in the ledger too."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.audience import Misread, audience_text, read_audience
from bot.broadcast import Audience, Outcome
from bot.ledger import AuditEntry, AuditQuery
from bot.message import Text
from bot.records import Authorization, Sighting, Store
from bot.roster import RosterQuery, Standing, tag_of
from bot.steering import Steering
from bot.store import Database
from bot.store.engine import open_sync
from bot.store.location import locate
from bot.users import Role, User

from .conftest import NOON

ENTRY = AuditEntry(NOON, "cli", "users.test", "somebody")


def who(number: int) -> str:
    return f"9f0a0001-0000-4000-8000-{number:012x}"


async def fill(store: Store, count: int = 7) -> None:
    """People who came one after the other, every other speaks Chinese; one more only allowed something."""
    for number in range(count):
        at = NOON + timedelta(seconds=number)
        await store.meet([Sighting(who(number), "c", f"m{number}", at, "zh" if number % 2 else "en")])
    await store.set_profiles([User(who(number), str(40_000 + number), f"Person {number}") for number in range(count)])
    granted = Authorization(who(900), "g", "PROFILE:READ", "PROFILE:READ", b"s", 1, NOON, NOON + timedelta(days=365))
    await store.keep_authorization(granted)


async def listed(store: Store, **query: str | int) -> list[str]:
    page = await store.roster.page(RosterQuery(**query), NOON)  # type: ignore[arg-type]
    count = await store.roster.count(RosterQuery(**query), NOON)  # type: ignore[arg-type]
    assert count == len(page.people)
    return [str(int(each.user_id[-4:], 16)) for each in page.people]


async def test_a_page_after_the_other(store: Store) -> None:
    """Newest first, everybody once, whatever comes meanwhile; who never wrote is among them."""
    await fill(store)
    first = await store.roster.page(RosterQuery(), NOON, limit=3)
    await store.meet([Sighting(who(50), "c", "m50", NOON + timedelta(hours=1))])
    second = await store.roster.page(RosterQuery(), NOON, after=first.next, limit=3)
    third = await store.roster.page(RosterQuery(), NOON, after=second.next, limit=3)

    seen = [each.user_id for page in (first, second, third) for each in page.people]
    assert seen == [who(6), who(5), who(4), who(3), who(2), who(1), who(900), who(0)]
    assert third.next == ""
    oauth = third.people[0]
    assert (oauth.standing, oauth.scopes, oauth.first_seen) == (Standing.NEVER_WROTE, "PROFILE:READ", None)


async def test_search_and_filters(store: Store) -> None:
    """By name, number and id, language, role, tag and standing; a per cent sign is only itself."""
    await fill(store)
    await store.set_role(who(2), Role.OWNER)
    await store.set_subscribed(who(4), subscribed=False)
    assert await store.roster.tag([who(1), who(3), who(777)], "vip", ENTRY) == 2
    assert await store.roster.tag([who(1)], "vip", ENTRY) == 0
    assert await store.roster.set_blocked(who(5), True, ENTRY)
    assert not await store.roster.set_blocked(who(5), True, ENTRY)

    assert await listed(store, search="person 3") == ["3"]
    assert await listed(store, search="40002") == ["2"]
    assert await listed(store, search=who(6).upper()) == ["6"]
    assert await listed(store, search="%") == []
    assert await listed(store, language="zh") == ["5", "3", "1"]
    assert await listed(store, role="owner") == ["2"]
    assert await listed(store, tag="vip") == ["3", "1"]
    assert await listed(store, standing="unsubscribed") == ["4"]
    assert await listed(store, standing="blocked") == ["5"]
    assert await listed(store, standing="never_wrote") == await listed(store, standing="connected") == ["900"]
    assert await store.roster.tags() == {"vip": 2}
    assert await store.roster.blocked() == {who(5)}
    assert await store.roster.languages() == {"en": 4, "zh": 3}
    ann = await store.roster.known("40001")
    assert ann is not None
    assert (ann.user_id, ann.tags, ann.standing) == (who(1), ("vip",), Standing.SUBSCRIBED)
    assert await store.roster.untag([who(1)], "vip", ENTRY) == 1


async def test_audiences_by_tag_and_day(store: Store) -> None:
    """What the words say is what the arithmetic counts; a segment is such words under a name."""
    await fill(store)
    await store.roster.tag([who(1), who(2), who(3), who(900)], "vip", ENTRY)
    await store.roster.keep_segment("fans", read_audience("tag:vip", {}), ENTRY)
    segments = await store.roster.segments()
    later = NOON + timedelta(days=1)

    for words, expected in (
        ("everyone", 8), ("tag:vip", 4), ("segment:fans", 4), ("segment:fans lang:zh", 2), ("lang:zh,tag:vip", 2),
        ("joined>2026-03-01", 7), ("joined>2026-03-02", 0), ("active:30d", 7),
    ):  # fmt: skip
        audience = read_audience(words, segments, ("en", "zh"))
        assert (await store.ledger.arithmetic(audience, later)).recipients == expected, words
    assert audience_text(read_audience("segment:fans lang:zh", segments)) == "lang:zh,tag:vip"
    for wrong in ("lang:xx", "active:0d", "role:king", "segment:none", "joined>tomorrow", "vip"):
        with pytest.raises(Misread):
            read_audience(wrong, segments, ("en", "zh"))
    assert await store.roster.drop_segment("fans", ENTRY)
    assert await store.roster.segments() == {}


@pytest.mark.parametrize("wrong", ["", "two words", "x" * 41, "-", "a--b", "tag:x"])
def test_what_is_no_tag(wrong: str) -> None:
    """A tag is one word, so that it can stand among others in a line."""
    with pytest.raises(ValueError):
        tag_of(wrong)
    assert tag_of(" VIP_2 ") == "vip_2"


async def test_T26_nobody_changes_the_audit_unseen(store: Store, database: Database, url: str) -> None:
    """A changed entry, and one that is gone, break the chain where they stood; each bot has a chain of its own."""
    for number in range(6):
        await store.ledger.note(AuditEntry(NOON, "cli", "broadcast.test", str(number), "detail"))
    await database.bot("another bot").ledger.note(ENTRY)
    assert await store.ledger.audit_broken() == 0
    found = await store.ledger.audited(AuditQuery(action="broadcast.", before_number=5, limit=2))
    assert [(each.subject, each.number) for each in found] == [("3", 4), ("2", 3)]

    with open_sync(locate(url)).begin() as connection:
        connection.execute(text("UPDATE audit SET detail = 'nothing' WHERE number = 4 AND subject = '3'"))
    assert await store.ledger.audit_broken() == 4
    with open_sync(locate(url)).begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE number = 2"))
    assert await store.ledger.audit_broken() == 2 + 1
    assert await database.bot("another bot").ledger.audit_broken() == 0


async def test_who_is_forgotten_keeps_the_sums_right(store: Store, url: str) -> None:
    """In a broadcast that runs, a row without a name stays, skipped with its reason; the audit still holds together."""
    await fill(store)
    steering = Steering(store.ledger, "cli", NOON + timedelta(days=1))
    begun = await steering.start(await steering.draft({"": (Text("x"),)}, Audience()), undo_s=0)
    await store.ledger.freeze(begun)
    await store.roster.set_blocked(who(2), True, AuditEntry(NOON, "cli", "users.block", who(2)))
    await store.roster.forget(who(2), AuditEntry(NOON, "cli", "users.forget", who(2)))

    lines = await store.ledger.report(begun.id)
    assert [line.user_id for line in lines if line.outcome == Outcome.SKIPPED] == [""]
    assert [line.reason for line in lines if line.outcome == Outcome.SKIPPED] == ["forgotten"]
    tally = (await store.ledger.broadcast_by_id(begun.id)).tally
    assert (tally.total, tally.skipped, tally.waiting) == (8, 1, 7)
    assert await store.ledger.audit_broken() == 0
    assert who(2) not in str(await store.ledger.audit(50))
    with open_sync(locate(url)).connect() as connection:
        for table in ("audit", "recipients", "people", "tags"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert who(2) not in str(rows), table
