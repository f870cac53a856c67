"""The line to Blaze over real sockets: kept up through everything a server or a network does."""

import asyncio
import json
import logging
import random
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt
import pytest
import structlog
from websockets.asyncio.server import ServerConnection
from websockets.frames import CloseCode

from bot.errors import AccessRefused, SetupError
from bot.message import Message
from bot.mixin.auth import Clock
from bot.mixin.blaze import Blaze, open_blaze
from bot.mixin.codec import Part, Unreadable, inflate
from bot.mixin.hosts import Route
from bot.mixin.options import BlazeOptions
from tests.bot.mixin.servers import (
    FAST,
    FakeApi,
    FakeBlaze,
    Script,
    hearing,
    open_api,
    raw,
    refuse,
    serve_api,
    serve_blaze,
)
from tests.bot.mixin.test_http import self_signed
from tests.bot.mixin.vectors import BOT_ID, bot_keystore, gzip, pushed

NIL = "00000000-0000-0000-0000-000000000000"
LATE_401 = gzip({"id": NIL, "action": "ERROR", "error": {"status": 202, "code": 401, "description": "no"}})


@dataclass
class World:
    """The bot's line, and both servers that it speaks to."""

    blaze: Blaze
    server: FakeBlaze
    api: FakeApi
    clock: Clock

    parts: list[Part] = field(default_factory=list)

    async def part(self) -> Part:
        """The next part that arrives; several may arrive together."""
        while not self.parts:
            self.parts.extend(await within(self.blaze.receive()))
        return self.parts.pop(0)

    async def message(self) -> Message:
        """The next part, which must be a message."""
        return only_message([await self.part()])


def only_message(parts: Sequence[Part]) -> Message:
    (message,) = parts
    assert isinstance(message, Message)
    return message


async def within(work: Awaitable[Any], seconds: float = 10.0) -> Any:
    async with asyncio.timeout(seconds):
        return await work


@asynccontextmanager
async def open_world(
    *scripts: Script, options: BlazeOptions = FAST.blaze, **server_options: Any
) -> AsyncIterator[World]:
    clock = Clock()
    async with serve_api() as api, serve_blaze(**server_options) as server, open_api(api.url, clock=clock) as client:
        server.scripts = list(scripts)
        api.says({"user_id": BOT_ID})
        async with open_blaze(bot_keystore(), Route([server.url]), clock, client, options) as blaze:
            yield World(blaze, server, api, clock)


def push(*numbers: int, then: Script | None = None) -> Script:
    """Answer the first request, push messages with these numbers, and go on or stay."""

    async def script(connection: ServerConnection) -> None:
        request = json.loads(inflate(await received(connection)))
        assert request["action"] == "LIST_PENDING_MESSAGES"
        await connection.send(gzip({"id": request["id"], "action": "LIST_PENDING_MESSAGES"}))
        for number in numbers:
            await connection.send(gzip(pushed(message_id=numbered(number))))
        await (then or stay)(connection)

    return script


def numbered(number: int) -> str:
    return f"a9df0e04-f3a0-4f7d-ac01-{number:012d}"


async def received(connection: ServerConnection) -> bytes:
    frame = await connection.recv()
    assert isinstance(frame, bytes)
    return frame


async def stay(connection: ServerConnection) -> None:
    await connection.wait_closed()


def close_with(code: int) -> Script:
    async def close(connection: ServerConnection) -> None:
        await connection.close(code)

    return close


async def abort(connection: ServerConnection) -> None:
    connection.transport.abort()


async def test_asks_for_pending_messages_at_once() -> None:
    """After connecting, with a token for `GET /`, the bot asks for what is pending, and messages come."""
    async with open_world(push(1)) as world:
        message = await world.message()
        assert message.id == numbered(1)
        assert world.blaze.connected
        token = world.server.tokens[0].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sig"] == "f837ebeb4c2981ad9c64b70d0b0d18724c76c60781b9e4bf7a582510df7ada39"
    assert not world.blaze.connected


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013])
async def test_F2_F4_every_close_is_followed_by_a_connection(code: int) -> None:
    """Whatever the server closes with, 1000 included, the bot comes back, with a fresh token."""
    async with open_world(push(1, then=close_with(code)), push(2)) as world:
        assert [(await world.message()).id, (await world.message()).id] == [numbered(1), numbered(2)]
        assert world.blaze.reconnects == 1
        assert len(set(world.server.tokens)) == 2


async def test_F3_dropped_line() -> None:
    """A line that breaks without a word is made again."""
    async with open_world(push(1, then=abort), push(2)) as world:
        assert [(await world.message()).id, (await world.message()).id] == [numbered(1), numbered(2)]


