"""The connection to nandbox: logged in, kept up, and every answer to the right caller."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.errors import Forbidden, NotFound, Unauthorized, Unavailable, Unclear
from bot.nandbox.connection import Connection, open_connection
from bot.nandbox.options import LineOptions
from tests.bot.nandbox.server import (
    APP,
    FAST,
    NADIA,
    NOBODY,
    OMAR,
    Request,
    Visit,
    open_nandbox,
    user,
)


async def ask(connection: Connection, user_id: str = NADIA) -> Any:
    answer = await connection.ask("getUser", {"user_id": user_id}, "userDetails", user_id)
    return answer.body["user"]["name"]


async def together(*questions: Coroutine[Any, Any, Any]) -> list[Any]:
    """What becomes of each of several questions."""
    return list(await asyncio.gather(*questions, return_exceptions=True))


def fast(**changed: Any) -> LineOptions:
    values = {name: getattr(FAST, name) for name in LineOptions.__slots__}
    return LineOptions(**{**values, **changed})


async def test_a_question_is_asked_and_answered() -> None:
    """The request has app and reference, and the answer under that reference is the caller's."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        assert await ask(connection) == "Nadia Farouk"

        (request,) = nandbox.asked("getUser")
        assert request == {
            "method": "getUser", "app_id": APP, "user_id": NADIA, "reference": request["reference"],
        }  # fmt: skip
        assert connection.hello is not None
        assert connection.hello.name == "Harbour Helper"


