"""What people ask about themselves: their profile, coins, contacts and transfers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.account import Balance, Conversation, Fiat, OwnProfile, Participant, Snapshot
from bot.message import Buttons, Post, Text
from bot.users import User
from tests.conftest import Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, EVERYTHING, FakeGrants, FakePersonalAccount, said

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
CNB = "965e5c6e-434c-3fa9-b780-c50f43cd955c"
USDT_TRON = "b91e18ff-a9ae-3dc7-8679-e935d9a4b34b"
USDT_ETHEREUM = "4d8c508b-91c5-375b-92b0-ee702ed2dac5"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COINS = (
    Balance(BTC, "BTC", "Bitcoin", Decimal("0.01500000"), Decimal("60000.5"), Decimal("-0.0123"), BTC, "Bitcoin"),
    Balance(CNB, "CNB", "Chui Niu Bi", Decimal("123456789.00000001")),
)
GROUP = "6b0e5dd8-1f38-4f33-8b6a-2f1c7a6c0d11"


def setting_of(account: FakePersonalAccount | None = None, scopes: Sequence[str] = EVERYTHING) -> Setting:
    """Ann has connected her account."""
    grants = FakeGrants({ANN: tuple(scopes)}, {ANN: account or FakePersonalAccount()})
    setting = Setting(grants=grants)
    for user in (User(ANN, "40001", "Ann"), User(BEN, "40002", "Ben")):
        setting.platform.people[user.id] = user
    return setting


async def ask(open_bot: OpenBot, setting: Setting, *texts: str) -> tuple[list[str], list[str]]:
    """What Ann is told, and what the buttons below say."""
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"))
        chat = Chat(bot)
        return await chat(*texts), chat.buttons


async def test_me_is_everything_that_was_allowed(open_bot: OpenBot) -> None:
    """The own account, with what only its owner sees."""
    own = OwnProfile(User(ANN, "40001", "Ann", "I am", created_at=AT), "+4912345", "EUR", "elite", True)
    (text,), _ = await ask(open_bot, setting_of(FakePersonalAccount(own)), "/me")

    assert text == (
        "Ann\nMixin ID: 40001\n"
        f"Id: {ANN}\n"
        "About: I am\nPhone: +4912345\nJoined: Jan 2, 2026, 3:04:05 AM UTC\nLanguage: English\nCurrency: EUR\n"
        "Membership: elite\nSafe wallet: yes"
    )


async def test_me_without_a_connection_is_what_everybody_sees(open_bot: OpenBot) -> None:
    """Nothing is refused: the public part, and how to see the rest."""
    setting = setting_of()
    setting.grants = FakeGrants()
    (text,), _ = await ask(open_bot, setting, "/whoami")

    assert text.startswith("Ann\nMixin ID: 40001\n")
    assert text.endswith("Connect your account to see the rest.")


async def test_assets_are_exact(open_bot: OpenBot) -> None:
    """All decimals, the value of each, the total, and which coins do not count."""
    (text,), buttons = await ask(open_bot, setting_of(FakePersonalAccount(coins=COINS)), "/assets")

    assert text == (
        "Your assets:\n0.015 BTC ≈ $900.01\n123,456,789.00000001 CNB\n\nTogether about $900.01\n"
        "(1 coin has no price and does not count.)"
    )
    assert buttons == ["input:/snapshots", "input:/help"]


async def test_assets_in_the_money_that_one_counts_in(open_bot: OpenBot) -> None:
    """Values, the rest, the total and prices; yen have no cents, and a small price does not become nothing."""
    coins = (*COINS, Balance(USDT_TRON, "DUST", "Dust", Decimal(2), Decimal("0.00001234")))
    account = FakePersonalAccount(coins=coins, money=Fiat("JPY", Decimal("155.2")))
    (everything, one, dust), _ = await ask(open_bot, setting_of(account), "/assets 1", "/asset btc", "/asset dust")

    assert everything.splitlines()[1] == "0.015 BTC ≈ ¥139,681"
    assert "… and 2 more, together about ¥0" in everything
    assert "Together about ¥139,681" in everything
    assert "Price: ¥9,312,078 (-1.23% in 24 hours)" in one
    assert "Price: ¥0.00191517 (" in dust


async def test_assets_in_chinese(open_bot: OpenBot) -> None:
    """Asked in Chinese, answered in Chinese, with the same numbers."""
    texts, _ = await ask(open_bot, setting_of(FakePersonalAccount(coins=COINS)), "/lang zh", "资产")

    assert texts[1].startswith("你的资产：\n0.015 BTC ≈ US$900.01\n123,456,789.00000001 CNB\n")


async def test_small_assets_are_grouped(open_bot: OpenBot) -> None:
    """Ten are shown, the rest in one line; a number or `all` shows more."""
    coins = [Balance(f"{n:08d}", f"C{n}", "", Decimal(1), Decimal(100 - n)) for n in range(30)]
    account = FakePersonalAccount(coins=coins)
    (ten, twenty, everything, nonsense), _ = await ask(
        open_bot, setting_of(account), "/assets", "/assets 20", "/assets all", "/assets many"
    )

    assert ten.count(" ≈ ") == 10
    assert "… and 20 more, together about $1,610.00" in ten
    assert twenty.count(" ≈ ") == 20
    assert everything.count(" ≈ ") == 30
    assert nonsense == "Write /assets, /assets 30 or /assets all."


async def test_no_assets(open_bot: OpenBot) -> None:
    """Nothing is said as nothing."""
    (text,), _ = await ask(open_bot, setting_of(), "/wallet")
    assert text == "Your wallet is empty."


async def test_check_36_five_hundred_assets_fit_into_a_post(open_bot: OpenBot) -> None:
    """A long list is one post within the limits, and what it says is the plain text, mark for mark."""
    coins = [Balance(f"{n:08d}", f"<b>*C{n}*</b>", "", Decimal(1), Decimal(2)) for n in range(500)]
    async with open_bot(setting=setting_of(FakePersonalAccount(coins=coins))) as bot:
        await bot.hear(said("hi"), said("/assets all"))

    (post,) = [each.content for each in bot.platform.sent.values() if isinstance(each.content, Post)]
    assert len(post.markdown.encode()) < 65_536
    assert "1 \\<b\\>\\*C499\\*\\</b\\> ≈ $2.00" in post.markdown


async def test_one_asset(open_bot: OpenBot) -> None:
    """Balance, price, change, chain and id; by symbol in any case, or by id."""
    price = "$60,000.50 (-1.23% in 24 hours)"
    expected = f"Bitcoin (BTC)\nYou have: 0.015 BTC ≈ $900.01\nPrice: {price}\nChain: Bitcoin\nId: {BTC}"
    texts, _ = await ask(
        open_bot, setting_of(FakePersonalAccount(coins=COINS)), "/asset btc", f"/coin {BTC}", "价格 BTC", "/asset"
    )

    assert texts == [expected, expected, expected, "Which coin? For example: /asset BTC"]


async def test_an_asset_that_one_has_none_of(open_bot: OpenBot) -> None:
    """Looked up among all coins; what nobody knows is said."""
    setting = setting_of(FakePersonalAccount(known_coins=COINS))
    setting.account.known_coins = COINS
    texts, _ = await ask(open_bot, setting, "/asset cnb", "/asset nothing")

    assert texts[0].startswith("Chui Niu Bi (CNB)\nYou have: ")
    assert texts[1] == "I know no coin called “nothing”. Try its symbol, such as BTC, or its id."


async def test_an_ambiguous_symbol_is_asked_back(open_bot: OpenBot) -> None:
    """One button for each coin of that symbol."""
    coins = (
        Balance(USDT_TRON, "USDT", "Tether USD on TRON", Decimal(1)),
        Balance(USDT_ETHEREUM, "USDT", "Tether USD", Decimal(2)),
    )
    (text,), buttons = await ask(open_bot, setting_of(FakePersonalAccount(coins=coins)), "/asset usdt")

    assert text == "There are several coins called USDT. Which one?"
    assert buttons == [f"input:/asset {USDT_TRON}", f"input:/asset {USDT_ETHEREUM}"]


def crowd(count: int) -> list[User]:
    return [User(f"u{n}", f"{50000 + n}", f"Friend {n:03d}", is_bot=n == 0) for n in range(count)]


async def test_friends_come_in_pages(open_bot: OpenBot) -> None:
    """Twenty a page, in order, with buttons that turn; beyond the last page is the last page."""
    account = FakePersonalAccount(friends_=crowd(45))
    (first, last), buttons = await ask(open_bot, setting_of(account), "/friends", "/friends 99")

    assert first.startswith("45 contacts:\nFriend 000 (50000, bot)\nFriend 001 (50001)\n")
    assert first.endswith("\nPage 1 of 3")
    assert last.count("\n") == 6
    assert last.endswith("Friend 044 (50044)\nPage 3 of 3")
    assert buttons == ["input:/friends 2", "input:/help", "input:/friends 2", "input:/help"]


async def test_friends_can_be_searched(open_bot: OpenBot) -> None:
    """By a part of the name or by number; the pages of a search keep it."""
    account = FakePersonalAccount(friends_=[*crowd(45), User("x", "40002", "Zoë")])
    texts, buttons = await ask(
        open_bot, setting_of(account), "/friends friend", "/friends ZOË", "/friends 40002", "/friends nobody"
    )

    assert texts[0].startswith("45 contacts:")
    assert texts[1:] == ["1 contact:\nZoë (40002)"] * 2 + ["None of your contacts is called “nobody”."]
    assert buttons[0] == 'input:/friends "friend" 2'


async def test_blocked(open_bot: OpenBot) -> None:
    """Whom one has blocked, or nobody."""
    setting = setting_of(FakePersonalAccount(blocked_=[User(BEN, "40002", "Ben")]))
    assert (await ask(open_bot, setting, "/blocked"))[0] == ["You have blocked 1 person:\nBen (40002)"]
    assert (await ask(open_bot, setting_of(), "黑名单"))[0] == ["You have blocked nobody."]


def transfer(number: int, amount: str, *, kind: str = "transfer", opponent_id: str = BEN, memo: str = "") -> Snapshot:
    snapshot_id = f"70000000-0000-4000-8000-{number:012d}"
    return Snapshot(snapshot_id, BTC, "BTC", Decimal(amount), AT, kind, opponent_id, memo=memo)


async def test_snapshots_newest_first(open_bot: OpenBot) -> None:
    """The sign, with whom, when and the memo of each; filters and older ones by button."""
    history = [
        transfer(1, "0.5", memo="lunch"),
        transfer(2, "-0.25", opponent_id="", kind="withdrawal"),
        *(transfer(n, "1") for n in range(3, 20)),
    ]
    account = FakePersonalAccount(history=history)
    (text,), buttons = await ask(open_bot, setting_of(account), "/snapshots 2")

    time = "Jan 2, 2026, 3:04:05\u202fAM UTC"
    assert text == (
        f"Your transfers, newest first:\n+0.5 BTC · Ben (40002) · {time} · “lunch”\n-0.25 BTC · withdrawal · {time}"
    )
    assert buttons == ["input:/snapshots 2 --before=2", "input:/snapshots 2 in", "input:/snapshots 2 out"]


async def test_snapshots_by_coin_direction_and_page(open_bot: OpenBot) -> None:
    """What the buttons say is understood when it comes back."""
    account = FakePersonalAccount(history=[transfer(n, "1" if n % 2 else "-1") for n in range(30)])
    setting = setting_of(account)
    setting.account.known_coins = COINS
    texts, buttons = await ask(
        open_bot, setting, "/tx BTC 5 out", f"/snapshots {BTC} 5 out --before=5", "/snapshots 51", "/snapshots a b"
    )

    assert [(q.asset_id, q.limit, q.incoming, q.page) for q in account.queries] == [
        (BTC, 5, False, ""),
        (BTC, 5, False, "5"),
    ]
    assert f"input:/snapshots {BTC} 5 out --before=5" in buttons
    assert texts[2] == "I know no coin called “51”. Try its symbol, such as BTC, or its id."


async def test_no_snapshots(open_bot: OpenBot) -> None:
    """Nothing is said as nothing."""
    assert (await ask(open_bot, setting_of(), "账单"))[0] == ["No transfers here."]


async def test_one_snapshot(open_bot: OpenBot) -> None:
    """Everything about it, and a button into the app; what is somebody else's does not exist."""
    found = Snapshot("70000000-0000-4000-8000-0000000000e1", BTC, "BTC", Decimal("-0.00100000"), AT, "transfer", BEN,
                     "", "lu\u202ench\n# big", "t1", "27ca", 3, None, Decimal("0.015"))  # fmt: skip
    account = FakePersonalAccount(history=[found])
    (text, unknown), buttons = await ask(open_bot, setting_of(account), f"/snapshot {found.id}", f"/snapshot {BTC}")

    assert text == (
        "-0.001 BTC\nKind: transfer\nWith: Ben (40002)\nMemo: lu nch # big\nTime: Jan 2, 2026, 3:04:05 AM UTC\n"
        f"Balance after it: 0.015\nConfirmations: 3\nTrace: t1\nTransaction: 27ca\nId: {found.id}"
    )
    assert unknown == "There is no such transfer, or it is not yours."
    assert buttons[0] == f"mixin://snapshots/{found.id}"


