"""nandbox's page: people talk with a bot there, in either language, with keys or a finger."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.async_api import Page, expect

from bot.sandbox import Sandbox
from tests.bot.sandbox.nandbox.client import Client, logged_in
from tests.bot.sandbox.page.conftest import Opener

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

NADIA = "90089584000000899"
BOB = "90089584000040002"
GROUP = "90090684000002188"
MENUS = [
    {
        "menu_ref": "M1",
        "rows": [
            {
                "row_order": 1,
                "buttons": [
                    {"button_callback": "more", "button_label": "More", "next_menu": "M2"},
                    {"button_callback": "crew", "button_label": "To the crew", "chat": GROUP},
                ],
            }
        ],
    },
    {
        "menu_ref": "M2",
        "rows": [{"buttons": [{"button_callback": "where", "button_label": "Where", "button_query": "location"}]}],
    },
]
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True}


@pytest_asyncio.fixture(loop_scope="module")
async def bot(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with logged_in(sandbox) as client:
        yield client


@asynccontextmanager
async def at_nandbox(opener: Opener, **context: Any) -> AsyncIterator[Page]:
    """The page, reached from Mixin's by its link."""
    async with opener(**context) as messenger:
        page = messenger.page
        await page.get_by_role("link", name="nandbox").click()
        await page.wait_for_url("**/nandbox/")
        await page.locator("body[data-ready]").wait_for()
        yield page


async def hear(bot: Client, method: str) -> dict[str, Any]:
    """The next frame of that method."""
    async with asyncio.timeout(30):
        while True:
            frame = await bot.get()
            if frame.get("method") == method:
                return frame


