"""Codes, short links, apps, and what everybody may know without a token."""

import uuid
from typing import Any

import pytest

from bot.sandbox.world import ALICE, BOB, BTC, GROUP_ID, OLIVIA, TEAM_MIXIN, XIN, kernel_id
from tests.bot.sandbox.client import Client, vectors

LINKS = [case["expected"] for case in vectors("url_schemes")["cases"]] + [
    case[key] for case in vectors("payment_links")["cases"] for key in ("node_sdk_uri", "recommended_uri")
]


async def test_a_code_stands_for_a_person_or_a_group(client: Client) -> None:
    """Without a token; a code that was changed stands for nothing any more."""
    me = (await client.call("GET", "/me")).data
    shown = (await client.plain("GET", f"/codes/{me['code_id']}", headers={"Authorization": "Bearer"})).data
    assert (shown["type"], shown["user_id"], shown["phone"]) == ("user", client.sandbox.bot_id, "")
    group = (await client.call("GET", f"/conversations/{GROUP_ID}")).data
    assert (await client.plain("GET", f"/codes/{group['code_id']}")).data["conversation_id"] == GROUP_ID
    await client.call("GET", "/me/code")
    assert (await client.plain("GET", f"/codes/{me['code_id']}")).code == 404


@pytest.mark.parametrize("link", LINKS)
async def test_every_official_link_can_be_made_short(client: Client, link: str) -> None:
    """All that the official SDKs build comes back unchanged; the same link twice is one short link."""
    made = (await client.call("POST", "/schemes", {"target": link})).data
    assert (made["type"], made["target"]) == ("scheme", link)
    assert (await client.plain("GET", f"/schemes/{made['scheme_id']}")).data == made
    assert (await client.call("POST", "/schemes", {"target": link})).data == made


async def test_not_everything_can_be_made_short(client: Client) -> None:
    """Only links of the three kinds, and not without the bot's own token."""
    for target in ("", "javascript:alert(1)", "mixin", "https://x/" + "y" * 5000, 5):
        assert (await client.call("POST", "/schemes", {"target": target})).code == 10002
    assert (await client.plain("POST", "/schemes", b"{}")).code == 401
    assert (await client.plain("GET", f"/schemes/{uuid.uuid4()}")).code == 404


async def test_an_app_is_shown_to_its_owner(client: Client) -> None:
    """Also to itself; to nobody else."""
    app = (await client.call("GET", f"/apps/{client.sandbox.bot_id}")).data
    assert (app["type"], app["creator_id"], app["has_safe"]) == ("app", OLIVIA, True)
    assert "app_secret" not in app
    assert (await client.call("GET", f"/apps/{TEAM_MIXIN}")).code == 403
    assert (await client.call("GET", f"/apps/{ALICE}")).code == 404


async def test_three_apps_are_favorites(client: Client) -> None:
    """The fourth is 20132; they are in the profile and not in GET /me."""
    others = [client.sandbox.bot_id, TEAM_MIXIN]
    for number in range(2):
        keystore = {"app_id": str(uuid.uuid4()), "session_id": str(uuid.uuid4()), "session_private_key": "11" * 32}
        others.append(client.sandbox.add_bot(keystore, f"Bot {number}").user_id)
    for one in others[:3]:
        assert (await client.call("POST", f"/apps/{one}/favorite")).code == 0
    assert (await client.call("POST", f"/apps/{others[3]}/favorite")).code == 20132
    assert (await client.call("POST", f"/apps/{others[0]}/favorite")).code == 0
    shown = (await client.call("GET", f"/users/{client.sandbox.bot_id}/apps/favorite")).data
    assert [one["app_id"] for one in shown] == others[:3]
    assert shown[0].keys() == {"type", "user_id", "app_id", "created_at"}
    assert (await client.call("POST", f"/apps/{others[0]}/unfavorite")).body == {}
    assert len((await client.call("GET", f"/users/{client.sandbox.bot_id}/apps/favorite")).data) == 2
    assert "favorites" not in (await client.call("GET", "/me")).data
    assert (await client.call("GET", f"/users/{uuid.uuid4()}/apps/favorite")).code == 404
    assert (await client.call("POST", f"/apps/{BOB}/favorite")).code == 404


async def public(client: Client, target: str) -> Any:
    """As the official SDKs ask: with an empty token."""
    return await client.plain("GET", target, headers={"Authorization": "Bearer"})


async def test_public_data_needs_no_token(client: Client) -> None:
    """Assets, prices, chains, rates; nothing of anybody's own."""
    top = (await public(client, "/network/assets/top?kind=ALL")).data
    assert {one["symbol"] for one in top} == {"BTC", "ETH", "USDT", "XIN"}
    assert not any("balance" in one for one in top)
    assert [one["symbol"] for one in (await public(client, "/network/assets/search/bit")).data] == ["BTC"]
    assert (await public(client, f"/network/assets/{kernel_id(XIN)}")).data["symbol"] == "XIN"
    assert (await public(client, "/network/assets/top?kind=SOME")).code == 10002
    ticker = (await public(client, f"/network/ticker?asset={BTC}&offset=2026-01-01T00:00:00Z")).data
    assert ticker == {"type": "ticker", "price_btc": "1", "price_usd": "60000.5"}
    assert (await public(client, f"/network/ticker?asset={ALICE}")).data["price_usd"] == "0"
    assert [one["name"] for one in (await public(client, "/network/chains")).data] == ["Bitcoin", "Ether"]
    assert (await public(client, "/network")).data["assets_count"] == "4"
    rates = {one["code"]: one["rate"] for one in (await public(client, "/external/fiats")).data}
    assert rates["USD"] == 1
    assert (await public(client, "/fiats")).data == (await public(client, "/external/fiats")).data


async def test_everybodys_transfers_name_nobody(client: Client) -> None:
    """In the network's view, page by page."""
    found = (await public(client, f"/network/snapshots?limit=3&asset={XIN}&order=DESC")).data
    assert [(one["type"], one["source"], one["asset"]["symbol"]) for one in found] == [
        ("snapshot", "DEPOSIT_CONFIRMED", "XIN")
    ] * 3
    assert not {"user_id", "opponent_id", "memo", "data", "trace_id"} & found[0].keys()
    assert len((await public(client, "/network/snapshots?order=ASC")).data) > 6
    assert (await public(client, f"/network/snapshots?asset={ALICE}")).data == []
    assert (await public(client, "/network/snapshots?order=UP")).code == 10002


async def test_addresses_and_the_kernel(client: Client) -> None:
    """An address is anything that is not empty; the kernel says that it is none."""
    checked = (await public(client, f"/external/addresses/check?asset={BTC}&destination=bc1q&tag=")).data
    assert checked == {"destination": "bc1q", "tag": ""}
    assert (await public(client, f"/external/addresses/check?asset={BTC}")).code == 30102
    assert (await public(client, "/external/addresses/check?asset=x&destination=y")).code == 404
    assert (await public(client, "/external/transactions")).data == []
    info = await client.plain("POST", "/external/proxy", b'{"method": "getinfo", "params": []}')
    assert info.data["network"] == "sandbox"
    assert (await client.plain("POST", "/external/proxy", b'{"method": "sendrawtransaction"}')).code == 10002


async def test_the_network_can_be_gone_too(client: Client) -> None:
    """Its documentation was removed with that of the older wallet; rates stay."""
    await client.control("POST", "/settings", legacy="gone")
    assert (await public(client, "/network/assets/top")).code == 404
    assert (await public(client, "/external/fiats")).code == 0