PERSONAL = [
    "/me",
    "/assets",
    "/asset BTC",
    "/friends",
    "/blocked",
    "/snapshots",
    f"/snapshot {BTC}",
    "/export",
    "/forget",
]


@pytest.mark.parametrize("text", PERSONAL)
async def test_personal_commands_stay_out_of_groups(open_bot: OpenBot, text: str) -> None:
    """Asked in a group, each points to the conversation of two, and nothing personal is read."""
    account = FakePersonalAccount(coins=COINS)
    async with open_bot(setting=setting_of(account)) as bot:
        await bot.hear(said("hi"), said(f"@7000999001 {text}", direct=False, conversation_id=GROUP))

    told = [each.content for each in bot.platform.sent.values() if each.conversation_id == GROUP]
    assert told[0] == Text("That is personal. Ask me in our own conversation, where nobody else reads the answer.")
    assert isinstance(told[1], Buttons)
    assert told[1].buttons[0].action.startswith("mixin://conversations/")


async def test_T17_everybody_asks_about_themselves(open_bot: OpenBot) -> None:
    """What is read is always the sender's own, whatever is in the text."""
    setting = setting_of(FakePersonalAccount(coins=COINS))
    assert setting.grants is not None
    setting.grants.scopes[BEN] = EVERYTHING
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("hi", user_id=BEN), said(f"/assets --user={ANN}", user_id=BEN))

    assert "Your wallet is empty." in bot.platform.texts()


