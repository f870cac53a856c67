"""A broadcast on its page while it is sent: moving, steered by two at once, held up, failing, and found again."""

import asyncio
import csv
import io
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.broadcast import Audience, Broadcast, State
from bot.cli.progress import row_of
from bot.entrance import Entrance
from bot.errors import RateLimited, Rejected
from bot.ledger import AuditEntry, AuditQuery
from bot.message import Text
from bot.outbox import Outbox
from bot.pace import Pace
from bot.records import Sighting
from bot.sender import Sender, SenderOptions
from bot.steering import Steering
from bot.web import WebOptions, open_web
from tests.bot.programs import Mixbot, mixbot
from tests.bot.web.console.conftest import CHAT, OLIVIA, OSCAR, Client, Console, LogIn, Opener
from tests.conftest import FAST, Chat
from tests.fakes import ANN, BEN, BOT_ID
from tests.ports import free_port

__all__ = ["mixbot"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
FAR = 6_000_000
COUNTED = ("sent", "waiting", "failed", "skipped")
KEYSTORE = {
    "app_id": BOT_ID,
    "session_id": "5a4db0c5-0000-4000-8000-0000000000b1",
    "server_public_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
    "session_private_key": "11" * 32,
}
WATCH = """
() => {
  const place = document.querySelector("[data-word=progress]");
  window.seen = [];
  new MutationObserver(() => seen.push([performance.now(), Number(place.textContent.split(" ")[0].replace(/,/g, ""))]))
    .observe(place, { childList: true, characterData: true, subtree: true });
  window.lags = [];
  const tick = () => {
    const at = performance.now();
    setTimeout(() => { lags.push(performance.now() - at); tick(); }, 0);
  };
  tick();
}
"""


def late(lags: list[float]) -> float:
    """What only one in a hundred exceeds."""
    return lags[len(lags) * 99 // 100]


async def crowd(console: Console, count: int) -> None:
    """More people, who all want news."""
    now = datetime.now(UTC)
    people = [Sighting(f"9f0a0002-0000-4000-8000-{n:012x}", "c", f"m{n}", now, "en") for n in range(count)]
    await console.store.meet(people)


async def begin(console: Console, text: str = "News") -> Broadcast:
    """A broadcast to everybody that begins at once."""
    steering = Steering(console.store.ledger, OLIVIA, datetime.now(UTC))
    return await steering.start(await steering.draft({"": (Text(text),)}, Audience()), undo_s=0)


@asynccontextmanager
async def sending(console: Console, rate: int = FAR, claim: int = 1000, percent: float = 5.0) -> AsyncIterator[None]:
    """A sender at work, as in another process: it shares nothing with the console but the database."""
    services = console.bot.services
    outbox = Outbox(console.bot.platform, services.vitals, FAST, Pace(rate, cap=FAR))
    options = SenderOptions(claim=claim, poll_s=0.01, failure_pause_percent=percent)
    task = asyncio.create_task(Sender(services, outbox, options).run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def state(page: Page, said: str) -> None:
    await expect(page.locator("[data-word=state]")).to_have_text(said, timeout=30_000)


@pytest.mark.browser
async def test_check_25_ten_thousand_people_move_and_add_up(console: Console, opener: Opener) -> None:
    """Progress moves at least once a second and never backwards, the page stays quick, and the sum is whole."""
    await crowd(console, 10_000)
    begun = await begin(console)
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/{begun.number}")
        await page.evaluate(WATCH)
        await page.evaluate("() => new Promise((done) => setTimeout(done, 1000))")
        idle = sorted(await page.evaluate("lags.splice(0)"))
        async with sending(console, rate=120_000):
            await state(page, "finished")
        await expect(page.locator("[data-word=progress]")).to_have_text("10,005 of 10,005")
        seen = await page.evaluate("seen")
        lags = sorted(await page.evaluate("lags"))
        figures = {
            name: int((await page.locator(f"[data-count={name}]").inner_text()).split(" ")[0].replace(",", ""))
            for name in ("sent", "failed", "skipped", "waiting")
        }

    counts = [count for _, count in seen]
    assert counts == sorted(counts)
    assert len(set(counts)) >= (seen[-1][0] - seen[0][0]) / 1000
    assert late(lags) < 100 + late(idle), "of the page itself, beside what a busy machine takes"
    assert figures == {"sent": 10_005, "failed": 0, "skipped": 0, "waiting": 0}


@pytest.mark.browser
async def test_check_27_pause_holds_and_resume_goes_on(console: Console, opener: Opener) -> None:
    """Within two seconds of Pause nobody more is sent to; Resume says how many are left, and sends to just these."""
    await crowd(console, 2_000)
    begun = await begin(console)
    async with opener() as page, sending(console, rate=30_000):
        await page.goto(f"{console.url}/console/broadcasts/{begun.number}")
        await state(page, "running")
        await page.get_by_label("Reason").fill("typo")
        await page.get_by_role("button", name="Pause").click()
        await expect(page.locator("[data-word=why]")).to_have_text("Paused by Olivia: typo")
        await asyncio.sleep(2)
        sent = len(console.bot.platform.sent)
        await asyncio.sleep(0.5)
        assert len(console.bot.platform.sent) == sent
        paused = await console.store.ledger.broadcast_by_id(begun.id)
        assert paused.tally.waiting > 0
        await page.get_by_role("button", name=f"Resume ({paused.tally.waiting:,} left)").click()
        await state(page, "finished")

    told = [item.user_id for item in console.bot.platform.sent.values() if item.content == Text("News")]
    assert len(told) == len(set(told)) == 2_005


async def test_check_27_two_who_press_at_once(console: Console, log_in: LogIn) -> None:
    """Both see it paused; the audit has a line for each of them, and one change."""
    begun = await begin(console)
    await console.store.ledger.move(begun.id, (State.COUNTING,), {"state": State.RUNNING}, _entry("broadcast.running"))
    place = f"/console/broadcasts/{begun.number}/steer"
    async with log_in() as one, log_in(OSCAR) as other:
        answers = await asyncio.gather(one.post(place, do="pause"), other.post(place, do="pause"))

    assert [status for status, _ in answers] == [200, 200]
    assert all("Paused by" in page for _, page in answers)
    entries = await console.store.ledger.audited(AuditQuery(action="broadcast.pause", subject=str(begun.number)))
    assert sorted(each.action for each in entries) == ["broadcast.pause", "broadcast.pause_too"]
    assert {each.actor_id for each in entries} == {OLIVIA, OSCAR}


@pytest.mark.browser
async def test_check_28_held_up_it_says_so_and_goes_on(console: Console, opener: Opener) -> None:
    """Asked to slow down, the page has a sentence with the seconds; then all goes on and completes."""
    console.bot.platform.failures.append(RateLimited("slow down", code=429, retry_after_s=3.0))
    begun = await begin(console)
    async with opener() as page, sending(console):
        await page.goto(f"{console.url}/console/broadcasts/{begun.number}")
        hold = page.locator("[data-word=hold]")
        await expect(hold).to_contain_text("Mixin asked us to slow down (429). Continuing in")
        await expect(hold).to_contain_text("Nobody is skipped.")
        await state(page, "finished")
        await expect(hold).to_be_hidden()
    assert (await console.store.ledger.broadcast_by_id(begun.id)).tally.sent == 5


@pytest.mark.browser
async def test_check_28_29_too_many_failures_pause_it_and_are_grouped(console: Console, opener: Opener) -> None:
    """Over the limit it pauses by itself with the reason; failures stand by reason, the CSV has each of them, Retry
    sends to these alone; Recall takes back what was sent.
    """
    platform = console.bot.platform
    refused = {"Hi Ann": Rejected("no such thing", code=10002), "Hi Ben": Rejected("no such thing", code=10002)}
    platform.refuse = dict(refused)
    begun = await begin(console, "Hi {name}")
    async with opener() as page, sending(console):
        await page.goto(f"{console.url}/console/broadcasts/{begun.number}")
        await state(page, "paused")
        await expect(page.locator("[data-word=why]")).to_have_text("Paused by itself: failures 40 % (limit 5 %)")
        await expect(page.locator("[data-nodes=failures] li")).to_have_text("2 × failed: 10002 no such thing")
        async with page.expect_download() as found:
            await page.get_by_role("link", name="Report as CSV").click()
        report = (await (await found.value).path()).read_text("utf-8-sig")
        platform.refuse = {}
        before = set(platform.sent)
        await page.get_by_role("button", name="Retry 2 failed").click()
        await state(page, "finished")
        again = {item.user_id for id_, item in platform.sent.items() if id_ not in before}
        await page.get_by_role("button", name="Recall the 5 sent").click()
        await state(page, "recalled")
        recalls = await _recalled(console)

    rows = list(csv.DictReader(io.StringIO(report)))
    assert {row["user_id"] for row in rows if row["outcome"] == "failed"} == {ANN, BEN}
    assert len(rows) == 5
    assert {ANN, BEN} <= again <= {ANN, BEN, OLIVIA}  # Olivia is told that it is finished
    assert recalls == 5


@pytest.mark.browser
async def test_check_31_the_page_finds_its_way_back(console: Console, opener: Opener) -> None:
    """The server is away and comes back, then the network: without a reload the page shows what is."""
    port = free_port()
    url = f"http://localhost:{port}"
    services = console.bot.services
    begun = await begin(console)
    services.entrance = entrance = Entrance(console.store.logins, url)
    options = WebOptions(port=port, public_url=url, chat_url=CHAT)
    async with opener("", may_fail=True) as page:
        async with open_web(services, console.bot.dispatcher.observe, options):
            await page.goto(await entrance.link(OLIVIA))
            await page.wait_for_url(f"{url}/console/")
            await page.goto(f"{url}/console/broadcasts/{begun.number}")
            await state(page, "about to begin")
            await page.evaluate("window.mine = true")
        await expect(page.locator("[data-live-page] [data-line]")).to_have_text(
            "Live updates lost, retrying…", timeout=30_000
        )
        async with sending(console), open_web(services, console.bot.dispatcher.observe, options):
            await state(page, "finished")
            await expect(page.locator("[data-live-page] [data-line]")).to_have_text("")
            await page.context.set_offline(True)
            await Steering(console.store.ledger, OSCAR, datetime.now(UTC)).recall(await _now(console, begun))
            await page.context.set_offline(False)
            await state(page, "recalled")
            assert await page.evaluate("window.mine")


@pytest.mark.browser
async def test_check_31_without_a_script_the_page_renews_itself(console: Console, opener: Opener) -> None:
    """It is whole from the beginning, and shows the end without anybody doing anything."""
    begun = await begin(console)
    async with opener(java_script_enabled=False) as page:
        await page.goto(f"{console.url}/console/broadcasts/{begun.number}")
        await state(page, "about to begin")
        async with sending(console):
            await state(page, "finished")
        await expect(page.locator("[data-count=sent]")).to_have_text("5")


async def test_check_32_the_audit_says_who_did_what(console: Console, log_in: LogIn) -> None:
    """Send, pause, resume, rate, cancel, report, recall: each with its actor, in order, in audit and page."""
    steering = Steering(console.store.ledger, OLIVIA, datetime.now(UTC))
    draft = await steering.draft({"": (Text("News"),)}, Audience())
    place = f"/console/broadcasts/{draft.number}"
    async with log_in() as olivia, log_in(OSCAR) as oscar:
        await olivia.post(f"{place}/start")
        running = {"state": State.RUNNING}
        await console.store.ledger.move(draft.id, (State.COUNTING,), running, _entry("broadcast.running"))
        await oscar.post(f"{place}/steer", do="pause", reason="typo")
        await olivia.post(f"{place}/steer", do="rate", rate="600")
        await oscar.post(f"{place}/steer", do="resume")
        await oscar.get(f"{place}/report.csv")
        _, page = await olivia.post(f"{place}/steer", do="cancel")
        whole = await begin(console, "Other news")
        async with sending(console):
            await until_ended(console, whole)
        await olivia.post(f"/console/broadcasts/{whole.number}/steer", do="recall")
    recalls = await console.store.ledger.audited(AuditQuery(action="broadcast.recall", subject=str(whole.number)))
    assert {(each.actor_id, each.action) for each in recalls} >= {(OLIVIA, "broadcast.recall")}
    entries = await console.store.ledger.audited(AuditQuery(action="broadcast.", subject=str(draft.number)))

    assert [(each.action.partition(".")[2], each.actor_id, each.detail) for each in reversed(entries)] == [
        ("start", OLIVIA, ""), ("running", "", ""), ("pause", OSCAR, "typo"), ("rate", OLIVIA, "600"),
        ("resume", OSCAR, ""), ("report", OSCAR, ""), ("cancel", OLIVIA, ""),
    ]  # fmt: skip
    for line in ("started by Olivia", "paused by Oscar: typo", "cancelled by Olivia"):
        assert line in page


async def test_counts_agree_at_every_moment(console: Console, log_in: LogIn) -> None:
    """Chat, command line, console, report and ledger say the same, looked at again and again while it is sent."""
    await crowd(console, 60)
    platform, chat = console.bot.platform, Chat(console.bot)
    platform.refuse = {"Hi Ann": Rejected("no", code=10002)}
    await console.store.set_subscribed(BEN, subscribed=False)
    begun = await begin(console, "Hi {name}")
    moments = set()
    async with log_in() as client, sending(console, rate=2000, claim=9, percent=100):
        while True:
            broadcast = await _now(console, begun)
            answers = await chat(f"/broadcast show {begun.number}", user_id=OLIVIA)
            said = next(each for each in answers if each.startswith(f"#{begun.number} "))  # the news may come as well
            _, page = await client.get(f"/console/broadcasts/{begun.number}")
            lines = await console.store.ledger.report(begun.id)
            if (await _now(console, begun)).tally != broadcast.tally:
                continue  # it went on while it was looked at
            tally, row = broadcast.tally, row_of(broadcast)
            shown = re.search(r'data-word="progress">([\d,]+) of ([\d,]+)<', page)
            assert shown is not None
            if tally.total:
                assert f"{tally.sent} of {tally.total} sent · {tally.waiting} waiting · {tally.failed} failed" in said
            assert (int(shown[1]), int(shown[2])) == (tally.total - tally.waiting, tally.total)
            assert (row["sent"], row["failed"], row["skipped"]) == (tally.sent, tally.failed, tally.skipped)
            counted = {name: sum(1 for line in lines if line.outcome == name) for name in ("sent", "failed", "skipped")}
            assert counted == {"sent": tally.sent, "failed": tally.failed, "skipped": tally.skipped}
            moments.add(tally)
            if broadcast.state is State.FINISHED:
                break

    assert (tally.sent, tally.failed, tally.skipped) == (63, 1, 1)
    assert len(moments) > 1


@dataclass(frozen=True)
class Desk:
    """Everybody who says how a broadcast goes, and each in their own words."""

    console: Console
    client: Client
    mixbot: Mixbot
    home: Path

    async def sample(self, number: int) -> tuple[str, dict[str, int]]:
        """The state and the counts, once all five have said the same: the ledger's, and nobody sends meanwhile."""
        broadcast = await self.console.store.ledger.broadcast(number)
        assert broadcast is not None
        tally = broadcast.tally
        counts = {name: getattr(tally, name) for name in COUNTED}
        order = ("broadcast", "status", str(number), "--json")
        said = await asyncio.to_thread(partial(self.mixbot, *order, **self.variables))
        assert said.code == 0, said.err
        status = said.json
        assert {name: status[name] for name in COUNTED} == counts
        assert status["state"] == broadcast.state

        answers = await Chat(self.console.bot)(f"/broadcast show {number}", user_id=OLIVIA)
        shown = next(each for each in answers if each.startswith(f"#{number} "))
        words = "{sent} of {total} sent · {waiting} waiting · {failed} failed · {skipped} skipped"
        assert words.format(total=tally.total, **counts) in shown

        _, page = await self.client.get(f"/console/broadcasts/{number}")
        figures = re.findall(r'data-count="(\w+)"[^>]*>([\d,]+)', page)
        assert {name: int(figure.replace(",", "")) for name, figure in figures if name in COUNTED} == counts

        _, report = await self.client.get(f"/console/broadcasts/{number}/report.csv")
        rows = list(csv.DictReader(io.StringIO(report.removeprefix("\ufeff"))))
        found = Counter("waiting" if row["outcome"] == "sending" else row["outcome"] for row in rows)
        assert {name: found[name] for name in COUNTED} == counts
        return broadcast.state, counts

    @property
    def variables(self) -> dict[str, str]:
        """The command line's, for this bot and its database."""
        keystore = self.home / "keystore.json"
        keystore.touch(mode=0o600)
        keystore.write_text(json.dumps(KEYSTORE))
        return {"MIXIN_KEYSTORE_PATH": str(keystore), "MIXBOT_DB_URL": f"sqlite:///{self.home / 'bot.db'}"}


async def test_counts_agree_in_every_state(console: Console, log_in: LogIn, mixbot: Mixbot, tmp_path: Path) -> None:
    """Running, paused, cancelled and finished, with failures and people who want no news: chat, command line, console,
    report and ledger say the same.
    """
    await crowd(console, 60)
    console.bot.platform.refuse = {"Hi Ann": Rejected("no", code=10002)}
    await console.store.set_subscribed(BEN, subscribed=False)
    steering = Steering(console.store.ledger, OLIVIA, datetime.now(UTC))
    begun = await begin(console, "Hi {name}")
    seen: dict[str, dict[str, int]] = {}
    async with log_in() as client:
        desk = Desk(console, client, mixbot, tmp_path)
        async with sending(console, rate=1200, claim=9, percent=100):
            await until_sent(console, begun, 10)
        seen |= dict([await desk.sample(begun.number)])
        await steering.pause(await _now(console, begun), "look")
        seen |= dict([await desk.sample(begun.number)])
        await steering.resume(await _now(console, begun))
        async with sending(console, rate=1200, claim=9, percent=100):
            await until_sent(console, begun, seen["paused"]["sent"] + 5)
        await steering.cancel(await _now(console, begun))
        seen |= dict([await desk.sample(begun.number)])
        whole = await begin(console, "Hi {name}!")
        console.bot.platform.refuse = {"Hi Ann!": Rejected("no", code=10002)}
        async with sending(console, percent=100):
            await until_ended(console, whole)
        seen |= dict([await desk.sample(whole.number)])

    assert list(seen) == ["running", "paused", "cancelled", "finished"]
    assert seen["running"] == seen["paused"]
    assert seen["finished"] == {"sent": 63, "waiting": 0, "failed": 1, "skipped": 1}
    assert all(counts["failed"] == 1 for counts in seen.values())
    assert 0 < seen["paused"]["sent"] < seen["cancelled"]["sent"] < 63


async def until_sent(console: Console, broadcast: Broadcast, number: int) -> None:
    async with asyncio.timeout(60):
        while (await _now(console, broadcast)).tally.sent < number:
            await asyncio.sleep(0.02)


async def until_ended(console: Console, broadcast: Broadcast) -> None:
    async with asyncio.timeout(60):
        while (await _now(console, broadcast)).state is not State.FINISHED:
            await asyncio.sleep(0.02)


async def _now(console: Console, broadcast: Broadcast) -> Broadcast:
    return await console.store.ledger.broadcast_by_id(broadcast.id)


async def _recalled(console: Console) -> int:
    """How many messages were taken back, once there are no more to take back."""
    async with asyncio.timeout(30):
        while await console.store.ledger.due(datetime.now(UTC)):
            await asyncio.sleep(0.02)
    return sum(1 for item in console.bot.platform.sent.values() if type(item.content).__name__ == "Recall")


def _entry(action: str) -> AuditEntry:
    return AuditEntry(datetime.now(UTC), "", action, "1")
