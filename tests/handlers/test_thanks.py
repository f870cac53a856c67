"""Coins that arrive are thanked for, once, and only if Mixin confirms them."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from bot.account import Snapshot
from bot.message import Buttons, Content, Text, Transfer
from tests.conftest import Bot, OpenBot, Setting
from tests.fakes import ANN, BEN, BOT_ID, said

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
ID = "70000000-0000-4000-8000-0000000000e3"
TRUE = Snapshot(ID, BTC, "BTC", Decimal("0.01500000"), opponent_id=ANN, memo="for\u202e you", user_id=BOT_ID)


def notice(amount: str = "0.015", snapshot_id: str = ID, *, safe: bool = True) -> Transfer:
    return Transfer(snapshot_id, BTC, amount, ANN, "68656c6c6f", safe)


def told(bot: Bot) -> Sequence[Content]:
    return [each.content for each in bot.platform.sent.values()][2:]


@pytest.mark.parametrize("safe", [True, False])
async def test_a_transfer_is_thanked_for(open_bot: OpenBot, safe: bool) -> None:
    """With what Mixin says about it, not with what the notice says; and with a way to look at it."""
    setting = Setting()
    setting.account.received[ID] = TRUE
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said(notice("9999", safe=safe)))

    text, buttons = told(bot)
    assert text == Text("Thank you! 0.015 BTC has arrived.\nMemo: for you")
    assert isinstance(buttons, Buttons)
    assert buttons.buttons[0].action == f"mixin://snapshots/{ID}"


async def test_a_transfer_is_thanked_for_once(open_bot: OpenBot) -> None:
    """The same notice again is the same answer; another notice of the same transfer gets none, also after a restart."""
    setting = Setting()
    setting.account.received[ID] = TRUE
    async with open_bot(setting=setting) as bot:
        first = said(notice())
        await bot.hear(said("hi"), first, said(notice()))
    again = Setting(account=setting.account)
    async with open_bot(setting=again) as other:
        await other.hear(said(notice()), first)

    assert len(told(bot)) == 2
    assert list(other.platform.sent) == list(bot.platform.sent)[2:]


FAKES = {
    "unknown": {},
    "of somebody else": {ID: Snapshot(ID, BTC, "BTC", Decimal(1), opponent_id=BEN, user_id=BOT_ID)},
    "to somebody else": {ID: Snapshot(ID, BTC, "BTC", Decimal(1), opponent_id=ANN, user_id=BEN)},
    "going out": {ID: Snapshot(ID, BTC, "BTC", Decimal(-1), opponent_id=ANN, user_id=BOT_ID)},
    "of nothing": {ID: Snapshot(ID, BTC, "BTC", Decimal(0), opponent_id=ANN, user_id=BOT_ID)},
}


@pytest.mark.parametrize("received", FAKES.values(), ids=FAKES)
async def test_T3_a_transfer_that_mixin_does_not_confirm_has_no_effect(
    open_bot: OpenBot, received: dict[str, Snapshot]
) -> None:
    """Made up, somebody else's, or our own: acknowledged, and nothing is said, not even to somebody new."""
    setting = Setting()
    setting.account.received.update(received)
    async with open_bot(setting=setting) as bot:
        await bot.hear(said(notice()))

    assert bot.platform.sent == {}


async def test_the_first_word_of_somebody_may_be_money(open_bot: OpenBot) -> None:
    """They are welcomed and thanked."""
    setting = Setting()
    setting.account.received[ID] = TRUE
    async with open_bot(setting=setting) as bot:
        await bot.hear(said(notice()))

    texts = bot.platform.texts()
    assert texts[0].startswith("Hello, I am Demo Bot")
    assert texts[2].startswith("Thank you! 0.015 BTC")
