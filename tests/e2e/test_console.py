"""The console of the real service: in by the chat and by Mixin, as operators do it."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from bot.store import open_store
from bot.users import Role
from tests.bot.sandbox.page.conftest import browser
from tests.e2e.connecting import Rig, Somebody, open_rig, somebody

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path_factory.mktemp("console") / "home") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def olivia(rig: Rig, browser: Browser) -> AsyncIterator[Somebody]:
    """An owner, whom the bot has met."""
    async with somebody(rig, browser) as person:
        async with open_store(f"sqlite:///{rig.home}/data/bot.db") as database:
            await database.bot(rig.sandbox.bot_id).set_role(person.user_id, Role.OWNER)
        await person.say("hi")
        await expect(person.reply("write /help to see what I can do")).to_be_visible()
        yield person


async def test_check_21_in_by_the_chat(rig: Rig, olivia: Somebody) -> None:
    """/console gives a button that opens the console; health has what the doctor finds; a stranger is given nothing."""
    await olivia.say("/console")
    await expect(olivia.reply("This link opens the console in a browser, once")).to_be_visible()
    async with olivia.context.expect_page() as opening:
        await olivia.button("Open the console").click()
    page = await opening.value
    await page.wait_for_url(f"{rig.url}/console/")
    await expect(page.locator("summary", has_text="(owner)")).to_be_visible()
    await page.get_by_role("link", name="Health").first.click()
    await expect(page.get_by_role("heading", name="What the doctor finds")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("Identity"))).to_contain_text("7000999001")
    await page.get_by_role("link", name="Settings").click()
    await expect(page.get_by_role("row", name=re.compile("web.secret_key"))).to_contain_text("MIXBOT_SECRET_KEY_FILE")
    assert not re.search(r"/console/login\?t=[\w-]{20}", rig.log)


async def test_check_21_in_by_mixin(rig: Rig, olivia: Somebody) -> None:
    """Mixin asks, and whoever has a role is in; without one, the page says what is missing."""
    page = await olivia.context.new_page()
    for role in (Role.OWNER, Role.NONE):
        async with open_store(f"sqlite:///{rig.home}/data/bot.db") as database:
            await database.bot(rig.sandbox.bot_id).set_role(olivia.user_id, role)
        await page.goto(f"{rig.url}/console/login")
        await page.get_by_role("button", name="Log in with Mixin").click()
        await page.get_by_role("link", name=re.compile("phone", re.IGNORECASE)).click()
        await page.get_by_role("button", name="Authorize").click()
        if role is Role.OWNER:
            await page.wait_for_url(f"{rig.url}/console/")
            await page.locator("summary", has_text="(owner)").click()
            await page.get_by_role("button", name="Log out", exact=True).click()
            await expect(page.get_by_text("You are logged out.")).to_be_visible()
    await expect(page.get_by_text("You have no role with this bot.")).to_be_visible()
