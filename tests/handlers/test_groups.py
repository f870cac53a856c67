"""Groups: the bot comes in, hears those who name it, and goes."""

from datetime import UTC, datetime

import pytest

from bot.account import Conversation, Participant
from bot.flood import Flood
from bot.message import Buttons, GroupChange, Message, Post, Text
from bot.users import Role, User
from tests.conftest import Bot, OpenBot, Setting
from tests.fakes import ANN, BEN, BOT_ID, said

LOUNGE = "11111111-0000-4000-8000-000000000001"
NUMBER = "7000999001"
OTHER_BOT = "773e5e77-4107-45c2-b648-8fc722ed77f5"


def setting() -> Setting:
    made = Setting()
    for user in (
        User(ANN, "40001", "Ann"),
        User(BEN, "40002", "Ben"),
        User(OTHER_BOT, "7000111222", "Other", is_bot=True),
    ):
        made.platform.people[user.id] = user
    members = tuple(Participant(each) for each in (ANN, BEN, BOT_ID))
    made.account.conversations[LOUNGE] = Conversation(LOUNGE, group=True, name="Lounge", participants=members)
    return made


def changed(action: str, user_id: str = BOT_ID, at: float | None = None) -> Message:
    return said(GroupChange(action, user_id, ANN), direct=False, conversation_id=LOUNGE, at=at)


def in_group(text: str, user_id: str = ANN) -> Message:
    return said(text, user_id=user_id, direct=False, conversation_id=LOUNGE)


def answers(bot: Bot) -> list[str]:
    return [one.content.text for one in bot.platform.sent.values() if isinstance(one.content, Text)]


@pytest.mark.parametrize("action", ["ADD", "JOIN", "CREATE"])
async def test_the_bot_greets_a_group_once(open_bot: OpenBot, action: str) -> None:
    """However it came in: it says how to speak to it, quotes nothing, and its buttons name it."""
    async with open_bot(setting=setting()) as bot:
        await bot.hear(
            changed(action, ANN if action == "CREATE" else BOT_ID), changed("UPDATE", ""), changed("ADD", BEN)
        )
        (group,) = await bot.store.groups.all()

    text, buttons = bot.platform.sent.values()
    assert isinstance(text.content, Text)
    assert f"@{NUMBER} /help" in text.content.text
    assert isinstance(buttons.content, Buttons)
    assert {button.action.split(" ")[0] for button in buttons.content.buttons} == {f"input:@{NUMBER}"}
    assert {one.conversation_id for one in (text, buttons)} == {LOUNGE}
    assert {one.quote_id for one in (text, buttons)} == {""}
    assert (group.name, group.members) == ("Lounge", 3)


@pytest.mark.parametrize("action", ["REMOVE", "EXIT"])
async def test_the_bot_notices_that_it_is_out(open_bot: OpenBot, action: str) -> None:
    """Nothing is said where nobody hears it; when it comes back, it greets again."""
    async with open_bot(setting=setting()) as bot:
        await bot.hear(changed("ADD", at=1_800_000_000), changed(action, at=1_800_000_060))
        assert await bot.store.groups.all() == []
        assert len(answers(bot)) == 1
        await bot.hear(changed("ADD", at=1_800_000_120))
        assert len(answers(bot)) == 2


async def test_who_only_changed_a_group_is_nobody_the_bot_knows(open_bot: OpenBot) -> None:
    """They wrote nothing: no news for them, and they are not counted."""
    async with open_bot(setting=setting()) as bot:
        await bot.hear(changed("ADD"), changed("ADD", BEN))
        assert await bot.store.person(ANN) is None


async def test_who_changes_a_group_a_lot_is_not_writing_too_much(open_bot: OpenBot) -> None:
    """Fifty people are let in at once: nobody is told to slow down, and it is noticed that the bot is out."""
    made = setting()
    made.flood = Flood(1, 1)
    async with open_bot(setting=made) as bot:
        await bot.hear(changed("ADD"), *[changed("ADD", BEN) for _ in range(50)], changed("REMOVE"))
        assert await bot.store.groups.all() == []
    assert len(answers(bot)) == 1


async def test_those_who_name_the_bot_are_answered_with_a_quote(open_bot: OpenBot) -> None:
    """In the group, under their message; the group is remembered though nobody told of it."""
    asked = in_group(f"@{NUMBER} /ping there")
    async with open_bot(setting=setting()) as bot:
        await bot.hear(asked, in_group("@7000111222 /ping"), in_group("hello everybody"))
        assert [each.conversation_id for each in await bot.store.groups.all()] == [LOUNGE]

    (answer,) = bot.platform.sent.values()
    assert (answer.content, answer.quote_id, answer.conversation_id) == (Text("pong there"), asked.id, LOUNGE)


async def test_other_bots_are_not_answered_even_the_first_time(open_bot: OpenBot) -> None:
    """Who it is, is asked before the answer; where nobody can tell, a person is assumed."""
    stranger = "9f0a0001-0000-4000-8000-000000000009"
    async with open_bot(setting=setting()) as bot:
        await bot.hear(in_group(f"@{NUMBER} /ping bot", OTHER_BOT), in_group(f"@{NUMBER} /ping stranger", stranger))

    assert answers(bot) == ["pong stranger"]


async def test_an_admin_sees_the_groups_and_leaves_one(open_bot: OpenBot) -> None:
    """The list tells names, sizes and ids; leaving is asked for once more; a group that is gone is listed no more."""
    gone = "11111111-0000-4000-8000-000000000002"
    made = setting()
    async with open_bot(setting=made) as bot:
        await bot.store.set_role(ANN, Role.OWNER)
        await bot.hear(said("hi"), said("/groups"))
        await bot.hear(changed("ADD"))
        await bot.store.groups.join(gone, datetime.now(UTC))
        before = len(bot.platform.sent)
        await bot.hear(said("/groups"))
        listed, ways = list(bot.platform.sent.values())[before:]
        assert isinstance(listed.content, Text | Post)
        assert isinstance(ways.content, Buttons)
        assert "Lounge: 3 members" in str(listed.content)
        assert gone not in str(listed.content)
        assert f"input:/leave {LOUNGE}" in [button.action for button in ways.content.buttons]
        assert len(await bot.store.groups.all()) == 1

        await bot.hear(said("/leave"), said(f"/leave {gone}"), said(f"/leave {LOUNGE}"))
        assert LOUNGE in made.account.conversations
        await bot.hear(said(f"/leave {LOUNGE} --yes"))
        assert LOUNGE not in made.account.conversations
        assert await bot.store.groups.all() == []

    texts = answers(bot)
    assert texts[1] == "This bot is in no group. Add it to one in Mixin, and it appears here."
    assert texts[-1] == "This bot has left “Lounge”."


async def test_leaving_is_for_admins_in_their_own_conversation(open_bot: OpenBot) -> None:
    """Nobody else, and not in the group itself."""
    made = setting()
    async with open_bot(setting=made) as bot:
        await bot.hear(changed("ADD"), said(f"/leave {LOUNGE} --yes", user_id=BEN))
        await bot.store.set_role(ANN, Role.OWNER)
        await bot.hear(in_group(f"@{NUMBER} /leave {LOUNGE} --yes"))
        assert len(await bot.store.groups.all()) == 1
    assert LOUNGE in made.account.conversations