async def test_F3_dropped_in_the_middle_of_a_frame() -> None:
    """A frame of which half arrived is forgotten with its line."""

    async def half(connection: ServerConnection) -> None:
        frame = gzip(pushed())
        connection.transport.write(bytes([0x82, 126, len(frame) >> 8, len(frame) & 255]) + frame[:20])
        connection.transport.close()

    async with open_world(push(then=half), push(2)) as world:
        assert (await world.message()).id == numbered(2)


async def test_F1_half_open_line() -> None:
    """A server that stopped answering is noticed by its missing pong, and another connection is made."""

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    options = replace(FAST.blaze, ping_every_s=0.02, pong_wait_s=0.05)
    with structlog.testing.capture_logs() as logs:
        async with open_world(push(1, then=freeze), push(2), options=options) as world:
            assert [(await world.message()).id, (await world.message()).id] == [numbered(1), numbered(2)]
            world.blaze.stop()
    assert "blaze.silent" in [line["event"] for line in logs]


async def test_F1_default_times_notice_within_thirty_seconds() -> None:
    """By default a ping and its wait together stay under the thirty seconds that are promised."""
    options = BlazeOptions()
    assert options.ping_every_s + options.pong_wait_s <= 30
    assert 10 <= options.ping_every_s <= 20


async def test_F5_late_401_with_a_wrong_clock() -> None:
    """Told 401 on an open line, the bot asks GET /me, follows the server's clock, and connects with a new token."""

    async def late_401(connection: ServerConnection) -> None:
        await connection.send(LATE_401)
        await connection.wait_closed()

    async with open_world(late_401, push(1)) as world:
        world.api.clock_ahead_s = 1000.0
        assert (await world.message()).id == numbered(1)
        issued = [jwt.decode(token[7:], options={"verify_signature": False})["iat"] for token in world.server.tokens]
        assert 990 < issued[1] - issued[0] < 1010
        assert world.api.targets == ["GET /me", "GET /me"]


async def test_F6_late_401_with_a_dead_key() -> None:
    """Told 401 by both servers, the bot stops with the reason, and does not connect again."""

    async def late_401(connection: ServerConnection) -> None:
        await connection.send(LATE_401)
        await connection.wait_closed()

    async with open_world(late_401) as world:
        world.api.answers.clear()
        world.api.says(refuse(401))
        with pytest.raises(AccessRefused, match="MB110") as caught:
            await within(world.blaze.receive())
        assert caught.value.exit_code == 4
        assert world.server.connections == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_F6_refused_upgrade_with_a_dead_key(status: int) -> None:
    """Refused before the line is open, the same: GET /me decides."""
    async with open_world(push(1)) as world:
        world.server.refusals = [status] * 9
        world.api.answers.clear()
        world.api.says(refuse(401))
        with pytest.raises(AccessRefused, match="MB110"):
            await within(world.blaze.receive())
        assert len(world.server.tokens) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_upgrade_with_a_living_key(status: int) -> None:
    """Refused although GET /me works, the bot tries again with a fresh token."""
    async with open_world(push(1)) as world:
        world.server.refusals = [status]
        assert (await world.message()).id == numbered(1)
        assert len(set(world.server.tokens)) == 2


@pytest.mark.parametrize("status", [200, 400, 404, 429, 500, 502, 503])
async def test_F7_upgrade_answered_with_a_page(status: int) -> None:
    """A proxy's page instead of a line is waited out."""
    async with open_world(push(1)) as world:
        world.server.refusals = [status, status]
        assert (await world.message()).id == numbered(1)
        assert world.api.targets == []


async def test_T9_upgrade_is_never_redirected() -> None:
    """A server that points elsewhere is asked again; the other place sees no token."""
    async with serve_blaze() as elsewhere, open_world(push(1)) as world:
        elsewhere.scripts = [push(9)]
        world.server.redirect_to = elsewhere.url
        world.server.refusals = [301, 302, 307, 308]
        assert (await world.message()).id == numbered(1)
        assert elsewhere.tokens == []


async def test_F7_handshake_that_hangs() -> None:
    """A server that takes the connection and says nothing is given up, and the mirror is tried in the end."""
    ended = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        ended.set()

    hanging = await asyncio.start_server(mute, "127.0.0.1", 0)
    options = replace(FAST.blaze, handshake_timeout_s=0.05)
    async with hanging, serve_api() as api, serve_blaze() as server, open_api(api.url) as client:
        server.scripts = [push(1)]
        route = Route([f"ws://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/", server.url])
        async with open_blaze(bot_keystore(), route, Clock(), client, options) as blaze:
            assert only_message(await within(blaze.receive())).id == numbered(1)
        await within(ended.wait())


