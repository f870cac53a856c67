"""Assets, outputs and snapshots as the two APIs show them.

Source: mixin.md 5.4, 5.5, 5.12, 6.7 and Appendix A.
"""

from typing import Any

from bot.sandbox.assets import Asset
from bot.sandbox.clock import ZERO_TIME
from bot.sandbox.ids import members_hash
from bot.sandbox.wallet import Output, Snapshot, digest
from bot.sandbox.world import kernel_id

PRICED_AT = "2026-01-02T03:04:05.678901Z"


def output(one: Output, asset: Asset) -> dict[str, Any]:
    senders = [one.sender_id] if one.sender_id else []
    made: dict[str, Any] = {
        "type": "kernel_output", "output_id": one.output_id, "transaction_hash": one.transaction_hash,
        "output_index": one.output_index, "asset_id": one.asset_id, "kernel_asset_id": kernel_id(one.asset_id),
        "amount": one.amount, "mask": digest(f"{one.output_id}m"), "keys": [digest(f"{one.output_id}k")],
        "senders_hash": members_hash(senders) if senders else "", "senders_threshold": len(senders),
        "senders": senders, "receivers_hash": members_hash([one.user_id]), "receivers_threshold": 1,
        "receivers": [one.user_id], "extra": one.memo.encode().hex(), "state": one.state, "sequence": one.sequence,
        "created_at": one.created_at, "updated_at": one.updated_at, "signers": [], "signed_by": "",
        "signed_at": ZERO_TIME, "spent_at": one.updated_at if one.state == "spent" else ZERO_TIME,
        "request_id": one.request_id,
    }  # fmt: skip
    if not one.sender_id:
        made["deposit"] = {
            "chain": asset.chain_id, "deposit_hash": digest(f"{one.request_id}d"),
            "deposit_index": one.output_index,
        }  # fmt: skip
    return made


def safe_snapshot(one: Snapshot, asset: Asset) -> dict[str, Any]:
    deposit = withdrawal = None
    if one.kind == "deposit":
        deposit = {
            "deposit_hash": digest(f"{one.trace_id}d"), "deposit_index": 0, "sender": "",
            "destination": asset.destination, "tag": "",
        }  # fmt: skip
    elif one.kind == "withdrawal":
        withdrawal = {"withdrawal_hash": digest(f"{one.trace_id}w"), "receiver": asset.destination}
    return {
        "type": "snapshot", "snapshot_id": one.snapshot_id, "user_id": one.user_id, "opponent_id": one.opponent_id,
        "transaction_hash": one.transaction_hash, "asset_id": one.asset_id,
        "kernel_asset_id": kernel_id(one.asset_id), "amount": one.amount, "memo": one.memo.encode().hex(),
        "request_id": one.trace_id, "trace_id": one.trace_id, "created_at": one.created_at, "level": 3,
        "confirmations": 1, "opening_balance": one.opening_balance, "closing_balance": one.closing_balance,
        "deposit": deposit, "withdrawal": withdrawal,
    }  # fmt: skip


def old_snapshot(one: Snapshot, asset: Asset) -> dict[str, Any]:
    """The typed view: what else there is depends on the type."""
    made = {
        "type": one.kind, "snapshot_id": one.snapshot_id, "asset_id": one.asset_id, "amount": one.amount,
        "opening_balance": one.opening_balance, "closing_balance": one.closing_balance,
        "created_at": one.created_at, "transaction_hash": one.transaction_hash,
        "snapshot_hash": digest(f"{one.snapshot_id}s"), "snapshot_at": one.created_at,
    }  # fmt: skip
    if one.kind == "deposit":
        return made | {"output_index": 0, "sender": ""}
    made |= {"trace_id": one.trace_id, "memo": one.memo}
    if one.kind == "withdrawal":
        fee = {"amount": "0", "asset_id": asset.chain_id}
        return made | {
            "receiver": asset.destination, "confirmations": 1, "state": "snapshot", "fee": fee,
        }  # fmt: skip
    return made | {"opponent_id": one.opponent_id, "counter_user_id": one.opponent_id}


def network_snapshot(one: Snapshot, asset: Asset) -> dict[str, Any]:
    """The view for everybody: nobody's name, amounts that came."""
    source = {"deposit": "DEPOSIT_CONFIRMED", "withdrawal": "WITHDRAWAL_INITIALIZED"}
    return {
        "type": "snapshot", "snapshot_id": one.snapshot_id, "amount": one.amount, "asset": network_asset(asset),
        "source": source.get(one.kind, "TRANSFER_INITIALIZED"), "created_at": one.created_at,
        "snapshot_hash": digest(f"{one.snapshot_id}s"), "transaction_hash": one.transaction_hash,
    }  # fmt: skip


def notice(one: Snapshot, *, safe: bool) -> dict[str, Any]:
    """What the one concerned is told in the chat."""
    if not safe:
        return {
            "type": "transfer", "snapshot_id": one.snapshot_id, "opponent_id": one.opponent_id,
            "asset_id": one.asset_id, "amount": one.amount, "trace_id": one.trace_id, "memo": one.memo,
            "created_at": one.created_at,
        }  # fmt: skip
    return {
        "type": "snapshot", "snapshot_id": one.snapshot_id, "user_id": one.user_id, "opponent_id": one.opponent_id,
        "transaction_hash": one.transaction_hash, "asset_id": one.asset_id, "amount": one.amount,
        "memo": one.memo.encode().hex(), "created_at": one.created_at,
    }  # fmt: skip


def old_asset(asset: Asset, balance: str) -> dict[str, Any]:
    address = asset.destination
    return network_asset(asset) | {
        "balance": balance, "reserve": "0", "precision": asset.precision,
        "deposit_entries": [{"destination": address, "tag": "", "properties": []}], "destination": address, "tag": "",
    }  # fmt: skip


def network_asset(asset: Asset) -> dict[str, Any]:
    """What everybody may know of an asset, in the older form."""
    return _facts(asset) | {
        "fee_asset_id": asset.chain_id, "mixin_id": asset.kernel_asset_id, "capitalization": 0, "liquidity": "0",
    }  # fmt: skip


def safe_asset(asset: Asset) -> dict[str, Any]:
    """Facts only: the Safe API knows no balance."""
    return _facts(asset) | {
        "kernel_asset_id": asset.kernel_asset_id, "fee_asset_id": asset.chain_id, "precision": asset.precision,
        "dust": "0.0001", "level": 3, "withdrawal_memo_possibility": "negative", "price_updated_at": PRICED_AT,
    }  # fmt: skip


def _facts(asset: Asset) -> dict[str, Any]:
    return {
        "type": "asset", "asset_id": asset.asset_id, "chain_id": asset.chain_id, "symbol": asset.symbol,
        "name": asset.name, "display_symbol": asset.symbol, "display_name": asset.name, "icon_url": "",
        "price_btc": asset.price_btc, "price_usd": asset.price_usd, "change_btc": "0",
        "change_usd": asset.change_usd, "asset_key": asset.asset_id, "confirmations": 3,
    }  # fmt: skip
