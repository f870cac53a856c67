"""Coins: the older balances and transfers, Safe's assets, outputs and snapshots; read only.

Source: mixin.md 5.4, 5.5 and 5.12.
"""

from typing import Any

from bot.sandbox.assets import Asset
from bot.sandbox.clock import time_text, time_us
from bot.sandbox.coins import old_asset, old_snapshot, output, safe_asset, safe_snapshot
from bot.sandbox.endpoint import APP_ONLY, MAX_OFFSET, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id, members_hash
from bot.sandbox.scopes import ASSETS as READ_ASSETS
from bot.sandbox.scopes import SNAPSHOTS as READ_SNAPSHOTS
from bot.sandbox.wallet import MAX_LIMIT, Output, Snapshot, plain

STATES = ("", "unspent", "signed", "spent")
ORDERS = ("", "ASC", "DESC")


async def get_assets(call: Call) -> Any:
    wallet = call.sandbox.wallet
    return [old_asset(wallet.assets[one], balance) for one, balance in wallet.balances(call.who.user_id).items()]


async def get_asset(call: Call) -> Any:
    asset = asset_of(call)
    return old_asset(asset, plain(call.sandbox.wallet.balance(call.who.user_id, asset.asset_id)))


async def get_fee(call: Call) -> Any:
    return {"type": "fee", "asset_id": asset_of(call).chain_id, "amount": "0.0001"}


async def get_safe_assets(call: Call) -> Any:
    return [safe_asset(one) for one in call.sandbox.wallet.assets]


async def get_safe_asset(call: Call) -> Any:
    return safe_asset(asset_of(call))


async def get_safe_fees(call: Call) -> Any:
    return [{"type": "withdrawal_fee", "asset_id": asset_of(call).chain_id, "amount": "0.0001", "priority": "1"}]


async def fetch_safe_assets(call: Call) -> Any:
    rows = call.json()
    if not isinstance(rows, list):
        raise bad_field("", "the body must be an array of asset ids")
    found = [call.sandbox.wallet.assets.get(str(one)) for one in rows]
    return [safe_asset(one) for one in dict.fromkeys(found) if one is not None]


async def get_outputs(call: Call) -> Any:
    """A page of at most 500; `offset` is a sequence."""
    members, threshold = call.query("members"), call.query("threshold")
    if members and members != members_hash([call.who.user_id]):
        raise ApiError(403, why="not the members hash of the caller")
    if threshold not in ("", "1"):
        raise bad_field("threshold", "expected 1")
    found = call.sandbox.wallet.outputs(
        call.who.user_id, asset_id=_asset_filter(call), state=_one_of(call, "state", STATES),
        offset=call.whole("offset", 0, MAX_OFFSET), limit=call.whole("limit", MAX_LIMIT, MAX_LIMIT),
        descending=_one_of(call, "order", ORDERS) == "DESC",
    )  # fmt: skip
    return _outputs(call, found)


async def get_output(call: Call) -> Any:
    found = call.sandbox.wallet.outputs_by_id(call.who.user_id, [call.part("id")])
    if not found:
        raise ApiError(404)
    return _outputs(call, found)[0]


async def fetch_outputs(call: Call) -> Any:
    fields = call.fields()
    ids = fields.get("ids")
    if not isinstance(ids, list) or not all(is_id(one) for one in ids):
        raise bad_field("ids", "expected a list of UUIDs")
    if fields.get("user_id") not in (None, "", call.who.user_id):
        raise ApiError(403, why="somebody else's outputs")
    return _outputs(call, call.sandbox.wallet.outputs_by_id(call.who.user_id, ids))


async def get_snapshots(call: Call) -> Any:
    """`opponent` goes not together with `destination` or `tag`; with any of them `order` is not heard."""
    opponent, outside = call.query("opponent"), call.query("destination") or call.query("tag")
    if opponent and outside:
        raise bad_field("opponent", "not together with destination or tag")
    found = _page(call, opponent_id=opponent, outside=bool(outside), deaf=bool(opponent or outside))
    if outside:
        found = [
            one for one in found
            if call.query("destination") in ("", call.sandbox.wallet.assets[one.asset_id].destination)
            and not call.query("tag")
        ]  # fmt: skip
    return [_old(call, one) for one in found]


async def get_asset_snapshots(call: Call) -> Any:
    return [_old(call, one) for one in _page(call, asset_id=asset_of(call).asset_id)]


async def get_snapshot(call: Call) -> Any:
    return _old(call, _snapshot(call))


async def get_by_trace(call: Call) -> Any:
    """Transfers only."""
    found = call.sandbox.wallet.by_trace(call.who.user_id, call.part("id"))
    if found is None:
        raise ApiError(404)
    return _old(call, found)


async def get_safe_snapshots(call: Call) -> Any:
    """The newest first, or the oldest with `order=ASC`; of `app`, `asset` and `opponent` only one."""
    filters = [name for name in ("app", "asset", "opponent") if call.query(name)]
    if len(filters) > 1:
        raise bad_field(filters[1], f"not together with {filters[0]}")
    if call.query("app") not in ("", call.who.user_id):
        raise ApiError(403, why="another app's sub-users")
    return [_safe(call, one) for one in _page(call, opponent_id=call.query("opponent"))]


