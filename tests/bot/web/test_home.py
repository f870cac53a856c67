from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.web import WebOptions, open_web
from tests.conftest import Bot, OpenBot

CHAT = "https://mixin.example/users/bot"


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Bot]:
    async with open_bot() as opened:
        yield opened


async def home(bot: Bot, language: str = "en") -> str:
    async with (
        open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0, chat_url=CHAT)) as port,
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/", headers={"Accept-Language": language}) as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        return await answer.text()


async def test_the_home_page_says_who_the_bot_is(bot: Bot) -> None:
    """Name and number, what it does, and the way to it; in the browser's language."""
    english, chinese = await home(bot), await home(bot, "zh-CN")

    assert "<h1>Demo Bot</h1>" in english
    assert "A bot in Mixin Messenger, Mixin ID 7000999001" in english
    assert f'<a class="button" href="{CHAT}">Open in Mixin</a>' in english
    assert "Mixin Messenger 里的机器人，Mixin ID 7000999001" in chinese
    assert "在 Mixin 中打开" in chinese


async def test_the_home_page_says_what_the_bot_may_see(bot: Bot) -> None:
    """Everything that people can ever be asked for, and how to take it back; nothing of it where nobody is asked."""
    page = await home(bot)
    for words in ("assets", "transfers", "contacts", "/connect", "/disconnect"):
        assert words in page
    assert "phone" not in page
    bot.services.grants = None

    assert "/connect" not in await home(bot)


async def test_T19_hostile_text_on_the_home_page_is_inert(bot: Bot) -> None:
    """A name is text, and a link that a browser must not follow is left out."""
    bot.services.name = "<script>alert(1)</script>"
    bot.services.source_url = "javascript:alert(2)"
    bot.services.privacy_url = 'https://bot.example/p"onclick="alert(3)'
    page = await home(bot)

    assert "<h1>&lt;script&gt;alert(1)&lt;/script&gt;</h1>" in page
    assert "<script" not in page
    assert "alert(2)" not in page
    assert '"onclick' not in page
    assert ">Privacy</a>" in page


async def test_the_home_page_before_anything_is_known(bot: Bot) -> None:
    """Right after the start it is short, and still a page."""
    bot.services.name = bot.services.number = ""
    page = await home(bot)

    assert "<h1>mixbot</h1>" in page
    assert "A bot in Mixin Messenger" in page
