"""/pay and /send: links into Mixin, and what may be a button of them."""

import base64
import json
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from bot.account import Balance
from bot.message import Buttons
from bot.users import User
from tests.conftest import Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, BOT_ID, said

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"
USDT = "b91e18ff-a9ae-3dc7-8679-e935d9a4b34b"


async def ask(open_bot: OpenBot, *texts: str) -> tuple[list[str], list[str]]:
    setting = Setting()
    for user in (User(ANN, "40001", "Ann"), User(BEN, "40002", "Ben")):
        setting.platform.people[user.id] = user
    setting.account.known_coins = (
        Balance(BTC, "BTC", "Bitcoin", Decimal(0)),
        Balance(USDT, "USDT", "TRON", Decimal(0)),
        Balance(BTC[:-1] + "b", "USDT", "Ethereum", Decimal(0)),
    )
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"))
        chat = Chat(bot)
        return await chat(*texts), chat.buttons


def shared(action: str) -> str:
    return base64.b64decode(parse_qs(urlsplit(action).query)["data"][0]).decode()


async def test_T7_a_payment_link_is_text_and_never_a_button(open_bot: OpenBot) -> None:
    """It pays the person who asked; the button only shares it."""
    (text,), buttons = await ask(open_bot, '/pay 0.01 btc "two & a half" lunches')

    link = next(line for line in text.split("\n") if line.startswith("https://mixin.one/pay/"))
    query = parse_qs(urlsplit(link).query)
    assert urlsplit(link).path == f"/pay/{ANN}"
    assert (query["asset"], query["amount"], query["memo"]) == ([BTC], ["0.01"], ["two & a half lunches"])
    assert len(query["trace"][0]) == 36
    assert "can pay 0.01 BTC to Ann (40001)" in text
    assert shared(buttons[0]) == link
    assert not any("pay" in urlsplit(action).netloc for action in buttons)


async def test_paying_somebody_else(open_bot: OpenBot) -> None:
    """`--to` names another payee; without an amount the link leaves it open."""
    texts, _ = await ask(open_bot, "/pay 1 BTC --to=40002", "/pay")

    assert f"https://mixin.one/pay/{BEN}?asset={BTC}&amount=1&trace=" in texts[0]
    assert texts[1] == f"Whoever opens this link can transfer something to Ann (40001):\nmixin://transfer/{ANN}"


async def test_what_cannot_be_paid(open_bot: OpenBot) -> None:
    """Nonsense gets the usage, an ambiguous coin a choice that keeps the rest."""
    texts, buttons = await ask(
        open_bot, "/pay 0 BTC", "/pay -1 BTC", "/pay 1e9 BTC", "/pay 1", "/pay NaN BTC", "/pay 5 usdt rent"
    )

    assert set(texts[:5]) == {"Write an amount, a coin and perhaps a note. For example: /pay 0.01 BTC lunch"}
    assert texts[5] == "There are several coins called USDT. Which one?"
    assert f"input:/pay 5 {USDT} rent" in buttons


async def test_T6_shared_texts_are_data(open_bot: OpenBot) -> None:
    """A text and a post arrive as they were written, whatever is in them."""
    _, buttons = await ask(open_bot, "/send text a&b=<c>%41 {x}", "/send post # T [l](u)")

    assert [shared(action) for action in buttons if action.startswith("mixin://send")] == [
        "a&b=<c>%41 {x}",
        "# T [l](u)",
    ]


async def test_contacts_profiles_chats_and_the_bot(open_bot: OpenBot) -> None:
    """Each kind of link, for somebody who is looked up."""
    texts, buttons = await ask(
        open_bot, "/send contact 40002", "/send user 40002", "/send write 40002 Hello you", "/send chat", "/send bot",
        "/send card", "/send", "/send contact nobody",
    )  # fmt: skip
    links = [action for action in buttons if action.startswith("mixin:")]

    assert json.loads(shared(links[0])) == {"user_id": BEN}
    assert links[1] == f"mixin://users/{BEN}"
    assert links[2] == f"mixin://send?text=Hello%20you&user={BEN}"
    assert links[3].startswith("mixin://conversations/")
    assert links[3].endswith(f"?user={BOT_ID}")
    assert links[4] == f"mixin://apps/{BOT_ID}?action=open"
    card = json.loads(shared(links[5]))
    assert (card["app_id"], card["title"], card["action"]) == (BOT_ID, "Demo Bot", links[4])
    assert texts[6].startswith("Write one of these:\n/send text Hello\n")
    assert texts[7] == "I found nobody under “nobody”."


async def test_in_a_group_buttons_mention_the_bot(open_bot: OpenBot) -> None:
    """What a button says in a group has to begin with the mention to reach the bot."""
    group = "6b0e5dd8-1f38-4f33-8b6a-2f1c7a6c0d11"
    setting = Setting()
    setting.platform.people[ANN] = User(ANN, "40001", "Ann")
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("@7000999001 /send bot", direct=False, conversation_id=group))

    (buttons,) = [
        each.content for each in bot.platform.sent.values()
        if each.conversation_id == group and isinstance(each.content, Buttons)
    ]  # fmt: skip
    assert buttons.buttons[1].action == "input:@7000999001 /help"
