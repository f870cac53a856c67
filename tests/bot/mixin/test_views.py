"""Amounts, balances and people, from answers with missing and odd members."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.mixin.views import Output, UserView, amount, balances, moment
from bot.users import User
from bot.wire import decoder


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("0.00000001", "0.00000001"), ("-5", "-5"), ("", "0"), (None, "0"), ("NaN", "0"), ("Infinity", "0"), ("x", "0")],
)
def test_amount(text: str | None, wanted: str) -> None:
    """Amounts are exact decimals, and what is none counts as nothing."""
    assert amount(text) == Decimal(wanted)


def test_balances() -> None:
    """A balance is the exact sum of the outputs of an asset, without collectibles."""
    outputs = [
        Output("1", "btc", "0.1"),
        Output("2", "btc", "0.2"),
        Output("3", "xin", "1"),
        Output("4", "xin", "7", inscription_hash="ab"),
    ]
    assert balances(outputs) == {"btc": Decimal("0.3"), "xin": Decimal(1)}


@pytest.mark.parametrize("odd", ["", "x", "NaN", "Infinity", "1e999999", "1" * 81, "1e90"])
def test_T12_one_odd_amount_leaves_the_others(odd: str) -> None:
    """What no page could hold counts as nothing, and the rest as it is."""
    outputs = [Output("1", "btc", "0.1"), Output("2", "btc", odd), Output("3", "btc", "0.2"), Output("4", "xin", "1")]
    assert balances(outputs) == {"btc": Decimal("0.3"), "xin": Decimal(1)}


def test_person_and_bot() -> None:
    """A user is a bot exactly if there is an app; missing members get their defaults."""
    read = decoder(UserView)
    assert read(b'{"user_id": "u"}').user == User("u", "", "")
    full = read(
        b'{"user_id": "u", "identity_number": "7000", "full_name": "N", "is_verified": true, "unknown": [1],'
        b' "created_at": "2026-01-02T03:04:05.678901Z", "app": {"app_id": "u", "capabilities": null}}'
    )
    created = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
    assert full.user == User("u", "7000", "N", is_bot=True, is_verified=True, created_at=created)


def test_time_without_a_zone() -> None:
    """A time that names no zone is in UTC, as all of the server's are."""
    assert moment("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", None, "0001-01-01T00:00:00Z", "never"])
def test_times_that_are_not_set(text: str | None) -> None:
    """The zero time, and what is no time, mean that it is not set."""
    assert moment(text) is None
