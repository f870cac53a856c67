"""How fast messages leave, on a clock that the test moves."""

import asyncio
import random

import pytest

from bot.pace import WINDOW_S, Pace


class Time:
    """A clock that `asyncio.sleep` moves, and that nothing else does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def most_in_a_minute(sent: list[tuple[float, int]]) -> int:
    """The most that left in any 60 s."""
    best = first = total = 0
    for at, count in sent:
        total += count
        while sent[first][0] <= at - WINDOW_S:
            total -= sent[first][1]
            first += 1
        best = max(best, total)
    return best


async def test_news_use_the_quota_and_never_more(time: Time) -> None:
    """At the messenger's limit 99 to 100 % of it is used, and no 60 s see more."""
    pace, sent = Pace(100_000, now=time), []
    while time.now < 1000 + 5 * WINDOW_S:
        await pace.news(100)
        sent.append((time.now, 100))

    assert most_in_a_minute(sent) <= 100_000
    assert sum(count for at, count in sent if at >= 1000 + WINDOW_S) >= 0.99 * 4 * 100_000


async def test_replies_go_first_and_count(time: Time) -> None:
    """Replies never wait for news; news make room for them; together they stay below the limit."""
    chance, pace, sent = random.Random(7), Pace(90_000, now=time), []
    while time.now < 1000 + 3 * WINDOW_S:
        if chance.random() < 0.2:
            before = time.now
            await pace.reply(37)
            assert time.now == before
            sent.append((time.now, 37))
        await pace.news(100)
        sent.append((time.now, 100))

    assert most_in_a_minute(sent) <= 100_000


async def test_a_pause_is_not_made_up_for(time: Time) -> None:
    """After an idle minute news go on at the same pace, not in one burst."""
    pace = Pace(6_000, now=time)
    await pace.news(100)
    time.now += 30
    began_at = time.now
    for _ in range(10):
        await pace.news(100)

    assert time.now - began_at > 8


async def test_even_replies_wait_at_the_limit(time: Time) -> None:
    """Replies alone cannot pass the messenger's limit either."""
    pace = Pace(cap=1_000, now=time)
    for _ in range(10):
        await pace.reply(100)
    assert time.now == 1000.0
    await pace.reply(100)
    assert time.now >= 1000.0 + WINDOW_S


async def test_more_at_once_than_the_rate_is_slow_but_leaves(time: Time) -> None:
    """A rate below one batch does not stop everything."""
    pace = Pace(10, now=time)
    for _ in range(3):
        await pace.news(100)

    assert 1000.0 + 2 * WINDOW_S < time.now < 1000.0 + 30 * WINDOW_S
