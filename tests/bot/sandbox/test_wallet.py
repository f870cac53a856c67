"""Money that moves: transfers, what both sides are told, filters and pages, the older API gone."""

import base64
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest

from bot.sandbox.ids import members_hash
from bot.sandbox.world import ALICE, BOB, BTC, ETH, OLIVIA, USDT, XIN
from tests.bot.sandbox.client import Client
from tests.bot.sandbox.person import App

TRACE = "70000000-0000-4000-8000-0000000000e2"


@pytest.fixture
async def alice(client: Client) -> App:
    """Alice's account, read with her key."""
    return await App(client).connect()


async def pay(client: Client, **changed: Any) -> Any:
    """Alice pays the bot 0.05 BTC."""
    fields = {"as": "Alice", "to": client.sandbox.bot_id, "asset": "BTC", "amount": "0.05"} | changed
    return await client.control("POST", "/transfers", **fields)


async def refused(client: Client, path: str, method: str = "POST", **fields: Any) -> int:
    answer = await client.plain(method, "/_sandbox" + path, json.dumps(fields).encode())
    return int(answer.body["error"]["code"])


async def test_a_transfer_is_a_snapshot_on_both_sides(client: Client, alice: App) -> None:
    """The same hash and trace, ids and signs of their own, balances before and after."""
    made = await pay(client, memo="lunch ☕", trace_id=TRACE)
    (mine,) = (await alice.call("GET", "/safe/snapshots?limit=1&order=DESC")).data
    (theirs,) = (await client.call("GET", "/safe/snapshots?limit=1&order=DESC")).data
    assert (mine, theirs) == (made["paid"], made["received"])
    assert (mine["amount"], mine["user_id"], mine["opponent_id"]) == ("-0.05", ALICE, client.sandbox.bot_id)
    assert (mine["opening_balance"], mine["closing_balance"]) == ("0.2", "0.15")
    assert (theirs["amount"], theirs["opening_balance"], theirs["closing_balance"]) == ("0.05", "0.015", "0.065")
    assert bytes.fromhex(theirs["memo"]).decode() == "lunch ☕"
    assert {one["request_id"] for one in (mine, theirs)} == {TRACE}
    assert mine["transaction_hash"] == theirs["transaction_hash"]
    assert mine["snapshot_id"] != theirs["snapshot_id"]
    assert (await client.call("GET", f"/safe/snapshots/{mine['snapshot_id']}")).code == 403


async def test_outputs_are_used_up_and_change_comes_back(client: Client, alice: App) -> None:
    """The balance is the sum of what is unspent; the new output names its sender, its memo and its trace."""
    made = await pay(client, memo="hello", trace_id=TRACE)
    spent, change = (await alice.call("GET", f"/safe/outputs?asset={BTC}")).data
    assert (spent["state"], spent["amount"], change["state"], change["amount"]) == ("spent", "0.2", "unspent", "0.15")
    assert (change["output_index"], spent["spent_at"] > spent["created_at"]) == (1, True)
    received = (await client.call("GET", f"/safe/outputs?asset={BTC}&order=DESC&limit=1")).data[0]
    assert (received["senders"], received["senders_hash"]) == ([ALICE], members_hash([ALICE]))
    assert (received["extra"], received["request_id"], received["output_index"]) == ("68656c6c6f", TRACE, 0)
    assert received["transaction_hash"] == made["paid"]["transaction_hash"]
    by_hash = f"{received['transaction_hash']}:0"
    assert (await client.call("GET", f"/safe/outputs/{by_hash}")).data == received
    assert (await alice.call("GET", f"/assets/{BTC}")).data["balance"] == "0.15"


@pytest.mark.parametrize("kind", ["safe", "account"])
async def test_the_bot_is_told_in_the_chat(client: Client, kind: str) -> None:
    """As a system message from the payer, in either of the documented shapes."""
    async with client.blaze() as blaze:
        made = await pay(client, memo="lunch", trace_id=TRACE, kind=kind)
        told = await blaze.pushed()
    content = json.loads(base64.b64decode(told["data"]))
    category = {"safe": "SYSTEM_SAFE_SNAPSHOT", "account": "SYSTEM_ACCOUNT_SNAPSHOT"}[kind]
    assert (told["category"], told["user_id"]) == (category, ALICE)
    assert (content["amount"], content["opponent_id"], content["asset_id"]) == ("0.05", ALICE, BTC)
    assert content["snapshot_id"] == made["received"]["snapshot_id"]
    if kind == "safe":
        assert (content["user_id"], content["memo"]) == (client.sandbox.bot_id, b"lunch".hex())
        assert content["transaction_hash"] == made["received"]["transaction_hash"]
    else:
        assert (content["type"], content["trace_id"], content["memo"]) == ("transfer", TRACE, "lunch")


