"""Writing a broadcast in the browser: kept as it is written, shown as it will look, sent only as it was meant."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, expect

from bot.broadcast import Audience, Broadcast, State
from bot.ledger import AuditEntry
from bot.message import Button, Buttons, Post, Text
from bot.records import Sighting, Store
from bot.steering import Limits, Steering
from tests.bot.web.console.conftest import OLIVIA, OSCAR, VICTOR, Console, LogIn, Opener

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Tags(HTMLParser):
    """Which tags and attributes a browser would see in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.scripts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "script":
            self.scripts.add(" ".join(name for name, _ in attrs if name != "type"))


async def crowd(store: Store, count: int) -> None:
    """More people, who all want news."""
    now = datetime.now(UTC)
    await store.meet([Sighting(f"9f0a0002-0000-4000-8000-{n:012x}", "c", f"m{n}", now, "en") for n in range(count)])


async def drafted(console: Console, text: str) -> int:
    """A draft of Olivia's, to everybody; gives its number."""
    steering = Steering(console.store.ledger, OLIVIA, datetime.now(UTC))
    return (await steering.draft({"": (Text(text),)}, Audience())).number


async def one(console: Console, number: int) -> Broadcast:
    found = await console.store.ledger.broadcast(number)
    assert found is not None
    return found


async def saved(page: Page) -> None:
    """Wait until the server has what was written."""
    await expect(page.locator("[data-saved]")).to_contain_text("draft saved")


@pytest.mark.browser
async def test_check_22_what_is_written_survives(console: Console, opener: Opener) -> None:
    """Typed, and gone to another page without a button: it is all there again, in two languages, with its buttons."""
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/new")
        await page.get_by_label("Post (Markdown)").check()
        await page.locator("textarea[name='body.']").fill("# Maintenance tonight\n\n22:00 to **22:30**")
        await page.locator("details.buttons summary").first.click()
        await page.locator("input[name='label..0']").fill("Details")
        await page.locator("input[name='action..0']").fill("/help")
        await saved(page)
        await page.wait_for_url("**/broadcasts/1/edit")
        await expect(page.locator("[data-preview=''] .post-body .h1")).to_have_text("Maintenance tonight")
        await expect(page.locator("[data-preview=''] .chat-button")).to_have_text(["Details", "Stop news"])
        await page.get_by_role("button", name="Add", exact=True).click()
        await page.locator("textarea[name='body.zh']").fill("今晚维护")
        await expect(page.locator("[data-preview='zh'] .post-body")).to_have_text("今晚维护")
        await page.reload()
        await expect(page.locator("textarea[name='body.zh']")).to_have_value("今晚维护")
        await expect(page.locator("textarea[name='body.']")).to_have_value(
            "# Maintenance tonight\n\n22:00 to **22:30**"
        )
        await expect(page.locator("input[name='label..0']")).to_have_value("Details")

    draft = await console.store.ledger.broadcast(1)
    assert draft is not None
    assert (draft.state, draft.author_id) == (State.DRAFT, OLIVIA)
    assert draft.contents[""] == (
        Post("# Maintenance tonight\n\n22:00 to **22:30**"),
        Buttons((Button("Details", "input:/help"), Button("Stop news", "input:unsubscribe"))),
    )
    assert draft.contents["zh"][0] == Post("今晚维护")


@pytest.mark.browser
async def test_check_22_limits_are_shown_while_typing(console: Console, opener: Opener) -> None:
    """A label over 36 characters is marked, a sixth of one's own cannot be written, strange links are warned of."""
    console.bot.services.patterns = ("https://bot.example.com/",)
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/new")
        await page.locator("textarea[name='body.']").fill("Hello")
        await page.locator("details.buttons summary").click()
        for slot in range(5):
            await page.locator(f"input[name='label..{slot}']").fill("x" * 37 if not slot else f"B{slot}")
            await page.locator(f"input[name='action..{slot}']").fill("https://other.example" if slot == 1 else "/help")
        problems = page.locator("[data-problems]")
        await expect(problems).to_contain_text("has more than 36 characters")
        await expect(problems).to_contain_text("“B1” is not in the bot's Resource Patterns")
        assert await page.locator("input[name='label..5']").count() == 0
        assert await page.locator("input[name='label..0']").get_attribute("aria-invalid") == "true"
        await expect(page.locator("[data-preview=''] .chat-button")).to_have_count(6)
        await page.get_by_role("button", name="Review & send").click()
        await expect(page.get_by_role("button", name="Send", exact=True)).to_have_count(0)