async def get_safe_snapshot(call: Call) -> Any:
    return _safe(call, _snapshot(call))


def _page(
    call: Call, *, asset_id: str = "", opponent_id: str = "", outside: bool = False, deaf: bool = False
) -> list[Snapshot]:
    """`offset` is a time, whose own snapshot comes again."""
    descending = deaf or _one_of(call, "order", ORDERS) != "ASC"
    return call.sandbox.wallet.snapshots(
        call.who.user_id, asset_id=asset_id or _asset_filter(call), opponent_id=opponent_id, outside=outside,
        limit=call.whole("limit", MAX_LIMIT, MAX_LIMIT), offset=time_of(call, "offset", up=not descending),
        descending=descending,
    )  # fmt: skip


def _snapshot(call: Call) -> Snapshot:
    found = call.sandbox.wallet.snapshot(call.part("id"))
    if found is None:
        raise ApiError(404)
    if found.user_id != call.who.user_id:
        raise ApiError(403, why="somebody else's snapshot")
    return found


def _outputs(call: Call, found: list[Output]) -> list[dict[str, Any]]:
    return [output(one, call.sandbox.wallet.assets[one.asset_id]) for one in found]


def _old(call: Call, one: Snapshot) -> dict[str, Any]:
    return old_snapshot(one, call.sandbox.wallet.assets[one.asset_id])


def _safe(call: Call, one: Snapshot) -> dict[str, Any]:
    return safe_snapshot(one, call.sandbox.wallet.assets[one.asset_id])


def time_of(call: Call, name: str, *, up: bool) -> str:
    """A time from the query as the sandbox writes times; nanoseconds are rounded, up or down.

    Raises:
        ApiError: 10002.
    """
    text = call.query(name)
    if not text:
        return ""
    fraction = text.partition(".")[2].rstrip("Zz")
    try:
        return time_text(time_us(text) + (up and fraction[6:].strip("0").isdigit()))
    except ValueError:
        raise bad_field(name, "not an RFC 3339 time") from None


def asset_of(call: Call) -> Asset:
    """The asset of the path, by its id or its kernel's.

    Raises:
        ApiError: 404.
    """
    found = call.sandbox.wallet.assets.get(call.part("id"))
    if found is None:
        raise ApiError(404)
    return found


def _asset_filter(call: Call) -> str:
    found = call.sandbox.wallet.assets.get(call.query("asset"))
    return found.asset_id if found is not None else call.query("asset")


def _one_of(call: Call, name: str, allowed: tuple[str, ...]) -> str:
    value = call.query(name)
    if value not in allowed:
        raise bad_field(name, f"expected one of {', '.join(one for one in allowed if one)}")
    return value


_PAGE = ("asset", "offset", "limit", "order")
_OLD = (*_PAGE, "opponent", "destination", "tag")

ENDPOINTS = (
    Endpoint("GET", "/assets", get_assets, READ_ASSETS, "Balances, older API", legacy=True),
    Endpoint("GET", "/assets/{id}", get_asset, READ_ASSETS, "One balance, older API", legacy=True),
    Endpoint("GET", "/assets/{id}/fee", get_fee, APP_ONLY, "What sending an asset costs", legacy=True),
    Endpoint(
        "GET", "/assets/{id}/snapshots", get_asset_snapshots, READ_SNAPSHOTS, "Transfers of an asset",
        ("offset", "limit", "order"), legacy=True,
    ),
    Endpoint("GET", "/snapshots", get_snapshots, READ_SNAPSHOTS, "Transfers, older API", _OLD, legacy=True),
    Endpoint("GET", "/snapshots/{id}", get_snapshot, READ_SNAPSHOTS, "One transfer, older API", legacy=True),
    Endpoint("GET", "/snapshots/trace/{id}", get_by_trace, READ_SNAPSHOTS, "One transfer by its trace", legacy=True),
    Endpoint("GET", "/transfers/trace/{id}", get_by_trace, APP_ONLY, "One transfer by its trace", legacy=True),
    Endpoint("GET", "/safe/assets", get_safe_assets, READ_ASSETS, "Facts about assets"),
    Endpoint("GET", "/safe/assets/{id}", get_safe_asset, READ_ASSETS, "Facts about an asset"),
    Endpoint("GET", "/safe/assets/{id}/fees", get_safe_fees, APP_ONLY, "What a withdrawal costs", ("destination",)),
    Endpoint("POST", "/safe/assets/fetch", fetch_safe_assets, READ_ASSETS, "Assets by id", body={"type": "array"}),
    Endpoint(
        "GET", "/safe/outputs", get_outputs, READ_ASSETS, "Outputs, at most 500 a page",
        ("members", "threshold", "state", *_PAGE),
    ),
    Endpoint("GET", "/safe/outputs/{id}", get_output, READ_ASSETS, "One output"),
    Endpoint("POST", "/safe/outputs/fetch", fetch_outputs, READ_ASSETS, "Outputs by id", body={"type": "object"}),
    Endpoint(
        "GET", "/safe/snapshots", get_safe_snapshots, READ_SNAPSHOTS, "Transfers", (*_PAGE, "app", "opponent"),
    ),
    Endpoint("GET", "/safe/snapshots/{id}", get_safe_snapshot, READ_SNAPSHOTS, "One transfer"),
)  # fmt: skip