async def test_F9_nobody_listens() -> None:
    """Refused connections are waited out, and the mirror takes over."""
    async with serve_blaze() as gone:
        dead = gone.url
    async with serve_api() as api, serve_blaze() as server, open_api(api.url) as client:
        server.scripts = [push(1)]
        async with open_blaze(bot_keystore(), Route([dead, server.url]), Clock(), client, FAST.blaze) as blaze:
            assert only_message(await within(blaze.receive())).id == numbered(1)


async def test_T10_certificate_of_blaze_is_checked(tmp_path: Path) -> None:
    """A Blaze with a self-signed certificate never sees a token."""
    with hearing() as heard:
        async with open_world(push(1), ssl=self_signed(tmp_path, "127.0.0.1")) as world:
            receiving = asyncio.ensure_future(world.blaze.receive())
            await heard.until("blaze.retry")
            world.blaze.stop()
            assert await within(receiving) == ()
            assert world.server.tokens == []
    assert any("certificate" in line.get("reason", "") for line in heard.lines)


async def test_F8_pauses_grow_and_stay_bounded() -> None:
    """Refused again and again, the bot waits longer and longer, within bounds: at most 75 attempts in an hour."""
    defaults = BlazeOptions()
    async with open_world(push(1)) as world:
        world.server.refusals = [503] * 8
        with structlog.testing.capture_logs() as logs:
            await world.message()
    delays = [line["delay_s"] for line in logs if line["event"] == "blaze.retry"]
    assert len(delays) == 8
    assert delays[0] <= FAST.blaze.backoff_first_s < delays[-1] <= FAST.blaze.backoff_most_s
    attempts, elapsed = 1, 0.0
    while elapsed < 3600:
        elapsed += 0.9 * min(defaults.backoff_first_s * 2 ** (attempts - 1), defaults.backoff_most_s)
        attempts += 1
    assert attempts <= 75


async def test_F4_many_failures_in_a_row_are_alarming() -> None:
    """The first few attempts are routine; from the sixth on, each is logged as an error."""
    async with open_world(push(1)) as world:
        world.server.refusals = [503] * 6
        with structlog.testing.capture_logs() as logs:
            await world.message()
    levels = [line["log_level"] for line in logs if line["event"] == "blaze.retry"]
    assert levels == ["info"] * 4 + ["error"] * 2


async def test_late_401_while_the_api_is_away() -> None:
    """When nobody can say whether the key is dead, the bot goes on trying instead of stopping."""

    async def late_401(connection: ServerConnection) -> None:
        await connection.send(LATE_401)
        await connection.wait_closed()

    async with open_world(late_401, push(1)) as world:
        world.api.answers.clear()
        world.api.says(raw(b"<html>", status=502))
        assert (await world.message()).id == numbered(1)
        assert set(world.api.targets) == {"GET /me"}


async def test_F2_pause_starts_over_only_after_a_stable_line() -> None:
    """A line that breaks at once does not reset the pause, and one that held for a while does."""
    for stable_after_s, attempts in ((60.0, [2, 3, 4]), (0.0, [2, 2, 2])):
        options = replace(FAST.blaze, stable_after_s=stable_after_s)
        scripts = [push(1, then=abort), push(2, then=abort), push(3, then=abort), push(4)]
        async with open_world(*scripts, options=options) as world:
            with structlog.testing.capture_logs() as logs:
                for _ in range(4):
                    await world.message()
        assert [line["attempt"] for line in logs if line["event"] == "blaze.retry"] == attempts


async def test_asks_again_after_a_silence() -> None:
    """When messages came and then nothing more, the bot asks once more for what may be pending, with a new id."""
    asked: list[Any] = []

    async def listen(connection: ServerConnection) -> None:
        asked.append(json.loads(inflate(await received(connection))))
        await connection.send(gzip(pushed(message_id=numbered(2))))
        await connection.wait_closed()

    options = replace(FAST.blaze, ping_every_s=0.02, relist_after_s=0.05)
    async with open_world(push(1, then=listen), options=options) as world:
        assert (await world.message()).id == numbered(1)
        assert (await world.message()).id == numbered(2)
    assert [request["action"] for request in asked] == ["LIST_PENDING_MESSAGES"]


async def test_F10_slow_reader_makes_the_server_wait() -> None:
    """Not receiving stops the server before memory fills; its pings are answered meanwhile, and nothing is lost."""
    number, sent, ponged = 400, [], asyncio.Event()
    noise = b64encode(random.Random(1).randbytes(48_000)).decode()

    async def flood(connection: ServerConnection) -> None:
        await (await connection.ping())
        ponged.set()
        for index in range(number):
            await connection.send(gzip(pushed(message_id=numbered(index), data_base64=noise)))
            sent.append(index)
        await connection.wait_closed()

    options = replace(FAST.blaze, ping_every_s=0.01, pong_wait_s=0.02, queue_frames=4, relist_after_s=60.0)
    with hearing() as heard:
        async with open_world(push(1, then=flood), options=options, write_limit=1024) as world:
            await world.message()
            await within(ponged.wait())
            for _ in range(3):  # pings go unanswered, and the line is not blamed for it
                await heard.until("blaze.pong_late")
            assert len(sent) < number
            for index in range(number):
                assert (await world.message()).id == numbered(index)
            assert world.server.connections == 1


