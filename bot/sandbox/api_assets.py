"""Coins: the older balances, Safe's assets, outputs and snapshots; read only.

Source: mixin.md 5.4, 5.5 and 5.12.
"""

from typing import Any

from bot.sandbox.endpoint import MAX_OFFSET, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id, members_hash
from bot.sandbox.wallet import ASSETS, MAX_LIMIT, old_asset, old_snapshot, safe_asset
from bot.sandbox.world import kernel_id

READ_ASSETS = "ASSETS:READ"
READ_SNAPSHOTS = "SNAPSHOTS:READ"
STATES = ("", "unspent", "signed", "spent")
ORDERS = ("", "ASC", "DESC")
KERNEL = {kernel_id(asset_id): asset_id for asset_id in ASSETS}


async def get_assets(call: Call) -> Any:
    balances = call.sandbox.wallet.balances(call.who.user_id)
    return [old_asset(asset_id, balance) for asset_id, balance in balances.items() if asset_id in ASSETS]


async def get_asset(call: Call) -> Any:
    asset_id = _asset(call)
    return old_asset(asset_id, call.sandbox.wallet.balances(call.who.user_id).get(asset_id, "0"))


async def get_safe_assets(call: Call) -> Any:
    return [safe_asset(asset_id) for asset_id in ASSETS]


async def get_safe_asset(call: Call) -> Any:
    return safe_asset(_asset(call))


async def fetch_safe_assets(call: Call) -> Any:
    rows = call.json()
    if not isinstance(rows, list):
        raise bad_field("", "the body must be an array of asset ids")
    wanted = [KERNEL.get(str(one), str(one)) for one in rows]
    return [safe_asset(one) for one in dict.fromkeys(wanted) if one in ASSETS]


async def get_outputs(call: Call) -> Any:
    """A page of at most 500; `offset` is a sequence."""
    members, threshold = call.query("members"), call.query("threshold")
    if members and members != members_hash([call.who.user_id]):
        raise ApiError(403, why="not the members hash of the caller")
    if threshold not in ("", "1"):
        raise bad_field("threshold", "expected 1")
    return call.sandbox.wallet.outputs(
        call.who.user_id, asset_id=KERNEL.get(call.query("asset"), call.query("asset")),
        state=_one_of(call, "state", STATES), offset=call.whole("offset", 0, MAX_OFFSET),
        limit=call.whole("limit", MAX_LIMIT, MAX_LIMIT), descending=_one_of(call, "order", ORDERS) == "DESC",
    )  # fmt: skip


async def get_output(call: Call) -> Any:
    found = call.sandbox.wallet.outputs_by_id(call.who.user_id, [call.part("id")])
    if not found:
        raise ApiError(404)
    return found[0]


async def fetch_outputs(call: Call) -> Any:
    fields = call.fields()
    ids = fields.get("ids")
    if not isinstance(ids, list) or not all(is_id(one) for one in ids):
        raise bad_field("ids", "expected a list of UUIDs")
    if fields.get("user_id") not in (None, "", call.who.user_id):
        raise ApiError(403, why="somebody else's outputs")
    return call.sandbox.wallet.outputs_by_id(call.who.user_id, ids)


async def get_snapshots(call: Call) -> Any:
    return [old_snapshot(one) for one in await get_safe_snapshots(call)]


async def get_asset_snapshots(call: Call) -> Any:
    asset_id, limit = _asset(call), call.whole("limit", MAX_LIMIT, MAX_LIMIT)
    found = call.sandbox.wallet.snapshots(call.who.user_id, asset_id=asset_id, limit=limit)
    return [old_snapshot(one) for one in found]


async def get_snapshot(call: Call) -> Any:
    return old_snapshot(await get_safe_snapshot(call))


async def get_safe_snapshots(call: Call) -> Any:
    """The newest first, or the oldest with `order=ASC`; `offset` is a time, whose own snapshot comes again."""
    return call.sandbox.wallet.snapshots(
        call.who.user_id, asset_id=call.query("asset"), limit=call.whole("limit", MAX_LIMIT, MAX_LIMIT),
        offset=call.query("offset"), descending=_one_of(call, "order", ORDERS) != "ASC",
    )  # fmt: skip


async def get_safe_snapshot(call: Call) -> dict[str, Any]:
    found = call.sandbox.wallet.snapshot(call.part("id"))
    if found is None:
        raise ApiError(404)
    if found["user_id"] != call.who.user_id:
        raise ApiError(403, why="somebody else's snapshot")
    return found


def _asset(call: Call) -> str:
    asset_id = KERNEL.get(call.part("id"), call.part("id"))
    if asset_id not in ASSETS:
        raise ApiError(404)
    return asset_id


def _one_of(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    value = call.query(name)
    if value not in allowed:
        raise bad_field(name, f"expected one of {', '.join(one for one in allowed if one)}")
    return value


_PAGE = ("asset", "offset", "limit", "order")

ENDPOINTS = (
    Endpoint("GET", "/assets", get_assets, READ_ASSETS, "Balances, older API"),
    Endpoint("GET", "/assets/{id}", get_asset, READ_ASSETS, "One balance, older API"),
    Endpoint("GET", "/assets/{id}/snapshots", get_asset_snapshots, READ_SNAPSHOTS, "Transfers of an asset", ("limit",)),
    Endpoint("GET", "/snapshots", get_snapshots, READ_SNAPSHOTS, "Transfers, older API", _PAGE),
    Endpoint("GET", "/snapshots/{id}", get_snapshot, READ_SNAPSHOTS, "One transfer, older API"),
    Endpoint("GET", "/safe/assets", get_safe_assets, READ_ASSETS, "Facts about assets"),
    Endpoint("GET", "/safe/assets/{id}", get_safe_asset, READ_ASSETS, "Facts about an asset"),
    Endpoint("POST", "/safe/assets/fetch", fetch_safe_assets, READ_ASSETS, "Assets by id", body={"type": "array"}),
    Endpoint(
        "GET", "/safe/outputs", get_outputs, READ_ASSETS, "Outputs, at most 500 a page",
        ("members", "threshold", "state", *_PAGE),
    ),
    Endpoint("GET", "/safe/outputs/{id}", get_output, READ_ASSETS, "One output"),
    Endpoint("POST", "/safe/outputs/fetch", fetch_outputs, READ_ASSETS, "Outputs by id", body={"type": "object"}),
    Endpoint("GET", "/safe/snapshots", get_safe_snapshots, READ_SNAPSHOTS, "Transfers", _PAGE),
    Endpoint("GET", "/safe/snapshots/{id}", get_safe_snapshot, READ_SNAPSHOTS, "One transfer"),
)  # fmt: skip
