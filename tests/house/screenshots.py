"""The pictures in the README: `make screenshots` takes them anew, from the real demo in a real browser.

Each page is taken light and dark: `docs/pictures/chat-light.png`, `chat-dark.png`, and so on.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.sandbox import Sandbox, open_sandbox
from bot.vault import new_keyring
from tests.bot.programs import bot_environment, program
from tests.bot.sandbox.page.conftest import ARGUMENTS, CHROMIUM

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
PORT = 7002
SAID = ("Hi", "/ping are you there?", "/whois 40002", "/assets")
LAST = "permission"
"""Part of the answer to what is said last."""
THEMES = ("light", "dark")
SIZE = {"width": 1360, "height": 800}
PHONE = {"width": 390, "height": 780}


@asynccontextmanager
async def demo() -> AsyncIterator[Sandbox]:
    """A sandbox with the real service on it, and something said."""
    with tempfile.TemporaryDirectory() as folder:
        async with open_sandbox() as sandbox:
            sandbox.settle_bot(f"http://localhost:{PORT}")
            environ = bot_environment(
                sandbox, Path(folder), MIXBOT_PUBLIC_URL=f"http://localhost:{PORT}", MIXBOT_SECRET_KEY=new_keyring("")
            )
            async with program("run", cwd=Path(folder), environ=environ) as service:
                await service.says("blaze.connected")
                for text in SAID:
                    asked = sandbox.say("Alice", text)
                    while sandbox.history("Alice")[-1].message_id == asked.message_id:
                        await asyncio.sleep(0.05)
                yield sandbox


async def open_page(browser: Browser, sandbox: Sandbox, theme: str, **context: object) -> Page:
    opened = await browser.new_context(color_scheme=theme, locale="en-US", **context)  # type: ignore[arg-type]
    page = await opened.new_page()
    await page.goto(sandbox.page_url)
    await page.locator("body[data-ready]").wait_for()
    return page


async def take(browser: Browser, sandbox: Sandbox) -> None:
    for theme in THEMES:
        page = await open_page(browser, sandbox, theme, viewport=SIZE)
        await page.get_by_role("log").get_by_text(LAST).first.wait_for()
        await page.screenshot(path=PICTURES / f"chat-{theme}.png")
        await page.context.close()
    for theme in THEMES:
        page = await open_page(browser, sandbox, theme, viewport=PHONE)
        await page.get_by_text(sandbox.bot.full_name).first.click()
        await page.get_by_role("log").get_by_text(LAST).first.wait_for()
        await page.screenshot(path=PICTURES / f"phone-{theme}.png")
        await page.context.close()


async def main() -> int:
    if not CHROMIUM:
        sys.stderr.write("There is no chromium here; on Debian: apt-get install chromium\n")
        return 1
    PICTURES.mkdir(exist_ok=True)
    async with demo() as sandbox, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        await take(browser, sandbox)
        await browser.close()
    for path in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{os.path.relpath(path, ROOT)}  {path.stat().st_size // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
