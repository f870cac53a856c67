"""Connecting an account, as a person does it: chat, consent, and back; and everything that must not work."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, expect

from bot.mixin.oauth import read_proof
from bot.oauth import Outcome
from bot.records import about_authorization
from bot.sandbox.world import BOB
from bot.store import open_store
from bot.vault import read_keyring
from tests.bot.sandbox.page.conftest import browser
from tests.e2e.connecting import KEYSTORE, Rig, Somebody, open_rig, somebody

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]
WIDTHS = (320, 1280)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path_factory.mktemp("connecting") / "home") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def ann(rig: Rig, browser: Browser) -> AsyncIterator[Somebody]:
    async with somebody(rig, browser) as person:
        yield person


async def test_check_04_balances_in_four_clicks(rig: Rig, ann: Somebody) -> None:
    """/assets, Authorize, agree, back in the chat: the balances are there, without asking again."""
    await ann.say("/assets")
    await expect(ann.reply("To show your assets I need your permission (read only).")).to_be_visible()
    page = await ann.set_out()
    assert await ann.decide(page) == "/oauth/connected"
    await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    async with page.expect_event("close"):
        await ann.press(page.get_by_role("link", name="Back to the chat"))

    await expect(ann.reply("I may now read your profile and assets.")).to_be_visible()
    await expect(ann.reply("BTC")).to_be_visible()
    assert ann.clicks <= 4
    assert [each.scope for each in rig.sandbox.grants.of(ann.user_id, rig.sandbox.bot_id)] == [
        "PROFILE:READ ASSETS:READ"
    ]


async def test_check_05_unticked(ann: Somebody) -> None:
    """Profile only: a polite word and a button for the rest, which works; nothing else is refused."""
    await ann.say("/assets")
    assert await ann.decide(await ann.set_out(), "Authorize", "ASSETS:READ") == "/oauth/connected"
    await expect(ann.reply("You shared your profile, but not your assets.")).to_be_visible()
    await ann.say("/assets")
    await expect(ann.reply("You shared your profile but not your assets. Allow it")).to_be_visible()
    await expect(ann.button("Allow assets")).to_be_visible()
    assert await ann.decide(await ann.set_out("Allow assets")) == "/oauth/connected"

    await expect(ann.reply("BTC")).to_be_visible()


async def test_check_05_declined(rig: Rig, ann: Somebody) -> None:
    """`error=access_denied`: a page that says that nothing changed, and the bot goes on as before."""
    await ann.say("/assets")
    page = await ann.set_out()
    assert await ann.decide(page, "Decline") == "/oauth/declined"
    await expect(page.get_by_text("You declined, and nothing has changed.")).to_be_visible()
    assert any("error=access_denied" in each for each in ann.visited)
    await ann.say("/ping still there")

    await expect(ann.reply("pong still there")).to_be_visible()
    assert rig.sandbox.grants.of(ann.user_id, rig.sandbox.bot_id) == []


async def test_T25_F31_taken_back_on_the_page(rig: Rig, ann: Somebody) -> None:
    """The next command says so once and offers to connect again; afterwards it is as if there had been nothing."""
    await ann.say("/assets")
    await ann.decide(await ann.set_out())
    await expect(ann.reply("BTC")).to_be_visible()
    assert rig.sandbox.revoke(ann.user_id, rig.sandbox.bot_id) == 1
    await ann.say("/assets")
    await expect(ann.reply("Your permission has ended or was taken back")).to_have_count(1)
    await ann.say("/assets")
    await expect(ann.reply("To show your assets I need your permission")).to_have_count(3)
    await expect(ann.reply("Your permission has ended or was taken back")).to_have_count(1)
    await expect(ann.chat.get_by_role("log").get_by_role("link", name="Authorize")).to_have_count(3)
    assert await ann.decide(await ann.set_out()) == "/oauth/connected"

    await expect(ann.reply("Thank you! I may now read")).to_have_count(2)


async def test_T17_somebody_else_agrees(rig: Rig, ann: Somebody) -> None:
    """Ann's link, Bob's consent: refused, and neither of them is connected."""
    await ann.say("/connect assets")
    page = await ann.set_out()
    assert await ann.decide(page, who=BOB) == "/oauth/other"
    await expect(page.get_by_role("heading", name="That was somebody else")).to_be_visible()

    async with open_store(f"sqlite:///{rig.home}/data/bot.db") as database:
        store = database.bot(rig.sandbox.bot_id)
        assert [await store.authorization(each) for each in (ann.user_id, BOB)] == [None, None]


async def test_T16_forged_replayed_and_swapped(rig: Rig, ann: Somebody, browser: Browser) -> None:
    """The callback opened again, in another browser, or made up: MB142, and no further exchange."""
    await ann.say("/connect assets")
    page = await ann.set_out()
    await ann.decide(page)
    callback = next(each for each in ann.visited if "/oauth/callback" in each)
    start = await ann.button("Authorize").get_attribute("href")
    assert start
    for address in (callback, start, callback.replace("state=", "state=x"), f"{rig.url}/oauth/callback?code=c&state=s"):
        await page.goto(address)
        assert page.url == f"{rig.url}/oauth/stale"
    await expect(page.get_by_text("MB142")).to_be_visible()

    await ann.say("/connect contacts")
    await expect(ann.reply("To let me read your contacts")).to_be_visible()
    await expect(ann.chat.get_by_role("log").get_by_role("link", name="Authorize")).to_have_count(2)
    page = await ann.set_out()
    form: dict[str, str | float | bool] = {
        "as": ann.user_id, "pin": "123456", "scope": "CONTACTS:READ", "answer": "authorize", "back": "1",
    }  # fmt: skip
    agreed = await ann.context.request.post(page.url, form=form, headers={"Origin": rig.sandbox.url}, max_redirects=0)
    stolen = agreed.headers["location"]
    async with somebody(rig, browser) as thief:
        await thief.chat.goto(stolen)
        assert thief.chat.url == f"{rig.url}/oauth/stale"
    await page.goto(stolen)

    assert page.url == f"{rig.url}/oauth/connected"
    assert len(rig.sandbox.grants.of(ann.user_id, rig.sandbox.bot_id)) == 1
    await expect(ann.reply("You shared your profile and contacts, but not your assets.")).to_be_visible()


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-US"), ("dark", "zh-CN")])
async def test_check_39_the_services_pages_are_for_everybody(
    rig: Rig, browser: Browser, scheme: Any, locale: str
) -> None:
    """Home and every page of OAuth: axe finds nothing serious, and 320 pixels are wide enough."""
    context = await browser.new_context(color_scheme=scheme, locale=locale)
    page, complaints = await context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("/", *(f"/oauth/{each}" for each in Outcome)):
        await page.goto(rig.url + path)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 640})
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        found = await Axe().run(page)
        serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
        assert (path, serious) == (path, [])
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.tagName") == "A"
    await context.close()
    assert [each for each in complaints if "status of" not in each] == []


async def test_T18_T22_T24_no_secret_is_left_anywhere(rig: Rig, ann: Somebody) -> None:
    """After a whole run, at log level debug: no secret is in a log, a page, a metric, an error or the database."""
    await ann.say("/assets")
    page = await ann.set_out()
    cookie = next(each["value"] for each in await ann.context.cookies() if "mixbot" in each.get("name", ""))
    await ann.decide(page)
    await expect(ann.reply("BTC")).to_be_visible()
    start = urlsplit(str(await ann.button("Authorize").get_attribute("href")))
    callback = urlsplit(next(each for each in ann.visited if "/oauth/callback" in each))
    secrets = {cookie, parse_qs(start.query)["n"][0], *(values[0] for values in parse_qs(callback.query).values())}
    secrets |= await _keys(rig, ann.user_id)
    async with aiohttp.ClientSession(rig.url) as http:
        shown = []
        for path in ("/", "/metrics", "/readyz", "/oauth/connected", "/nothing", f"/oauth/callback?{callback.query}"):
            async with http.get(path) as answer:
                shown.append(str(answer.headers) + await answer.text())
    shown.append(await page.content())
    database = b"".join(path.read_bytes() for path in (rig.home / "data").rglob("*") if path.is_file())

    assert len(secrets) >= 10
    assert ann.user_id.encode() in database
    left = {
        place
        for place, text in (("log", rig.log), ("pages", "".join(shown)), ("database", database.decode("latin-1")))
        if any(secret in text for secret in secrets)
    }
    assert left == set()


async def _keys(rig: Rig, user_id: str) -> set[str]:
    """Every key that the service holds, in every form in which somebody might write it down."""
    async with open_store(f"sqlite:///{rig.home}/data/bot.db") as database:
        kept = await database.bot(rig.sandbox.bot_id).authorization(user_id)
    assert kept is not None
    keyring = (rig.home / "secret.key").read_text().strip()
    proof = read_proof(read_keyring(keyring).open(kept.sealed, about_authorization(rig.sandbox.bot_id, user_id)))
    raw = bytes.fromhex(proof.private_key)
    seed = bytes.fromhex(json.loads((rig.home / KEYSTORE).read_text())["session_private_key"])
    forms = {
        form
        for key in (raw, seed)
        for form in (
            key.hex(),
            b64encode(key).decode(),
            urlsafe_b64encode(key).decode().rstrip("="),
            key.decode("latin-1"),
        )
    }
    return forms | {keyring, keyring.partition(":")[2]}
