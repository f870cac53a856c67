"""The frame around the bot's home page: looks like Mixin's browser, and the page within cannot reach the messenger."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from bot.sandbox import Sandbox
from bot.sandbox.webview.looks import Looks, read_part

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

HOME = """<!doctype html><html lang="en"><head><title>Home</title><link rel="stylesheet" href="/home.css">
<script src="/curious.js"></script></head><body><h1 id="words">Home</h1><a href="/about">About us</a>
<a href="/away">Away</a><output id="found"></output><p id="context"></p></body></html>"""
CSS = "body { background: #fff } @media (prefers-color-scheme: dark) { body { background: #123456 } }"
CURIOUS = """
addEventListener("DOMContentLoaded", () => {
  const tried = [];
  for (const act of [() => localStorage.getItem("sandbox.token"), () => parent.document.title, () => document.cookie])
    try { tried.push(String(act())); } catch (error) { tried.push(error.name); }
  document.querySelector("#found").textContent = tried.join(" ");
  document.querySelector("#context").textContent = MixinContext.getContext();
});
"""


class Bot:
    """A bot's web server; remembers what it was sent."""

    def __init__(self) -> None:
        self.headers: list[Any] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers)
        kinds = {"/": ("text/html", HOME), "/home.css": ("text/css", CSS), "/curious.js": ("text/javascript", CURIOUS)}
        if request.path == "/away":
            raise web.HTTPFound("https://elsewhere.example/x")
        if request.path == "/about":
            raise web.HTTPFound("/?from=about")
        if request.path not in kinds:
            raise web.HTTPNotFound
        kind, text = kinds[request.path]
        headers = {"Set-Cookie": "a=b", "Content-Security-Policy": "frame-ancestors 'none'"}
        return web.Response(text=text, content_type=kind, headers=headers)


@pytest_asyncio.fixture(loop_scope="module")
async def home(sandbox: Sandbox) -> AsyncIterator[Bot]:
    bot = Bot()
    served = web.Application()
    served.router.add_get("/{path:.*}", bot.answer)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sandbox.settle_bot(f"http://localhost:{runner.addresses[0][1]}")
    yield bot
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, sandbox: Sandbox, home: Bot) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 800, "height": 1000}, locale="en-US")
    opened = await context.new_page()
    await opened.goto(sandbox.page_url)
    await opened.goto(f"{sandbox.url}/w/")
    yield opened
    await context.close()


async def test_the_page_has_its_own_looks_in_the_frame(page: Page, home: Bot) -> None:
    """Style and script arrive, `MixinContext` tells the switches, and each switch changes what the page is given."""
    inside = page.frame_locator("iframe")
    await expect(inside.get_by_role("heading", name="Home")).to_be_visible()
    await expect(inside.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
    await expect(inside.locator("#context")).to_contain_text('"locale": "en-US"')
    await expect(page.locator(".title")).to_have_text("Demo Bot")
    await page.get_by_label("Dark").check()
    await expect(inside.locator("body")).to_have_css("background-color", "rgb(18, 52, 86)")
    await expect(inside.locator("#context")).to_contain_text('"appearance": "dark"')
    await page.get_by_label("Immersive").check()
    await expect(inside.locator("#context")).to_contain_text('"immersive": true')
    await expect(page.locator(".title")).to_have_count(0)
    await page.get_by_label("Locale").select_option("zh-CN")
    await expect(inside.locator("#context")).to_contain_text('"locale": "zh-CN"')
    assert home.headers[-1]["Accept-Language"] == "zh-CN"


async def test_the_capsule_does_what_it_says(page: Page, home: Bot) -> None:
    """It loads the page again, says whose it is, gives its address away, and puts it aside and back."""
    inside, capsule = page.frame_locator("iframe"), page.get_by_role("group", name="What Mixin's browser offers")
    await expect(inside.get_by_role("heading", name="Home")).to_be_visible()
    asked = len(home.headers)
    async with page.expect_response(lambda answer: "/w/site/" in answer.url):
        await capsule.get_by_role("button", name="Reload").click()
    assert len(home.headers) > asked
    await capsule.get_by_role("button", name="About").click()
    await expect(page.get_by_role("dialog")).to_contain_text("7000999001")
    await page.keyboard.press("Escape")
    await capsule.get_by_role("button", name="Share").click()
    await expect(page.get_by_role("status")).to_contain_text("http://localhost:")
    aside = capsule.get_by_role("button", name="Float")
    await aside.click()
    await expect(page.locator("iframe")).to_be_hidden()
    await aside.click()
    await expect(page.locator("iframe")).to_be_visible()


async def test_T31_the_page_in_the_frame_reaches_nothing(page: Page, home: Bot) -> None:
    """Not the messenger's storage, not its document, no cookies of any kind."""
    assert await page.evaluate("localStorage.getItem('sandbox.token')")
    await expect(page.frame_locator("iframe").locator("#found")).to_have_text(
        "SecurityError SecurityError SecurityError"
    )
    assert not any("Cookie" in one for one in home.headers)


async def test_links_stay_in_the_frame_or_say_where_they_lead(page: Page) -> None:
    """The bot's own redirects are followed, others are told."""
    inside = page.frame_locator("iframe")
    async with page.expect_event("framenavigated", lambda frame: frame.url.endswith("framed/?from=about")):
        await inside.get_by_role("link", name="About us").click()
    await expect(inside.get_by_role("heading", name="Home")).to_be_visible()
    await inside.get_by_role("link", name="Away").click()
    await expect(inside.locator("body")).to_contain_text("would go on to https://elsewhere.example/x")


async def test_check_39_axe_finds_nothing_grave(page: Page) -> None:
    """In the frame's own page, on a phone, too."""
    await page.set_viewport_size({"width": 320, "height": 700})
    found = (await Axe().run(page)).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_is_not_there_is_said(sandbox: Sandbox) -> None:
    """No home page, nobody behind it, looks that do not exist, and the policy of whatever comes."""
    async with aiohttp.ClientSession() as http:
        sandbox.settle_bot("http://localhost:9")
        async with http.get(f"{sandbox.url}/w/site/en-US.dark.framed/") as answer:
            assert (answer.status, "cannot be reached" in await answer.text()) == (502, True)
            assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
        async with http.get(f"{sandbox.url}/w/site/xx.dark.framed/") as answer:
            assert answer.status == 404
        sandbox.change_app(home_uri="")
        async with http.get(f"{sandbox.url}/w/site/en-US.dark.framed/") as answer:
            assert answer.status == 404
        async with http.get(f"{sandbox.url}/w/") as answer:
            assert "The bot has no home page." in await answer.text()


@pytest.mark.parametrize("looks", [Looks(), Looks("zh-CN", dark=True), Looks(immersive=True)])
async def test_looks_stand_in_the_address(looks: Looks) -> None:
    """And are read from it again."""
    assert read_part(looks.part) == looks
