"""The bot's own account for handlers, over the API client and a server on a real socket."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.account import Balance, Conversation, Participant, Profile
from bot.errors import Unavailable
from bot.mixin.account import MixinAccount
from bot.users import User
from tests.bot.mixin.servers import FakeApi, open_api, raw, refuse, serve_api
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
XIN = "c94ac88f-4671-3976-b60a-09064f1811e8"


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@pytest.fixture
async def account(server: FakeApi) -> AsyncIterator[MixinAccount]:
    async with open_api(server.url) as api:
        yield MixinAccount(api)


async def test_profile(server: FakeApi, account: MixinAccount) -> None:
    """The profile is what the dashboard knows, with defaults for what it leaves out."""
    app = {"app_id": BOT_ID, "home_uri": "https://bot.example", "capabilities": None, "creator_id": ANN}
    server.says({"user_id": BOT_ID, "full_name": "Bot", "has_safe": True, "app": app})
    user = User(BOT_ID, "", "Bot", is_bot=True)
    assert await account.profile() == Profile(user, "https://bot.example", creator_id=ANN, has_safe=True)


def output(output_id: str, asset_id: str, amount: str) -> dict[str, object]:
    return {"output_id": output_id, "asset_id": asset_id, "amount": amount, "sequence": 1}


async def test_balances_of_both_wallets(server: FakeApi, account: MixinAccount) -> None:
    """A coin in both wallets counts as Safe has it, empty ones are left out, and the most valuable is first."""
    server.says(
        [{"asset_id": BTC, "symbol": "BTC", "balance": "9"}, {"asset_id": CHAT, "symbol": "OLD", "balance": "0"}],
        [output("1", XIN, "2.25"), output("2", BTC, "0.1"), output("3", BTC, "0.2")],
        [
            {"asset_id": BTC, "symbol": "BTC", "name": "Bitcoin", "price_usd": "60000", "change_usd": "-0.01"},
            {"asset_id": XIN, "symbol": "XIN", "price_usd": ""},
        ],
    )
    assert await account.balances() == [
        Balance(BTC, "BTC", "Bitcoin", Decimal("0.3"), Decimal(60000), Decimal("-0.01")),
        Balance(XIN, "XIN", "", Decimal("2.25")),
    ]


@pytest.mark.parametrize("code", [403, 404])
async def test_old_wallet_that_is_gone(server: FakeApi, account: MixinAccount, code: int) -> None:
    """That the old API knows nothing of the bot any more is normal."""
    server.says(refuse(code), [output("1", XIN, "1")], refuse(404))
    assert [balance.amount for balance in await account.balances()] == [Decimal(1)]


async def test_wallet_that_cannot_be_read(server: FakeApi, account: MixinAccount) -> None:
    """A wallet that cannot be read is an error, never an empty wallet."""
    server.says(raw(b"<html>", status=502))
    with pytest.raises(Unavailable):
        await account.balances()


async def test_one_asset(server: FakeApi, account: MixinAccount) -> None:
    """A coin that the bot does not own is shown with its price and nothing of it."""
    server.says(refuse(404), [], {"asset_id": BTC, "symbol": "BTC", "price_usd": "60000"})
    assert await account.asset(BTC) == Balance(BTC, "BTC", "", Decimal(0), Decimal(60000))


async def test_conversation(server: FakeApi, account: MixinAccount) -> None:
    """A group is read with its name, its people and their roles."""
    participants = [{"user_id": ANN, "role": "OWNER"}, {"user_id": BOT_ID}]
    server.says(
        {
            "conversation_id": CHAT,
            "category": "GROUP",
            "name": "Team",
            "created_at": "2026-01-02T03:04:05Z",
            "participants": participants,
        }
    )
    people = (Participant(ANN, "OWNER"), Participant(BOT_ID))
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert await account.conversation(CHAT) == Conversation(CHAT, True, "Team", "", people, created)
