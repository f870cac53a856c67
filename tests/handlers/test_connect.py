from collections.abc import AsyncIterator

import pytest

from bot.account import Ending
from bot.message import Buttons
from tests.conftest import Bot, Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, FakeGrants, said


@pytest.fixture
def grants() -> FakeGrants:
    return FakeGrants()


@pytest.fixture
async def bot(open_bot: OpenBot, grants: FakeGrants) -> AsyncIterator[Bot]:
    async with open_bot(setting=Setting(grants=grants)) as opened:
        await opened.hear(said("hi", user_id=ANN), said("hi", user_id=BEN))
        yield opened


@pytest.fixture
def chat(bot: Bot) -> Chat:
    return Chat(bot)


async def test_connect_begins_with_the_profile(chat: Chat, grants: FakeGrants) -> None:
    """Not with everything at once: a link for the profile, and a button for whoever wants to allow it all."""
    (text,) = await chat("/connect")

    assert text.startswith("I cannot read anything of your account. To let me read your profile,")
    assert chat.buttons == ["https://bot.example/oauth/start?n=1", "input:/connect all"]
    assert grants.links == [(ANN, ("PROFILE:READ",))]


async def test_connect_asks_for_what_is_named(chat: Chat, grants: FakeGrants) -> None:
    """By scope, by its first word, or by its name in any language; several at once."""
    for words in ("ASSETS:READ", "assets", "资产"):
        assert "read your assets" in (await chat(f"/connect {words}"))[0]
    await chat("/connect assets, contacts")
    await chat("/connect all")

    assert [scopes for _, scopes in grants.links] == [
        *[("ASSETS:READ",)] * 3,
        ("ASSETS:READ", "CONTACTS:READ"),
        ("PROFILE:READ", "ASSETS:READ", "SNAPSHOTS:READ", "CONTACTS:READ"),
    ]


async def test_connect_says_what_cannot_be_asked_for(chat: Chat, grants: FakeGrants) -> None:
    """With what can."""
    (text,) = await chat("/connect phone")

    assert text == "I never ask for “phone”. You can allow: profile and assets and transfers and contacts."
    assert grants.links == []


async def test_connect_shows_what_is_allowed(chat: Chat, grants: FakeGrants) -> None:
    """Granted and missing, since when, and a button for each thing that is missing."""
    grants.scopes[ANN] = ("PROFILE:READ", "ASSETS:READ")
    (text,) = await chat("/connect")

    assert text.splitlines() == [
        "I may read your profile and assets.",
        "Since Jan 2, 2026, 12:00:00\u202fAM UTC, until – at most.",
        "Not allowed: transfers and contacts.",
    ]
    assert chat.buttons == ["input:/connect SNAPSHOTS:READ", "input:/connect CONTACTS:READ", "input:/disconnect"]
    assert await chat("/connect status") == [text]
    assert grants.links == []


async def test_connect_status_of_somebody_who_is_not(chat: Chat, grants: FakeGrants) -> None:
    """Said in one line, and no link is made."""
    assert await chat("/connect status") == ["I cannot read anything of your account."]
    assert chat.buttons == ["input:/connect", "input:/help"]
    assert grants.links == []


async def test_disconnect_deletes_at_once(chat: Chat, grants: FakeGrants) -> None:
    """One's own and nobody else's; a second time there is nothing left."""
    grants.scopes[ANN] = grants.scopes[BEN] = ("PROFILE:READ",)
    (done,) = await chat("/disconnect")
    (nothing,) = await chat("/取消授权")

    assert done.startswith("Done: I deleted your permission, and Mixin has ended it, too.")
    assert nothing.startswith("There is nothing to take back")
    assert grants.scopes == {BEN: ("PROFILE:READ",)}


async def test_what_mixin_did_not_confirm_is_said(chat: Chat, grants: FakeGrants) -> None:
    """It is deleted all the same, and the person learns where they can look."""
    grants.scopes[ANN] = ("PROFILE:READ",)
    grants.ending = Ending.HERE
    (done,) = await chat("/disconnect")

    assert done.startswith("Done: I deleted your permission and can read nothing")
    assert "Mixin has not confirmed it" in done
    assert grants.scopes == {}


@pytest.mark.parametrize("command", ["connect", "connect all", "disconnect"])
async def test_in_a_group_it_points_to_the_conversation_of_two(bot: Bot, grants: FakeGrants, command: str) -> None:
    """Neither link nor answer is for others to see."""
    grants.scopes[ANN] = ("PROFILE:READ",)
    message = said(f"@7000999001 /{command}", user_id=ANN, direct=False, conversation_id="group")
    before = len(bot.platform.sent)
    await bot.hear(message)

    text, buttons = (each.content for each in list(bot.platform.sent.values())[before:])
    assert "That is personal" in str(text)
    assert isinstance(buttons, Buttons)
    assert buttons.buttons[0].action.startswith("mixin://conversations/")
    assert (grants.links, grants.scopes) == ([], {ANN: ("PROFILE:READ",)})


async def test_without_a_key_nobody_can_connect(bot: Bot, chat: Chat) -> None:
    """Said in words, not as a crash."""
    bot.services.grants = None
    for command in ("/connect", "/disconnect"):
        assert (await chat(command))[0].startswith("Nobody has set up yet")
