"""Coins from outside: who has what, received, transferred, set by hand, made up."""

from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.assets import Asset
from bot.sandbox.coins import safe_snapshot
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.ids import is_id, new_id
from bot.sandbox.tables import transaction
from bot.sandbox.wallet import MAX_AMOUNT, MAX_LIMIT, Snapshot, plain

MAX_OUTPUTS = 10_000
MAX_NAME = 64
MAX_PRECISION = 18
KINDS = ("safe", "account")


async def wallet(ask: Ask) -> Any:
    """Balances with what they are worth in dollars, and the newest transfers."""
    person, purse = ask.sandbox.person(ask.query("as")), ask.sandbox.wallet
    balances, worth = purse.balances(person.user_id), Decimal(0)
    rows = []
    for asset in purse.assets:
        balance = balances.get(asset.asset_id, "0")
        usd = Decimal(balance) * Decimal(asset.price_usd)
        worth += usd
        rows.append(_asset(asset) | {"balance": balance, "usd": f"{usd:.2f}"})
    newest = purse.snapshots(person.user_id, limit=ask.whole("limit", 50, MAX_LIMIT))
    return {
        "user_id": person.user_id, "assets": rows, "usd": f"{worth:.2f}",
        "snapshots": [_snapshot(ask, one) for one in newest],
    }  # fmt: skip


async def receive(ask: Ask) -> Any:
    """Coins out of nowhere, as `count` outputs; `amount` 0 takes all of that asset away."""
    person, asset, amount = ask.sandbox.person(ask.text("as")), _wanted(ask), _decimal(ask, "amount")
    count = int(ask.number("count", 1))
    if not 1 <= count <= MAX_OUTPUTS:
        raise ControlError(400, f"count is {count}, expected 1 to {MAX_OUTPUTS} outputs")
    with transaction(ask.sandbox.db):
        if amount:
            ask.sandbox.wallet.receive(
                person.user_id, asset.asset_id, plain(amount), count=count, memo=ask.text("memo", "")
            )
        else:
            ask.sandbox.wallet.set_balance(person.user_id, asset.asset_id, Decimal(0))
    return _told(ask, person.user_id)


async def set_balance(ask: Ask) -> Any:
    """What is missing comes from outside, what is too much goes there."""
    person, asset, wanted = ask.sandbox.person(ask.text("as")), _wanted(ask), _decimal(ask, "balance")
    with transaction(ask.sandbox.db):
        ask.sandbox.wallet.set_balance(person.user_id, asset.asset_id, wanted)
    return _told(ask, person.user_id)


async def transfer(ask: Ask) -> Any:
    """Both get a snapshot, and in their conversation a notice of it; the same `trace_id` again changes nothing."""
    trace_id, kind = ask.text("trace_id", ""), ask.text("kind", KINDS[0])
    if (trace_id and not is_id(trace_id)) or kind not in KINDS:
        raise ControlError(400, f"trace_id is not a UUID in lower case, or kind is none of {', '.join(KINDS)}")
    made = ask.sandbox.transfer(
        ask.text("as"), ask.text("to"), _wanted(ask).asset_id, ask.text("amount"), memo=ask.text("memo", ""),
        trace_id=trace_id, safe=kind == KINDS[0],
    )  # fmt: skip
    asset = ask.sandbox.wallet.assets[made.paid.asset_id]
    return {"paid": safe_snapshot(made.paid, asset), "received": safe_snapshot(made.received, asset)}


async def snapshot(ask: Ask) -> Any:
    """By its id or by its trace; of a transfer that is told by the other side's id, one's own side."""
    person, purse, wanted = ask.sandbox.person(ask.query("as")), ask.sandbox.wallet, ask.part("id")
    found = purse.snapshot(wanted)
    if found is None or found.user_id != person.user_id:
        found = purse.by_trace(person.user_id, wanted if found is None else found.trace_id)
    if found is None:
        raise ControlError(404, f"{person.full_name} has no snapshot {wanted}")
    return _snapshot(ask, found)


async def assets(ask: Ask) -> Any:
    return [_asset(one) for one in ask.sandbox.wallet.assets]


