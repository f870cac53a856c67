"""People tell whoever runs the bot something, and are answered by a quote."""

from collections.abc import AsyncIterator

import pytest

from bot.message import Outgoing, Text, reply_id
from bot.users import Role, User
from tests.conftest import Bot, Chat, OpenBot
from tests.fakes import ANN, BEN, conversation_of, said

CARL = "9f0a0001-0000-4000-8000-000000000003"


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Bot]:
    """Ben is an operator, Carl a viewer; Ann is neither."""
    async with open_bot() as opened:
        for user_id in (ANN, BEN, CARL):
            await opened.hear(said("hi", user_id=user_id))
        await opened.store.set_profiles([User(ANN, "40001", "Ann"), User(BEN, "40002", "Ben")])
        await opened.store.set_role(BEN, Role.OPERATOR)
        await opened.store.set_role(CARL, Role.VIEWER)
        for user_id in (ANN, BEN, CARL):
            opened.people.forget(user_id)
        yield opened


def told(bot: Bot, user_id: str) -> list[Outgoing]:
    """What somebody was told in their own conversation, oldest first."""
    return [one for one in bot.platform.sent.values() if one.conversation_id == conversation_of(user_id)]


async def test_feedback_reaches_those_who_run_the_bot(bot: Bot) -> None:
    """Operators and owners, in their own conversation and language, with who it is from; nobody else."""
    await bot.store.set_language(BEN, "zh")
    bot.people.forget(BEN)
    viewer = len(told(bot, CARL))
    answers = await Chat(bot)("/feedback The letters\nare <b>too</b> small\u202e")

    assert answers[0].startswith("Thank you. I have passed it on")
    passed_on = told(bot, BEN)[-1].content
    assert passed_on == Text("来自 Ann (40001) 的反馈：\nThe letters are <b>too</b> small\n\n引用这条消息即可回复。")
    assert len(told(bot, CARL)) == viewer


async def test_an_answer_goes_back_to_who_wrote(bot: Bot) -> None:
    """Quoting is enough, whatever the words; the person reads it below their own message, and it is in the audit."""
    await bot.store.set_language(ANN, "zh")
    feedback = said("/feedback It is too slow")
    await bot.hear(feedback)
    passed_on = told(bot, BEN)[-1]
    await bot.hear(said("help is near", user_id=BEN, quote_id=passed_on.id))

    answer = told(bot, ANN)[-1]
    assert answer.content == Text("运营者回复：\nhelp is near\n\n如需回复，请发送 /feedback。")
    assert (answer.user_id, answer.quote_id) == (ANN, feedback.id)
    assert told(bot, BEN)[-1].content == Text("Your answer is on its way.")
    (entry,) = await bot.store.ledger.audit()
    assert (entry.actor_id, entry.action, entry.subject) == (BEN, "feedback.answer", ANN)


async def test_a_command_stays_a_command(bot: Bot) -> None:
    """Written with its slash it is one, also when it quotes feedback; `/answer` needs the quote."""
    await bot.hear(said("/feedback It is too slow"))
    passed_on, before = told(bot, BEN)[-1], len(told(bot, ANN))
    await bot.hear(said("/ping", user_id=BEN, quote_id=passed_on.id))
    assert len(told(bot, ANN)) == before
    await bot.hear(said("/answer Soon", user_id=BEN))
    assert "Quote the feedback" in str(told(bot, BEN)[-2].content)
    await bot.hear(said("/answer Soon", user_id=BEN, quote_id=passed_on.id))

    assert "answer:\nSoon\n" in str(told(bot, ANN)[-1].content).replace("\\n", "\n")


async def test_T1_only_those_who_run_the_bot_answer(bot: Bot) -> None:
    """Not the person themselves, nor a viewer, nor an operator in a group or in a voice that is not theirs."""
    await bot.hear(said("/feedback It is too slow"))
    passed_on, before = told(bot, BEN)[-1], len(told(bot, ANN))
    for facts in (
        {"user_id": CARL},
        {"user_id": BEN, "direct": False, "conversation_id": "group"},
        {"user_id": BEN, "representative_id": CARL},
        {"user_id": BEN, "category": "PLAIN_POST"},
    ):
        await bot.hear(said("gotcha", quote_id=passed_on.id, **facts))
    await bot.hear(said("/answer gotcha", quote_id=passed_on.id))

    assert not [one for one in told(bot, ANN)[before:] if "run me" in str(one.content)]


async def test_a_quote_of_anything_else_is_a_text_like_any_other(bot: Bot) -> None:
    """Of one's own message, of a reply of the bot's, or of nothing that exists."""
    own = said("/lang en", user_id=BEN)
    await bot.hear(own)
    for quoted in (own.id, told(bot, BEN)[-1].id, reply_id(own.id, 9)):
        await bot.hear(said("/ping", user_id=BEN, quote_id=quoted), said("ping", user_id=BEN, quote_id=quoted))
    assert sum("pong" in str(one.content).lower() for one in told(bot, BEN)) == 6


async def test_feedback_is_limited(bot: Bot) -> None:
    """One a minute; an empty one is asked back and does not count."""
    chat = Chat(bot)
    empty, first, _passed_on, second = await chat("/feedback", "/反馈 one", "/feedback two")

    assert empty.startswith("What shall I tell")
    assert first.startswith("Thank you.")
    assert second.startswith("I passed something on for you a moment ago.")


async def test_feedback_that_nobody_would_read_is_not_taken(bot: Bot) -> None:
    """Said honestly, and nothing is kept."""
    await bot.store.set_role(BEN, Role.NONE)
    (text,) = await Chat(bot)("/feedback Is anybody there?")

    assert text.startswith("Nobody is set up to read it yet")
    assert "Is anybody there" not in str(await bot.store.export(ANN))


async def test_F27_feedback_again_is_passed_on_once(bot: Bot) -> None:
    """The same message again makes the same notice under the same id."""
    message = said("/feedback It is too slow")
    await bot.hear(message)
    before = len(told(bot, BEN))
    await bot.hear(message)

    assert len(told(bot, BEN)) == before


async def test_T33_the_way_back_goes_with_its_person(bot: Bot) -> None:
    """After /forget an answer finds nobody, and says so."""
    await bot.hear(said("/feedback It is too slow"))
    passed_on = told(bot, BEN)[-1]
    await bot.hear(said("/forget confirm"))
    before = len(told(bot, ANN))
    await bot.hear(said("/answer Soon", user_id=BEN, quote_id=passed_on.id))

    assert "I do not know any more whom that is from" in str(told(bot, BEN)[-2].content)
    assert len(told(bot, ANN)) == before
