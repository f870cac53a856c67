"""Coins: unspent outputs are the balance; the older API's balances are their sums.

Source: mixin.md 5.4, 5.5 and 5.12, Appendix A.
"""

import hashlib
import sqlite3
from decimal import Decimal
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.ids import members_hash, new_id
from bot.sandbox.world import SEED_ASSETS, kernel_id

ASSETS = {row[0]: row for row in SEED_ASSETS}
MAX_LIMIT = 500


class Wallet:
    """Everybody's coins; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    def receive(self, user_id: str, asset_id: str, amount: str, *, count: int = 1, opponent_id: str = "") -> None:
        """`count` outputs of `amount` each, and one snapshot for all of it."""
        at = self._clock.text()
        rows = [(new_id(), user_id, asset_id, amount, "unspent", at) for _ in range(count)]
        self._db.executemany("INSERT INTO outputs VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
        total = plain(Decimal(amount) * count)
        self._db.execute(
            "INSERT INTO snapshots VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
            (new_id(), user_id, opponent_id, asset_id, total, "", new_id(), at),
        )

    def spend_all(self, user_id: str, asset_id: str) -> None:
        self._db.execute("UPDATE outputs SET state = 'spent' WHERE user_id = ? AND asset_id = ?", (user_id, asset_id))

    def balances(self, user_id: str) -> dict[str, str]:
        """Asset id → balance, of what is there."""
        rows = self._db.execute(
            "SELECT asset_id, amount FROM outputs WHERE user_id = ? AND state = 'unspent'", (user_id,)
        )
        sums: dict[str, Decimal] = {}
        for asset_id, amount in rows:
            sums[asset_id] = sums.get(asset_id, Decimal(0)) + Decimal(amount)
        return {asset_id: plain(total) for asset_id, total in sums.items()}

    def outputs(
        self, user_id: str, *, asset_id: str = "", state: str = "", offset: int = 0, limit: int = MAX_LIMIT,
        descending: bool = False,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """A page of outputs; `offset` is a sequence, and the output that bears it comes again."""
        where, values = ["user_id = ?"], [user_id]
        for column, value in (("asset_id", asset_id), ("state", state)):
            if value:
                where.append(f"{column} = ?")
                values.append(value)
        if offset:
            where.append(f"sequence {'<=' if descending else '>='} {int(offset)}")
        rows = self._db.execute(
            f"SELECT * FROM outputs WHERE {' AND '.join(where)} "  # noqa: S608 - column names
            f"ORDER BY sequence {'DESC' if descending else 'ASC'} LIMIT {int(limit)}",
            values,
        )
        return [output(row) for row in rows]

    def outputs_by_id(self, user_id: str, ids: list[str]) -> list[dict[str, Any]]:
        found = [
            self._db.execute("SELECT * FROM outputs WHERE output_id = ? AND user_id = ?", (one, user_id)).fetchone()
            for one in ids
        ]
        return [output(row) for row in found if row]

    def snapshots(
        self, user_id: str, *, asset_id: str = "", limit: int = MAX_LIMIT, offset: str = "", descending: bool = True
    ) -> list[dict[str, Any]]:
        """A page of them; `offset` is an RFC 3339 time, and a snapshot of that very time comes again."""
        sign, order = ("<=", "DESC") if descending else (">=", "ASC")
        rows = self._db.execute(
            "SELECT * FROM snapshots WHERE user_id = ? AND ? IN ('', asset_id) "  # noqa: S608 - sign and order
            f"AND (? = '' OR created_at {sign} ?) ORDER BY seq {order} LIMIT ?",
            (user_id, asset_id, offset, offset, limit),
        )
        return [snapshot(row) for row in rows]

    def snapshot(self, snapshot_id: str) -> dict[str, Any] | None:
        row = self._db.execute("SELECT * FROM snapshots WHERE snapshot_id = ?", (snapshot_id,)).fetchone()
        return snapshot(row) if row else None


def plain(amount: Decimal) -> str:
    """A decimal string without exponent and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def output(row: tuple[Any, ...]) -> dict[str, Any]:
    sequence, output_id, user_id, asset_id, amount, state, at = row
    transaction_hash = _hash(output_id)
    return {
        "type": "kernel_output", "output_id": output_id, "transaction_hash": transaction_hash, "output_index": 0,
        "asset_id": asset_id, "kernel_asset_id": kernel_id(asset_id), "amount": amount, "mask": _hash(f"{output_id}m"),
        "keys": [_hash(f"{output_id}k")], "senders_hash": "", "senders_threshold": 0, "senders": [],
        "receivers_hash": members_hash([user_id]), "receivers_threshold": 1, "receivers": [user_id], "extra": "",
        "state": state, "sequence": sequence, "created_at": at, "updated_at": at, "signers": [], "signed_by": "",
        "request_id": output_id,
    }  # fmt: skip


