"""The wallet in a browser: balances that follow, transfers that arrive in the chat, apps that are revoked."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Locator, expect

from bot.sandbox import Grant, Sandbox
from bot.sandbox.people import BLOCKING, FRIEND
from bot.sandbox.world import ALICE, BOB, BTC, NOOR, USDT
from tests.bot.sandbox.page.conftest import Messenger, Opener
from tests.bot.sandbox.page.fake_bot import FakeBot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

OPEN = """
import(document.querySelector("script[type=module]").src.replace("main.js", "wallet.js"))
  .then((one) => one.openWallet())
"""
GRAVE = ("serious", "critical")


async def open_wallet(messenger: Messenger) -> Locator:
    await messenger.page.get_by_role("button", name="Wallet").click()
    dialog = messenger.page.get_by_role("dialog", name="Wallet")
    await expect(dialog.get_by_role("tabpanel")).to_contain_text("$12,250.60")
    return dialog


@pytest_asyncio.fixture(loop_scope="module")
async def forgiving(opener: Opener) -> AsyncIterator[Messenger]:
    """The page, which says in its console when the sandbox refuses something."""
    async with opener(may_fail=True) as messenger:
        yield messenger


async def test_coins_are_received_and_balances_set_by_hand(forgiving: Messenger, sandbox: Sandbox) -> None:
    """What is shown is what the bot would be told."""
    dialog = await open_wallet(forgiving)
    await dialog.get_by_role("button", name="Receive fake coins").click()
    receive = forgiving.page.get_by_role("dialog", name="Receive fake coins")
    await receive.get_by_label("Asset").select_option(label="USDT · Tether USD")
    await receive.get_by_label("Amount").fill("49.5")
    await receive.get_by_role("button", name="Receive fake coins").click()
    await expect(dialog).to_contain_text("300 USDT")
    assert sandbox.wallet.balances(ALICE)[USDT] == "300"

    await dialog.get_by_role("button", name="Set the balance of BTC").click()
    edit = forgiving.page.get_by_role("dialog", name="Set the balance of BTC")
    await edit.get_by_label("Balance of BTC").fill("lots")
    await edit.get_by_role("button", name="Save").click()
    await expect(edit.get_by_role("alert")).to_contain_text("no decimal")
    await edit.get_by_label("Balance of BTC").fill("0.125")
    await edit.get_by_role("button", name="Save").click()
    await expect(dialog).to_contain_text("0.125 BTC")
    assert sandbox.wallet.balances(ALICE)[BTC] == "0.125"


async def test_a_transfer_to_the_bot_arrives_in_the_chat(forgiving: Messenger, sandbox: Sandbox, bot: FakeBot) -> None:
    """The bot is the one to pay unless somebody else is chosen; the notice opens the transfer."""
    dialog = await open_wallet(forgiving)
    await dialog.get_by_role("button", name="Transfer to…").click()
    form = forgiving.page.get_by_role("dialog", name="Transfer to…")
    await expect(form).to_contain_text("Demo Bot")
    await form.get_by_label("Amount").fill("1")
    await form.get_by_role("button", name="Transfer", exact=True).click()
    await expect(form.get_by_role("alert")).to_contain_text("0.2 is all there is")
    await form.get_by_label("Amount").fill("0.05")
    await form.get_by_label("Memo").fill("<b>lunch</b>")
    await form.get_by_role("button", name="Transfer", exact=True).click()
    await expect(dialog).to_contain_text("0.15 BTC")
    await forgiving.page.keyboard.press("Escape")

    notice = forgiving.log.get_by_role("button", name="0.05 BTC")
    await expect(notice).to_contain_text("Transfer by Alice")
    await notice.click()
    shown = forgiving.page.get_by_role("dialog", name="Transfer", exact=True)
    for text in ("-0.05 BTC", "Demo Bot", "<b>lunch</b>", "0.15 BTC"):
        await expect(shown).to_contain_text(text)
    assert json.loads(sandbox.history("Alice")[-1].data)["amount"] == "0.05"
    assert sandbox.wallet.balances(sandbox.bot_id)[BTC] == "0.065"


async def test_a_payment_link_fills_the_form(chat: Messenger, sandbox: Sandbox, bot: FakeBot) -> None:
    """`https://mixin.one/pay/…` with asset, amount, memo and trace: one press pays just that, once."""
    trace = "bbebab7a-8bd7-47ed-9734-418513fbca43"
    link = f"https://mixin.one/pay/{sandbox.bot_id}?asset={USDT}&amount=2.5&memo=a%20b%26c&trace={trace}"
    button = [{"label": "Pay", "color": "#5979F0", "action": link}]
    await bot.send(sandbox.talk("Alice").conversation_id, ALICE, "APP_BUTTON_GROUP", button)
    await chat.log.get_by_role("button", name="Pay").click()
    form = chat.page.get_by_role("dialog", name="Transfer to…")
    await expect(form.get_by_label("Amount")).to_have_value("2.5")
    await expect(form.get_by_label("Memo")).to_have_value("a b&c")
    await form.get_by_role("button", name="Transfer", exact=True).click()
    await expect(chat.log.get_by_role("button", name="2.5 USDT")).to_be_visible()
    paid = sandbox.wallet.by_trace(ALICE, trace)
    assert paid is not None
    assert (paid.amount, paid.opponent_id, paid.memo) == ("-2.5", sandbox.bot_id, "a b&c")


async def test_transfers_are_listed_as_they_happen(chat: Messenger, sandbox: Sandbox) -> None:
    """Also those that somebody else makes while one looks."""
    dialog = await open_wallet(chat)
    await dialog.get_by_role("tab", name="Assets").press("ArrowRight")
    await expect(dialog.get_by_role("tab", name="Transfers")).to_be_focused()
    await expect(dialog).to_contain_text("Received from outside")
    sandbox.transfer("Olivia", "Alice", "XIN", "3", memo="thanks")
    row = dialog.get_by_role("button", name="Olivia")
    await expect(row).to_contain_text("+3 XIN")
    await expect(row).to_contain_text("thanks")


async def test_friends_and_blocked_people_are_edited(chat: Messenger, sandbox: Sandbox) -> None:
    """What an app with CONTACTS:READ sees is edited here."""
    dialog = await open_wallet(chat)
    await dialog.get_by_role("tab", name="People").click()
    await dialog.get_by_role("button", name="Add a friend…").click()
    await chat.page.get_by_role("option", name="Bob").click()
    await expect(dialog.get_by_role("button", name="Remove Bob from friends")).to_be_visible()
    await dialog.get_by_role("button", name="Block somebody…").click()
    await chat.page.get_by_role("option", name="Noor").click()
    await expect(dialog.get_by_role("button", name="Unblock Noor")).to_be_visible()
    assert (sandbox.people.relation(ALICE, BOB), sandbox.people.relation(ALICE, NOOR)) == (FRIEND, BLOCKING)
    await dialog.get_by_role("button", name="Unblock Noor").click()
    await expect(dialog.get_by_role("button", name="Unblock Noor")).to_have_count(0)
    assert sandbox.people.relation(ALICE, NOOR) == "STRANGER"


async def test_connected_apps_are_revoked(chat: Messenger, sandbox: Sandbox) -> None:
    """Each with its scopes; run out first, then gone."""
    dialog = await open_wallet(chat)
    await dialog.get_by_role("tab", name="Connected apps").click()
    await expect(dialog).to_contain_text("No app has been authorized yet.")
    at = sandbox.clock.text()
    grant = Grant(BOB, sandbox.bot_id, ALICE, "PROFILE:READ ASSETS:READ", expires_at=4e9, created_at=at)
    sandbox.authorize(grant)
    await expect(dialog).to_contain_text("ASSETS:READ")
    await dialog.get_by_role("button", name="Let it expire").click()
    await expect(dialog).to_contain_text("expired")
    (kept,) = sandbox.grants.of(ALICE)
    assert kept.expired(sandbox.clock.seconds())
    await dialog.get_by_role("button", name="Revoke").click()
    await expect(dialog).to_contain_text("No app has been authorized yet.")
    assert sandbox.grants.of(ALICE) == []


async def test_the_older_api_goes_and_comes_in_the_settings(chat: Messenger, sandbox: Sandbox) -> None:
    """What is chosen holds for the bot from then on, and is shown the next time."""
    for wanted, name in (("gone", "gone (404)"), ("works", "works")):
        await chat.page.get_by_role("button", name="Settings").click()
        dialog = chat.page.get_by_role("dialog", name="Settings")
        await expect(dialog.get_by_label(name)).to_be_visible()
        async with chat.page.expect_response("**/_sandbox/settings"):
            await dialog.get_by_label(name).check()
        assert sandbox.options.legacy == wanted
        await chat.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1360, 900), (320, 700)], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
async def test_check_39_axe_finds_nothing_grave(
    opener: Opener, sandbox: Sandbox, size: Any, scheme: Any, language: str
) -> None:
    """On each tab; nothing is cut off at 320 px."""
    sandbox.authorize(
        Grant(BOB, sandbox.bot_id, ALICE, "PROFILE:READ", expires_at=4e9, created_at=sandbox.clock.text())
    )
    context: Any = {"viewport": {"width": size[0], "height": size[1]}, "locale": language, "color_scheme": scheme}
    async with opener(**context) as messenger:
        page = messenger.page
        await page.evaluate(OPEN)
        dialog = page.get_by_role("dialog")
        tabs = dialog.get_by_role("tab")
        await expect(tabs).to_have_count(4)
        for at in range(4):
            await tabs.nth(at).click()
            await expect(dialog.get_by_role("tabpanel").locator(":scope > *").first).to_be_visible()
            found = (await Axe().run(page)).response["violations"]
            grave = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in GRAVE]
            assert grave == []
            assert await page.evaluate("document.querySelector('dialog').scrollWidth <= innerWidth")
