"""Commands that anybody can use."""

import re

import pytest

from bot.account import Conversation, Participant
from bot.message import Button, Buttons, Sticker, Unknown
from tests.conftest import Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, said

WELCOME = "Hello, I am Demo Bot. Tap a button, or write /help to see what I can do."


async def test_ping_repeats_its_argument(chat: Chat) -> None:
    """`/ping abc` is answered with `pong abc`, as written."""
    assert await chat("/ping", "/ping abc", "ping  Abc  DEF") == ["pong", "pong abc", "pong Abc  DEF"]


@pytest.mark.parametrize("greeting", ["hi", "Hello", "你好", "/start", "START", "开始", "hi "])
async def test_every_greeting_gives_the_welcome(open_bot: OpenBot, greeting: str) -> None:
    """All greetings lead to the same words and at least three buttons."""
    async with open_bot() as bot:
        await bot.hear(said(greeting))

    text, buttons = bot.platform.texts()
    assert text.startswith(("Hello, I am Demo Bot", "你好，我是 Demo Bot"))
    assert buttons.count("[") >= 3


async def test_the_welcome_comes_once_a_minute(open_bot: OpenBot) -> None:
    """The greeting that the app sends by itself and the person's own make one welcome; later it is said again."""
    async with open_bot() as bot:
        for at in (1_800_000_000, 1_800_000_005, 1_800_000_100):
            await bot.hear(said("Hi", at=at))

    texts = [text for text in bot.platform.texts() if not text.startswith("[")]
    assert texts == [WELCOME, "I am here. Write /help to see what I can do.", WELCOME]


async def test_help_lists_what_this_person_can_use(chat: Chat) -> None:
    """Everyday commands for everybody, admin commands for admins only."""
    (everybody,) = await chat("/help")
    await chat.make_admin()
    (admins,) = await chat("/help")

    assert "/whois – look a person up" in everybody
    assert "About yourself, in our own conversation:\n" in everybody.replace("  \n", "\n")
    assert "/stats" not in everybody
    assert "/stats – people and messages" in admins


async def test_help_explains_one_command(chat: Chat) -> None:
    """With its example and its other names; what is not there, or not for this person, is not known."""
    explained, unknown, hidden, assets = await chat("/help whois", "/help nothing", "/help stats", "/help 资产")

    assert "For example: /whois 7000" in explained
    assert unknown == "There is no command “nothing”. Write /help to see all of them."
    assert "With your permission to read: assets" in assets
    assert hidden == "There is no command “stats”. Write /help to see all of them."


async def test_check_33_unknown_text_is_answered_with_buttons(chat: Chat) -> None:
    """What is no command gets a kind word and buttons, at most once in half a minute."""
    assert await chat("what's up") == ["I don't know “what's”. Here is what I can do:"]
    assert chat.buttons == ["input:/help", "input:/id", "input:/lang"]
    assert await chat("and now?") == []


async def test_check_33_a_slip_is_understood(open_bot: OpenBot) -> None:
    """The closest command is offered, and admins' commands only to admins."""
    async with open_bot() as bot:
        await bot.hear(said("hi"), said("/hlep"), said("/botwalet", at=2_000_000_000))

    texts = bot.platform.texts()
    assert "I don't know “hlep”. Did you mean /help?" in texts
    assert not any("/botwallet" in text for text in texts)


async def test_check_33_other_kinds_get_a_kind_word(chat: Chat) -> None:
    """Stickers and what cannot be read are answered, not passed over."""
    sticker, unknown = await chat(Sticker("s"), Unknown("ENCRYPTED_TEXT"))

    assert sticker == "Thank you for the sticker. I can only read text; write /help to see what I can do."
    assert unknown == "I cannot read this kind of message yet. Write /help to see what I can do."


async def test_id_names_the_ids(chat: Chat) -> None:
    """For bug reports: who, where and which message."""
    (ids,) = await chat("/id")

    assert f"You: {ANN}" in ids
    assert ids.count("-") == 12


async def test_about_says_the_version(chat: Chat) -> None:
    """Program and uptime; links only where there are any."""
    (about,) = await chat("/about")

    assert about.startswith("mixbot 0, running for ")
    assert "Source" not in about


