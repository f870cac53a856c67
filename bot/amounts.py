"""Numbers, amounts and times as people of a language write them; amounts are never rounded without saying so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal


def format_number(number: int, language: str) -> str:
    """With the language's separators of thousands."""
    return format_decimal(number, locale=language)


def format_amount(amount: Decimal, language: str) -> str:
    """All decimals that there are, none that are not: `0.01500000` is `0.015`."""
    digits = f"{amount:f}"
    exact = Decimal(digits.rstrip("0").rstrip(".")) if "." in digits else amount
    return format_decimal(exact or Decimal(0), locale=language, decimal_quantization=False)


def format_money(usd: Decimal, language: str) -> str:
    """US dollars, to the cent."""
    return format_currency(usd, "USD", locale=language)


def format_time(moment: datetime, language: str) -> str:
    """A date and time in UTC, and labelled so."""
    return f"{format_datetime(moment.astimezone(UTC), 'medium', locale=language)} UTC"


def format_timespan(seconds: float, language: str) -> str:
    """A length of time in its largest sensible unit, such as `3 hours`."""
    return format_timedelta(timedelta(seconds=seconds), locale=language, threshold=1.2)
