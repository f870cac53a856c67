"""Numbers, amounts and times as people of a language write them; amounts are never rounded without saying so."""

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal
from babel.numbers import format_percent as _percent

from bot.account import DOLLARS, Balance, Fiat
from bot.harmless import inert

CHANGED_DIGITS = 6
"""Of a small price in other money than it was told in: more would be made up."""


def format_number(number: int, language: str) -> str:
    """With the language's separators of thousands."""
    return format_decimal(number, locale=language)


def format_amount(amount: Decimal, language: str) -> str:
    """All decimals that there are, none that are not: `0.01500000` is `0.015`."""
    return format_decimal(_exact(amount), locale=language, decimal_quantization=False)


def format_money(usd: Decimal, language: str, fiat: Fiat = DOLLARS) -> str:
    """US dollars in the money that somebody counts in, to its smallest coin."""
    return format_currency(usd * fiat.rate, fiat.code, locale=language)


def format_signed(amount: Decimal, language: str) -> str:
    """As `format_amount`, with the sign of what came in as well: `+0.5`, `-0.5`."""
    return f"{'+' if amount > 0 else ''}{format_amount(amount, language)}"


def format_percent(fraction: Decimal, language: str) -> str:
    """A change with its sign, to the hundredth of a percent: `-0.0123` is `-1.23%`."""
    return f"{'+' if fraction > 0 else ''}{_percent(fraction, '#,##0.##%', locale=language)}"


def format_price(usd: Decimal, language: str, fiat: Fiat = DOLLARS) -> str:
    """What one coin costs: as `format_money` from one unit on, and below with all digits of the dollars that the price
    is in, or with six of the money that those are changed into.
    """
    price = usd * fiat.rate
    if price >= 1:
        return format_money(usd, language, fiat)
    digits = _exact(price if fiat == DOLLARS else Context(CHANGED_DIGITS).plus(price))
    return format_currency(digits, fiat.code, locale=language, currency_digits=False, decimal_quantization=False)


def format_balance(balance: Balance, language: str, fiat: Fiat = DOLLARS) -> str:
    """How much there is of a coin, and what that is worth: `0.015 BTC ≈ $900.01`."""
    amount = f"{format_amount(balance.amount, language)} {inert(balance.symbol, 16)}"
    return amount if balance.usd is None else f"{amount} ≈ {format_money(balance.usd, language, fiat)}"


def format_time(moment: datetime, language: str) -> str:
    """A date and time in UTC, and labelled so."""
    return f"{format_datetime(moment.astimezone(UTC), 'medium', locale=language)} UTC"


def format_timespan(seconds: float, language: str) -> str:
    """A length of time in its largest sensible unit, such as `3 hours`."""
    return format_timedelta(timedelta(seconds=seconds), locale=language, threshold=1.2)


def _exact(amount: Decimal) -> Decimal:
    """The same number without zeros at its end."""
    digits = f"{amount:f}"
    return (Decimal(digits.rstrip("0").rstrip(".")) if "." in digits else amount) or Decimal(0)
