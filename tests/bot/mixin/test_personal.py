"""A person's own account, over a server on a real socket."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from bot.account import DOLLARS, Balance, Fiat, OwnProfile, SnapshotQuery
from bot.errors import NotFound, ScopeMissing, TooLarge, Unavailable
from bot.mixin.personal import MixinPersonalAccount
from bot.users import User
from tests.bot.mixin.personal import open_personal
from tests.bot.mixin.servers import FakeApi, raw, refuse, serve_api
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
XIN = "c94ac88f-4671-3976-b60a-09064f1811e8"


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@pytest.fixture
async def mine(server: FakeApi) -> AsyncIterator[MixinPersonalAccount]:
    async with open_personal(server.url) as account:
        yield account


async def test_profile(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Everything of GET /me that a person may want to see; what is missing stays empty."""
    server.says(
        {
            "user_id": ANN,
            "full_name": "Ann",
            "identity_number": "40001",
            "phone": "+4912345",
            "fiat_currency": "EUR",
            "has_safe": True,
            "membership": {"plan": "elite"},
        },
        {"user_id": ANN, "membership": {"plan": "none"}, "phone": None},
    )
    assert await mine.profile() == OwnProfile(User(ANN, "40001", "Ann"), "+4912345", "EUR", "elite", True)
    assert await mine.profile() == OwnProfile(User(ANN, "", ""))
    assert server.targets == ["GET /me", "GET /me"]


