"""The pages, by plain requests: what they show, what their forms do, and what the audit has of it."""

import csv
import io
import re
from typing import Any

import pytest

from bot.broadcast import Audience, State
from bot.choosing import Choosing
from bot.ledger import AuditEntry, AuditQuery
from bot.message import Text
from bot.pace import Pace
from bot.records import DeadLetter
from bot.remembering import Remembering
from bot.steering import Steering
from bot.users import Role, User
from tests.bot.web.console.conftest import OLIVIA, OSCAR, VICTOR, Console, LogIn
from tests.fakes import ANN, BEN, said

pytestmark = pytest.mark.asyncio(loop_scope="module")
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{7*7}}'


async def deeds(console: Console) -> list[tuple[str, str]]:
    """What the audit has, newest first: who did what."""
    return [(each.actor_id, each.action) for each in await console.store.ledger.audited(AuditQuery())]


async def test_check_32_the_audit_holds_who_did_what(console: Console, log_in: LogIn) -> None:
    """Sending, pausing, recalling, forgetting, a change of role, and looking at a message: each with its time."""
    steering = Steering(console.store.ledger, OSCAR, said("").created_at)
    draft = await steering.draft({"": (Text("news"),)}, Audience())
    await steering.start(draft, undo_s=0)
    letter = said("a secret", user_id=BEN)
    await console.store.quarantine(DeadLetter("k7q2", letter, "whois", "Error", 3, letter.created_at))
    async with log_in(OSCAR) as client:
        assert "a secret" not in (await client.get("/console/delivery/k7q2"))[1]
        assert "a secret" in (await client.post("/console/delivery/k7q2"))[1]
        await client.get(f"/console/users/{BEN}")
        assert (await client.post(f"/console/users/{BEN}/said"))[0] == 200
    async with log_in(OLIVIA) as client:
        await client.get(f"/console/users/{BEN}")
        await client.post(f"/console/users/{BEN}/role", role="viewer")
        await client.post(f"/console/users/{ANN}/forget", number="40001")
        page = (await client.get("/console/audit"))[1]
        file = await client.http.get(f"{client.url}/console/audit.csv?kind=user.")
        rows = list(csv.reader(io.StringIO((await file.text()).removeprefix("\ufeff"))))

    wanted = {
        (OSCAR, "broadcast.draft"), (OSCAR, "broadcast.start"), (OSCAR, "console.login"), (OSCAR, "dead.read"),
        (OSCAR, "user.read"), (OLIVIA, "user.role"), (OLIVIA, "user.forget"),
    }  # fmt: skip
    assert wanted <= set(await deeds(console))
    for words in ("started a broadcast", "read a message", "changed a role", "forgot somebody", "Oscar", "Olivia"):
        assert words in page
    assert rows[0] == ["number", "at", "who", "action", "subject", "detail"]
    assert [row[3] for row in rows[1:]] == ["user.forget", "user.role", "user.read"]
    assert ANN not in (await file.text())
    assert await console.store.ledger.audit_broken() == 0


async def test_the_overview_resumes_what_is_paused(console: Console, log_in: LogIn) -> None:
    """Who waits is said, and one button lets it go on; a viewer has none."""
    steering = Steering(console.store.ledger, OSCAR, said("").created_at)
    draft = await steering.start(await steering.draft({"": (Text("news"),)}, Audience()), undo_s=0)
    entry = AuditEntry(said("").created_at, "", "broadcast.begin", "1")
    await console.store.ledger.move(draft.id, (State.COUNTING,), {"state": State.RUNNING}, entry)
    await steering.pause(draft, "typo")
    async with log_in(VICTOR) as client:
        page = (await client.get("/console/"))[1]
        assert "Broadcast #1 is paused" in page
        assert "typo" in page
        assert "/broadcasts/1/steer" not in page
    async with log_in(OSCAR) as client:
        assert "/broadcasts/1/steer" in (await client.get("/console/"))[1]
        await client.post("/console/broadcasts/1/steer", do="resume")
    after = await console.store.ledger.broadcast(1)
    assert after is not None
    assert after.state is State.RUNNING


