"""Transfers of an account, newest first, from the two lists that Mixin keeps, merged; and pages of them.

A page ends at a place, the server's own `created_at`, untouched, and never between two transfers of one instant.
Whether the server counts an offset itself in is not documented: what is older than the place is decided here, and
reading on begins a little before the end of what was read. Source: protocol/mixin.md 5.5, 5.12
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.account import Snapshot, SnapshotPage, SnapshotQuery
from bot.errors import Forbidden, NotFound
from bot.mixin.coins import Coins
from bot.mixin.user_api import UserApi
from bot.mixin.views import Asset, SnapshotView, amount, moment

AT_ONCE = 100
MOST_REQUESTS = 8
"""For one page, however little of what comes is wanted."""

_NOTHING = SnapshotView()
_FRACTION = re.compile(r"\.(\d{1,9})")
_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_KINDS = {"DEPOSIT": "deposit", "TRANSFER": "transfer", "WITHDRAWAL": "withdrawal"}

Ask = Callable[[str], Awaitable[Sequence[SnapshotView]]]


async def page(api: UserApi, coins: Coins, query: SnapshotQuery) -> SnapshotPage:
    """One page of what fits the query, or a little more where the last ones happened at one instant.

    Raises:
        NotFound: The query begins at a place that no page has given out.
    """
    if query.page and not _PLACE.fullmatch(query.page):
        raise NotFound("a page begins at a time", code=404)
    lists = (_List(_safe(api, query), query.page), _List(_old(api, query), query.page))
    for _ in range(MOST_REQUESTS):
        unread = [each for each in lists if not each.finished]
        if not unread or len(_fitting(lists, query)) > query.limit:
            break
        await max(unread, key=lambda each: each.horizon).more()
    ready = _fitting(lists, query)
    shown = ready[: query.limit]
    while len(shown) < len(ready) and instant(ready[len(shown)].created_at) == instant(shown[-1].created_at):
        shown.append(ready[len(shown)])
    following = ""
    if len(shown) < len(ready):
        following = shown[-1].created_at
    elif not all(each.finished for each in lists):
        following = min(_complete(lists, query.page), key=_at, default=_farthest(lists)).created_at
    known = await coins.of(view.asset_id for view in shown if view.asset is None and view.asset_id)
    return SnapshotPage(tuple(snapshot(view, known.get(view.asset_id or "")) for view in shown), following)


async def one(api: UserApi, coins: Coins, snapshot_id: str) -> Snapshot:
    """One transfer, wherever it is kept.

    Raises:
        NotFound: There is none, or it is somebody else's.
    """
    try:
        view = await api.safe_snapshot(snapshot_id)
    except (NotFound, Forbidden):
        try:
            view = await api.snapshot(snapshot_id)
        except Forbidden:
            raise NotFound("no such transfer", code=404) from None
    known = {} if view.asset is not None else await coins.of([view.asset_id or ""])
    return snapshot(view, known.get(view.asset_id or ""))


@dataclass(slots=True)
class _List:
    """One of the two lists, as far as it was read. `horizon` is how far back; it is empty once all was read."""

    ask: Ask
    offset: str
    views: dict[str, SnapshotView] = field(default_factory=dict)
    last: SnapshotView = _NOTHING
    horizon: str = "~"
    finished: bool = False

    async def more(self) -> None:
        """Read on; a list that does not lead on is at its end."""
        found = await self.ask(self.offset)
        fresh = {view.snapshot_id: view for view in found if view.snapshot_id not in self.views}
        self.views |= fresh
        if len(found) < AT_ONCE or (not fresh and self.offset == found[-1].created_at):
            self.finished, self.horizon = True, ""
            return
        self.last = found[-1]
        self.horizon = _at(self.last)
        newer = [view for view in found if _at(view) > self.horizon]
        self.offset = newer[-1].created_at if newer and fresh else self.last.created_at


def _safe(api: UserApi, query: SnapshotQuery) -> Ask:
    async def ask(offset: str) -> Sequence[SnapshotView]:
        return await api.safe_snapshots(
            limit=AT_ONCE, offset=offset, asset_id=query.asset_id, opponent_id=query.opponent_id
        )

    return ask


def _old(api: UserApi, query: SnapshotQuery) -> Ask:
    async def ask(offset: str) -> Sequence[SnapshotView]:
        try:
            return await api.snapshots(
                limit=AT_ONCE, offset=offset, asset_id=query.asset_id, opponent_id=query.opponent_id
            )
        except (NotFound, Forbidden):
            return ()

    return ask


def _complete(lists: Sequence[_List], place: str) -> Sequence[SnapshotView]:
    """Newest first, what is older than a place, and newer than what may not be complete yet."""
    horizon = max(each.horizon for each in lists)
    views = {view.snapshot_id: view for each in lists for view in each.views.values()}
    found = sorted(views.values(), key=lambda view: view.snapshot_id)
    found.sort(key=_at, reverse=True)
    return [view for view in found if _at(view) > horizon and (not place or _at(view) < instant(place))]


def _farthest(lists: Sequence[_List]) -> SnapshotView:
    """Where reading stopped, for a list of which all is of one instant."""
    return max((each for each in lists if not each.finished), key=lambda each: each.horizon).last


def _fitting(lists: Sequence[_List], query: SnapshotQuery) -> list[SnapshotView]:
    return [view for view in _complete(lists, query.page) if _fits(view, query)]


def _at(view: SnapshotView) -> str:
    return instant(view.created_at)


def _fits(view: SnapshotView, query: SnapshotQuery) -> bool:
    return (
        query.asset_id in ("", view.asset_id or (view.asset.asset_id if view.asset else ""))
        and query.opponent_id in ("", view.opponent_id)
        and query.incoming in (None, amount(view.amount) > 0)
    )


def instant(text: str) -> str:
    """A time of the server in a form that sorts as text, to the nanosecond; nonsense sorts first."""
    try:
        seconds = datetime.fromisoformat(_FRACTION.sub("", text))
    except ValueError:
        return ""
    seconds = seconds.replace(tzinfo=UTC) if seconds.tzinfo is None else seconds.astimezone(UTC)
    fraction = found[1] if (found := _FRACTION.search(text)) else ""
    return f"{seconds:%Y-%m-%dT%H:%M:%S}.{fraction:0<9}"


def snapshot(view: SnapshotView, coin: Asset | None = None) -> Snapshot:
    """The value of a view; `coin` names what moved, where the view itself does not."""
    coin = view.asset or coin or Asset(view.asset_id or "")
    asset_id = view.asset_id or coin.asset_id
    return Snapshot(
        view.snapshot_id,
        asset_id,
        coin.display_symbol or coin.symbol or asset_id[:8],
        amount(view.amount),
        moment(view.created_at),
        _kind(view),
        view.opponent_id or "",
        _address(view),
        _memo(view),
        view.trace_id or view.request_id or "",
        view.transaction_hash or "",
        view.confirmations,
        amount(view.opening_balance) if view.opening_balance else None,
        amount(view.closing_balance) if view.closing_balance else None,
        view.user_id or "",
    )


def _kind(view: SnapshotView) -> str:
    if view.deposit is not None:
        return "deposit"
    if view.withdrawal is not None:
        return "withdrawal"
    if view.source:
        return _KINDS.get(view.source.partition("_")[0], view.source.lower())
    return "transfer" if _is_safe(view) else view.type or "transfer"


def _is_safe(view: SnapshotView) -> bool:
    """The old API has its own words for types, and its public twin names a source; Safe has neither."""
    return view.source is None and view.type in (None, "", "snapshot", "safe_snapshot")


def _address(view: SnapshotView) -> str:
    if view.deposit is not None:
        return view.deposit.sender or ""
    if view.withdrawal is not None:
        return view.withdrawal.receiver or ""
    return view.sender or view.receiver or ""


def _memo(view: SnapshotView) -> str:
    """In Safe a memo travels as the hex digits of its bytes; bytes that are no text stay digits."""
    memo = view.memo or view.data or ""
    if not _is_safe(view):
        return memo
    try:
        return bytes.fromhex(memo).decode()
    except ValueError:
        return memo
