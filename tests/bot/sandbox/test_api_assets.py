"""Coins: balances are sums of unspent outputs, over as many pages as it takes."""

from decimal import Decimal
from typing import Any

import pytest

from bot.sandbox.ids import members_hash
from bot.sandbox.world import ALICE, BTC, ETH, USDT, XIN, kernel_id
from tests.bot.sandbox.client import Client


async def outputs(client: Client, query: str = "") -> Any:
    return (await client.call("GET", f"/safe/outputs{query}")).data


async def test_the_older_balances_are_sums_of_outputs(client: Client) -> None:
    """GET /assets lists what there is; GET /assets/:id also what there is not, and by kernel id."""
    listed = {one["asset_id"]: one["balance"] for one in (await client.call("GET", "/assets")).data}
    assert listed == {BTC: "0.015", XIN: "2.25", USDT: "100"}
    assert (await client.call("GET", f"/assets/{ETH}")).data["balance"] == "0"
    assert (await client.call("GET", f"/assets/{kernel_id(BTC)}")).data["symbol"] == "BTC"
    assert (await client.call("GET", f"/assets/{ALICE}")).code == 404


async def test_more_than_one_page_of_outputs_is_summed_by_sequence(client: Client) -> None:
    """1,203 outputs come in pages of 500; the output at the boundary comes again, so ids must be told apart."""
    fields = {"as": "7000999001", "asset": "ETH", "amount": "0.001", "count": 1203}
    await client.control("POST", "/wallet", **fields)
    found: dict[str, str] = {}
    offset, pages = 0, list[int]()
    while not pages or pages[-1] == 500:
        page = await outputs(client, f"?asset={ETH}&state=unspent&limit=500&offset={offset}&order=ASC")
        pages.append(len(page))
        found |= {one["output_id"]: one["amount"] for one in page}
        offset = page[-1]["sequence"]
    assert pages == [500, 500, 205]
    assert sum(map(Decimal, found.values())) == Decimal("1.203")
    assert (await client.call("GET", f"/assets/{ETH}")).data["balance"] == "1.203"


async def test_outputs_are_filtered_and_ordered(client: Client) -> None:
    """By asset in either form, by state, in either direction."""
    members = members_hash([client.sandbox.bot_id])
    xin = await outputs(client, f"?members={members}&threshold=1&asset={kernel_id(XIN)}&state=unspent")
    assert [one["amount"] for one in xin] == ["1.5", "0.5", "0.25"]
    down = await outputs(client, f"?asset={XIN}&order=DESC&limit=2")
    assert [one["amount"] for one in down] == ["0.25", "0.5"]
    again = await outputs(client, f"?asset={XIN}&order=DESC&offset={down[-1]['sequence']}")
    assert [one["amount"] for one in again] == ["0.5", "1.5"]
    await client.control("POST", "/wallet", **{"as": client.sandbox.bot_id, "asset": "XIN", "amount": "0"})
    assert await outputs(client, f"?asset={XIN}&state=unspent") == []
    assert len(await outputs(client, f"?asset={XIN}&state=spent")) == 3


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"?members={members_hash([ALICE])}", 403),
        ("?threshold=2", 10002),
        ("?limit=501", 10002),
        ("?limit=-1", 10002),
        ("?offset=2026-01-01T00:00:00Z", 10002),
        ("?offset=%D9%A3", 10002),
        ("?state=gone", 10002),
        ("?order=UP", 10002),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(client: Client, query: str, code: int) -> None:
    """The offset is a number, not a time; nobody reads others' outputs."""
    assert (await client.call("GET", f"/safe/outputs{query}")).code == code


async def test_outputs_are_fetched_by_id(client: Client) -> None:
    """Alone and in a list; others' are not there."""
    first, second, *_ = await outputs(client)
    assert (await client.call("GET", f"/safe/outputs/{first['output_id']}")).data == first
    body = {"user_id": client.sandbox.bot_id, "ids": [second["output_id"], ALICE]}
    assert (await client.call("POST", "/safe/outputs/fetch", body)).data == [second]
    assert (await client.call("POST", "/safe/outputs/fetch", body | {"user_id": ALICE})).code == 403
    assert (await client.call("POST", "/safe/outputs/fetch", {"ids": "all"})).code == 10002
    assert (await client.call("GET", f"/safe/outputs/{ALICE}")).code == 404


async def test_safe_assets_are_facts_without_balance(client: Client) -> None:
    """All, one, or those asked for; unknown ones are left out."""
    listed = (await client.call("GET", "/safe/assets")).data
    assert {one["symbol"] for one in listed} == {"BTC", "ETH", "USDT", "XIN"}
    assert not any("balance" in one for one in listed)
    assert (await client.call("GET", f"/safe/assets/{USDT}")).data["precision"] == 6
    fetched = (await client.call("POST", "/safe/assets/fetch", [kernel_id(BTC), ALICE, XIN])).data
    assert [one["symbol"] for one in fetched] == ["BTC", "XIN"]
    assert (await client.call("POST", "/safe/assets/fetch", {})).code == 10002


async def test_snapshots_are_the_callers_own(client: Client) -> None:
    """In the older and in Safe's form, page by page; somebody else's is 403, an unknown one 404."""
    safe = (await client.call("GET", "/safe/snapshots")).data
    assert (len(safe), {one["user_id"] for one in safe}) == (6, {client.sandbox.bot_id})
    old = (await client.call("GET", "/snapshots?limit=2&order=ASC")).data
    assert [one["type"] for one in old] == ["deposit"] * 2
    rest = (await client.call("GET", f"/snapshots?order=ASC&offset={old[-1]['created_at']}")).data
    assert [one["snapshot_id"] for one in rest] == [one["snapshot_id"] for one in safe[::-1][1:]]
    assert (await client.call("GET", f"/snapshots/{old[0]['snapshot_id']}")).data == old[0]
    assert len((await client.call("GET", f"/assets/{XIN}/snapshots")).data) == 3
    foreign = client.sandbox.wallet.snapshots(ALICE)[0].snapshot_id
    assert (await client.call("GET", f"/safe/snapshots/{foreign}")).code == 403
    assert (await client.call("GET", f"/safe/snapshots/{ALICE}")).code == 404
