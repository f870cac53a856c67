"""Connecting an account where one process runs the bot and another one answers browsers."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.cli.demo_bot import BotProcess
from tests.bot.sandbox.page.conftest import browser
from tests.e2e.connecting import READY_S, open_rig, somebody
from tests.postgres import postgres_server, postgres_url, upgraded_url

__all__ = ["browser", "postgres_server", "postgres_url", "upgraded_url"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.postgres,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]


async def test_any_process_answers_the_browser(browser: Browser, tmp_path: Path, url: str) -> None:
    """The link leads to a process that runs no bot; it takes the permission, and the bot says so from the other one."""
    shared = {"MIXBOT_DB_URL": url, "MIXBOT_FLEET": "true"}
    async with open_rig(tmp_path / "bot", **shared, MIXBOT_PORT="0") as rig:
        (tmp_path / "pages").mkdir(mode=0o700)
        told = {**rig.environ, "MIXBOT_PORT": str(rig.service.port), "MIXBOT_ROLES": "none"}
        heard = asyncio.Event()
        pages = BotProcess(
            tmp_path / "pages", told, rig.service.port,
            lambda event: heard.set() if event.get("event") == "web.listening" else None,
        )  # fmt: skip
        await pages.start()
        try:
            async with asyncio.timeout(READY_S):
                await heard.wait()
            async with somebody(rig, browser) as ann:
                await ann.say("/assets")
                assert await ann.decide(await ann.set_out()) == "/oauth/connected"
                await expect(ann.reply("I may now read your profile and assets.")).to_be_visible()
                await expect(ann.reply("BTC")).to_be_visible()
        finally:
            await pages.stop()

        assert "oauth.connected" in pages.log_path.read_text(encoding="utf-8")
        assert "oauth.connected" not in rig.log