async def test_T12_hostile_frames_do_not_cost_the_line() -> None:
    """Text frames, garbage and oversized frames are passed over on the same line."""

    async def hostile(connection: ServerConnection) -> None:
        frames: list[str | bytes] = ["text", "", b"", b"garbage", b"x" * (5 * 1024 * 1024), gzip([])]
        for frame in frames:
            await connection.send(frame)
        await connection.send(gzip(pushed(message_id=numbered(2))))
        await connection.wait_closed()

    async with open_world(push(1, then=hostile)) as world:
        await world.message()
        for _ in range(6):
            part = await world.part()
            assert isinstance(part, Unreadable)
        assert (await world.message()).id == numbered(2)
        assert world.server.connections == 1


async def test_program_too_old() -> None:
    """Code 10006 means that no connection will ever work again: the bot stops and says so."""

    async def too_old(connection: ServerConnection) -> None:
        await connection.send(gzip({"id": NIL, "action": "ERROR", "error": {"code": 10006}}))
        await connection.wait_closed()

    async with open_world(too_old) as world:
        with pytest.raises(SetupError, match="MB112"):
            await within(world.blaze.receive())


async def test_refused_request_is_tried_on_a_new_line() -> None:
    """When asking for pending messages is refused for a while, another line is made."""

    async def refuse_it(connection: ServerConnection) -> None:
        request = json.loads(inflate(await received(connection)))
        error = {"status": 500, "code": 7000, "description": "Blaze server error."}
        await connection.send(gzip({"id": request["id"], "action": "ERROR", "error": error}))
        await connection.wait_closed()

    async with open_world(refuse_it, push(1)) as world:
        assert (await world.message()).id == numbered(1)
        assert world.api.targets == []


async def never(connection: ServerConnection) -> None:
    await connection.wait_closed()


STATES: dict[str, Callable[[World], None]] = {
    "open": lambda world: None,
    "refused": lambda world: world.server.refusals.extend([503] * 100),
}


@pytest.mark.parametrize("state", STATES)
async def test_stop_ends_receiving(state: str) -> None:
    """`stop()` ends waiting at once, on an open line and between attempts, and no more connections follow."""
    options = replace(FAST.blaze, backoff_first_s=60.0, backoff_most_s=60.0, ping_every_s=60.0)
    async with open_world(never, options=options) as world:
        STATES[state](world)
        with hearing() as heard:
            receiving = asyncio.ensure_future(world.blaze.receive())
            await heard.until("blaze.connected" if state == "open" else "blaze.retry")
            world.blaze.stop()
            assert await within(receiving, 2.0) == ()
        assert await within(world.blaze.receive(), 2.0) == ()
        assert len(world.server.tokens) == 1


async def test_stop_during_the_handshake() -> None:
    """`stop()` does not wait for a handshake that hangs."""
    arrived, ended = asyncio.Event(), asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()
        writer.close()
        ended.set()

    hanging = await asyncio.start_server(mute, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{hanging.sockets[0].getsockname()[1]}/"
    options = replace(FAST.blaze, handshake_timeout_s=60.0)
    async with hanging, open_api("http://127.0.0.1:9") as client:
        async with open_blaze(bot_keystore(), Route([url]), Clock(), client, options) as blaze:
            receiving = asyncio.ensure_future(blaze.receive())
            await within(arrived.wait())
            blaze.stop()
            assert await within(receiving, 2.0) == ()
        await within(ended.wait())


async def test_line_is_closed_politely() -> None:
    """At the end of the block the server gets a close frame, and no connection is left."""
    codes: list[int | None] = []

    async def see(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.append(connection.close_code)

    async with open_world(push(1, then=see)) as world:
        await world.message()
    assert codes == [CloseCode.NORMAL_CLOSURE]


async def test_T22_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Not even at DEBUG, and not when the connection is refused, does the token reach a log."""
    caplog.set_level(logging.DEBUG)
    async with open_world(push(1)) as world:
        world.server.refusals = [503]
        with structlog.testing.capture_logs() as logs:
            await world.message()
        bot_lines = [record.getMessage() for record in caplog.records if record.name != "websockets.server"]
    assert world.server.tokens
    assert "eyJ" not in f"{bot_lines} {logs}"
