"""Transfers as people read them."""

from collections.abc import Mapping

from bot.account import Snapshot
from bot.amounts import format_signed, format_time
from bot.context import Context
from bot.harmless import inert
from bot.listing import name_of
from bot.users import User


def kind_of(ctx: Context, snapshot: Snapshot) -> str:
    """Deposit, withdrawal and the like, in the person's language where there is a word for it."""
    return ctx.find(f"transfer.{snapshot.kind}") or inert(snapshot.kind, 24)


def snapshot_line(ctx: Context, snapshot: Snapshot, people: Mapping[str, User]) -> str:
    """One line: how much, with whom, when, and the memo."""
    parts = [f"{format_signed(snapshot.amount, ctx.language)} {inert(snapshot.symbol, 16)}"]
    other = people.get(snapshot.opponent_id)
    if other is not None:
        parts.append(name_of(ctx, other))
    elif snapshot.kind != "transfer" or not snapshot.opponent_id:
        parts.append(kind_of(ctx, snapshot))
    if snapshot.created_at is not None:
        parts.append(format_time(snapshot.created_at, ctx.language))
    if snapshot.memo:
        parts.append(f"“{inert(snapshot.memo, 60)}”")
    return " · ".join(parts)