async def test_a_bot_that_paid_is_told_too(client: Client) -> None:
    """Both sides get one; people see the notice once."""
    async with client.blaze() as blaze:
        await pay(client, **{"as": client.sandbox.bot_id, "to": "Bob", "asset": "XIN", "amount": "2"})
        told = json.loads(base64.b64decode((await blaze.pushed())["data"]))
    assert (told["amount"], told["opponent_id"], told["user_id"]) == ("-2", BOB, client.sandbox.bot_id)
    (conversation,) = [one for one in await client.control("GET", "/conversations?as=Bob") if one["last_message"]]
    shown = await client.control("GET", f"/conversations/{conversation['conversation_id']}/messages?as=Bob")
    assert [one["data"]["amount"] for one in shown] == ["2"]


async def test_people_pay_each_other(client: Client) -> None:
    """Two who never spoke have a conversation then, with the notice in it."""
    await pay(client, to="Olivia", asset="USDT", amount="250.5")
    wallet = await client.control("GET", "/wallet?as=Olivia")
    balances = {one["symbol"]: one["balance"] for one in wallet["assets"]}
    assert (balances["USDT"], wallet["snapshots"][0]["opponent"]) == ("250.5", "Alice")
    (row,) = [one for one in await client.control("GET", "/conversations?as=Olivia") if one["last_message"]]
    assert {one["user_id"] for one in row["participants"]} == {ALICE, OLIVIA}


async def test_the_same_trace_pays_once(client: Client) -> None:
    """Again the same: the same answer, no coins, no message. Something else: 20125."""
    first = await pay(client, trace_id=TRACE)
    assert await pay(client, trace_id=TRACE) == first
    assert len(client.sandbox.history("Alice")) == 1
    fields = {"as": "Alice", "to": client.sandbox.bot_id, "asset": "BTC", "amount": "0.01", "trace_id": TRACE}
    assert await refused(client, "/transfers", **fields) == 20125


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"amount": "0.3"}, 20117),
        ({"asset": "ETH"}, 20117),
        ({"amount": "0.000000001"}, 20120),
        ({"amount": "0"}, 10002),
        ({"amount": "-1"}, 10002),
        ({"amount": "NaN"}, 10002),
        ({"amount": "1e400"}, 10002),
        ({"to": "Alice"}, 10002),
        ({"memo": "☕" * 67}, 10002),
        ({"to": "Nobody"}, 404),
        ({"asset": "DOGE"}, 400),
        ({"trace_id": "x"}, 400),
        ({"kind": "other"}, 400),
    ],
)
async def test_a_transfer_that_cannot_be_is_refused(client: Client, changed: Any, code: int) -> None:
    """With Mixin's codes where it has some; nothing moves."""
    fields = {"as": "Alice", "to": client.sandbox.bot_id, "asset": "BTC", "amount": "0.05"} | changed
    assert await refused(client, "/transfers", **fields) == code
    assert client.sandbox.wallet.balances(ALICE) == {BTC: "0.2", USDT: "250.5"}
    assert client.sandbox.history("Alice") == []


async def test_a_balance_is_set_by_hand(client: Client, alice: App) -> None:
    """Up or down, to the digit; what was missing came as a deposit, what was too much went as a withdrawal."""
    for wanted in ("1.5", "0.3", "0.3", "0"):
        got = await client.control("PUT", "/wallet", **{"as": "Alice", "asset": "BTC", "balance": wanted})
        assert got["balances"].get(BTC, "0") == wanted
    old = (await alice.call("GET", f"/snapshots?asset={BTC}&order=DESC")).data
    assert [(one["type"], one["amount"]) for one in old] == [
        ("withdrawal", "-0.3"), ("withdrawal", "-1.2"), ("deposit", "1.3"), ("deposit", "0.2"),
    ]  # fmt: skip
    assert {"receiver", "fee", "state", "trace_id", "memo"} <= old[0].keys()
    assert {"output_index", "sender"} <= old[-1].keys()
    safe = (await alice.call("GET", "/safe/snapshots?order=DESC")).data
    assert (safe[0]["withdrawal"]["receiver"], safe[0]["deposit"]) == ("sandbox-btc", None)
    assert (safe[2]["deposit"]["destination"], safe[2]["withdrawal"]) == ("sandbox-btc", None)