async def test_somebody_says_something_and_is_answered(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """The bot hears it, and its answer, edited once, stands in the log as text."""
    async with at_nandbox(opener) as page:
        await page.locator("#draft").fill("Good morning <b>you</b>")
        await page.locator("#draft").press("Enter")
        heard = (await hear(bot, "message"))["message"]
        ack = await bot.ask("sendMessage", chat_id=NADIA, text="Good morning", reply_to_message_id=heard["message_id"])
        log = page.get_by_role("log")
        await expect(log.locator(".row", has_text="Good morning <b>you</b>")).to_have_count(2)
        await bot.send({"method": "updateMessage", "message_id": ack["ack"]["message_id"], "text": "Good evening"})
        await expect(log.locator(".row[data-own=false]")).to_contain_text("Good evening")
        await expect(log.locator(".row[data-own=false]")).to_contain_text("edited")
        await bot.send({"method": "recallMessage", "chat_id": NADIA, "message_id": ack["ack"]["message_id"]})
        await expect(log.locator(".row[data-own=false]")).to_contain_text("This message was deleted.")
    assert heard["text"] == "Good morning <b>you</b>"


async def test_buttons_tell_the_bot_and_lead_on(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """To the next menu, to another chat, and with what the bot asks for."""
    async with at_nandbox(opener) as page:
        await bot.send({"method": "sendMessage", "chat_id": NADIA, "text": "?", "inline_menu": MENUS, "menu_ref": "M1"})
        log = page.get_by_role("log")
        await log.get_by_role("button", name="More").click()
        assert (await hear(bot, "inlineMessageCallback"))["inlineMessageCallback"]["button_callback"] == "more"
        await log.get_by_role("button", name="Where").click()
        asked = (await hear(bot, "inlineMessageCallback"))["inlineMessageCallback"]
        assert asked["button_query_result"].keys() == {"latitude", "longitude"}
        await bot.send({"method": "setChatMenu", "chat_id": NADIA, "menus": MENUS})
        await page.locator("#keypad").get_by_role("button", name="To the crew").click()
        assert (await hear(bot, "chatMenuCallback"))["chatMenuCallback"]["button_callback"] == "crew"
        await expect(page.get_by_role("heading", level=2)).to_have_text("Dock Crew")


async def test_a_stranger_starts_the_bot_first(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """Until then there is nothing to write in; stopped again, it is the same."""
    async with at_nandbox(opener) as page:
        await page.get_by_role("button", name="Be Bob").click()
        await expect(page.locator("#draft")).to_be_hidden()
        await page.get_by_role("button", name="Start Demo Bot").click()
        await expect(page.locator("#draft")).to_be_visible()
        assert (await hear(bot, "userJoinedBot"))["user"] == {"id": BOB}
        sandbox.nandbox.stop("Bob")
        await expect(page.get_by_text("You have stopped Demo Bot.")).to_be_visible()


async def test_pictures_go_both_ways(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """One's own with a caption, the bot's as a picture that loads."""
    made = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(made, "PNG")
    async with at_nandbox(opener) as page:
        await page.locator("#draft").fill("look")
        await page.locator("#picture").set_input_files(
            {"name": "a.png", "mimeType": "image/png", "buffer": made.getvalue()}
        )
        heard = (await hear(bot, "message"))["message"]
        assert (heard["type"], heard["caption"], heard["photo"]["width"]) == ("photo", "look", 64)
        await bot.send({"method": "sendPhoto", "chat_id": NADIA, "photo": heard["photo"]["id"], "caption": "back"})
        image = page.get_by_role("log").get_by_role("img", name="back")
        await expect(image).to_be_visible()
        assert await image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64


async def test_a_group_shows_who_speaks(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """Names above what others say; an answer quotes."""
    async with at_nandbox(opener) as page:
        await page.get_by_role("button", name="Dock Crew").click()
        said = sandbox.nandbox.say("Bob", "Shift starts at 8", GROUP)
        row = page.get_by_role("log").locator(".row", has_text="Shift starts at 8")
        await expect(row.locator(".sender")).to_have_text("Bob")
        await row.hover()
        await row.get_by_role("button", name="Reply to Bob").click()
        await page.locator("#draft").fill("Understood")
        await page.locator("#draft").press("Enter")
        await hear(bot, "message")
        assert (await hear(bot, "message"))["message"]["reply_to_message_id"] == said.message_id


async def test_permissions_are_ticked_and_weather_is_made(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """As the bot's owner does it, and as only a sandbox can."""
    async with at_nandbox(opener) as page:
        await page.locator("#bot-open").click()
        await page.get_by_label("Look people up").uncheck()
        await expect(page.get_by_label("Look people up")).not_to_be_checked()
        await page.get_by_role("button", name="Close").click()
        async with asyncio.timeout(30):
            while await bot.ask("getUser", user_id=NADIA) != {"error": 160017}:
                pass
        await page.locator("#weather-open").click()
        await page.locator("#weather-kind").select_option("nandbox_silence")
        await page.locator("#weather-add").click()
        await expect(page.locator("#weather-list li")).to_contain_text("No answer at all")
        await page.locator("#weather-clear").click()
        await expect(page.locator("#weather-list .empty")).to_be_visible()
        await page.locator("#weather-drop").click()
        await expect(page.get_by_text("nandbox keeps nothing for it")).to_be_attached()
    assert await bot.rest() == []


async def test_somebody_new_comes_in_chinese(opener: Opener, sandbox: Sandbox, bot: Client) -> None:
    """The words of the page follow the browser; the switch is for both pages."""
    async with at_nandbox(opener, locale="zh-CN") as page:
        await page.locator(".rail-way").first.click()
        await page.locator("#new-name").fill("小明")
        await page.locator("#new-add").click()
        await page.get_by_role("button", name="启动 Demo Bot").click()
        await expect(page.locator("#draft")).to_be_visible()
        assert sandbox.nandbox.user("小明").with_bot == {sandbox.nandbox.bot.id: "started"}
        await page.locator("#language").click()
        await expect(page.get_by_text("everybody here is made up")).to_be_visible()


@pytest.mark.parametrize(
    "context", [{}, {"color_scheme": "dark"}, PHONE, {"locale": "zh-CN"}], ids=["light", "dark", "phone", "zh"]
)
async def test_check_39_axe_finds_nothing_serious_on_nandboxs_page(
    opener: Opener, sandbox: Sandbox, bot: Client, context: dict[str, Any]
) -> None:
    """With menus, pictures, a keypad and what is rarely open; and nothing is wider than the page."""
    async with at_nandbox(opener, may_fail=True, **context) as page:
        sandbox.nandbox.say("nadia", "hello " * 40)
        await bot.send({"method": "sendMessage", "chat_id": NADIA, "text": "x" * 400, "inline_menu": MENUS})
        await bot.send({"method": "setChatMenu", "chat_id": NADIA, "menus": MENUS})
        for method, fields in (
            ("sendPhoto", {"photo": "none.jpg"}),
            ("sendDocument", {"document": "d.pdf", "name": "Rota.pdf", "size": 1024}),
            ("sendLocation", {"latitude": "30", "longitude": "31", "name": "Cairo"}),
        ):
            await bot.send({"method": method, "chat_id": NADIA, **fields})
        if "has_touch" in context:
            await page.locator("[data-conversation=bot]").click()
        await expect(page.get_by_role("log").locator(".tile", has_text="Cairo")).to_be_visible()
        await expect(page.locator("#keypad").get_by_role("button")).to_have_count(2)
        assert await findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.locator("#bot-open").click()
        assert await findings(page) == []
        await page.keyboard.press("Escape")
        await page.locator("#weather-open").click()
        assert await findings(page) == []


async def findings(page: Page) -> list[Any]:
    """What axe has to say that is serious or critical."""
    result = await Axe().run(page)
    return [(one["id"], one["nodes"][0]["html"]) for one in result.response["violations"]
            if one["impact"] in ("serious", "critical")]  # fmt: skip
