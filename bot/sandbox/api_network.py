"""What everybody may know, without a token: assets, prices, rates, addresses.

Source: mixin.md 5.13; the documentation of /network was removed in 2025.
"""

from decimal import Decimal
from typing import Any

from bot.sandbox.api_assets import asset_of, time_of
from bot.sandbox.coins import network_asset, network_snapshot
from bot.sandbox.endpoint import PUBLIC, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.wallet import MAX_LIMIT, plain

KINDS = ("", "ALL", "NORMAL", "BARREN")
FIATS = (("USD", 1), ("CNY", 7.1), ("JPY", 155.2), ("EUR", 0.92), ("GBP", 0.79), ("HKD", 7.8), ("AED", 3.67))
STARTED = "2019-02-28T00:00:00Z"


async def get_top(call: Call) -> Any:
    _check_kind(call)
    return [network_asset(one) for one in call.sandbox.wallet.assets]


async def search(call: Call) -> Any:
    """By the beginning of a symbol or by a part of a name."""
    _check_kind(call)
    wanted = call.part("q").casefold()
    return [
        network_asset(one)
        for one in call.sandbox.wallet.assets
        if one.symbol.casefold().startswith(wanted) or wanted in one.name.casefold() or wanted == one.asset_id
    ]


async def get_asset(call: Call) -> Any:
    return network_asset(asset_of(call))


async def get_ticker(call: Call) -> Any:
    """Zeros for an asset that nobody knows."""
    time_of(call, "offset", up=False)
    found = call.sandbox.wallet.assets.get(call.query("asset"))
    btc, usd = (found.price_btc, found.price_usd) if found is not None else ("0", "0")
    return {"type": "ticker", "price_btc": btc, "price_usd": usd}


async def get_chains(call: Call) -> Any:
    """The assets that are chains of their own."""
    assets = call.sandbox.wallet.assets
    chains = [assets[one] for one in dict.fromkeys(asset.chain_id for asset in assets) if assets.get(one)]
    return [
        {"type": "chain", "chain_id": one.asset_id, "name": one.name, "symbol": one.symbol, "icon_url": "",
         "managed_block_height": 1, "deposit_block_height": 1, "threshold": 3, "withdrawal_pending_count": 0,
         "withdrawal_fee": "0.0001", "is_synchronized": True}
        for one in chains
    ]  # fmt: skip


async def get_network(call: Call) -> Any:
    assets = list(call.sandbox.wallet.assets)
    return {
        "type": "network", "assets": [network_asset(one) for one in assets], "chains": await get_chains(call),
        "assets_count": str(len(assets)), "peak_throughput": "0", "snapshots_count": "0",
    }  # fmt: skip


async def get_snapshots(call: Call) -> Any:
    """Everybody's, without names; the newest first unless `order=ASC`."""
    order = call.query("order")
    if order not in ("", "ASC", "DESC"):
        raise bad_field("order", "expected one of ASC, DESC")
    assets = call.sandbox.wallet.assets
    wanted = assets.get(call.query("asset"))
    if call.query("asset") and wanted is None:
        return []
    found = call.sandbox.wallet.snapshots(
        "", asset_id=wanted.asset_id if wanted else "", limit=call.whole("limit", MAX_LIMIT, MAX_LIMIT),
        offset=time_of(call, "offset", up=order == "ASC"), descending=order != "ASC",
    )  # fmt: skip
    return [network_snapshot(one, assets[one.asset_id]) for one in found]


async def get_fiats(call: Call) -> Any:
    """Units of each for a dollar."""
    return [{"code": code, "rate": rate} for code, rate in FIATS]


async def check_address(call: Call) -> Any:
    """Whether coins could be sent there: any destination that is not empty."""
    found = call.sandbox.wallet.assets.get(call.query("asset"))
    if found is None:
        raise ApiError(404)
    if not call.query("destination"):
        raise ApiError(30102)
    return {"destination": call.query("destination"), "tag": call.query("tag")}


async def get_transactions(call: Call) -> Any:
    """Deposits that are on their way: none, fake coins arrive at once."""
    return []


async def proxy(call: Call) -> Any:
    """A kernel without a network; it knows its own name and that nothing else is there."""
    method = call.fields().get("method")
    if method != "getinfo":
        raise bad_field("method", "the sandbox's kernel knows getinfo only")
    return {"network": "sandbox", "version": "sandbox", "timestamp": STARTED, "mint": {"pool": plain(Decimal(0))}}


ENDPOINTS = (
    Endpoint("GET", "/network", get_network, PUBLIC, "The network", legacy=True),
    Endpoint("GET", "/network/assets/top", get_top, PUBLIC, "The best assets", ("kind",), legacy=True),
    Endpoint("GET", "/network/assets/search/{q}", search, PUBLIC, "Assets by name or symbol", ("kind",), legacy=True),
    Endpoint("GET", "/network/assets/{id}", get_asset, PUBLIC, "An asset", legacy=True),
    Endpoint("GET", "/network/ticker", get_ticker, PUBLIC, "A price at a time", ("asset", "offset"), legacy=True),
    Endpoint("GET", "/network/chains", get_chains, PUBLIC, "The chains", legacy=True),
    Endpoint(
        "GET", "/network/snapshots", get_snapshots, PUBLIC, "Everybody's transfers",
        ("limit", "offset", "asset", "order"), legacy=True,
    ),
    Endpoint("GET", "/external/fiats", get_fiats, PUBLIC, "Exchange rates"),
    Endpoint("GET", "/fiats", get_fiats, PUBLIC, "Exchange rates, as before", legacy=True),
    Endpoint(
        "GET", "/external/addresses/check", check_address, PUBLIC, "Whether an address is one",
        ("asset", "destination", "tag"),
    ),
    Endpoint("GET", "/external/transactions", get_transactions, PUBLIC, "Deposits on their way", ("asset",)),
    Endpoint("POST", "/external/proxy", proxy, PUBLIC, "The kernel's RPC", body={"type": "object"}),
)  # fmt: skip


def _check_kind(call: Call) -> None:
    if call.query("kind") not in KINDS:
        raise bad_field("kind", f"expected one of {', '.join(KINDS[1:])}")