async def test_people_are_found(console: Console, log_in: LogIn) -> None:
    """By name, number and id, by what is known of them; where nobody is, the page says what it looked at."""
    async with log_in(VICTOR) as client:
        for query, found in (
            ("q=ann", {"Ann"}), ("q=40002", {"Ben"}), (f"q={ANN[:13]}", None), ("role=owner", {"Olivia"}),
            ("standing=subscribed&q=be", {"Ben"}), ("active=1&q=ann", {"Ann"}), ("after=rubbish&q=ann", {"Ann"}),
        ):  # fmt: skip
            page = (await client.get(f"/console/users?{query}"))[1]
            if found is not None:
                assert set(re.findall(r"<span>(\w+)</span></a>", page)) == found, query
        assert "No user matches “bo”" in (await client.get("/console/users?q=bo"))[1]


async def test_lists_turn_by_place(console: Console, log_in: LogIn) -> None:
    """Sixty people are two pages, and nobody is on both."""
    await console.bot.hear(*(said("hi", user_id=f"9f0a0002-0000-4000-8000-{number:012}") for number in range(60)))
    async with log_in() as client:
        first = (await client.get("/console/users"))[1]
        link = re.search(r'rel="next" href="([^"]+)"', first)
        assert link is not None
        second = (await client.get(link[1].replace("&amp;", "&")))[1]
    ids = [re.findall(r'<a class="line" href="/console/users/([^"]+)"', page) for page in (first, second)]
    assert (len(ids[0]), len(ids[0]) + len(ids[1]), len({*ids[0], *ids[1]})) == (50, 65, 65)


async def test_what_is_done_with_people(console: Console, log_in: LogIn) -> None:
    """Blocking, news, tags and an answer: each once, and noted."""
    async with log_in(OSCAR) as client:
        await client.get(f"/console/users/{ANN}")
        ways: list[tuple[str, dict[str, Any]]] = [
            ("block", {}), ("unblock", {}), ("unsubscribe", {}), ("subscribe", {}), ("tag", {"tag": " VIP "}),
            ("untag", {"tag": "vip"}),
        ]  # fmt: skip
        for deed, fields in ways:
            status, page = await client.post(f"/console/users/{ANN}/{deed}", **fields)
            assert (status, 'role="status"' in page) == (200, True), deed
        _, page = await client.post(f"/console/users/{ANN}/tag", tag="<b>")
        assert "A tag has 1 to 40 letters" in page
        ticket = "11111111-2222-4333-8444-555555555555"
        for _ in range(2):
            await client.post(f"/console/users/{ANN}/reply", text="We have looked into it.", ticket=ticket)
    assert console.bot.platform.texts().count("We have looked into it.") == 1
    done = [action for actor, action in await deeds(console) if actor == OSCAR]
    assert done == ["user.reply"] * 2 + [f"user.{each}" for each in
        ("untag", "tag", "subscribe", "unsubscribe", "unblock", "block")] + ["console.login"]  # fmt: skip


async def test_forgetting_wants_the_number(console: Console, log_in: LogIn) -> None:
    """Another number deletes nothing, and whoever has a role keeps it; the right one deletes all."""
    async with log_in() as client:
        await client.get(f"/console/users/{ANN}")
        assert "nothing was deleted" in (await client.post(f"/console/users/{ANN}/forget", number="4000"))[1]
        assert "Take the role first" in (await client.post(f"/console/users/{VICTOR}/forget", number="31002"))[1]
        assert await console.store.person(ANN) is not None
        assert (
            "nothing is kept of that person" in (await client.post(f"/console/users/{ANN}/forget", number="40001"))[1]
        )
        assert (await client.get(f"/console/users/{ANN}"))[0] == 404
    assert await console.store.person(ANN) is None


async def test_the_last_owner_stays(console: Console, log_in: LogIn) -> None:
    """Nobody can lock everybody out."""
    async with log_in() as client:
        await client.get(f"/console/users/{OLIVIA}")
        assert "the only owner" in (await client.post(f"/console/users/{OLIVIA}/role", role="viewer"))[1]
    assert (await console.store.admins())[OLIVIA] is Role.OWNER