@pytest.mark.browser
async def test_check_23_the_audience_adds_up(console: Console, opener: Opener) -> None:
    """The arithmetic of what is chosen, before anything is sent; nobody at all cannot be sent to, and it says why."""
    await console.store.set_subscribed(VICTOR, subscribed=False)
    await console.store.roster.tag([OLIVIA], "vip", AuditEntry(datetime.now(UTC), "cli", "users.tag"))
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/new")
        await page.locator("textarea[name='body.']").fill("Hello")
        everyone = "5 people − 1 without news − 0 blocked − 0 out of reach = 4 recipients"
        await expect(page.locator("[data-sum]")).to_have_text(everyone)
        await page.get_by_label("Tag", exact=True).first.check()
        await expect(page.locator("[data-sum]")).to_contain_text("= 1 recipients")
        await page.get_by_label("Mixin IDs or user ids").fill(f"40001\n{OSCAR}, x\n99999")
        await expect(page.locator("[data-sum]")).to_contain_text("= 2 recipients")
        await expect(page.locator("[data-problems]")).to_contain_text("2 of the pasted lines name nobody")
        await page.get_by_label("In words").last.fill("tag:nothing")
        await expect(page.locator("[data-sum]")).to_contain_text("= 0 recipients")
        await page.get_by_role("button", name="Review & send").click()
        await expect(page.locator(".note.bad")).to_contain_text("Nobody would receive this")
        await expect(page.get_by_role("button", name="Send", exact=True)).to_have_count(0)


async def test_check_23_the_sum_is_the_number_of_rows(console: Console, log_in: LogIn) -> None:
    """What the page counted before is what the ledger has after: a row for everybody, the left out skipped, and why."""
    await crowd(console.store, 20)
    await console.store.set_subscribed(VICTOR, subscribed=False)
    number = await drafted(console, "Hello")
    async with log_in() as client:
        _, page = await client.get(f"/console/broadcasts/{number}/review")
        assert "25 people − 1 without news − 0 blocked − 0 out of reach = 24 recipients" in page
        await client.post(f"/console/broadcasts/{number}/start")
    begun = await one(console, number)
    assert await console.store.ledger.freeze(begun)
    lines = await console.store.ledger.report(begun.id)
    assert len(lines) == (await one(console, number)).tally.total == 25
    assert sum(line.outcome == "waiting" for line in lines) == 24
    assert [(line.user_id, line.outcome, line.reason) for line in lines if line.outcome != "waiting"] == [
        (VICTOR, "skipped", "unsubscribed")
    ]


async def test_check_23_no_way_around_an_empty_audience(console: Console, log_in: LogIn) -> None:
    """What could not be read chooses nobody, never everybody; a form of its own making is refused as well."""
    async with log_in() as client:
        for choice, more in (("words", {"words": "all:of them"}), ("active", {"days": "x"}), ("list", {"list": "?"})):
            fields = {"shape": "text", "body.": "Hello", "choice": choice, "when": "now", "do": "review"} | more
            status, page = await client.post("/console/broadcasts/new", None, **fields)
            assert status == 400, choice
            number = re.search(r"broadcasts/(\d+)/edit", page)
            assert number is not None
            status, page = await client.post(f"/console/broadcasts/{number[1]}/start")
            assert (status, "Nobody would receive this" in page) == (400, True)
            draft = await console.store.ledger.broadcast(int(number[1]))
            assert draft is not None
            assert draft.state is State.DRAFT


