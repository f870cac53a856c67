"""Where a person's permission is missing, they are asked for it, and for no more than what is needed."""

from typing import Any

from bot.command import command
from bot.context import Context
from bot.message import Button, Buttons, Reply, Text
from tests.conftest import OpenBot, Setting
from tests.fakes import ANN, BEN, BOT_ID, EVERYTHING, FakeGrants, conversation_of, said

LINK = "https://bot.example/oauth/start?n=1"


@command("ping", needs=("ASSETS:READ",))
async def wallet(ctx: Context) -> Reply:
    return f"{len(await ctx.mine.balances())} coins"


async def replies(open_bot: OpenBot, grants: FakeGrants | None, **facts: Any) -> list[object]:
    async with open_bot(wallet, setting=Setting(grants=grants)) as bot:
        await bot.hear(said("hi", user_id=BEN), said("/ping", **facts))
    return [outgoing.content for outgoing in bot.platform.sent.values()]


async def test_who_granted_is_answered(open_bot: OpenBot) -> None:
    """With the permission nothing is asked."""
    assert await replies(open_bot, FakeGrants({ANN: EVERYTHING})) == [Text("0 coins")]


async def test_who_granted_nothing_is_asked(open_bot: OpenBot) -> None:
    """One sentence that says what for, and one button with a link that is theirs."""
    grants = FakeGrants({BEN: EVERYTHING})
    assert await replies(open_bot, grants) == [
        Text(
            "To show your assets I need your permission (read only). You choose what to share and can take it back "
            "any time."
        ),
        Buttons((Button("Authorize", LINK),)),
    ]
    assert grants.links == [(ANN, ("PROFILE:READ", "ASSETS:READ"))]


async def test_who_granted_a_part_is_asked_for_the_rest(open_bot: OpenBot) -> None:
    """The part that is missing is named, and asked for."""
    assert await replies(open_bot, FakeGrants({ANN: ("PROFILE:READ",)})) == [
        Text("You shared your profile but not your assets. Allow it, and I can show it to you."),
        Buttons((Button("Allow assets", LINK),)),
    ]


async def test_T25_who_took_it_back_is_told(open_bot: OpenBot) -> None:
    """A grant that has ended is gone, the person hears it, and can grant again."""
    text, buttons = await replies(open_bot, FakeGrants({ANN: EVERYTHING}, revoked={ANN}))

    assert isinstance(text, Text)
    assert text.text.startswith("Your permission has ended or was taken back, so I deleted what I had of it. To show")
    assert buttons == Buttons((Button("Authorize", LINK),))


async def test_personal_data_stays_in_the_conversation_of_two(open_bot: OpenBot) -> None:
    """Asked in a group, or by somebody in the person's name, the bot answers with the way to the two of them."""
    way = f"mixin://conversations/{conversation_of(ANN)}?user={BOT_ID}"
    expected = [
        Text("That is personal. Ask me in our own conversation, where nobody else reads the answer."),
        Buttons((Button("Open our conversation", way),)),
    ]
    group: dict[str, Any] = {"direct": False, "conversation_id": "6b0e5dd8-1f38-4f33-8b6a-2f1c7a6c0d11"}

    assert await replies(open_bot, FakeGrants({ANN: EVERYTHING}), **group) == expected
    assert await replies(open_bot, FakeGrants({ANN: EVERYTHING}), representative_id=BEN) == expected


async def test_without_oauth_the_bot_says_so(open_bot: OpenBot) -> None:
    """Where nobody set OAuth up, personal commands say that, and nothing fails."""
    text, _ = await replies(open_bot, None)

    assert text == Text("Nobody has set up yet how I may ask Mixin about you. Everything else works; write /help.")


async def test_what_is_never_asked_for_is_said_so(open_bot: OpenBot) -> None:
    """Where the operator leaves a scope out, nobody is led to a page for it."""
    grants = FakeGrants(offered=("PROFILE:READ",))
    text, buttons = await replies(open_bot, grants)

    assert text == Text("Whoever runs me has decided that I do not ask for that.")
    assert isinstance(buttons, Buttons)
    assert grants.links == []