async def test_dead_letters_are_handled_again_or_dropped(console: Console, log_in: LogIn) -> None:
    """By a form each; an unknown one is a page that says so."""
    letter = said("/whois", user_id=BEN)
    await console.store.quarantine(DeadLetter("k7q2", letter, "whois", HOSTILE, 3, letter.created_at))
    async with log_in(OSCAR) as client:
        page = (await client.get("/console/delivery"))[1]
        assert "k7q2" in page
        assert "<script>" not in page
        await client.post("/console/delivery/k7q2/replay")
        assert [each.reference for each in await console.store.take_replays()] == ["k7q2"]
        await client.post("/console/delivery/k7q2/drop")
        assert "None. A message that fails" in (await client.get("/console/delivery"))[1]
        assert (await client.post("/console/delivery/k7q2/drop"))[0] == 404


async def test_what_is_chosen_takes_hold(console: Console, log_in: LogIn) -> None:
    """The rate and a sentence; nonsense is refused, and nothing means what the settings say."""
    pace, services = Pace(80_000), console.bot.services
    choosing = Choosing(services, pace)
    async with log_in() as client:
        await client.get("/console/settings")
        for wrong in ("0", "100001", "-5", "fast", "1e4"):
            assert "whole number" in (await client.post("/console/settings/rate", rate=wrong))[1]
        await client.post("/console/settings/rate", rate="1200")
        fields: dict[str, Any] = {"key": "start.welcome", "language": "en"}
        for wrong in ("{password}", "{0}", "{bot.__class__}", "{", "{bot!r}"):
            assert "Names in braces" in (await client.post("/console/settings/text", text=wrong, **fields))[1]
        await client.post("/console/settings/text", text="Welcome to {bot}!", **fields)
        await choosing.take_up()
        assert pace.rate_per_minute == 1200
        assert services.texts.get("en", "start.welcome", bot="B") == "Welcome to B!"
        await client.post("/console/settings/rate", rate="")
        await client.post("/console/settings/text", text="", **fields)
        await choosing.take_up()
    assert pace.rate_per_minute == 80_000
    assert "Hello, I am B" in services.texts.get("en", "start.welcome", bot="B")


async def test_what_is_said_is_kept_where_that_is_asked_for(console: Console, log_in: LogIn) -> None:
    """In order, with what the bot answered, as text; and gone with whoever is forgotten."""
    console.bot.services.remembering = Remembering(console.store, 30)
    await console.bot.hear(said("/ping", user_id=ANN), said(HOSTILE, user_id=ANN))
    await console.bot.services.remembering.flush()
    async with log_in() as client:
        await client.get(f"/console/users/{ANN}")
        page = (await client.post(f"/console/users/{ANN}/said"))[1]
    kept = await console.store.history.said(ANN)
    assert {each.text for each in kept if not each.ours} == {"/ping", HOSTILE}
    assert any(each.ours for each in kept)
    assert "/ping" in page
    assert "<img" not in page
    await console.store.forget(ANN)
    assert await console.store.history.said(ANN) == []


async def test_T19_hostile_names_are_text(console: Console, log_in: LogIn) -> None:
    """In every list and on every page that has one."""
    await console.store.set_profiles([User(ANN, "40001", HOSTILE)])
    await console.store.ledger.note(AuditEntry(said("").created_at, ANN, HOSTILE, HOSTILE, HOSTILE))
    async with log_in() as client:
        for path in ("/users", f"/users/{ANN}", "/audit", f"/users?q={HOSTILE}", f"/audit?subject={HOSTILE}",
                     f"/users?done={HOSTILE}", f"/login?why={HOSTILE}", f"/{HOSTILE}"):  # fmt: skip
            page = (await client.get(f"/console{path}"))[1]
            assert not re.search(r"<script>|<img src=x|\bonerror=alert\(2\)>", page), path
            assert "49" not in page or HOSTILE[:8] not in page