async def test_friends_and_blocked(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """People and bots, as the server lists them."""
    server.says([{"user_id": ANN, "full_name": "Ann"}, {"user_id": BOT_ID, "app": {}}], None)
    assert await mine.friends() == (User(ANN, "", "Ann"), User(BOT_ID, "", "", is_bot=True))
    assert await mine.blocked() == ()
    assert server.targets == ["GET /friends", "GET /blocking_users"]


async def test_the_money_that_somebody_counts_in(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Rates are asked for once an hour, and not for dollars; what makes no sense is passed over."""
    rates = [{"code": "EUR", "rate": 0.92}, {"code": "JPY", "rate": "155.2"}, {"code": "<b>", "rate": 1}]
    server.says({"fiat_currency": "USD"}, {"fiat_currency": "EUR"}, [*rates, {"code": "CNY", "rate": -1}])
    server.says({"fiat_currency": "JPY"}, {"fiat_currency": "CNY"}, {"fiat_currency": "<b>"}, {})
    found = [await mine.fiat() for _ in range(6)]

    assert found == [DOLLARS, Fiat("EUR", Decimal("0.92")), Fiat("JPY", Decimal("155.2")), DOLLARS, DOLLARS, DOLLARS]
    assert server.targets == ["GET /me", "GET /me", "GET /external/fiats", *["GET /me"] * 4]


async def test_rates_may_be_where_they_were(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Under the older address."""
    server.says({"fiat_currency": "EUR"}, refuse(404), [{"code": "EUR", "rate": 0.92}])
    assert await mine.fiat() == Fiat("EUR", Decimal("0.92"))
    assert server.targets == ["GET /me", "GET /external/fiats", "GET /fiats"]


@pytest.mark.parametrize("answers", [[{"fiat_currency": "EUR"}, []], [{"fiat_currency": "EUR"}, refuse(403)]])
async def test_dollars_where_nobody_knows(server: FakeApi, mine: MixinPersonalAccount, answers: list[object]) -> None:
    """What somebody owns is shown all the same, and rates are not asked for again at once."""
    server.says(*answers, {"fiat_currency": "EUR"})
    assert await mine.fiat() == DOLLARS
    assert await mine.fiat() == DOLLARS
    assert server.targets == ["GET /me", "GET /external/fiats", "GET /me"]


async def test_dollars_where_mixin_does_not_answer(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Nobody's coins are kept from them over that."""
    server.says(refuse(500))
    assert await mine.fiat() == DOLLARS


async def test_T13_a_list_that_is_too_long_is_asked_for_once(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """The next answer would be as long; whoever asked is told that, and not to try again."""
    server.says([{"user_id": ANN, "biography": "x" * 1000}] * 1100)
    with pytest.raises(TooLarge):
        await mine.friends()
    assert server.targets == ["GET /friends"]


def output(number: int, asset_id: str, amount: str, **more: object) -> dict[str, object]:
    return {"output_id": f"o{number}", "asset_id": asset_id, "amount": amount, "sequence": number, **more}


async def test_balances_of_both_wallets(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Outputs are the person's own, collectibles are no coins, and the old wallet adds what Safe does not know."""
    server.says(
        [{"asset_id": CHAT, "symbol": "OLD", "balance": "7"}, {"asset_id": BTC, "balance": "9"}],
        [output(1, BTC, "0.1"), output(2, XIN, "2.25"), output(3, XIN, "1", inscription_hash="ab")],
        [{"asset_id": BTC, "symbol": "BTC", "price_usd": "60000"}, {"asset_id": XIN, "symbol": "XIN"}],
    )
    assert await mine.balances() == [
        Balance(BTC, "BTC", "", Decimal("0.1"), Decimal(60000)),
        Balance(CHAT, "OLD", "", Decimal(7)),
        Balance(XIN, "XIN", "", Decimal("2.25")),
    ]
    assert server.targets == [
        "GET /assets",
        "GET /safe/outputs?state=unspent&limit=500&order=ASC",
        "POST /safe/assets/fetch",
    ]


@pytest.mark.parametrize("gone", [refuse(403), refuse(404), raw(b"no", status=404), []])
async def test_the_old_wallet_may_be_gone(server: FakeApi, mine: MixinPersonalAccount, gone: object) -> None:
    """That the old API refuses or knows nothing is normal."""
    server.says(gone, [output(1, BTC, "0.1")], {"asset_id": BTC, "symbol": "BTC"})
    assert [each.amount for each in await mine.balances()] == [Decimal("0.1")]


async def test_500_coins_in_2000_outputs_take_a_dozen_requests(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """The number of requests is bounded, and a second look within half a minute asks for no names again."""
    ids = [f"c6d0c728-2624-429b-8e0d-{number:012d}" for number in range(500)]
    outputs = [output(number, ids[number % 500], "0.00000001") for number in range(1, 2001)]
    pages = [outputs[start : start + 500] for start in range(0, 2000, 500)]
    names = [[{"asset_id": each, "symbol": "C"} for each in ids[start : start + 100]] for start in range(0, 500, 100)]
    server.says(refuse(404), *pages, [], *names, refuse(404), *pages, [])

    balances = await mine.balances()
    asked = len(server.asked)
    assert len(balances) == 500
    assert {each.amount for each in balances} == {Decimal("0.00000004")}
    assert asked == 1 + 5 + 5
    assert len(await mine.balances()) == 500
    assert len(server.asked) == asked + 6


async def test_one_asset(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """One coin: only its outputs are asked for; what Safe has none of may be in the old wallet."""
    server.says(
        {"asset_id": BTC, "symbol": "BTC", "balance": "3"},
        [output(1, BTC, "0.1"), output(2, BTC, "0.2")],
        {"asset_id": BTC, "symbol": "BTC", "price_usd": "60000", "change_usd": "-0.0123"},
        {"asset_id": XIN, "symbol": "XIN", "balance": "3"},
        [],
        refuse(404),
    )
    btc = Balance(BTC, "BTC", "", Decimal("0.3"), Decimal(60000), Decimal("-0.0123"))
    assert await mine.asset(BTC) == btc
    assert await mine.asset(XIN) == Balance(XIN, "XIN", "", Decimal(3))
    assert server.targets[:3] == [
        f"GET /assets/{BTC}",
        f"GET /safe/outputs?state=unspent&limit=500&order=ASC&asset={BTC}",
        f"GET /safe/assets/{BTC}",
    ]


async def test_a_coin_that_is_not(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """What no wallet and no list knows does not exist; what is no id is not even asked for."""
    server.says(refuse(404), [], refuse(404))
    with pytest.raises(NotFound):
        await mine.asset(BTC)
    with pytest.raises(NotFound):
        await mine.asset("BTC/../../me")
    assert not any(".." in target for target in server.targets)


async def test_what_was_not_granted_is_not_asked(server: FakeApi) -> None:
    """The missing scope is named, and no request is made."""
    async with open_personal(server.url, "PROFILE:READ") as mine:
        for question, scope in ((mine.balances, "ASSETS"), (mine.friends, "CONTACTS"), (mine.blocked, "CONTACTS")):
            with pytest.raises(ScopeMissing) as caught:
                await question()
            assert caught.value.scope == f"{scope}:READ"
    assert server.asked == []


async def test_a_scope_that_mixin_no_longer_grants(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """403 for what was granted once names the scope; the old API's 403 does not."""
    server.says(refuse(404), refuse(403))
    with pytest.raises(ScopeMissing) as caught:
        await mine.balances()
    assert caught.value.scope == "ASSETS:READ"


async def test_a_wallet_that_cannot_be_read(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """Trouble is trouble, and never an empty wallet."""
    server.says([], raw(b"<html>", status=502))
    with pytest.raises(Unavailable):
        await mine.balances()


async def test_T32_a_conversation_of_others(server: FakeApi, mine: MixinPersonalAccount) -> None:
    """One that is not there and one of others are told apart by nobody."""
    for code in (403, 404):
        server.says(refuse(code))
        with pytest.raises(NotFound):
            await mine.conversation(CHAT)


HOSTILE: list[object] = [
    "text", 7, True, {"asset_id": 5}, [None], [[]], ["x"], raw(b'{"data": ' + b"[" * 100_000), raw(b"{"),
    raw(b'{"data": [' + b" " * 2_000_000 + b"]}"),
]  # fmt: skip


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
async def test_T12_T13_answers_that_make_no_sense(server: FakeApi, mine: MixinPersonalAccount, answer: object) -> None:
    """Whatever the server says instead of a list is trouble that is asked about again: no crash, no wrong sum."""
    server.says(answer)
    for question in (mine.balances, mine.friends, mine.blocked, lambda: mine.snapshots(SnapshotQuery())):
        with pytest.raises(Unavailable):
            await question()


@pytest.mark.parametrize(
    "asset", [{"asset_id": None}, {"asset_id": BTC, "balance": 1.5}, {"asset_id": BTC, "name": []}]
)
async def test_T12_coins_of_wrong_types(server: FakeApi, mine: MixinPersonalAccount, asset: object) -> None:
    """A number where a text belongs is not guessed at."""
    server.says([asset])
    with pytest.raises(Unavailable):
        await mine.balances()


NONSENSE = ("NaN", "-Infinity", "1e999999999", "1e-999999999", "9" * 5000, "0x10", "", "1,5", "１")


@pytest.mark.parametrize("text", NONSENSE, ids=range(len(NONSENSE)))
async def test_T12_amounts_that_make_no_sense(server: FakeApi, mine: MixinPersonalAccount, text: str) -> None:
    """An amount or a price that is none, or that no page could hold, counts as nothing."""
    coin = {"asset_id": BTC, "symbol": "BTC", "price_usd": text, "change_usd": text}
    server.says(refuse(404), [output(1, BTC, text), output(2, BTC, "0.5")], coin)
    (balance,) = await mine.balances()

    assert balance.amount in (Decimal("0.5"), Decimal("1.5"))
    assert balance.price_usd in (None, Decimal(1))
