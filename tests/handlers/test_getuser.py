"""/getuser: five different things that can be the matter, and five answers that a person understands."""

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL.Image import new as draw

from bot.directory import Entry
from bot.errors import Forbidden, NotFound, Unavailable, Unclear
from bot.message import Image
from tests.conftest import Bot, Chat, OpenBot
from tests.fakes import ANN, FakeAttachments, FakeDirectory, said

NADIA = "90089584000000899"


@pytest.fixture
async def directory(open_bot: OpenBot) -> AsyncIterator[tuple[Bot, Chat, FakeDirectory]]:
    """A bot with somebody on nandbox to be found."""
    async with open_bot() as bot:
        found = FakeDirectory({NADIA: Entry(NADIA, "Nadia Farouk", status="At sea")})
        bot.services.directory = found
        await bot.hear(said("hi", user_id=ANN))
        yield bot, Chat(bot), found


Given = tuple[Bot, Chat, FakeDirectory]


async def test_check_37_getuser_has_five_answers(directory: Given) -> None:
    """Found, not found, no permission, nandbox away, no token: each has its own words, in both languages."""
    bot, chat, people = directory
    answers: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        await chat(f"/lang {language}")
        said_ = answers[language] = []
        people.error = None
        bot.services.directory = people
        said_ += await chat(f"/getuser {NADIA}")
        for error in (NotFound("x", code=199999), Forbidden("x", code=160017), Unclear("x"), Unavailable("x")):
            people.error = error
            said_ += await chat(f"/getuser {NADIA}")
        bot.services.directory = None
        said_ += await chat(f"/getuser {NADIA}")

    assert answers["en"] == [
        f"Nadia Farouk\nPerson on nandbox\nStatus: At sea\nId: {NADIA}",
        f"There is nobody on nandbox under the id {NADIA}, as far as I can see.",
        "nandbox does not let me look people up: I lack the permission “Manage Users”. "
        "The people who run me can ask for it.",
        f"nandbox is there, but said nothing about {NADIA}. Most often that means that there is nobody under this id.",
        "nandbox cannot be reached right now. Please try again in a minute.",
        "I am not connected to nandbox, so I cannot look anybody up there. The people who run me can change that.",
    ]
    assert answers["zh"][0] == f"Nadia Farouk\nnandbox 用户\n状态：At sea\nID：{NADIA}"
    assert len({*answers["en"], *answers["zh"]}) == 12


@pytest.mark.parametrize("words", ["/getuser", "/getuser Nadia", "/getuser 1 2", "/getuser -5", "/getuser ١٢٣"])
async def test_getuser_shows_an_example_that_works(directory: Given, words: str) -> None:
    """Whatever is no id gets an example, and nandbox is not bothered."""
    _, chat, people = directory
    (answer,) = await chat(words)

    assert answer.endswith(f"/getuser {NADIA}")
    assert people.asked == []


async def test_getuser_of_a_bot_without_a_name(directory: Given) -> None:
    """What is missing is left out, long lines are cut, and tricks of direction show no other name."""
    _, chat, people = directory
    people.people["7"] = Entry("7", is_bot=True, status="x" * 5000)

    people.people["8"] = Entry("8", "Na\u202edia\n/getuser 9", status="\u200b")

    answer, tricky = await chat("/getuser 7", "/getuser 8")

    assert answer == f"Without a name\nBot on nandbox\nStatus: {'x' * 299}…\nId: 7"
    assert tricky == "Na dia /getuser 9\nPerson on nandbox\nId: 8"


async def test_getuser_shows_the_picture(directory: Given) -> None:
    """The picture comes behind the words, as a picture of its own that was made anew and handed over."""
    bot, chat, people = directory
    people.pictures[NADIA] = portrait()
    await chat(f"/getuser {NADIA}")

    shown = [each.content for each in bot.platform.sent.values() if isinstance(each.content, Image)]
    (attachment_id,) = attachments_of(bot).files
    assert shown == [
        Image(attachment_id, "image/jpeg", 60, 40, len(attachments_of(bot).files[attachment_id]), shown[0].thumbnail)
    ]
    assert attachments_of(bot).files[attachment_id].startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize("case", ["no picture", "garbage", "nowhere to hand it over"])
async def test_getuser_answers_without_a_picture(directory: Given, case: str) -> None:
    """Whatever is the matter with the picture, the words come."""
    bot, chat, people = directory
    if case == "garbage":
        people.pictures[NADIA] = b"garbage"
    if case == "nowhere to hand it over":
        people.pictures[NADIA] = portrait()
        bot.services.attachments = None

    (answer,) = await chat(f"/getuser {NADIA}")

    assert answer.startswith("Nadia Farouk")
    assert not any(isinstance(each.content, Image) for each in bot.platform.sent.values())


def portrait() -> bytes:
    content = BytesIO()
    draw("RGB", (60, 40), "red").save(content, "PNG")
    return content.getvalue()


def attachments_of(bot: Bot) -> FakeAttachments:
    assert isinstance(bot.services.attachments, FakeAttachments)
    return bot.services.attachments
