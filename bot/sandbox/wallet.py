"""Coins: unspent outputs are the balance; each time some come or go, everybody concerned gets a snapshot of it.

Source: mixin.md 5.12 and 6.7.
"""

import hashlib
import sqlite3
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from bot.sandbox.assets import Asset, Assets
from bot.sandbox.clock import Clock
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import new_id

MAX_LIMIT = 500
MAX_MEMO_BYTES = 200
MAX_AMOUNT = Decimal("1e15")
UNSPENT, SPENT = "unspent", "spent"


@dataclass(frozen=True, slots=True)
class Output:
    """One row; `sender_id` "" where the coins came from outside."""

    sequence: int
    output_id: str
    user_id: str
    asset_id: str
    amount: str
    state: str
    created_at: str
    updated_at: str
    sender_id: str
    memo: str
    transaction_hash: str
    output_index: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One row: what somebody got (or gave: `amount` is negative); `opponent_id` "" is the world outside."""

    seq: int
    snapshot_id: str
    user_id: str
    opponent_id: str
    asset_id: str
    amount: str
    opening_balance: str
    closing_balance: str
    memo: str
    trace_id: str
    transaction_hash: str
    created_at: str

    @property
    def kind(self) -> str:
        if self.opponent_id:
            return "transfer"
        return "withdrawal" if self.amount.startswith("-") else "deposit"


@dataclass(frozen=True, slots=True)
class Transfer:
    """What both sides were told of one transfer."""

    paid: Snapshot
    received: Snapshot


class Wallet:
    """Everybody's coins; callers hold the transaction."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self.assets = Assets(db)

    def receive(self, user_id: str, asset_id: str, amount: str, *, count: int = 1, memo: str = "") -> Snapshot:
        """Coins out of nowhere: `count` outputs of `amount` each, and one snapshot for all of it."""
        total, trace_id, at = Decimal(amount) * count, new_id(), self._clock.text()
        rows = [
            (new_id(), user_id, asset_id, plain(Decimal(amount)), "", memo, digest(trace_id), index, trace_id)
            for index in range(count)
        ]
        before = self.balance(user_id, asset_id)
        self._put(rows, at)
        return self._note(user_id, "", asset_id, total, before, memo, trace_id, at)

    def lose(self, user_id: str, asset_id: str, amount: Decimal) -> Snapshot:
        """Coins that go to the world outside.

        Raises:
            ApiError: 20117: more than there is.
        """
        trace_id, at, before = new_id(), self._clock.text(), self.balance(user_id, asset_id)
        self._spend(user_id, asset_id, amount, trace_id, at)
        return self._note(user_id, "", asset_id, -amount, before, "", trace_id, at)

    def transfer(
        self, user_id: str, opponent_id: str, asset_id: str, amount: str, *, memo: str = "", trace_id: str = ""
    ) -> Transfer:
        """From one to another; the same `trace_id` again changes nothing.

        Raises:
            ApiError: 10002, 20117: not enough, 20120: too small an amount, 20125: that trace paid something else.
        """
        asset = self.assets.get(asset_id)
        if asset is None:
            raise bad_field("asset_id", "there is no such asset")
        total = read_amount(asset, amount)
        if user_id == opponent_id:
            raise bad_field("opponent_id", "nobody pays themselves")
        if len(memo.encode()) > MAX_MEMO_BYTES:
            raise bad_field("memo", f"more than {MAX_MEMO_BYTES} bytes")
        trace_id = trace_id or new_id()
        if known := self._by_trace(trace_id):
            asked = (user_id, opponent_id, asset_id, plain(-total))
            if (known.paid.user_id, known.paid.opponent_id, known.paid.asset_id, known.paid.amount) != asked:
                raise ApiError(20125, why="another transfer has that trace")
            return known
        at = self._clock.text()
        before, theirs = self.balance(user_id, asset_id), self.balance(opponent_id, asset_id)
        self._spend(user_id, asset_id, total, trace_id, at)
        row = (new_id(), opponent_id, asset_id, plain(total), user_id, memo, digest(trace_id), 0, trace_id)
        self._put([row], at)
        return Transfer(
            self._note(user_id, opponent_id, asset_id, -total, before, memo, trace_id, at),
            self._note(opponent_id, user_id, asset_id, total, theirs, memo, trace_id, at),
        )

    def set_balance(self, user_id: str, asset_id: str, wanted: Decimal) -> Snapshot | None:
        """By hand: what is missing comes from outside, what is too much goes there; None where nothing changes."""
        missing = wanted - self.balance(user_id, asset_id)
        if not missing:
            return None
        return (
            self.receive(user_id, asset_id, plain(missing)) if missing > 0 else self.lose(user_id, asset_id, -missing)
        )

    def balance(self, user_id: str, asset_id: str) -> Decimal:
        rows = self._db.execute(
            "SELECT amount FROM outputs WHERE user_id = ? AND state = 'unspent' AND asset_id = ?", (user_id, asset_id)
        )
        return sum((Decimal(amount) for (amount,) in rows), Decimal(0))

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
    ) -> list[Output]:  # fmt: skip
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
        return [Output(*row) for row in rows]

    def outputs_by_id(self, user_id: str, ids: list[str]) -> list[Output]:
        """By UUID, or by transaction hash and index: `hash:0`."""
        found = [
            self._db.execute(
                "SELECT * FROM outputs WHERE user_id = ?2 "
                "AND ?1 IN (output_id, transaction_hash || ':' || output_index)",
                (one, user_id),
            ).fetchone()
            for one in ids
        ]
        return [Output(*row) for row in found if row]

    def snapshots(
        self, user_id: str, *, asset_id: str = "", opponent_id: str = "", outside: bool = False, limit: int = MAX_LIMIT,
        offset: str = "", descending: bool = True,
    ) -> list[Snapshot]:  # fmt: skip
        """A page of them; `offset` is a time, a snapshot of that very time comes again; `outside`: no transfers.

        `user_id` "": everybody's.
        """
        sign, order = ("<=", "DESC") if descending else (">=", "ASC")
        rows = self._db.execute(
            "SELECT * FROM snapshots WHERE ?1 IN ('', user_id) AND ?2 IN ('', asset_id) AND ?3 IN ('', opponent_id) "  # noqa: S608
            f"AND (?4 = 0 OR opponent_id = '') AND (?5 = '' OR created_at {sign} ?5) ORDER BY seq {order} LIMIT ?6",
            (user_id, asset_id, opponent_id, outside, offset, limit),
        )
        return [Snapshot(*row) for row in rows]

    def snapshot(self, snapshot_id: str) -> Snapshot | None:
        row = self._db.execute("SELECT * FROM snapshots WHERE snapshot_id = ?", (snapshot_id,)).fetchone()
        return Snapshot(*row) if row else None

    def by_trace(self, user_id: str, trace_id: str) -> Snapshot | None:
        """Somebody's own side of a transfer."""
        known = self._by_trace(trace_id)
        sides = (known.paid, known.received) if known is not None else ()
        return next((one for one in sides if one.user_id == user_id), None)

    def _by_trace(self, trace_id: str) -> Transfer | None:
        rows = self._db.execute("SELECT * FROM snapshots WHERE trace_id = ? AND opponent_id != ''", (trace_id,))
        sides = sorted((Snapshot(*row) for row in rows), key=lambda one: not one.amount.startswith("-"))
        return Transfer(sides[0], sides[1]) if len(sides) == 2 else None

    def _spend(self, user_id: str, asset_id: str, amount: Decimal, trace_id: str, at: str) -> None:
        """Use up outputs, the oldest first; what is over comes back as an output of its own."""
        rows = self._db.execute(
            "SELECT sequence, amount FROM outputs WHERE user_id = ? AND state = 'unspent' AND asset_id = ? "
            "ORDER BY sequence", (user_id, asset_id),
        )  # fmt: skip
        used, total = list[int](), Decimal(0)
        for sequence, part in rows:
            if total >= amount:
                break
            used.append(sequence)
            total += Decimal(part)
        if total < amount:
            raise ApiError(20117, why=f"{plain(total)} is all there is")
        changes = [(SPENT, at, sequence) for sequence in used]
        self._db.executemany("UPDATE outputs SET state = ?, updated_at = ? WHERE sequence = ?", changes)
        if total > amount:
            change = plain(total - amount)
            self._put([(new_id(), user_id, asset_id, change, user_id, "", digest(trace_id), 1, trace_id)], at)

    def _put(self, rows: list[tuple[Any, ...]], at: str) -> None:
        made = [(*row[:4], UNSPENT, at, at, *row[4:]) for row in rows]
        self._db.executemany("INSERT INTO outputs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", made)

    def _note(
        self, user_id: str, opponent_id: str, asset_id: str, amount: Decimal, before: Decimal, memo: str, trace_id: str,
        at: str,
    ) -> Snapshot:  # fmt: skip
        made = (
            new_id(), user_id, opponent_id, asset_id, plain(amount), plain(before), plain(before + amount), memo,
            trace_id, digest(trace_id), at,
        )  # fmt: skip
        marks = ", ".join("?" * (len(fields(Snapshot)) - 1))
        seq = self._db.execute(f"INSERT INTO snapshots VALUES (NULL, {marks})", made).lastrowid  # noqa: S608
        return Snapshot(int(seq or 0), *made)


def read_amount(asset: Asset, amount: str) -> Decimal:
    """A positive amount of an asset, with no more decimals than it has.

    Raises:
        ApiError: 10002, 20120.
    """
    try:
        read = Decimal(amount)
    except InvalidOperation:
        raise bad_field("amount", "not a decimal") from None
    if not read.is_finite() or read <= 0 or read > MAX_AMOUNT:
        raise bad_field("amount", f"must be more than 0 and at most {MAX_AMOUNT:f}")
    if read % Decimal(1).scaleb(-asset.precision):
        raise ApiError(20120, why="more decimals than the asset has")
    return read


def plain(amount: Decimal) -> str:
    """A decimal string without exponent and without zeros that say nothing."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def digest(text: str) -> str:
    """64 hex digits that stand for something on the kernel."""
    return hashlib.sha256(text.encode()).hexdigest()