@pytest.mark.browser
async def test_check_24_many_people_want_their_number_typed_and_undo_sends_to_nobody(
    console: Console, opener: Opener
) -> None:
    """Above 500 Send waits for the number; for ten seconds it can be undone, and then nobody has received it."""
    await crowd(console.store, 600)
    draft = await drafted(console, "Hello")
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/{draft}/review")
        await expect(page.locator("h1")).to_have_text("Send to 605 people as Demo Bot (7000999001)?")
        await expect(page.get_by_text("No test was sent yet.")).to_be_visible()
        send = page.get_by_role("button", name="Send", exact=True)
        await expect(send).to_be_disabled()
        await page.get_by_label("Type 605 to confirm").fill("600")
        await expect(send).to_be_disabled()
        await page.get_by_label("Type 605 to confirm").fill("605")
        await send.click()
        await expect(page.locator("[data-word=why]")).to_contain_text("Starting in")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator("[data-word=why]")).to_contain_text("Undone by Olivia: nobody received it.")

    undone = await console.store.ledger.broadcast(draft)
    assert undone is not None
    assert (undone.state, undone.tally.total) == (State.CANCELLED, 0)


async def test_check_24_the_number_is_asked_for_without_a_script_too(console: Console, log_in: LogIn) -> None:
    """A form without it, or with another number, sends nothing."""
    await crowd(console.store, 600)
    draft = await drafted(console, "Hello")
    async with log_in() as client:
        for typed in ({}, {"typed": "604"}, {"typed": ""}):
            status, page = await client.post(f"/console/broadcasts/{draft}/start", None, **typed)
            assert (status, "type the number of people, 605" in page) == (400, True)
        status, page = await client.post(f"/console/broadcasts/{draft}/start", typed="605")
        assert (status, "Starting in" in page) == (200, True)


async def test_check_21_a_viewer_neither_sees_send_nor_sends(console: Console, log_in: LogIn) -> None:
    """The pages say so in one line; a form of their own making is refused, whatever it asks for."""
    draft = await drafted(console, "Hello")
    async with log_in(VICTOR) as client:
        status, page = await client.get("/console/broadcasts")
        assert (status, "You can look but not send" in page, "New broadcast" in page) == (200, True, False)
        status, page = await client.get(f"/console/broadcasts/{draft}")
        assert (status, '<button name="do"' in page) == (200, False)
        assert (await client.get(f"/console/broadcasts/{draft}/edit"))[0] == 403
        for action in ("start", "steer", "edit", "approve", "test"):
            assert (await client.post(f"/console/broadcasts/{draft}/{action}", do="cancel"))[0] == 403, action
    unchanged = await console.store.ledger.broadcast(draft)
    assert unchanged is not None
    assert unchanged.state is State.DRAFT


async def test_two_who_write_the_same_draft(console: Console, log_in: LogIn) -> None:
    """Who saves over what somebody else wrote meanwhile is told, and nothing of either is lost."""
    draft = await drafted(console, "Hello")
    fields = {"shape": "text", "body.": "Mine", "choice": "everyone", "when": "now", "do": "save"}
    async with log_in() as client:
        _, page = await client.get(f"/console/broadcasts/{draft}/edit")
        version = re.search(r'name="version" value="([^"]+)"', page)
        assert version is not None
        async with log_in(OSCAR) as other:
            _, page = await other.get(f"/console/broadcasts/{draft}/edit")
            status, _ = await other.post(f"/console/broadcasts/{draft}/edit", None, **fields | {"body.": "Oscar's"})
            assert status == 200
        status, page = await client.post(f"/console/broadcasts/{draft}/edit", None, **fields, version=version[1])
        assert (status, "Somebody else changed this draft" in page, "Oscar" in page) == (409, True, True)
    kept = await console.store.ledger.broadcast(draft)
    assert kept is not None
    assert kept.contents[""][0] == Text("Oscar's")


@pytest.mark.browser
@pytest.mark.parametrize(
    "looks", [{}, {"locale": "zh-CN", "color_scheme": "dark", "viewport": {"width": 320, "height": 800}}]
)
async def test_check_39_pages_of_broadcasts_are_for_everybody(
    console: Console, opener: Opener, looks: dict[str, Any]
) -> None:
    """List, composer, review and the page of one, light and dark, wide and narrow, in both languages: nothing that axe
    finds, and nothing that has to be scrolled sideways.
    """
    draft = await drafted(console, "News")
    begun = await Steering(console.store.ledger, OLIVIA, datetime.now(UTC)).test(await one(console, draft), [OLIVIA])
    async with opener(**looks) as page:
        for path in ("", f"/{draft}/edit", f"/{draft}/review", f"/{begun.number}"):
            await page.goto(f"{console.url}/console/broadcasts{path}")
            found = (await Axe().run(page)).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in found] == [], path
            root = "document.documentElement"
            assert not await page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"), path


