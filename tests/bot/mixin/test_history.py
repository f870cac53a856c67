"""Transfers of a person, over a server on a real socket that keeps both of Mixin's lists."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from bot.account import Snapshot, SnapshotQuery
from bot.errors import NotFound
from bot.mixin.history import instant
from bot.mixin.personal import MixinPersonalAccount
from bot.wire import encode
from tests.bot.mixin.personal import open_personal
from tests.bot.mixin.servers import FakeApi, refuse, serve_api
from tests.bot.mixin.vectors import ANN

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
XIN = "c94ac88f-4671-3976-b60a-09064f1811e8"


class Ledger:
    """Both lists, newest first; `inclusive` says whether an offset counts itself in, which nobody documents."""

    def __init__(self, server: FakeApi, *, inclusive: bool = False) -> None:
        self.safe: list[dict[str, Any]] = []
        self.old: list[dict[str, Any]] | None = []
        self.inclusive = inclusive
        self.targets: list[str] = []
        self._server = server
        server.answers.append(self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.targets.append(request.raw_path)
        if request.path == "/safe/assets/fetch" or request.path.startswith("/safe/assets/"):
            coins = [{"asset_id": BTC, "symbol": "BTC"}, {"asset_id": XIN, "symbol": "XIN"}]
            data: Any = coins if request.path.endswith("fetch") else coins[0]
            return self._server.signed(request, web.Response(body=encode({"data": data})))
        found = self.safe if request.path == "/safe/snapshots" else self.old
        if found is None:
            return self._server.signed(request, refuse(404))
        assert request.query["order"] == "DESC"
        offset = instant(request.query.get("offset", "9999-01-01T00:00:00Z"))
        page = [
            each
            for each in found
            if instant(each["created_at"]) < offset or (self.inclusive and instant(each["created_at"]) == offset)
        ][: int(request.query["limit"])]
        return self._server.signed(request, web.Response(body=encode({"data": page})))


def transfer(number: int, at: str, **more: Any) -> dict[str, Any]:
    return {
        "snapshot_id": f"70000000-0000-4000-8000-{number:012d}",
        "type": "snapshot",
        "asset_id": BTC,
        "amount": "-0.5" if number % 2 else "1",
        "created_at": at,
        "opponent_id": ANN,
        "memo": "68656c6c6f",
        "request_id": "r",
        **more,
    }


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@pytest.fixture
async def mine(server: FakeApi) -> AsyncIterator[MixinPersonalAccount]:
    async with open_personal(server.url) as account:
        yield account


async def all_pages(mine: MixinPersonalAccount, query: SnapshotQuery) -> list[list[int]]:
    """The numbers of all transfers, page by page."""
    pages = []
    for _ in range(100):
        page = await mine.snapshots(query)
        pages.append([int(each.id[-12:]) for each in page.snapshots])
        if not page.next:
            return pages
        query = SnapshotQuery(query.asset_id, query.opponent_id, query.incoming, query.limit, page.next)
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("inclusive", [False, True])
async def test_every_transfer_comes_once(server: FakeApi, mine: MixinPersonalAccount, inclusive: bool) -> None:
    """Newest first over all pages and both lists, whether or not the server counts an offset in; ties included."""
    ledger = Ledger(server, inclusive=inclusive)
    numbers = range(250)
    times = [f"2026-01-02T03:{(number // 3) // 60:02d}:{(number // 3) % 60:02d}.123456789Z" for number in numbers]
    everything = [transfer(number, at) for number, at in zip(numbers, times, strict=True)]
    ledger.safe = sorted(everything[::2], key=lambda each: each["created_at"], reverse=True)
    ledger.old = sorted(everything[1::2], key=lambda each: each["created_at"], reverse=True)

    found = list(itertools.chain(*await all_pages(mine, SnapshotQuery(limit=7))))

    assert len(found) == len(set(found)) == 250
    assert [times[number] for number in found] == sorted(times, reverse=True)


async def test_the_offset_is_the_servers_own_text(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Nine digits of a second come back as nine digits: nothing is rounded on the way."""
    ledger = Ledger(server)
    ledger.safe = [transfer(number, f"2026-01-02T03:04:05.{999999999 - number:09d}Z") for number in range(3)]

    first = await mine.snapshots(SnapshotQuery(limit=2))
    assert first.next == "2026-01-02T03:04:05.999999998Z"
    second = await mine.snapshots(SnapshotQuery(limit=2, page=first.next))

    assert [each.id for each in second.snapshots] == [ledger.safe[2]["snapshot_id"]]
    assert "/safe/snapshots?limit=100&order=DESC&offset=2026-01-02T03%3A04%3A05.999999998Z" in ledger.targets