async def test_T30_a_thousand_questions_answered_in_any_order() -> None:
    """1,000 questions at once, their answers shuffled, some twice: everybody gets their own."""
    held: list[Request] = []

    async def hold(visit: Visit, request: Request) -> None:
        held.append(request)
        if len(held) == 1000:
            random.Random(7).shuffle(held)
            for each in held:
                name = f"Person {each['user_id']}"
                for _ in range(1 + int(each["user_id"]) % 2):
                    await visit.answer(each, "userDetails", user=user(each["user_id"], name))

    async with (
        open_nandbox(serve={"getUser": hold}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        ids = [str(90089584000000000 + number) for number in range(1000)]
        names = await asyncio.gather(*(ask(connection, each) for each in ids))

    assert names == [f"Person {each}" for each in ids]


@pytest.mark.parametrize("null", [False, True], ids=["absent", "null"])
async def test_T30_answers_without_a_reference_are_matched_by_id(null: bool) -> None:
    """Where the server leaves the reference out, the user's id tells whose answer it is."""
    held: list[Request] = []

    async def hold(visit: Visit, request: Request) -> None:
        held.append(request)
        if len(held) == 2:
            for each in reversed(held):
                found = user(each["user_id"], each["user_id"])
                await visit.say({"method": "userDetails", "user": found} | ({"reference": None} if null else {}))

    async with open_nandbox(serve={"getUser": hold}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        assert await together(ask(connection, NADIA), ask(connection, OMAR)) == [NADIA, OMAR]


async def test_T30_a_foreign_reference_is_nobodys() -> None:
    """An answer under a reference that nobody chose is passed over, and the right one still arrives."""

    async def confuse(visit: Visit, request: Request) -> None:
        await visit.answer(request | {"reference": "0"}, "userDetails", user=user(NADIA, "Mallory"))
        await visit.answer(request, "userDetails", user=user(NADIA))

    async with (
        open_nandbox(serve={"getUser": confuse}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        assert await ask(connection) == "Nadia Farouk"


@pytest.mark.parametrize("wrong", [{"user": user(OMAR)}, {"user": None}, {"user": user(NADIA), "app_id": "12345"}])
async def test_T30_an_answer_about_somebody_else_is_refused(wrong: dict[str, Any]) -> None:
    """The right reference with another person, nobody or another app in it is an error, never an answer."""

    async def confuse(visit: Visit, request: Request) -> None:
        await visit.say({"method": "userDetails", "app_id": APP, "reference": request["reference"], **wrong})

    async with (
        open_nandbox(serve={"getUser": confuse}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        with pytest.raises(Unclear):
            await ask(connection)


@pytest.mark.parametrize(
    "frame",
    ["", "x", "null", "[]", "7", '"x"', "{}", '{"method":5}', '{"method":null,"error":null}',
     '{"method":"userDetails"}',
     '{"method":"userDetails","user":[]}', '{"method":"messageAck"}',
     '{"method":"messageAck","ack":{"reference":null}}',
     '{"method":"message"}', '{"method":"message","message":7}', "[" * 100_000, '{"a":' * 50_000, '{"method":"NEVER"}',
     '{"method":"\\ud800"}', '{"method":"userDetails","reference":1e999}', '{"error":"x"}',
     '{"method":"messageAck","ack":{"reference":' + "9" * 4000 + "}}"],
    ids=lambda frame: frame[:24] or "empty",
)  # fmt: skip
async def test_T30_garbage_costs_neither_the_line_nor_the_answer(frame: str) -> None:
    """What cannot be read is passed over, and the answer behind it arrives on the same line."""

    async def answer(visit: Visit, request: Request) -> None:
        await visit.say(frame)
        await visit.answer(request, "userDetails", user=user(NADIA))

    async with open_nandbox(serve={"getUser": answer}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        assert await ask(connection) == "Nadia Farouk"
        assert nandbox.logins == 1


async def test_T30_fifty_mebibytes_are_not_read() -> None:
    """An answer with a picture of 50 MiB in it is an error at once; the next question is answered."""
    large = user(NADIA, image="A" * (50 * 2**20))

    async def answer(visit: Visit, request: Request) -> None:
        await visit.answer(request, "userDetails", user=large if request["user_id"] == NADIA else user(OMAR, "Omar"))

    async with open_nandbox(serve={"getUser": answer}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        with pytest.raises(NotFound):
            await ask(connection)
        assert await ask(connection, OMAR) == "Omar"


async def test_an_error_without_a_word_is_the_oldest_questions() -> None:
    """A missing permission comes as a bare number: the oldest question fails, the others and the line go on."""

    async def refuse(visit: Visit, request: Request) -> None:
        if request["user_id"] == NOBODY:
            await visit.fail(160017)
        else:
            await visit.answer(request, "userDetails", user=user(request["user_id"], "Omar"))

    async with open_nandbox(serve={"getUser": refuse}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        refused, found = await together(ask(connection, NOBODY), ask(connection, OMAR))

        assert isinstance(refused, Forbidden)
        assert (found, nandbox.logins) == ("Omar", 1)


async def test_of_many_questions_only_the_guilty_one_fails() -> None:
    """Over an unknown id the server cuts the line: whoever waits besides gets the answer on the next one."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        asked = [NADIA, NOBODY, OMAR, "90089584000099998", NADIA]
        answers = await asyncio.gather(*(ask(connection, each) for each in asked), return_exceptions=True)

    assert [type(each).__name__ if isinstance(each, Exception) else each for each in answers] == [
        "Nadia Farouk", "NotFound", "Omar", "NotFound", "Nadia Farouk",
    ]  # fmt: skip


async def test_an_innocent_question_is_not_blamed() -> None:
    """A server that answers out of order cuts the line over the second question: the first is asked again, alone."""
    cut = []

    async def answer(visit: Visit, request: Request) -> None:
        if request["user_id"] == NOBODY:
            cut.append(1)
            await visit.fail(199999, cut=True)
        elif cut:
            await visit.answer(request, "userDetails", user=user(request["user_id"]))

    async with open_nandbox(serve={"getUser": answer}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        first, second = await together(ask(connection, NADIA), ask(connection, NOBODY))

    assert first == "Nadia Farouk"
    assert isinstance(second, NotFound)


async def test_a_server_that_says_nothing_to_one_question() -> None:
    """The line answers pings, so it is well: the question is what it does not answer."""

    async def nothing(visit: Visit, request: Request) -> None:
        pass

    async with (
        open_nandbox(serve={"getUser": nothing}) as nandbox,
        open_connection(nandbox.account, fast(request_timeout_s=1.5)) as connection,
    ):
        with pytest.raises(Unclear):
            await ask(connection)
        assert nandbox.logins == 1


async def test_a_server_that_is_silent_is_left() -> None:
    """No answer and no PONG: whoever asks is told that nandbox is away, and a new line is made."""

    async def nothing(visit: Visit, request: Request) -> None:
        pass

    async with (
        open_nandbox(serve={"getUser": nothing, "PING": nothing}) as nandbox,
        open_connection(nandbox.account, fast(request_timeout_s=1.5)) as connection,
    ):
        with pytest.raises(Unavailable) as caught:
            await ask(connection)
        assert not isinstance(caught.value, Unclear)
        await nandbox.until(lambda: nandbox.logins == 2)


async def test_half_open_lines_are_noticed() -> None:
    """Nobody asks anything; a server that no longer answers pings is left all the same."""

    async def nothing(visit: Visit, request: Request) -> None:
        pass

    async with (
        open_nandbox(serve={"PING": nothing}) as nandbox,
        open_connection(nandbox.account, fast(silent_s=0.2)),
    ):
        await nandbox.until(lambda: nandbox.logins == 2)


@pytest.mark.parametrize("event", ["upgrade", "login", "hello", "question", "answer"])
async def test_F46_a_cut_at_any_event_costs_no_answer(event: str) -> None:
    """Wherever the line is cut, even twice, the question is answered on the next one."""
    async with (
        open_nandbox(cuts=[event, "question", event]) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        answers = [await ask(connection) for _ in range(3)]

    assert answers == ["Nadia Farouk"] * 3


async def test_F46_nobody_waits_for_a_server_that_is_away() -> None:
    """Where nothing listens, asking fails soon, and not after the whole time limit."""
    async with open_nandbox() as nandbox:
        account = nandbox.account
    async with open_connection(account, fast(request_timeout_s=30.0, backoff_most_s=60.0)) as connection:
        async with asyncio.timeout(30):
            with pytest.raises(Unavailable):
                await ask(connection)


async def test_a_refused_token_is_told_and_not_hammered() -> None:
    """An error instead of the login: the reason is known, attempts go on, whoever asks fails."""

    async def refuse(visit: Visit, request: Request) -> None:
        await visit.fail(199999, cut=True)

    async with (
        open_nandbox(serve={"TOKEN_AUTH": refuse}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        await nandbox.until(lambda: len(nandbox.journal) >= 3)
        with pytest.raises(Unauthorized):
            await ask(connection)


async def test_whoever_is_thrown_out_waits() -> None:
    """Two programs with one token would throw each other out for ever: the one that was waits, and says why."""
    async with (
        open_nandbox() as nandbox,
        open_connection(nandbox.account, fast(superseded_s=60.0)) as connection,
    ):
        assert await ask(connection) == "Nadia Farouk"
        await nandbox.visits[0].fail(199992)
        await nandbox.until(lambda: not nandbox.visits)
        with pytest.raises(Unavailable, match="another program"):
            await ask(connection)
        assert nandbox.logins == 1


async def test_memory_of_questions_is_bounded() -> None:
    """At most so many questions are open; the others wait their turn."""
    most = 0
    waiting = 0

    async def count(visit: Visit, request: Request) -> None:
        nonlocal most, waiting
        waiting += 1
        most = max(most, waiting)
        if waiting == 4:
            waiting = 0
            for each in nandbox.asked("getUser")[-4:]:
                await visit.answer(each, "userDetails", user=user(each["user_id"], each["user_id"]))

    async with (
        open_nandbox(serve={"getUser": count}) as nandbox,
        open_connection(nandbox.account, fast(outstanding=4)) as connection,
    ):
        ids = [str(number) for number in range(100, 140)]
        assert await asyncio.gather(*(ask(connection, each) for each in ids)) == ids

    assert most == 4


async def test_a_message_that_is_not_allowed_is_refused_and_the_line_goes_on() -> None:
    """Somebody who stopped the bot cannot be written to: that one message fails, and the next arrives."""

    async def refuse(visit: Visit, request: Request) -> None:
        if request["chat_id"] == NOBODY:
            await visit.fail(160017)
        else:
            await nandbox.take(visit, request)

    def frame(chat_id: str, reference: int) -> bytes:
        return b'{"method":"sendMessage","chat_id":"%b","text":"x","reference":%d}' % (chat_id.encode(), reference)

    async with (
        open_nandbox(serve={"sendMessage": refuse}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        with pytest.raises(Forbidden):
            await connection.send(1, frame(NOBODY, 1))
        await connection.send(2, frame(NADIA, 2))

        assert (len(nandbox.said), nandbox.logins) == (1, 1)


async def test_a_message_without_its_acknowledgement_is_settled_by_the_next_login() -> None:
    """The server took it and says nothing: the line is made anew, and the message is not said twice."""

    async def swallow(visit: Visit, request: Request) -> None:
        nandbox.said.append(request)
        nandbox.last_reference = request["reference"]

    async with (
        open_nandbox(serve={"sendMessage": swallow}) as nandbox,
        open_connection(nandbox.account, fast(request_timeout_s=1.5)) as connection,
    ):
        frame = b'{"method":"sendMessage","chat_id":"1","text":"x","reference":77}'
        with pytest.raises(Unclear):
            await connection.send(77, frame)
        await connection.send(77, frame)

        assert (len(nandbox.said), nandbox.logins) == (1, 2)


async def test_F46_sends_are_stored_once_wherever_the_line_is_cut() -> None:
    """Cut before the message was stored it is sent again, and after it is not; the reference is the same."""
    for event in ("hello", "send", "stored", "ack", "delivered"):
        async with open_nandbox(cuts=[event]) as nandbox, open_connection(nandbox.account, FAST) as connection:
            for number in range(3):
                reference = 9_007_199_254_740_900 + number
                frame = b'{"method":"sendMessage","chat_id":"1","text":"x","reference":%d}' % reference
                await connection.send(reference, frame)
            references = [request["reference"] for request in nandbox.said]

        assert references == [9_007_199_254_740_900 + number for number in range(3)], event
        sent = [request["reference"] for request in nandbox.asked("sendMessage")]
        assert len(sent) == (4 if event == "send" else 3), event
