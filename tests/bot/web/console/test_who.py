"""Who will get a broadcast: seen before it is sent, page by page, and chosen by a file, with and without a script."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import expect

from bot.broadcast import Audience
from bot.ledger import AuditEntry
from bot.message import Text
from bot.steering import Steering
from bot.web.console.upload import MOST_LINES, BadLine, read_list
from tests.bot.web.console.conftest import OLIVIA, OSCAR, VICTOR, Client, Console, LogIn, Opener
from tests.bot.web.console.test_composer import crowd, one
from tests.fakes import ANN, BEN

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = f"\ufeffname;number;user_id\r\nAnn;40001;{ANN}\r\nNobody;;\r\nOscar;;{OSCAR}\r\nStranger;;{ANN[:-1]}9\r\n" + (
    f"Bad;;<script>alert(1)</script>\r\nAnn again;;{ANN}\r\n"
)


async def test_the_list_says_who_and_why_not(console: Console, log_in: LogIn) -> None:
    """All of the audience in pages, with the reason of those who are left out; these alone on request; then no more."""
    await crowd(console.store, 60)
    await console.store.set_subscribed(BEN, subscribed=False)
    await console.store.roster.set_blocked(ANN, True, AuditEntry(datetime.now(UTC), "cli", "user.block", ANN))
    steering = Steering(console.store.ledger, OLIVIA, datetime.now(UTC))
    draft = await steering.draft({"": (Text("News"),)}, Audience())
    place = f"/console/broadcasts/{draft.number}/people"
    async with log_in() as client:
        _, page = await client.get(place)
        assert "65 people − 1 without news − 1 blocked − 0 out of reach = 63 recipients" in page
        assert 'data-why="blocked"' in page
        assert "want no news" in page
        first = re.findall(r"/console/users/([0-9a-f-]{36})", page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        assert after is not None
        _, page = await client.get(after[1].replace("&amp;", "&"))
        second = re.findall(r"/console/users/([0-9a-f-]{36})", page)
        assert (len(first), len(second), len({*first, *second})) == (50, 15, 65)
        assert 'rel="next"' not in page
        _, page = await client.get(f"{place}?excluded=1")
        assert set(re.findall(r"/console/users/([0-9a-f-]{36})", page)) == {ANN, BEN}
        await steering.start(draft, undo_s=60)
        assert "/people" not in (await client.get(place))[1].partition("<h1")[0]
    async with log_in(VICTOR) as client:
        assert (await client.get(place))[0] == 403


async def send_file(client: Client, content: bytes, path: str = "/console/broadcasts/new") -> tuple[int, str]:
    """Press “Take this file”, as a browser without a script does."""
    await client.get("/console/broadcasts/new")
    form = aiohttp.FormData()
    for name, value in {"csrf": client.csrf, "shape": "text", "body.": "Hello", "when": "now", "do": "upload"}.items():
        form.add_field(name, value)
    form.add_field("file", io.BytesIO(content), filename="people.csv", content_type="text/csv")
    async with client.http.post(client.url + path, data=form, headers={"Origin": client.url}) as answer:
        return answer.status, await answer.text()


async def test_a_file_chooses_people_and_its_bad_lines_are_named(console: Console, log_in: LogIn) -> None:
    """By the column that names people; each line that counts for nothing is said with its number and why."""
    async with log_in() as client:
        status, page = await send_file(client, FILE.encode())
        assert status == 200
        assert "2 people of the file are on the list." in page
        assert "4 lines are left out:" in page
        for line in (
            "Line 3: nobody is named.",
            f"Line 5: the bot knows nobody called {ANN[:-1]}9.",
            "Line 6: “&lt;script&gt;alert(1)&lt;/script&gt;” is neither",
            f"Line 7: {ANN} was named before.",
        ):
            assert line in page, line
        assert "= 2 recipients" in page
        assert (await one(console, 1)).audience.user_ids == (ANN, OSCAR)
        assert (await one(console, 1)).contents[""][0] == Text("Hello")


async def test_a_file_that_cannot_be_read_chooses_nobody_else(console: Console, log_in: LogIn) -> None:
    """No file, no text, too large, too many: said in words, and nothing is kept; only strangers are nobody."""
    async with log_in() as client:
        for content, words in (
            (b"\xff\xd8\xff\xe0 a picture", "no text in UTF-8"),
            (b"40001\n" * 200_000, "larger than 1 MB"),
            (b"".join(b"%d\n" % number for number in range(10_000, 10_001 + MOST_LINES)), "more than 20,000 people"),
        ):
            status, page = await send_file(client, content)
            assert (status, words in page) == (400, True), words
        assert await console.store.ledger.broadcasts() == []
        status, page = await send_file(client, b"99999\n")
        assert "Line 1: the bot knows nobody called 99999." in page
        assert "= 0 recipients" in page


async def test_files_of_every_make() -> None:
    """With and without a head, with commas, semicolons or tabs, from a spreadsheet in two bytes a character."""
    assert list(read_list(b"40001\r\n\r\n40002").lines.items()) == [("40001", 1), ("40002", 3)]
    assert list(read_list(b"Name,Number\nAnn,40001\n").lines) == ["40001"]
    assert list(read_list("\ufeffuser_id\tname\n".encode() + f"{ANN.upper()}\tAnn\n".encode()).lines) == [ANN]
    assert list(read_list("40001;Ann\n".encode("utf-16")).lines) == ["40001"]
    assert read_list(b"40001\n40001\nx").bad == [BadLine(2, "twice", "40001"), BadLine(3, "nobody", "x")]
    assert read_list(b"").lines == {}


@pytest.mark.browser
async def test_with_a_script_a_file_is_taken_and_seen(console: Console, opener: Opener, tmp_path: Path) -> None:
    """What is written meanwhile is kept; from the list that came of it one looks at who gets it, and back."""
    file = tmp_path / "people.csv"
    file.write_text(FILE)
    async with opener() as page:
        await page.goto(f"{console.url}/console/broadcasts/new")
        await page.locator("textarea[name='body.']").fill("Hello")
        await page.get_by_label("List as a file").set_input_files(file)
        await page.get_by_role("button", name="Take this file").click()
        await expect(page.locator("[data-listed]")).to_contain_text("2 people of the file are on the list.")
        await expect(page.locator("textarea[name='body.']")).to_have_value("Hello")
        await expect(page.locator("[data-sum]")).to_contain_text("= 2 recipients")
        await page.get_by_role("button", name="See list").click()
        await expect(page.locator("tbody tr")).to_have_count(2)
        await page.get_by_role("link", name="Back to the draft").click()
        await expect(page.locator("textarea[name='body.']")).to_have_value("Hello")