async def add_asset(ask: Ask) -> Any:
    """A coin of one's own making."""
    asset_id, symbol = ask.text("asset_id", "") or new_id(), ask.text("symbol").strip()
    name, chain_id = ask.text("name", symbol).strip(), ask.text("chain_id", "") or asset_id
    precision = int(ask.number("precision", 8))
    if not is_id(asset_id) or not is_id(chain_id) or not 0 <= precision <= MAX_PRECISION:
        raise ControlError(400, f"an id is no UUID in lower case, or precision is not 0 to {MAX_PRECISION}")
    if not 0 < len(symbol) <= MAX_NAME or not 0 < len(name) <= MAX_NAME:
        raise ControlError(400, f"symbol and name have 1 to {MAX_NAME} characters")
    made = Asset(
        asset_id, chain_id, symbol, name, plain(_decimal(ask, "price_usd", "0")),
        plain(_decimal(ask, "price_btc", "0")), "0", precision,
    )  # fmt: skip
    with transaction(ask.sandbox.db):
        ask.sandbox.wallet.assets.add(made)
    return _asset(made)


def _told(ask: Ask, user_id: str) -> dict[str, Any]:
    ask.sandbox.events.publish("wallet", frozenset({user_id}), user_id=user_id)
    return {"balances": ask.sandbox.wallet.balances(user_id)}


def _wanted(ask: Ask) -> Asset:
    try:
        return ask.sandbox.wallet.assets.find(ask.text("asset"))
    except KeyError as error:
        raise ControlError(400, str(error.args[0])) from error


def _decimal(ask: Ask, name: str, default: str | None = None) -> Decimal:
    try:
        read = Decimal(ask.text(name, default))
    except InvalidOperation:
        raise ControlError(400, f"{name} is no decimal") from None
    if not read.is_finite() or not 0 <= read <= MAX_AMOUNT:
        raise ControlError(400, f"{name} is not between 0 and {MAX_AMOUNT:f}")
    return read


def _asset(one: Asset) -> dict[str, Any]:
    return {
        "asset_id": one.asset_id, "chain_id": one.chain_id, "symbol": one.symbol, "name": one.name,
        "price_usd": one.price_usd, "precision": one.precision,
    }  # fmt: skip


def _snapshot(ask: Ask, one: Snapshot) -> dict[str, Any]:
    opponent = ask.sandbox.people.get(one.opponent_id)
    return {
        "snapshot_id": one.snapshot_id, "type": one.kind, "opponent_id": one.opponent_id,
        "opponent": opponent.full_name if opponent else "", "symbol": ask.sandbox.wallet.assets[one.asset_id].symbol,
        "asset_id": one.asset_id, "amount": one.amount, "memo": one.memo, "trace_id": one.trace_id,
        "opening_balance": one.opening_balance, "closing_balance": one.closing_balance,
        "transaction_hash": one.transaction_hash, "created_at": one.created_at,
    }  # fmt: skip


_WHOSE = {"as": "who", "asset": "id or symbol"}

CONTROLS = (
    Control("GET", "/wallet", wallet, "Somebody's coins and newest transfers", ("as", "limit")),
    Control(
        "POST", "/wallet", receive, "Receive fake coins",
        body=_WHOSE | {"amount": "decimal text", "count?": "in how many outputs", "memo?": "text"},
    ),
    Control("PUT", "/wallet", set_balance, "Set a balance by hand", body=_WHOSE | {"balance": "decimal text"}),
    Control(
        "POST", "/transfers", transfer, "From one to another",
        body=_WHOSE | {"to": "who", "amount": "decimal text", "memo?": "text", "trace_id?": "UUID",
                       "kind?": "which notice: safe (as now) or account (as before)"},
    ),
    Control("GET", "/snapshots/{id}", snapshot, "Somebody's side of a transfer", ("as",)),
    Control("GET", "/assets", assets, "The assets that there are"),
    Control(
        "POST", "/assets", add_asset, "Make an asset up",
        body={"symbol": "text", "name?": "text", "price_usd?": "decimal text", "price_btc?": "decimal text",
              "precision?": "decimals, 8", "asset_id?": "UUID", "chain_id?": "UUID"},
    ),
)  # fmt: skip