async def test_snapshots_are_filtered(client: Client, alice: App) -> None:
    """By asset, by opponent, by where coins came to; what does not go together is refused."""
    await pay(client)
    await pay(client, to="Bob", asset="USDT", amount="5")
    opponent = (await alice.call("GET", f"/snapshots?opponent={BOB}&order=ASC")).data
    assert [(one["type"], one["opponent_id"], one["amount"]) for one in opponent] == [("transfer", BOB, "-5")]
    outside = (await alice.call("GET", "/snapshots?destination=sandbox-usdt")).data
    assert [(one["type"], one["asset_id"]) for one in outside] == [("deposit", USDT)]
    assert (await alice.call("GET", "/snapshots?tag=x")).data == []
    assert len((await alice.call("GET", f"/safe/snapshots?asset={USDT}")).data) == 2
    assert len((await alice.call("GET", f"/safe/snapshots?opponent={BOB}")).data) == 1
    assert (await alice.call("GET", f"/snapshots?opponent={BOB}&destination=x")).code == 10002
    assert (await alice.call("GET", f"/safe/snapshots?opponent={BOB}&asset={USDT}")).code == 10002
    assert (await alice.call("GET", f"/safe/snapshots?app={BOB}")).code == 403


async def test_pages_go_by_time_and_the_boundary_comes_again(client: Client, alice: App) -> None:
    """`created_at` of the last one is the next offset, as it is or with nanoseconds, in either direction."""
    for _ in range(5):
        await pay(client, amount="0.001")
    for order in ("ASC", "DESC"):
        seen, offset = list[str](), ""
        while True:
            page = (await alice.call("GET", f"/safe/snapshots?limit=3&order={order}{offset}")).data
            fresh = [one["snapshot_id"] for one in page if one["snapshot_id"] not in seen]
            seen += fresh
            offset = f"&offset={page[-1]['created_at']}"
            if len(page) < 3 or not fresh:
                break
        assert len(seen) == 7
    first = (await alice.call("GET", "/safe/snapshots?limit=1&order=ASC")).data[0]["created_at"]
    later = first.removesuffix("Z") + "001Z"
    assert len((await alice.call("GET", f"/safe/snapshots?order=ASC&offset={later}")).data) == 6
    assert len((await alice.call("GET", f"/safe/snapshots?order=DESC&offset={later}")).data) == 1
    for wrong in ("yesterday", "2026-01-01", "0001-01-01T00:00:00%2B05:00", "9999-12-31T23:59:59.9999999Z"):
        assert (await alice.call("GET", f"/safe/snapshots?order=ASC&offset={wrong}")).code == 10002


async def test_a_transfer_is_found_by_its_trace(client: Client, alice: App) -> None:
    """Each sees their own side; a deposit has none."""
    await pay(client, trace_id=TRACE)
    assert (await alice.call("GET", f"/snapshots/trace/{TRACE}")).data["amount"] == "-0.05"
    assert (await client.call("GET", f"/transfers/trace/{TRACE}")).data["amount"] == "0.05"
    assert (await client.call("GET", f"/transfers/trace/{uuid.uuid4()}")).code == 404


@pytest.mark.parametrize(
    ("legacy", "lists", "single"), [("gone", 404, 404), ("forbidden", 403, 403), ("empty", 0, 404)]
)
async def test_the_older_api_can_be_gone(client: Client, alice: App, legacy: str, lists: int, single: int) -> None:
    """As 404, 403 or an empty list; Safe's stays, and so does the order of the checks."""
    await client.control("POST", "/settings", legacy=legacy)
    for target in ("/assets", "/snapshots"):
        answer = await alice.call("GET", target)
        assert answer.code == lists
        assert lists or answer.data == []
    assert (await alice.call("GET", f"/assets/{BTC}")).code == single
    assert (await alice.call("GET", f"/snapshots/{TRACE}")).code == single
    assert (await alice.call("GET", "/safe/outputs")).code == 0
    assert (await client.plain("GET", "/assets")).code == 401
    assert (await client.control("POST", "/settings", legacy="works"))["legacy"] == "works"
    assert (await alice.call("GET", "/assets")).code == 0
    assert await refused(client, "/settings", legacy="other") == 400


async def test_assets_can_be_made_up(client: Client, alice: App) -> None:
    """Five hundred of them, each with a balance; they are there after a restart, and gone after a reset."""
    for number in range(500):
        await client.control("POST", "/assets", symbol=f"T{number}", price_usd="0.5", precision=2)
        await client.control("POST", "/wallet", **{"as": "Alice", "asset": f"T{number}", "amount": "1.25"})
    listed = (await alice.call("GET", "/assets")).data
    balances = {one["symbol"]: one["balance"] for one in listed}
    assert (len(balances), balances["T0"], balances["T499"]) == (502, "1.25", "1.25")
    ids = [one["asset_id"] for one in listed]
    assert len((await alice.call("POST", "/safe/assets/fetch", ids)).data) == 502
    assert (await client.control("GET", "/wallet?as=Alice"))["usd"] == "12563.10"
    client.sandbox.wallet.assets.load()
    assert len(await client.control("GET", "/assets")) == 504
    await client.control("POST", "/reset")
    assert len(await client.control("GET", "/assets")) == 4
    for wrong in (
        {"symbol": ""},
        {"symbol": "x" * 65},
        {"symbol": "X", "precision": 19},
        {"symbol": "X", "asset_id": "1"},
    ):
        assert await refused(client, "/assets", **wrong) == 400


