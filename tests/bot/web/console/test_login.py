import pytest
from playwright.async_api import expect

from bot.users import Role
from tests.bot.web.console.conftest import OLIVIA, Console, LogIn, Opener

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.browser
async def test_check_21_a_link_logs_in_once(console: Console, opener: Opener) -> None:
    """The link opens the console by itself; opened again it says that it is used up, and how to get a new one; the way
    out leads out.
    """
    async with opener("", may_fail=True) as page:
        link = await console.link()
        await page.goto(link)
        await page.wait_for_url(f"{console.url}/console/")
        await expect(page.locator("summary", has_text="Olivia (owner)")).to_be_visible()
        await page.goto(link)
        await expect(page.get_by_text("This link was already used at")).to_be_visible()
        await page.get_by_role("link", name="Open the console").click()
        await page.wait_for_url(f"{console.url}/console/")
        await page.locator("summary").click()
        await page.get_by_role("button", name="Log out", exact=True).click()
        await expect(page.get_by_text("You are logged out.")).to_be_visible()
        await page.goto(f"{console.url}/console/")
        await page.wait_for_url(f"{console.url}/console/login")


async def test_a_role_that_is_taken_ends_the_session_at_once(console: Console, log_in: LogIn) -> None:
    """The next request of somebody without a role leads to the ways in."""
    async with log_in(OLIVIA) as client:
        assert "Olivia" in (await client.get("/console/"))[1]
        await console.store.set_role(OLIVIA, Role.NONE)
        assert "With a link that works once" in (await client.get("/console/"))[1]
