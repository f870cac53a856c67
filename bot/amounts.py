"""Numbers, amounts and times as people of a language write them; amounts are never rounded without saying so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from babel.numbers import format_percent as _percent

from bot.account import Balance
from bot.harmless import inert


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


def format_signed(amount: Decimal, language: str) -> str:
    """As `format_amount`, with the sign of what came in as well: `+0.5`, `-0.5`."""
    return f"{'+' if amount > 0 else ''}{format_amount(amount, language)}"


def format_percent(fraction: Decimal, language: str) -> str:
    """A change with its sign, to the hundredth of a percent: `-0.0123` is `-1.23%`."""
    return f"{'+' if fraction > 0 else ''}{_percent(fraction, '#,##0.##%', locale=language)}"


def format_price(usd: Decimal, language: str) -> str:
    """US dollars for one coin: to the cent from one dollar on, with all its digits below."""
    return format_money(usd, language) if usd >= 1 else f"${format_amount(usd, language)}"


def format_balance(balance: Balance, language: str) -> str:
    """How much there is of a coin, and what that is worth: `0.015 BTC ≈ $900.01`."""
    amount = f"{format_amount(balance.amount, language)} {inert(balance.symbol, 16)}"
    return amount if balance.usd is None else f"{amount} ≈ {format_money(balance.usd, language)}"


def format_time(moment: datetime, language: str) -> str:
    """A date and time in UTC, and labelled so."""
    return f"{format_datetime(moment.astimezone(UTC), 'medium', locale=language)} UTC"


def format_timespan(seconds: float, language: str) -> str:
    """A length of time in its largest sensible unit, such as `3 hours`."""
    return format_timedelta(timedelta(seconds=seconds), locale=language, threshold=1.2)