async def test_a_wallet_adds_up(client: Client) -> None:
    """What the page shows: each balance with its worth, and the whole in dollars."""
    wallet = await client.control("GET", "/wallet?as=Alice")
    assert [(one["symbol"], one["balance"], one["usd"]) for one in wallet["assets"]] == [
        ("BTC", "0.2", "12000.10"), ("ETH", "0", "0.00"), ("USDT", "250.5", "250.50"), ("XIN", "0", "0.00"),
    ]  # fmt: skip
    assert wallet["usd"] == "12250.60"
    total = sum(Decimal(one["usd"]) for one in wallet["assets"])
    assert total == Decimal(wallet["usd"])


async def test_friends_and_blocks_can_be_edited(client: Client, alice: App) -> None:
    """What GET /friends and /blocking_users then say; the other one is not asked."""
    await client.control("PUT", "/relations", **{"as": "Alice", "other": "Bob", "kind": "friend"})
    await client.control("PUT", "/relations", **{"as": "Alice", "other": "Noor", "kind": "blocked"})
    friends = (await alice.call("GET", "/friends")).data
    assert [(one["full_name"], one["relationship"]) for one in friends] == [("Demo Bot", "FRIEND"), ("Bob", "FRIEND")]
    blocked = (await alice.call("GET", "/blocking_users")).data
    assert [(one["full_name"], one["relationship"]) for one in blocked] == [("Noor", "BLOCKING")]
    shown = await client.control("GET", "/relations?as=Bob")
    assert [one["full_name"] for one in shown["friend"]] == ["Demo Bot"]
    await client.control("PUT", "/relations", **{"as": "Alice", "other": "Bob", "kind": "stranger"})
    assert [one["full_name"] for one in (await alice.call("GET", "/friends")).data] == ["Demo Bot"]
    assert await refused(client, "/relations", "PUT", **{"as": "Alice", "other": "Alice", "kind": "friend"}) == 400
    assert await refused(client, "/relations", "PUT", **{"as": "Alice", "other": "Bob", "kind": "rival"}) == 400


async def test_a_conversation_is_shown_to_who_is_in_it(client: Client, alice: App) -> None:
    """Also with a person's key: 403 for others' conversations, 404 for none."""
    mine = client.sandbox.talk("Alice").conversation_id
    theirs = client.sandbox.talk("Noor").conversation_id
    assert (await alice.call("GET", f"/conversations/{mine}")).data["category"] == "CONTACT"
    assert (await alice.call("GET", f"/conversations/{theirs}")).code == 403
    assert (await alice.call("GET", f"/conversations/{uuid.uuid4()}")).code == 404


async def test_fees_are_told(client: Client) -> None:
    """In the older and in Safe's form."""
    assert (await client.call("GET", f"/assets/{USDT}/fee")).data == {
        "type": "fee",
        "asset_id": ETH,
        "amount": "0.0001",
    }
    (fee,) = (await client.call("GET", f"/safe/assets/{XIN}/fees?destination=x")).data
    assert (fee["type"], fee["asset_id"]) == ("withdrawal_fee", ETH)


async def test_the_notice_of_a_payment_is_shown_to_who_paid(client: Client) -> None:
    """By hash and receiver; nobody asks for a transfer that they did not make."""
    made = await pay(client, **{"as": client.sandbox.bot_id, "to": "Bob", "asset": "XIN", "amount": "2"})
    fields = {"transaction_hash": made["paid"]["transaction_hash"], "output_index": 0, "receiver_id": BOB}
    shown = (await client.call("POST", "/safe/snapshots/notifications", fields)).data
    content = json.loads(base64.b64decode(shown["data"]))
    assert (shown["category"], content["amount"], content["user_id"]) == ("SYSTEM_SAFE_SNAPSHOT", "2", BOB)
    for wrong in ({"receiver_id": ALICE}, {"receiver_id": "x"}, {"transaction_hash": "ab" * 32}):
        assert (await client.call("POST", "/safe/snapshots/notifications", fields | wrong)).code == 404