def snapshot(row: tuple[Any, ...]) -> dict[str, Any]:
    """The Safe view; the older one is made of it."""
    _, snapshot_id, user_id, opponent_id, asset_id, amount, memo, trace_id, at = row
    return {
        "type": "snapshot", "snapshot_id": snapshot_id, "user_id": user_id, "opponent_id": opponent_id,
        "transaction_hash": _hash(snapshot_id), "asset_id": asset_id, "kernel_asset_id": kernel_id(asset_id),
        "amount": amount, "memo": memo.encode().hex(), "request_id": trace_id, "created_at": at, "level": 3,
        "deposit": None, "withdrawal": None,
    }  # fmt: skip


def old_snapshot(safe: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "transfer", "snapshot_id": safe["snapshot_id"], "opponent_id": safe["opponent_id"],
        "asset_id": safe["asset_id"], "amount": safe["amount"], "opening_balance": "0", "closing_balance": "0",
        "trace_id": safe["request_id"], "memo": bytes.fromhex(safe["memo"]).decode(), "created_at": safe["created_at"],
        "transaction_hash": safe["transaction_hash"], "snapshot_hash": _hash(safe["snapshot_id"] + "s"),
        "snapshot_at": safe["created_at"],
    }  # fmt: skip


def old_asset(asset_id: str, balance: str) -> dict[str, Any]:
    _, chain_id, symbol, name, usd, btc, change, precision = ASSETS[asset_id]
    destination = f"sandbox-{symbol.lower()}"
    return {
        "type": "asset", "asset_id": asset_id, "chain_id": chain_id, "fee_asset_id": chain_id, "symbol": symbol,
        "name": name, "display_symbol": symbol, "display_name": name, "icon_url": "", "balance": balance,
        "price_btc": btc, "price_usd": usd, "change_btc": "0", "change_usd": change, "asset_key": asset_id,
        "mixin_id": kernel_id(asset_id), "reserve": "0", "confirmations": 3, "capitalization": 0, "liquidity": "0",
        "precision": precision, "deposit_entries": [{"destination": destination, "tag": "", "properties": []}],
        "destination": destination, "tag": "",
    }  # fmt: skip


def safe_asset(asset_id: str) -> dict[str, Any]:
    """Facts only: the Safe API knows no balance."""
    _, chain_id, symbol, name, usd, btc, change, precision = ASSETS[asset_id]
    return {
        "type": "asset", "asset_id": asset_id, "chain_id": chain_id, "kernel_asset_id": kernel_id(asset_id),
        "symbol": symbol, "name": name, "display_symbol": symbol, "display_name": name, "icon_url": "",
        "price_btc": btc, "price_usd": usd, "change_btc": "0", "change_usd": change, "asset_key": asset_id,
        "precision": precision, "dust": "0.0001", "confirmations": 3, "level": 3,
        "withdrawal_memo_possibility": "negative", "price_updated_at": "2026-01-02T03:04:05.678901Z",
    }  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