async def test_filters(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """By coin, by person and by direction, also where the server leaves something in."""
    ledger = Ledger(server)
    ledger.safe = [
        transfer(4, "2026-01-04T00:00:00Z", asset_id=XIN),
        transfer(3, "2026-01-03T00:00:00Z"),
        transfer(2, "2026-01-02T00:00:00Z", opponent_id=""),
    ]
    ledger.old = None
    assert await all_pages(mine, SnapshotQuery(asset_id=BTC)) == [[3, 2]]
    assert await all_pages(mine, SnapshotQuery(opponent_id=ANN)) == [[4, 3]]
    assert await all_pages(mine, SnapshotQuery(incoming=False)) == [[3]]
    assert await all_pages(mine, SnapshotQuery(incoming=True)) == [[4, 2]]
    assert f"/safe/snapshots?limit=100&order=DESC&asset={BTC}" in ledger.targets
    assert f"/safe/snapshots?limit=100&order=DESC&opponent={ANN}" in ledger.targets


async def test_a_filter_that_fits_nothing_does_not_read_for_ever(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """A page costs a bounded number of requests, and the next one goes on where it stopped."""
    ledger = Ledger(server)
    ledger.safe = [
        transfer(
            2 * number, f"2026-01-02T{23 - number // 3600:02d}:{59 - number // 60 % 60:02d}:{59 - number % 60:02d}Z"
        )
        for number in range(2000)
    ]
    page = await mine.snapshots(SnapshotQuery(incoming=False))
    assert page.snapshots == ()
    following = await mine.snapshots(SnapshotQuery(incoming=False, page=page.next))
    assert following.next < page.next
    assert len(ledger.targets) <= 16


async def test_a_server_that_repeats_a_page_ends(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """A full page of one instant, again and again, is the end and no loop."""
    ledger = Ledger(server, inclusive=True)
    ledger.safe = [transfer(number, "2026-01-02T03:04:05Z") for number in range(150)]

    pages = await all_pages(mine, SnapshotQuery(limit=60))
    assert len(pages) <= 2
    assert len(ledger.targets) < 12


@pytest.mark.parametrize("page", ["yesterday", "2026-01-02T03:04:05Z&limit=9", "2026", "' OR 1=1"])
async def test_a_place_that_nobody_gave_out(server: FakeApi, mine: MixinPersonalAccount, page: str) -> None:
    """What is no time of the server never reaches it."""
    with pytest.raises(NotFound):
        await mine.snapshots(SnapshotQuery(page=page))
    assert server.asked == []


SHAPES = [
    (
        transfer(1, "2026-01-02T03:04:05.678901Z", confirmations=3, transaction_hash="27ca"),
        Snapshot(
            "70000000-0000-4000-8000-000000000001", BTC, "BTC", Decimal("-0.5"),
            datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), "transfer", ANN, "", "hello", "r", "27ca", 3,
        ),
    ),
    (
        {"snapshot_id": "d", "type": "snapshot", "asset_id": BTC, "amount": "2", "opponent_id": "", "memo": "ff",
         "deposit": {"deposit_hash": "x", "sender": "bc1q"}},
        Snapshot("d", BTC, "BTC", Decimal(2), None, "deposit", "", "bc1q", "ff"),
    ),
    (
        {"snapshot_id": "w", "asset_id": BTC, "amount": "-2", "withdrawal": {"receiver": "bc1p"}},
        Snapshot("w", BTC, "BTC", Decimal(-2), None, "withdrawal", "", "bc1p"),
    ),
    (
        {"snapshot_id": "t", "type": "transfer", "asset_id": BTC, "amount": "-0.001", "opponent_id": ANN,
         "counter_user_id": "x", "trace_id": "t1", "memo": "68656c6c6f", "opening_balance": "1",
         "closing_balance": "0.999"},
        Snapshot("t", BTC, "BTC", Decimal("-0.001"), None, "transfer", ANN, "", "68656c6c6f", "t1", "", None,
                 Decimal(1), Decimal("0.999")),
    ),
    (
        {"snapshot_id": "n", "type": "snapshot", "asset": {"asset_id": BTC, "symbol": "B"}, "amount": "1",
         "source": "DEPOSIT_CONFIRMED", "data": "note", "user_id": ANN},
        Snapshot("n", BTC, "B", Decimal(1), None, "deposit", "", "", "note", user_id=ANN),
    ),
    (
        {"snapshot_id": "f", "type": "fee", "asset_id": BTC, "amount": "nonsense", "receiver": "r"},
        Snapshot("f", BTC, "BTC", Decimal(0), None, "fee", "", "r"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("given", "expected"), SHAPES, ids=[str(given["snapshot_id"]) for given, _ in SHAPES])
async def test_every_shape_is_read(
    server: FakeApi, mine: MixinPersonalAccount, given: dict[str, Any], expected: Snapshot
) -> None:
    """Safe's snapshots with their memo in hex, the typed old ones, and the view of the network."""
    snapshot_id = "70000000-0000-4000-8000-0000000000e1"
    server.says(given, {"asset_id": BTC, "symbol": "BTC"})

    assert await mine.snapshot(snapshot_id) == expected
    assert server.targets[0] == f"GET /safe/snapshots/{snapshot_id}"


async def test_a_transfer_of_the_old_list(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """What Safe does not know may be in the old list."""
    server.says(refuse(404), {"snapshot_id": "s", "type": "transfer", "asset_id": BTC}, {"asset_id": BTC})
    assert (await mine.snapshot("70000000-0000-4000-8000-0000000000e1")).id == "s"


async def test_T32_somebody_elses_transfer(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """403 and 404 are one answer: nobody learns what others have."""
    for answers in ((refuse(403), refuse(403)), (refuse(404), refuse(404)), (refuse(404), refuse(403))):
        server.answers.clear()
        server.says(*answers)
        with pytest.raises(NotFound):
            await mine.snapshot("70000000-0000-4000-8000-0000000000e1")


def test_times_sort_to_the_nanosecond() -> None:
    """0 to 9 digits, with or without a zone of its own; nonsense is the oldest."""
    given = ["", "x", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.100000001Z",
             "2026-01-02T05:04:06+02:00"]  # fmt: skip
    assert sorted(given, key=instant) == given