async def test_a_time_in_a_zone_and_a_copy(console: Console, log_in: LogIn) -> None:
    """Scheduled where somebody lives, kept in UTC; undone it is sent to nobody, and a copy is a draft."""
    fields = {"shape": "card", "title.": "Title", "body.": "What", "choice": "everyone", "stop": "1", "when": "at"}
    async with log_in() as client:
        await client.get("/console/broadcasts/new")
        at = {"at": "2030-12-01T09:00", "zone": "Asia/Shanghai", "do": "review"}
        status, page = await client.post("/console/broadcasts/new", None, **fields | at)
        assert (status, "Dec 1, 2030, 1:00:00\u202fAM UTC" in page) == (200, True)
        _, page = await client.get("/console/broadcasts/1/edit")
        assert 'value="2030-12-01T09:00"' in page
        status, page = await client.post("/console/broadcasts/1/start")
        assert (status, "Begins at Dec 1, 2030" in page) == (200, True)
        scheduled = await one(console, 1)
        assert (scheduled.state, scheduled.due_at) == (State.SCHEDULED, datetime(2030, 12, 1, 1, tzinfo=UTC))
        assert "nobody received it" in (await client.post("/console/broadcasts/1/steer", do="undo"))[1]
        status, page = await client.post("/console/broadcasts/1/steer", do="duplicate")
        assert (status, "This is a copy" in page, 'value="Title"' in page) == (200, True, True)
        assert (await one(console, 2)).contents == scheduled.contents
        past = {"at": "2001-01-01T00:00", "do": "review"}
        await client.post("/console/broadcasts/2/edit", None, **fields | past)
        assert "Its time is over" in (await client.post("/console/broadcasts/2/start"))[1]


async def test_T26_two_admins_in_the_console(console: Console, log_in: LogIn) -> None:
    """Above the limit the author cannot send until somebody else agrees, and nobody agrees to their own."""
    console.bot.services.limits = Limits(second_admin_over=2)
    draft = await drafted(console, "Hello")
    place = f"/console/broadcasts/{draft}"
    async with log_in() as olivia, log_in(OSCAR) as oscar:
        status, page = await olivia.post(f"{place}/start")
        assert (status, "a second admin has to agree" in page) == (403, True)
        assert (await olivia.post(f"{place}/approve"))[0] == 403
        assert "Anyone with the role of an operator may, but Olivia" in (await oscar.get(f"{place}/review"))[1]
        assert "You agreed" in (await oscar.post(f"{place}/approve"))[1]
        assert "Oscar agreed" in (await olivia.get(f"{place}/review"))[1]
        assert "Starting in" in (await olivia.post(f"{place}/start"))[1]


async def test_T19_hostile_text_in_a_broadcast_is_inert(console: Console, log_in: LogIn) -> None:
    """Whatever stands in a draft is text on every page of it, and nowhere a tag or an attribute."""
    hostile = '<img src=x onerror=alert(1)>"\'><script>1</script> [x](javascript:alert(1)) https://a.example/"onx='
    fields = {"shape": "post", "body.": hostile, "label..0": hostile[:60], "action..0": 'https://a.example/"><b>'}
    async with log_in() as client:
        await client.get("/console/broadcasts/new")
        pages = [(await client.post("/console/broadcasts/new", None, **fields, choice="everyone", do="save"))[1]]
        pages += [(await client.get(f"/console/broadcasts{path}"))[1] for path in ("", "/1/review", "/1/edit")]
    for page in pages:
        found = Tags()
        found.feed(page)
        assert found.names.isdisjoint({"img", "b", "iframe"})
        assert [
            name for name, value in found.attributes if name.startswith("on") or value.startswith("javascript:")
        ] == []
        assert found.scripts <= {"src"}
