"""Long lists in pages, with the buttons that turn them, and people and coins as lists show them."""

import re
from collections.abc import Sequence
from typing import TypeVar

from bot.account import Balance
from bot.context import Context
from bot.errors import NotFound, UserError
from bot.harmless import inert
from bot.message import Button, Buttons, Reply
from bot.users import User

T = TypeVar("T")

PAGE = 20
MOST_CHOICES = 6

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_id(word: str) -> bool:
    """Whether a word is an id of Mixin's, and not a name."""
    return _ID.fullmatch(word.lower()) is not None


def page_of(items: Sequence[T], number: int) -> tuple[Sequence[T], int, int]:
    """The items of a page, which page that is (the last one, if there are not so many), and how many there are."""
    pages = max(1, -(-len(items) // PAGE))
    number = min(max(number, 1), pages)
    return items[(number - 1) * PAGE : number * PAGE], number, pages


def page_number(words: list[str]) -> int:
    """Take the page's number from the end of some words, if there is one; longer numbers are somebody's."""
    if words and words[-1].isascii() and words[-1].isdigit() and len(words[-1]) <= 3:
        return int(words.pop())
    return 1


def name_of(ctx: Context, user: User) -> str:
    """`Ann (40001)`, and that it is a bot where it is one."""
    key = "people.bot" if user.is_bot else "people.person"
    return ctx.text(key, name=inert(user.name, 40) or "–", number=inert(user.identity_number, 16))


def list_people(ctx: Context, head: str, people: Sequence[User], command: str, number: int) -> Reply:
    """One page of people under a head, with buttons that say `command` and the number of another page."""
    ordered = sorted(people, key=lambda user: (user.name.casefold(), user.id))
    shown, number, pages = page_of(ordered, number)
    lines = [head, *(name_of(ctx, user) for user in shown)]
    if pages > 1:
        lines.append(ctx.text("list.page", page=number, pages=pages))
    return ["\n".join(lines), Buttons((*turn_buttons(ctx, command, number, pages), *ctx.buttons("help").buttons))]


def turn_buttons(ctx: Context, command: str, number: int, pages: int) -> tuple[Button, ...]:
    """Back and on, where there is something."""
    back = [ctx.saying(ctx.text("list.back"), f"{command} {number - 1}")] if number > 1 else []
    on = [ctx.saying(ctx.text("list.next"), f"{command} {number + 1}")] if number < pages else []
    return (*on, *back)


async def coins_called(ctx: Context, word: str, owned: Sequence[Balance] = ()) -> Sequence[Balance]:
    """Coins that go by a symbol or an id: among those owned, else among all.

    Raises:
        UserError: There is none.
    """
    wanted = word.lower()
    found = [each for each in owned if wanted in (each.asset_id, each.symbol.lower())]
    if not found and is_id(wanted):
        try:
            found = [await ctx.account.asset(wanted)]
        except NotFound:
            found = []
    elif not found:
        found = [each for each in await ctx.account.coins_named(word[:32]) if each.symbol.lower() == wanted]
    if not found:
        raise UserError(ctx.text("coin.unknown", coin=inert(word, 32)))
    return found


def choose_coin(ctx: Context, coins: Sequence[Balance], command: str) -> Reply:
    """Ask which of several coins is meant; each button says `command` with the coin's id in the place of `{coin}`."""
    buttons = [
        ctx.saying(inert(f"{each.symbol} – {each.name}" if each.name else each.asset_id[:8], 36),
                   command.replace("{coin}", each.asset_id))
        for each in coins[:MOST_CHOICES]
    ]  # fmt: skip
    return [ctx.text("coin.which", coin=inert(coins[0].symbol, 16)), Buttons(tuple(buttons))]
