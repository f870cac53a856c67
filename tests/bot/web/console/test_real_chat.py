"""The console and the chat side by side, with the very service that runs in production between them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from bot.entrance import Entrance
from bot.sandbox import open_sandbox
from bot.sandbox.world import ALICE
from bot.store import open_store, upgrade_schema
from tests.bot.programs import bot_environment, program
from tests.bot.sandbox.page.conftest import browser
from tests.ports import free_port

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

CONTENT = ".text, .post, .button-grid, .card"
NORMAL = """
(elements) => {
  const skipped = ".hidden-text, .meta, .show-all, .stray, svg, .share";
  const named = ["text", "post-body", "button-grid", "chat-button", "label", "card", "card-text", "tile-text", "facts",
                 "text-link", "inert-link", "card-icon"];
  const shown = (node) => node.nodeType === Node.TEXT_NODE ? node.data : !node.matches(skipped);
  const normal = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const name = named.find((each) => node.classList.contains(each)) ?? node.localName;
    const link = name === "a" ? node.getAttribute("href") : "";
    return [name, link, ...[...node.childNodes].filter(shown).map(normal)];
  };
  return elements.map((each) => JSON.stringify(normal(each)));
}
"""
POST = """# Maintenance *tonight*

22:00 to **22:30**, see [the page](https://bot.example.com/x) or https://bot.example.com/y.

- one
- two
  1. deep
  2. ~~deeper~~

> quoted <b>not bold</b>

| a | b |
|:-:|--:|
| 1 | `2` |

```
code & more
```

---

Bye, {name}"""


@dataclass
class Stage:
    """Alice's chat with the bot, and the console with her in it."""

    chat: Page
    console: Page
    url: str

    @property
    def rows(self) -> Locator:
        """What the bot said."""
        return self.chat.get_by_role("log").locator('.row[data-own="false"]')

    async def compose(self, shape: str, body: str, title: str = "", link: str = "") -> None:
        page = self.console
        await page.goto(f"{self.url}/console/broadcasts/new")
        await page.locator(f"input[name=shape][value={shape}]").check()
        if title:
            await page.locator("input[name='title.']").fill(title)
        if link:
            await page.locator("input[name='link.']").fill(link)
        await page.locator("details.buttons summary").click()
        for slot, (label, action) in enumerate((("Help", "/help"), ("Home", f"{self.url}/"), ("名字 & <b>", "/me"))):
            await page.locator(f"input[name='label..{slot}']").fill(label)
            await page.locator(f"input[name='action..{slot}']").fill(action)
        await page.locator("textarea[name='body.']").fill(body)
        await expect(page.locator("[data-preview=''] .chat-button")).to_have_count(4)

    async def test(self) -> tuple[list[str], list[str]]:
        """Send a test; gives the preview and what the chat shows, in the same words."""
        before = await self.rows.count()
        await self.console.get_by_role("button", name="Send test to me").click()
        await expect(self.console.get_by_text("The test is on its way.")).to_be_visible()
        await expect(self.rows).to_have_count(before + 2)
        await expect(self.rows.last.locator(".chat-button")).to_have_count(4)
        preview = self.console.locator("[data-preview='']").locator(CONTENT)
        said = [await self.rows.nth(before + index).locator(CONTENT).evaluate_all(NORMAL) for index in range(2)]
        return await preview.evaluate_all(NORMAL), [each for some in said for each in some]


@pytest_asyncio.fixture(loop_scope="module")
async def stage(browser: Browser, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_sandbox() as sandbox:
        port = free_port()
        url = f"http://localhost:{port}"
        more = {"MIXBOT_PUBLIC_URL": url, "MIXBOT_ADMINS": ALICE, "MIXBOT_BROADCAST_UNDO_SECONDS": "0"}
        environ = bot_environment(sandbox, tmp_path, **more) | {"MIXBOT_PORT": str(port)}
        environ["MIXBOT_SECRET_KEY"] = "1:" + "A" * 43 + "="
        (tmp_path / "data").mkdir(mode=0o700)
        upgrade_schema(environ["MIXBOT_DB_URL"])
        async with program("run", cwd=tmp_path, environ=environ) as service:
            context = await browser.new_context(locale="en-US", viewport={"width": 1360, "height": 900})
            chat, console = await context.new_page(), await context.new_page()
            await chat.goto(sandbox.page_url)
            await service.says("bot.admin_added")
            await expect(chat.locator("#presence")).to_have_text("online")
            await chat.get_by_role("button", name="Say Hi").click()
            greeting = chat.get_by_role("log").locator('.row[data-own="true"]')
            await expect(greeting.get_by_role("img", name="read", exact=True)).to_be_visible()
            async with open_store(environ["MIXBOT_DB_URL"]) as database:
                link = await Entrance(database.bot(sandbox.bot_id).logins, url).link(ALICE)
            await console.goto(link)
            await console.wait_for_url(f"{url}/console/")
            yield Stage(chat, console, url)
            await context.close()


async def test_check_22_29_30_the_preview_is_what_the_chat_shows_and_recall_takes_it_back(stage: Stage) -> None:
    """Text, post, both kinds of card, and buttons: element by element the same as in the chat after a test; sent to
    everybody and recalled, the bubbles are gone, the button to stop news was on them, and who pressed it gets no more.
    """
    for shape, body, title, link in (
        ("text", "Hello, {name}!\n\n  See https://bot.example.com/a, (mixin://users/x). <b>Bye</b>", "", ""),
        ("card", "First line\nsecond", "Title {name}", ""),
        ("card", "First line\nsecond", "Old style", f"{stage.url}/"),
        ("post", POST, "", ""),
    ):
        await stage.compose(shape, body, title, link)
        preview, said = await stage.test()
        assert [json.loads(each) for each in said] == [json.loads(each) for each in preview], shape

    before = await stage.rows.count()
    await stage.console.get_by_role("button", name="Review & send").click()
    await stage.console.get_by_role("button", name="Send", exact=True).click()
    state = stage.console.locator("[data-word=state]")
    await expect(state).to_have_text("finished")
    await expect(stage.rows.nth(before + 1).locator(".chat-button", has_text="Stop news")).to_be_visible()
    recalled = stage.rows.locator(".quiet")
    assert await recalled.count() == 0
    await stage.console.get_by_role("button", name="Recall the 1 sent").click()
    await expect(state).to_have_text("recalled")
    await expect(recalled).to_have_count(2)

    await stage.chat.locator("#draft").fill("/stop")
    await stage.chat.locator("#draft").press("Enter")
    await stage.console.goto(f"{stage.url}/console/broadcasts/new")
    await stage.console.locator("textarea[name='body.']").fill("More news")
    await expect(stage.console.locator("[data-sum]")).to_contain_text("− 1 without news")
    await stage.console.get_by_role("button", name="Review & send").click()
    await expect(stage.console.get_by_text("Nobody would receive this").first).to_be_visible()
