"""The page with the very service that runs in production behind it: what a newcomer types, taps and sees."""

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.command import discover
from bot.sandbox import Sandbox
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.e2e.service import PATIENT, ROOT, Nursery

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
HOSTILE = '<img/src=x/onerror="document.title=1"><script>document.title=1</script>\u202e\u200b\U0001f600\x1b[31m\x07'


@pytest_asyncio.fixture(loop_scope="module")
async def log(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Path]:
    """The service is started; this is where it logs."""
    keystore = tmp_path / "keystore.json"
    keystore.write_text(json.dumps(sandbox.keystore))
    keystore.chmod(0o600)
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error",
        "MIXIN_KEYSTORE_PATH": str(keystore), "MIXIN_API_URL": sandbox.url,
        "MIXIN_BLAZE_URL": sandbox.url.replace("http", "ws", 1), "MIXBOT_DB_URL": f"sqlite:///{tmp_path / 'bot.db'}",
        "MIXBOT_PORT": "0", "MIXBOT_LOG_FORMAT": "json", **PATIENT,
    }  # fmt: skip
    nursery = Nursery()
    pid = nursery.start(tmp_path, environ, "run")
    yield tmp_path / "log"
    os.kill(pid, signal.SIGKILL)
    nursery.code(pid)
    nursery.close()


@pytest_asyncio.fixture(loop_scope="module")
async def talk(log: Path, opener: Opener) -> AsyncIterator[Messenger]:
    """The page, once the service listens."""
    async with opener() as chat:
        await expect(chat.page.locator("#presence")).to_have_text("online")
        yield chat


async def answers(chat: Messenger, text: str = "") -> list[str]:
    """Say a text, or wait for what was just sent to be read; gives what the bot answered, one string for each message.

    The service acknowledges a message as read once all of its answers were accepted.
    """
    own = chat.own
    if text:
        before = await own.count()
        await chat.say(text)
        await expect(own).to_have_count(before + 1)
    await expect(own.last.get_by_role("img", name="read", exact=True)).to_be_visible()
    last = await own.last.get_attribute("id")
    return [
        (await row.inner_text()).strip()
        for row in await chat.log.locator(f'#{last} ~ .row[data-own="false"]').all()
    ]  # fmt: skip


async def test_check_3_a_greeting_brings_a_welcome_and_three_buttons(talk: Messenger) -> None:
    """Say Hi on the first visit brings a welcome and at least three buttons, which work."""
    await talk.page.get_by_role("button", name="Say Hi").click()
    await expect(talk.row("Hello, I am Demo Bot")).to_be_visible()
    buttons = talk.log.locator(".chat-button")
    await expect(buttons.nth(2)).to_be_visible()

    await talk.log.locator(".chat-button[title^='input:']").first.click()
    await expect(talk.own).to_have_count(2)
    assert await answers(talk) != []


async def test_check_33_however_a_command_is_written(talk: Messenger) -> None:
    """With and without a slash, full-width, in capitals, in Chinese, amid spaces: the same answer."""
    await answers(talk, "Hi")
    first = await answers(talk, "/ping")
    assert len(first) == 1
    for text in ("ping", "PING", "   Ping   ", "／ping", "ｐｉｎｇ", "/PING", "在吗", "!ping"):
        said = await answers(talk, text)
        assert len(said) == 1, text
        assert said[0].split()[0] == first[0].split()[0], text


@pytest.mark.timeout(240)
async def test_check_33_every_command_answers_and_nothing_meets_silence(talk: Messenger) -> None:
    """Each command by its name gets an answer of its own; unknown words get buttons; other things a kind reply."""
    await answers(talk, "Hi")
    for command in discover("handlers"):
        if command.admin or not command.name or command.only == "nandbox":
            continue
        said = await answers(talk, f"/{command.name}")
        assert said, command.name
        assert "I don't know" not in said[0], command.name
    said = await answers(talk, "flurble")
    assert "I don't know “flurble”" in said[0]
    assert await talk.log.locator(".row").last.locator(".chat-button").count() > 0
    for name in ("Picture", "Voice", "Location", "Live"):
        before = await talk.own.count()
        await talk.page.get_by_role("button", name="Send something else").click()
        await talk.page.get_by_role("dialog").get_by_role("button", name=name).click()
        await expect(talk.own).to_have_count(before + 1)
        assert await answers(talk), name


async def test_check_34_the_first_words_choose_the_language(talk: Messenger) -> None:
    """Chinese is answered in Chinese, `/lang en` changes it for good, and another person is not concerned."""
    await talk.page.get_by_role("button", name="Become 王芳").click()
    await expect(talk.page.locator("#you")).to_contain_text("王芳")
    assert "你好，我是 Demo Bot。" in (await answers(talk, "你好"))[0]
    assert "你可以发送：" in (await answers(talk, "/help"))[0]
    await answers(talk, "/lang en")
    said = (await answers(talk, "帮助"))[0]
    assert "You can write:" in said
    assert "你可以" not in said

    await talk.page.get_by_role("button", name="Become Bob").click()
    await expect(talk.page.locator("#you")).to_contain_text("Bob")
    assert "Hello, I am Demo Bot" in (await answers(talk, "Hi"))[0]


async def test_check_36_hostile_and_endless_text_is_inert(talk: Messenger, log: Path) -> None:
    """Markup, direction marks and control characters come back as text, 64 kB are answered, and the log is clean."""
    await answers(talk, "Hi")
    said = await answers(talk, HOSTILE)
    assert "<img/src=x" in said[0]
    assert await talk.log.locator("img, script, style, iframe").count() == 0
    assert await talk.page.title() == "Mixin sandbox messenger"
    assert await answers(talk, "/ping " + "长" * 21_000)
    assert await talk.page.evaluate(
        "document.getElementById('log').scrollWidth <= document.getElementById('log').clientWidth"
    )

    for line in log.read_text(encoding="utf-8").splitlines():
        json.loads(line)
        assert not set(line) & set("\x1b\x07\u202e\u200b")
