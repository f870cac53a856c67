"""Mixin as a platform: messages in, replies and acknowledgements out, over both sockets at once."""

import asyncio
import json
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.server import ServerConnection

from bot.errors import AccessRefused, Forbidden, NotFound, Rejected, SetupError, Unavailable
from bot.message import Button, Buttons, Message, Outgoing, Text, Unopened, answer
from bot.mixin.encryption import Sealer
from bot.mixin.hosts import Hosts
from bot.mixin.keystore import SANDBOX_PREFIX, Keystore
from bot.mixin.platform import Mixin, open_mixin
from bot.platform import Platform
from bot.wire import replace as replace_value
from tests.bot.mixin.devices import Device
from tests.bot.mixin.servers import (
    FAST,
    FakeApi,
    FakeBlaze,
    Script,
    hearing,
    hosts_of,
    raw,
    refuse,
    serve_api,
    serve_blaze,
)
from tests.bot.mixin.test_blaze import LATE_401, numbered, push
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT, bot_keystore, gzip, gzip_text, pushed

GROUP = "70000000-0000-4000-8000-00000000000c"


@asynccontextmanager
async def open_platform(*scripts: Script) -> AsyncIterator[tuple[Mixin, FakeApi, FakeBlaze]]:
    async with serve_api() as api, serve_blaze() as blaze:
        blaze.scripts = list(scripts) or [push()]
        api.says(None)
        async with open_mixin(bot_keystore(), hosts_of(api, blaze), FAST) as mixin:
            yield mixin, api, blaze


def frames(*contents: bytes) -> Script:
    """Push these frames, and then stay."""

    async def send(connection: ServerConnection) -> None:
        for frame in contents:
            await connection.send(frame)
        await connection.wait_closed()

    return push(then=send)


async def heard_by(mixin: Mixin, number: int) -> list[Message]:
    """The next messages, so many of them."""
    messages: list[Message] = []
    async with asyncio.timeout(30):
        async for message in mixin.listen():
            messages.append(message)
            if len(messages) == number:
                break
    return messages


async def acknowledged(api: FakeApi, *wanted: tuple[str, str]) -> None:
    """Until the API has been told of exactly these messages and states, in whatever requests."""
    async with asyncio.timeout(30):
        while acknowledgements(api) != set(wanted):
            await api.another()


def acknowledgements(api: FakeApi) -> set[tuple[str, str]]:
    items = [item for asked in api.asked if asked.target == "/acknowledgements" for item in json.loads(asked.body)]
    return {(item["message_id"], item["status"]) for item in items}


async def test_it_is_a_platform() -> None:
    """The type has every verb and fact that the rest of the bot relies on."""
    async with open_platform() as (mixin, _, _):
        platform: Platform = mixin
        assert (platform.name, platform.bot_id, platform.batch, platform.batch_bytes) == ("mixin", BOT_ID, 100, 131072)


async def test_a_message_and_its_answer() -> None:
    """A text comes in, its answer goes out under the derived id, and the text is acknowledged as read."""
    async with open_platform(frames(gzip(pushed()))) as (mixin, api, _):
        (message,) = await heard_by(mixin, 1)
        assert message.direct
        (reply,) = answer(message, "pong").replies
        await mixin.send([mixin.pack(reply)])
        await mixin.ack([message.id])
        assert mixin.connected
        assert mixin.last_frame_at is not None
    assert api.targets == ["POST /messages", "POST /acknowledgements"]
    (item,) = json.loads(api.asked[0].body)
    assert item == {
        "conversation_id": CHAT,
        "recipient_id": ANN,
        "message_id": reply.id,
        "category": "PLAIN_TEXT",
        "data_base64": "cG9uZw",
    }
    assert acknowledgements(api) == {(message.id, "READ")}