async def test_F31_a_grant_that_ends_within_a_command(open_bot: OpenBot) -> None:
    """The person hears that it ended, gets a fresh link, and the message is done with."""
    setting = setting_of()
    assert setting.grants is not None
    setting.grants.revoked.add(ANN)
    (text, again), buttons = await ask(open_bot, setting, "/assets", "/assets")

    assert text.startswith("Your permission has ended or was taken back")
    assert again.startswith("To show your assets I need your permission")
    assert buttons == ["https://bot.example/oauth/start?n=1", "https://bot.example/oauth/start?n=2"]


async def test_a_group_is_shown_with_its_people(open_bot: OpenBot) -> None:
    """Names and roles, the announcement made harmless, and since when."""
    setting = setting_of()
    setting.account.conversations[GROUP] = Conversation(
        GROUP, True, "Te\u202eam", "Wel\ncome", (Participant(ANN, "OWNER"), Participant(BEN)), AT
    )
    (text,), _ = await ask(open_bot, setting, f"/conversation {GROUP}")

    assert text == (
        "Group “Te am”\n2 members\n– Ann (40001), owner\n– Ben (40002)\nAnnouncement: Wel come\n"
        f"Since: Jan 2, 2026, 3:04:05\u202fAM UTC\nId: {GROUP}"
    )


async def test_a_conversation_without_the_bot(open_bot: OpenBot) -> None:
    """Shown as the person sees it, if they connected; to everybody else it does not exist."""
    account = FakePersonalAccount(conversations={GROUP: Conversation(GROUP, True, "Team", "", (Participant(ANN),))})
    setting = setting_of(account)
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("hi", user_id=BEN))
        chat = Chat(bot)
        (hers,) = await chat(f"/conv {GROUP}")
        (his,) = await chat(f"/conv {GROUP}", user_id=BEN)
        (nobodys,) = await chat(f"/conv {BTC}", user_id=BEN)

    assert hers.startswith("Group “Team”\n1 member\n")
    assert his == nobodys == "There is no such conversation, or you do not take part in it."
