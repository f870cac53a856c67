"""/getuser: five different things that can be the matter, and five answers that a person understands."""

from collections.abc import AsyncIterator

import pytest

from bot.directory import Entry
from bot.errors import Forbidden, NotFound, Unavailable, Unclear
from tests.conftest import Bot, Chat, OpenBot
from tests.fakes import ANN, FakeDirectory, said

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
    """What is missing is left out, and long lines are cut."""
    _, chat, people = directory
    people.people["7"] = Entry("7", is_bot=True, status="x" * 5000)

    (answer,) = await chat("/getuser 7")

    assert answer == f"Without a name\nBot on nandbox\nStatus: {'x' * 300}\nId: 7"