async def test_order_over_a_lost_line() -> None:
    """Messages come in the order of the server, over any number of lines."""

    async def drop(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with open_platform(push(1, 2, then=drop), push(3), push(4)) as (mixin, _, _):
        assert [message.id for message in await heard_by(mixin, 3)] == [numbered(number) for number in (1, 2, 3)]
        assert mixin.reconnects == 1


async def test_what_nobody_handles_is_acknowledged_here() -> None:
    """Control data, calls, broken frames with an id and echoes are acknowledged without anybody asking."""
    script = frames(
        gzip(pushed(message_id=numbered(1), category="PLAIN_JSON")),
        gzip(pushed("CREATE_CALL", message_id=numbered(2))),
        gzip(pushed("SOMETHING_NEW", message_id=numbered(3))),
        gzip(pushed(message_id=numbered(4), user_id=BOT_ID)),
        gzip(pushed(message_id=numbered(5), created_at=5)),
        gzip(pushed("ACKNOWLEDGE_MESSAGE_RECEIPT", message_id=numbered(6))),
        gzip(pushed(message_id=numbered(7))),
    )
    async with open_platform(script) as (mixin, api, _):
        (message,) = await heard_by(mixin, 1)
        assert message.id == numbered(7)
        await acknowledged(
            api,
            (numbered(1), "READ"),
            (numbered(2), "READ"),
            (numbered(3), "DELIVERED"),
            (numbered(4), "READ"),
            (numbered(5), "READ"),
        )


async def test_T11_pending_bomb_is_acknowledged_and_gone() -> None:
    """A bomb among pending messages costs only itself: the next is answered, and the bomb does not come back."""
    text = json.dumps(pushed(message_id=numbered(1))).encode()
    bomb = gzip_text(text[:-2] + b" " * 20 * 1024 * 1024 + b"}}")
    async with open_platform(frames(bomb, gzip(pushed(message_id=numbered(2))))) as (mixin, api, blaze):
        (message,) = await heard_by(mixin, 1)
        assert message.id == numbered(2)
        await acknowledged(api, (numbered(1), "READ"))
        assert blaze.connections == 1


async def test_acknowledging_what_nobody_handles_is_repeated() -> None:
    """A busy server is asked again; a refusal drops what it refused instead of asking for ever."""
    script = frames(gzip(pushed(message_id=numbered(1), category="PLAIN_JSON")), gzip(pushed()))
    async with open_platform(script) as (mixin, api, _):
        api.answers.clear()
        api.says(raw(b"", status=502), refuse(10002), None)
        with hearing() as heard:
            await heard_by(mixin, 1)
            await heard.until("mixin.skip_refused")
        assert "mixin.skip_failed" in heard.events
        assert len(api.asked) == 2


async def test_receipts_are_told() -> None:
    """Whoever wants to know learns which of the bot's messages were delivered and read."""
    told: list[tuple[str, str]] = []
    read = gzip(pushed("ACKNOWLEDGE_MESSAGE_RECEIPT", message_id=numbered(1), status="READ"))
    async with open_platform(frames(read, gzip(pushed()))) as (mixin, api, _):
        mixin.on_receipt = lambda message_id, status: told.append((message_id, status))
        await heard_by(mixin, 1)
        assert api.asked == []
    assert told == [(numbered(1), "READ")]


async def test_unreadable_content_is_handed_on() -> None:
    """A message whose content cannot be opened is still a message; the log has its category and not its content."""
    secret = "c2VjcmV0"
    with structlog.testing.capture_logs() as logs:
        script = frames(gzip(pushed(category="ENCRYPTED_TEXT", data_base64=secret)))
        async with open_platform(script) as (mixin, _, _):
            (message,) = await heard_by(mixin, 1)
    assert message.content == Unopened("ENCRYPTED_TEXT", "this is nothing that was sealed")
    line = next(line for line in logs if line["event"] == "mixin.content_unreadable")
    assert (line["category"], line["reason"]) == ("ENCRYPTED_TEXT", message.content.reason)
    assert secret not in f"{logs}"


async def test_a_sealed_message() -> None:
    """What was sealed for the bot's session is the same message as what was said in plain, but for its category."""
    keystore, phone = bot_keystore(), Device("Ann's phone")
    assert isinstance(keystore.key, Ed25519PrivateKey)
    own = Sealer(keystore.key, keystore.session_id)
    envelopes = [
        (uuid.UUID(each).bytes, phone.secret(own.public_key)) for each in (phone.session_id, keystore.session_id)
    ]
    sealed = b64encode(phone.seal("Hi ☕".encode(), envelopes)).decode()
    script = frames(
        gzip(pushed(message_id=numbered(1), data_base64=None, data=b64encode("Hi ☕".encode()).decode())),
        gzip(pushed(message_id=numbered(1), category="ENCRYPTED_TEXT", data_base64=None, data=sealed)),
    )
    async with open_platform(script) as (mixin, _, _):
        plain, opened = await heard_by(mixin, 2)
    assert replace_value(opened, category="PLAIN_TEXT") == plain
    assert opened.content == Text("Hi ☕")


async def test_reach() -> None:
    """A conversation of two can be created for a message, one of several cannot."""
    async with open_platform() as (mixin, api, _):
        api.answers.clear()
        api.says({"conversation_id": CHAT})
        await mixin.reach(Outgoing(numbered(1), CHAT, ANN, Text("x")))
        with pytest.raises(Forbidden):
            await mixin.reach(Outgoing(numbered(1), GROUP, ANN, Text("x")))
    assert api.targets == ["POST /conversations"]


async def test_looking_people_up() -> None:
    """People are found by id and by number, and what is neither is nobody."""
    async with open_platform() as (mixin, api, _):
        api.answers.clear()
        api.says({"user_id": ANN}, {"user_id": ANN}, [{"user_id": ANN}])
        assert (await mixin.user(ANN)).id == (await mixin.user("40001")).id == ANN
        assert [user.id for user in await mixin.users([ANN])] == [ANN]
        with pytest.raises(NotFound):
            await mixin.user("ann")
    assert api.targets == [f"GET /users/{ANN}", "GET /search/40001", "POST /users/fetch"]


async def test_F21_refused_batch() -> None:
    """A refused batch is the outbox's to take apart, and an unknown outcome its to repeat."""
    async with open_platform() as (mixin, api, _):
        api.answers.clear()
        api.says(refuse(10002), raw(b"{", status=200))
        packed = [mixin.pack(Outgoing(numbered(1), CHAT, ANN, Text("x")))]
        with pytest.raises(Rejected):
            await mixin.send(packed)
        with pytest.raises(Unavailable):
            await mixin.send(packed)
        assert mixin.errors == {10002: 1, 0: 1}


async def test_pack_checks_limits() -> None:
    """What breaks a limit is refused before it is sent."""
    async with open_platform() as (mixin, _, _):
        with pytest.raises(ValueError, match="0 buttons"):
            mixin.pack(Outgoing(numbered(1), CHAT, ANN, Buttons(())))


async def test_T7_buttons_open_what_the_dashboard_allows_beside_our_own() -> None:
    """The hosts of the bot's Resource Patterns, once they are known; never Mixin's own, which can pay."""

    def button(link: str) -> Outgoing:
        return Outgoing(numbered(1), CHAT, ANN, Buttons((Button("Open", link),)))

    async with open_platform() as (mixin, _, _):
        mixin.options, mixin._link_hosts = replace(mixin.options, link_hosts=("ours.example",)), ("ours.example",)
        mixin.allow_links(["https://cdn.example/pics/", "https://mixin.one/", "http://plain.example"])
        assert mixin.pack(button("https://cdn.example/pics/1.png"))
        assert mixin.pack(button("https://ours.example/"))
        for link in ("https://mixin.one/pay/x", "https://other.example", "https://plain.example"):
            with pytest.raises(ValueError, match="may not open"):
                mixin.pack(button(link))


async def test_stop_ends_listening() -> None:
    """`stop()` ends `listen()`; what is in hand can still be sent and acknowledged."""
    async with open_platform(push(1)) as (mixin, api, _):
        ids = []
        async with asyncio.timeout(30):
            async for message in mixin.listen():
                ids.append(message.id)
                mixin.stop()
        await mixin.ack(ids)
    assert acknowledgements(api) == {(numbered(1), "READ")}


async def test_check_15_dead_key_ends_listening() -> None:
    """Told 401 on Blaze and by GET /me, `listen()` ends with the reason itself, and no storm of connections."""

    async def late_401(connection: ServerConnection) -> None:
        await connection.send(LATE_401)
        await connection.wait_closed()

    async def listen() -> None:
        async with serve_api() as api, serve_blaze() as blaze:
            blaze.scripts = [late_401]
            api.says(refuse(401))
            async with open_mixin(bot_keystore(), hosts_of(api, blaze), FAST) as mixin:
                await heard_by(mixin, 1)

    with pytest.raises(AccessRefused, match="MB110"):
        await listen()


async def test_check_11_sandbox_keystore_towards_mixin() -> None:
    """The sandbox's keystore is refused before the first byte goes to Mixin."""
    real = bot_keystore()
    keystore = Keystore(SANDBOX_PREFIX + "0000-4000-8000-000000000001", real.session_id, real.key)
    with pytest.raises(SetupError, match="MB105"):
        async with open_mixin(keystore, Hosts()):
            pass


async def test_F5_clock_offset_is_a_fact() -> None:
    """How far the clock was off can be seen by whoever watches."""
    async with open_platform() as (mixin, api, _):
        api.clock_ahead_s = 1000.0
        await mixin.ack([numbered(1)])
        assert 990 < mixin.clock_offset_s < 1010


async def test_bound_on_what_waits_to_be_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of control data does not fill the memory: beyond the bound the server sends it again."""
    monkeypatch.setattr("bot.mixin.platform.MOST_SKIPPED", 5)
    flood: list[Any] = [gzip(pushed(message_id=numbered(number), category="PLAIN_JSON")) for number in range(20)]
    async with serve_api() as api, serve_blaze() as blaze:
        blaze.scripts = [frames(*flood, gzip(pushed()))]
        api.says(None)
        async with open_mixin(bot_keystore(), hosts_of(api, blaze), replace(FAST, skip_linger_s=60.0)) as mixin:
            await heard_by(mixin, 1)
    assert acknowledgements(api) == {(numbered(number), "READ") for number in range(5)}
