"""The page keeps what is newer, whatever comes late; and what is looked at or held stays where it is."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from bot.sandbox import Sandbox
from bot.sandbox.page.assets import load_assets
from bot.sandbox.world import BOB
from tests.bot.sandbox.page.conftest import Messenger
from tests.bot.sandbox.page.fake_bot import FakeBot, running, script

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
WATCH = """() => {
  window.pairs = [];
  const [you, log] = [document.querySelector("#you"), document.querySelector("#log")];
  new MutationObserver(() => pairs.push([you.textContent, log.textContent])).observe(you, { childList: true });
}"""


async def test_a_late_answer_does_not_undo_what_was_told(sandbox: Sandbox, chat: Messenger) -> None:
    """A state from before the bot came, which arrives after the news that it came: only the rest counts."""
    held, release = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        made = await (await route.fetch()).json()
        held.set()
        await release.wait()
        await route.fulfill(json=made | {"people_count": 99})

    await chat.page.route("**/_sandbox/state?**", late, times=1)
    sandbox.events.publish("people")
    await held.wait()
    async with running(FakeBot(sandbox.url, sandbox.keystore, script)):
        await expect(chat.page.locator("#presence")).to_have_text("online")
        release.set()
        await expect(chat.page.get_by_role("button", name="All people (99)")).to_be_visible()
        await expect(chat.page.locator("#presence")).to_have_text("online")
        await expect(chat.page.locator("#bot-away")).to_be_hidden()


async def test_the_answer_to_an_older_question_is_not_taken(chat: Messenger) -> None:
    """Nor one that was asked before somebody told; the answer to a newer question is."""
    taken = await chat.page.evaluate(
        f"""async () => {{
          const {{ turns }} = await import('{load_assets().base}turns.js');
          const one = turns();
          const [first, second, third] = [one.ask(), one.ask(), one.ask()];
          const before = [second(), first(), one.waiting()];
          one.told();
          return [...before, third(), one.waiting(), one.ask()()];
        }}"""
    )
    assert taken == [True, False, True, False, False, True]


async def test_nobodys_name_stands_over_what_another_one_sees(bot: FakeBot, chat: Messenger) -> None:
    """However late the other one's conversations come, name, list and log change in one moment."""
    await chat.say("from Alice")
    await expect(chat.row("echo from Alice")).to_be_visible()
    held, release = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        held.set()
        await release.wait()
        await route.continue_()

    await chat.page.route(f"**/_sandbox/conversations?as={BOB}", late, times=1)
    await chat.page.evaluate(WATCH)
    await chat.page.get_by_role("button", name="Become Bob").click()
    await held.wait()
    await expect(chat.page.locator("#you")).to_contain_text("Alice")
    await expect(chat.row("echo from Alice")).to_be_visible()
    release.set()
    await expect(chat.page.locator("#you")).to_contain_text("Bob")
    logs = [log for you, log in await chat.page.evaluate("pairs") if "Bob" in you]
    assert logs
    assert not any("from Alice" in log for log in logs)


async def test_a_message_stays_in_its_place_while_it_is_read(sandbox: Sandbox, chat: Messenger) -> None:
    """Its ticks change within it: whoever has the focus in it keeps it, and nothing is taken away under the finger."""
    await chat.say("look")
    row = chat.row("look").first
    await chat.arrived()
    kept = await row.element_handle()
    reply = row.get_by_role("button", name="Reply to Alice")
    await reply.focus()
    async with running(FakeBot(sandbox.url, sandbox.keystore, script)):
        await expect(row.get_by_role("img", name="read", exact=True)).to_be_visible()
        await expect(chat.row("echo look")).to_be_visible()
    await expect(reply).to_be_focused()
    assert await kept.evaluate("row => row.isConnected")


async def test_the_focus_outlives_a_message_drawn_anew(sandbox: Sandbox, bot: FakeBot, chat: Messenger) -> None:
    """Taken back under somebody who is about to answer it, it leaves them where they are."""
    conversation, alice = sandbox.talk("Alice").conversation_id, sandbox.person("Alice").user_id
    said = await bot.send(conversation, alice, "PLAIN_TEXT", "a slip")
    await chat.row("a slip").get_by_role("button", name="Reply to Demo Bot").focus()
    await bot.send(conversation, alice, "MESSAGE_RECALL", {"message_id": said})
    await expect(chat.row("a slip")).to_have_count(0)
    await expect(chat.log.locator(".row .bubble-tools button:focus")).to_have_count(1)
