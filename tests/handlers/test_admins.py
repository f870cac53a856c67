"""Commands for admins."""

from datetime import UTC, datetime
from decimal import Decimal

from bot.account import Balance, Profile
from bot.records import DeadLetter
from bot.users import Role, User
from tests.conftest import Bot, Chat, OpenBot, Setting
from tests.fakes import ANN, BOT_ID, FakePlatform, said

BTC, CNB = "c6d0c728-2624-429b-8e0d-d9d19b6592fa", "965e5c6e-434c-3fa9-b780-c50f43cd955c"


def texts_of(bot: Bot) -> list[str]:
    return [text for text in bot.platform.texts() if not text.startswith("[")]


async def test_stats(chat: Chat) -> None:
    """People and messages, over a span of time that can be chosen."""
    await chat.make_admin()
    day, week, wrong = await chat("/stats", "统计 7d", "/stats yesterday")

    assert day.startswith("People: 2, with news on: 2\nActive in 24 hours: 2, new: 2\n")
    assert "Active in 7 days: 2" in week
    assert wrong == "Write /stats 24h, /stats 7d or /stats 30d."


async def test_health(chat: Chat) -> None:
    """The line, the queues and the clock."""
    await chat.make_admin()
    (health,) = await chat("/health")

    assert health.startswith("Line: connected, last heard")
    assert "Clock: +0.0 s" in health


async def test_health_of_both_messengers(open_bot: OpenBot) -> None:
    """Where there is a second one, its line is there, too."""
    async with open_bot() as bot:
        bot.services.second = FakePlatform(name="nandbox")
        await bot.store.set_role(ANN, Role.OWNER)
        await bot.hear(said("hi"), said("/health"))

    (health,) = [text for text in bot.platform.texts() if text.startswith("Line:")]
    assert health.endswith("\nnandbox: connected, 0 reconnections")


async def test_dead_letters_from_list_to_drop(open_bot: OpenBot) -> None:
    """List, show, replay and drop, with buttons that say the next step."""
    message = said("/whois 7000")
    letter = DeadLetter(message.id[:8], message, "whois", "RuntimeError: no", 3, datetime(2026, 1, 2, tzinfo=UTC))
    async with open_bot() as bot:
        await bot.store.set_role(ANN, Role.OWNER)
        await bot.hear(said("hi"), said("/dead"))
        await bot.store.quarantine(letter)
        for text in ("/dead list", f"/dead show {letter.reference}", f"/dead replay {letter.reference}",
                     f"/dead drop {letter.reference}", "/dead show 12345678", "/dead eat"):  # fmt: skip
            await bot.hear(said(text))

    none, listed, shown, replayed, dropped, unknown, usage = texts_of(bot)[1:]
    assert none == "No message is in quarantine."
    assert f"{letter.reference}  /whois  Jan 2, 2026" in listed
    assert shown.startswith(f"{letter.reference}: /whois, 3 tries, Jan 2, 2026")
    assert "RuntimeError: no" in shown
    assert replayed == f"{letter.reference} will be handled once more in a moment."
    assert dropped == f"Dropped {letter.reference}."
    assert unknown == "There is nothing in quarantine under “12345678”."
    assert usage.startswith("Write /dead list")


async def test_the_bots_own_account_and_wallet(open_bot: OpenBot) -> None:
    """Profile and every coin with exact amounts; one coin by symbol or id."""
    setting = Setting()
    setting.account.profile_ = Profile(
        User(BOT_ID, "7000999001", "Demo Bot", is_bot=True), "https://bot.example/", capabilities=("CONTACT", "GROUP")
    )
    setting.account.coins = (
        Balance(BTC, "BTC", "Bitcoin", Decimal("0.01500000"), Decimal("60000.5")),
        Balance(CNB, "CNB", "Chui Niu Bi", Decimal("123456789.00000001")),
    )
    async with open_bot(setting=setting) as bot:
        await bot.store.set_role(ANN, Role.OPERATOR)
        await bot.hear(
            said("hi"), said("/botprofile"), said("/botwallet"), said("/botwallet cnb"), said("/botwallet ETH")
        )

    profile, wallet, one, unknown = texts_of(bot)[1:]
    assert profile.startswith("Demo Bot (7000999001)\n")
    assert "Capabilities: CONTACT, GROUP" in profile
    assert wallet == "The bot's wallet:\n0.015 BTC ≈ $900.01\n123,456,789.00000001 CNB\nTogether about $900.01"
    assert one == "The bot's wallet:\n123,456,789.00000001 CNB\nTogether about $0.00"
    assert unknown == "The bot owns nothing called “ETH”."


async def test_an_empty_wallet(chat: Chat) -> None:
    """Nothing is said as nothing."""
    await chat.make_admin()
    assert await chat("/botwallet") == ["The bot's wallet is empty."]


async def test_admins_commands_are_invisible_to_others(chat: Chat) -> None:
    """To somebody else an admin's command is an unknown word like any other."""
    (answer,) = await chat("/botwallet")

    assert answer == "I don't know “botwallet”. Did you mean /assets?"
