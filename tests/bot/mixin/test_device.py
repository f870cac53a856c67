import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from bot.errors import Rejected, Unavailable
from bot.mixin.device import Declined, Request, code_by_phone
from tests.bot.mixin.servers import FAST
from tests.bot.mixin.vectors import BOT_ID

ASKED = {"authorization_id": "a-1", "code_id": "c-1", "authorization_code": "", "scopes": ["PROFILE:READ"]}
AGREED = ASKED | {"authorization_code": "c0de" * 8}
Answer = dict[str, Any] | bytes


@asynccontextmanager
async def mixin(*answers: Answer, answer_id: Callable[[str], str] = str) -> AsyncIterator[tuple[str, list[Any]]]:
    """Gives the answers in turn, the last one again and again; notes what it was asked."""
    asked: list[Any] = []

    async def talk(line: ServerConnection) -> None:
        assert line.request is not None
        assert "Authorization" not in line.request.headers
        assert line.subprotocol == "Mixin-OAuth-1"
        async for message in line:
            assert isinstance(message, bytes)
            frame = json.loads(gzip.decompress(message))
            asked.append(frame["params"])
            answer = answers[min(len(asked), len(answers)) - 1]
            if isinstance(answer, bytes):
                await line.send(answer)
                continue
            whole = answer if "error" in answer else {"action": frame["action"], "data": answer}
            await line.send(gzip.compress(json.dumps({"id": answer_id(frame["id"])} | whole).encode()))

    async with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol("Mixin-OAuth-1")], close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/", asked


async def code(url: str, shown: list[str], **facts: Any) -> str:
    request = Request(BOT_ID, ("PROFILE:READ", "ASSETS:READ"), "challenge", **{"every_s": 0.001} | facts)
    return await code_by_phone(url, request, shown.append, FAST.blaze)


async def test_the_picture_is_shown_once_and_the_code_awaited() -> None:
    """Asked again and again with the id of the first answer, until somebody has agreed."""
    shown: list[str] = []
    async with mixin(ASKED, ASKED, AGREED) as (url, asked):
        assert await code(url, shown) == AGREED["authorization_code"]

    first = {"client_id": BOT_ID, "scope": "PROFILE:READ ASSETS:READ", "code_challenge": "challenge"}
    assert asked == [first | {"authorization_id": ""}, *[first | {"authorization_id": "a-1"}] * 2]
    assert shown == ["c-1"]


async def test_nothing_allowed_is_declined() -> None:
    """No scopes after the dialog."""
    async with mixin(ASKED, ASKED | {"scopes": []}) as (url, _):
        with pytest.raises(Declined):
            await code(url, [])


@pytest.mark.parametrize(("number", "kind"), [(400, Rejected), (10002, Rejected), (7000, Unavailable)])
async def test_refusals(number: int, kind: type[Exception]) -> None:
    """A bot that Mixin does not know is final; an error on its side is not."""
    async with mixin({"error": {"code": number}}) as (url, _):
        with pytest.raises(kind, match=f"code {number}"):
            await code(url, [])


@pytest.mark.parametrize(
    "answer",
    [
        b"no gzip",
        gzip.compress(b"{", mtime=0),
        gzip.compress(b"x" * 20_000_000, mtime=0),
        {"authorization_id": "", "code_id": ""},
    ],
)
async def test_T12_garbage_ends_it(answer: Answer) -> None:
    """Whatever cannot be read is an error like any other, and costs little."""
    async with mixin(answer) as (url, _):
        with pytest.raises(Unavailable):
            await code(url, [])


async def test_answers_to_other_questions_are_passed_over() -> None:
    """And patience ends."""
    async with mixin(AGREED, answer_id=lambda _: "another") as (url, asked):
        with pytest.raises(Unavailable, match="in time"):
            await code(url, [], patience_s=0.3)
    assert len(asked) == 1


async def test_nobody_is_there() -> None:
    """No server, or one that hangs up."""
    with pytest.raises(Unavailable):
        await code("ws://127.0.0.1:9/", [])

    async def hang_up(line: ServerConnection) -> None:
        await asyncio.sleep(0)

    async with serve(hang_up, "127.0.0.1", 0, subprotocols=[Subprotocol("Mixin-OAuth-1")]) as server:
        with pytest.raises(Unavailable):
            await code(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/", [])
