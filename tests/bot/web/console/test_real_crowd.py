"""A broadcast to a crowd on its page, with the very service and the sandbox behind it, in bad weather."""

import os
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.broadcast import Audience
from bot.entrance import Entrance
from bot.message import Text
from bot.records import Sighting
from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.people import Person
from bot.sandbox.seed import add_person
from bot.sandbox.tables import transaction
from bot.steering import Steering
from bot.store import open_store, upgrade_schema
from bot.users import Role
from tests.bot.programs import bot_environment, program
from tests.bot.sandbox.page.conftest import browser
from tests.bot.web.console.test_live import WATCH
from tests.ports import free_port

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240), pytest.mark.asyncio(loop_scope="module")]

PEOPLE = int(os.environ.get("MIXBOT_E2E_CROWD", "10000"))
NEWS = "News for a crowd"


def crowd_of(sandbox: Sandbox) -> list[str]:
    """People with a phone, who all know the bot."""
    at = sandbox.clock.text()
    user_ids = [str(uuid.UUID(int=0x9F0A0003_0000_4000_8000_000000000000 + index)) for index in range(PEOPLE)]
    with transaction(sandbox.db):
        for index, user_id in enumerate(user_ids):
            add_person(sandbox, Person(user_id, str(6_000_000 + index), f"Person {index}", at))
            sandbox.conversations.contact(user_id, sandbox.bot_id, at)
    return user_ids


async def test_check_25_28_ten_thousand_people_through_bad_weather(browser: Browser, tmp_path: Path) -> None:
    """While Mixin fails, and while its quota is used up, the page says what is done about it; then the progress moves
    on, never backwards, to the end. The sum is whole, and in the sandbox's own store everybody has one copy.
    """
    async with open_sandbox() as sandbox:
        user_ids = crowd_of(sandbox)
        url = f"http://localhost:{(port := free_port())}"
        environ = bot_environment(sandbox, tmp_path, MIXBOT_PUBLIC_URL=url) | {"MIXBOT_PORT": str(port)}
        environ["MIXBOT_SECRET_KEY"] = "1:" + "A" * 43 + "="
        (tmp_path / "data").mkdir(mode=0o700)
        upgrade_schema(environ["MIXBOT_DB_URL"])
        async with open_store(environ["MIXBOT_DB_URL"]) as database:
            store, now = database.bot(sandbox.bot_id), datetime.now(UTC)
            await store.meet([Sighting(user_id, "c", f"m{user_id}", now, "en") for user_id in user_ids])
            await store.set_role(user_ids[0], Role.OWNER)
            async with program("run", cwd=tmp_path, environ=environ) as service:
                await service.says("bot.started")
                context = await browser.new_context(locale="en-US", viewport={"width": 1360, "height": 900})
                context.set_default_timeout(60_000)
                page = await context.new_page()
                await page.goto(await Entrance(store.logins, url).link(user_ids[0]))
                await page.wait_for_url(f"{url}/console/")
                sandbox.faults.add("internal", path="/messages")
                steering = Steering(store.ledger, user_ids[0], datetime.now(UTC))
                begun = await steering.start(await steering.draft({"": (Text(NEWS),)}, Audience()), undo_s=0)
                await page.goto(f"{url}/console/broadcasts/{begun.number}")
                hold = page.locator("[data-word=hold]")
                await expect(hold).to_contain_text("Mixin does not answer as it should (500)", timeout=60_000)
                await expect(hold).to_contain_text("Nobody is skipped.")
                await page.evaluate(WATCH)
                sandbox.faults.clear()
                sandbox.faults.add("quota", value=PEOPLE / 2, path="/messages")
                await expect(hold).to_contain_text("Mixin asked us to slow down (429)", timeout=60_000)
                sandbox.faults.clear()
                sandbox.faults.add("html", probability=0.1, path="/messages")
                sandbox.faults.add("lose_answer", probability=0.1, path="/messages")
                await expect(page.locator("[data-word=state]")).to_have_text("finished", timeout=120_000)
                await expect(page.locator("[data-count=sent]")).to_have_text(f"{PEOPLE:,}")
                await expect(hold).to_be_hidden()
                counts = [count for _, count in await page.evaluate("seen")]
                await context.close()
            tally = (await store.ledger.broadcast_by_id(begun.id)).tally
        copies = Counter(_copies(sandbox, user_id) for user_id in user_ids)

    assert (tally.sent, tally.failed, tally.skipped) == (PEOPLE, 0, 0)
    assert counts == sorted(counts)
    assert len(set(counts)) > 2
    assert copies == {1: PEOPLE}


def _copies(sandbox: Sandbox, user_id: str) -> int:
    return sum(each.data == NEWS.encode() for each in sandbox.history(user_id))