async def test_a_guessed_language_can_be_taken_back_with_a_tap(open_bot: OpenBot) -> None:
    """Below the first welcome, and only where the bot's usual language was not what the words looked like."""
    async with open_bot() as bot:
        await bot.hear(said("你好"), said("hello", user_id=BEN))
        chat = Chat(bot)
        groups = [each.content for each in bot.platform.sent.values() if isinstance(each.content, Buttons)]
        labels = [[button.label for button in group.buttons] for group in groups]
        await chat("/lang en", "/start")
        later = chat.buttons

    assert labels[0][-1] == "English"
    assert groups[0].buttons[-1].action == "input:/lang en"
    assert "English" not in labels[1]
    assert len(labels[0]) == len(labels[1]) == 3
    assert "input:/lang en" not in later[-3:]


async def test_check_34_language(open_bot: OpenBot) -> None:
    """A Chinese first message is answered in Chinese; /lang switches and is kept."""
    async with open_bot() as bot:
        await bot.hear(
            said("你好"), said("/lang en"), said("/ping"), said("/lang"), said("/lang 中文"), said("/lang fr")
        )

    texts = bot.platform.texts()
    assert texts[0] == "你好，我是 Demo Bot。点一个按钮，或发送 /help 看看我能做什么。"
    assert texts[2:5] == ["I speak English with you now.", "pong", "Which language shall I speak?"]
    assert "现在我和你说中文。" in texts
    assert "我不会这种语言。我会：en, zh" in texts
    assert Buttons((Button("English", "input:/lang en"), Button("中文", "input:/lang zh"))) in [
        item.content for item in bot.platform.sent.values()
    ]


@pytest.mark.parametrize(("tongue", "foreign"), [("en", "[\u4e00-\u9fff]"), ("zh", "[a-z]{2,} [a-z]{2,} [a-z]{2,}")])
async def test_check_34_no_answer_mixes_languages(chat: Chat, open_bot: OpenBot, tongue: str, foreign: str) -> None:
    """Whatever an admin asks, every text and label is in the one language that was chosen; names and commands aside."""
    await chat.make_admin()
    await chat(f"/lang {tongue}")
    async with open_bot() as bot:
        names = [command.name for command in bot.services.commands if command.name not in ("lang", "forget")]
    texts = [text for name in names for wanted in (f"/{name}", f"/help {name}") for text in await chat(wanted)]
    texts += await chat("what is this", Sticker("s"), Unknown("PLAIN_HOLOGRAM"), "/whois 999999", "/asset nonsense")

    assert len(texts) > 60
    assert [text for text in texts if re.search(foreign, re.sub("“[^”]*”|(?:For example:|例如：).*", "", text))] == []


async def test_check_30_opting_out_is_kept(chat: Chat, open_bot: OpenBot) -> None:
    """/stop and its twins take effect at once, may be repeated, and survive a restart."""
    assert (await chat("/stop", "/notify off", "退订"))[0].startswith("No more news from me.")
    async with open_bot() as again:
        await again.hear(said("/notify"), said("/resume"), said("/notify"), said("/notify maybe"))

    texts = [text for text in again.platform.texts() if not text.startswith("[")]
    assert texts[0] == "You get no news from me."
    assert texts[1].startswith("You will get news from me.")
    assert texts[2:] == ["You get news from me.", "Write /notify on or /notify off."]


async def test_a_conversation_is_shown_to_its_members_only(open_bot: OpenBot) -> None:
    """Name, members and id for somebody who takes part; for others it does not exist."""
    setting = Setting()
    group = "6b0e5dd8-1f38-4f33-8b6a-2f1c7a6c0d11"
    setting.account.conversations[group] = Conversation(group, True, "Team", "Welcome", (Participant(ANN, "OWNER"),))
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("hi", user_id=BEN))
        await bot.hear(said(f"/conversation {group}"), said(f"/conv {group}", user_id=BEN), said("/conversation"))

    texts = bot.platform.texts()
    assert f"Group “Team”\n1 member\nAnnouncement: Welcome\nId: {group}" in texts
    assert texts.count("There is no such conversation, or you do not take part in it.") == 2


async def test_check_36_hostile_text_is_inert(chat: Chat) -> None:
    """Controls, direction marks and format strings come back as harmless text."""
    hostile = "a\u202eb\x00c\x1b[31m{name}%s<script>"
    (answer,) = await chat(f"/ping {hostile}")

    assert answer == "pong abc[31m{name}%s<script>"


async def test_check_36_a_huge_text_is_answered(chat: Chat) -> None:
    """64 kB of text is cut to what matters, and the answer is a post within the limits."""
    (answer,) = await chat("/ping " + "x" * 65_000)

    assert len(answer) < 5000
