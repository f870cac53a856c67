"""Messages of a bot that seals them: every device of the receiver can open them, whatever became of the others."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from bot.errors import AccessRefused, PartlyRejected, Rejected, SetupError, Unavailable, Unclear, Unreachable
from bot.message import Button, Buttons, Card, Content, File, Outgoing, Post, Recall, Text
from bot.mixin.capability import Capability
from bot.mixin.conversation import conversation_id
from bot.mixin.platform import Mixin, open_mixin
from bot.mixin.sealing import ROUNDS
from tests.bot.mixin.devices import Device, Devices
from tests.bot.mixin.servers import FAST, FakeApi, hosts_of, open_api, raw, refuse, serve_api, serve_blaze
from tests.bot.mixin.test_blaze import numbered, push
from tests.bot.mixin.vectors import ANN, BOT_ID, bot_keystore

BEN = "9f0a0001-0000-4000-8000-000000000002"
GROUP = "70000000-0000-4000-8000-00000000000c"
SEALING = replace(FAST, profile_every_s=600.0)
KEY, DIGEST = (b64encode(bytes(size)).decode() for size in (64, 32))
BUTTONS = Buttons((Button("Help", "input:/help"),))


@asynccontextmanager
async def open_sealing(devices: Devices) -> AsyncIterator[tuple[Mixin, FakeApi]]:
    """A bot whose owner has switched Message Encryption on, and Ann with a phone and a desktop."""
    devices.of.setdefault(ANN, [Device("Ann's phone"), Device("Ann's desktop")])
    async with serve_api() as api, serve_blaze() as blaze:
        blaze.scripts = [push()]
        devices.serve(api)
        async with open_mixin(bot_keystore(), hosts_of(api, blaze), SEALING) as mixin:
            yield mixin, api


def packed(mixin: Mixin, *contents: Content, to: str = ANN, first: int = 1) -> list[bytes]:
    chat = conversation_id(BOT_ID, to)
    return [mixin.pack(Outgoing(numbered(number), chat, to, content)) for number, content in enumerate(contents, first)]


def texts(devices: Devices) -> dict[str, str]:
    return {message_id: text for message_id, (_, text) in devices.received.items()}


async def test_every_device_can_open_it() -> None:
    """A text is sealed for all devices, under its own id; sessions and profile are asked for once."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, Text("one")))
        await mixin.send(packed(mixin, Text("two"), first=2))
    assert devices.received == {numbered(1): ("ENCRYPTED_TEXT", "one"), numbered(2): ("ENCRYPTED_TEXT", "two")}
    assert api.targets == [
        "GET /me",
        "POST /sessions/fetch",
        "POST /encrypted_messages",
        "POST /encrypted_messages",
    ]


async def test_what_is_never_sealed() -> None:
    """Buttons, cards and recalls go the same way in plain, in order with what is sealed."""
    devices = Devices()
    contents: list[Content] = [
        Text("a"),
        BUTTONS,
        Post("# b"),
        Card("t", "d", "https://x.example"),
        Recall(numbered(1)),
    ]
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, *contents))
    assert [category for category, _ in devices.received.values()] == [
        "ENCRYPTED_TEXT",
        "APP_BUTTON_GROUP",
        "ENCRYPTED_POST",
        "APP_CARD",
        "MESSAGE_RECALL",
    ]
    assert json.loads(devices.received[numbered(2)][1])[0]["action"] == "input:/help"
    assert api.targets.count("POST /encrypted_messages") == 1


async def test_groups_are_written_to_in_plain() -> None:
    """In one batch, a group's message goes to /messages and a person's is sealed."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, _):
        to_group = mixin.pack(Outgoing(numbered(9), GROUP, ANN, Text("all")))
        await mixin.send([to_group, *packed(mixin, Text("you"))])
    assert (devices.plain, texts(devices)) == ([numbered(9)], {numbered(1): "you"})


async def test_without_the_switch_nothing_is_sealed() -> None:
    """A bot without the capability sends in plain, and asks for no sessions."""
    devices = Devices(capabilities=["GROUP", "CONTACT"])
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, Text("one")))
    assert devices.plain == [numbered(1)]
    assert api.targets == ["GET /me", "POST /messages"]


async def test_F34_a_device_that_changed_in_between() -> None:
    """Told that the sessions are others now, the bot seals for those, under the same id, and goes on with them."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, Text("before")))
        devices.of[ANN] = [Device("Ann's new phone")]
        await mixin.send(packed(mixin, Text("after"), BUTTONS, Text("last"), first=2))
        await mixin.send(packed(mixin, Text("later"), first=5))
    assert texts(devices)[numbered(2)] == "after"
    assert devices.order == [numbered(number) for number in (1, 2, 3, 4, 5)]
    assert api.targets.count("POST /encrypted_messages") == 4
    assert api.targets.count("POST /sessions/fetch") == 1


async def test_F34_a_request_refused_as_a_whole() -> None:
    """Code 20140: the sessions of everybody in it are asked for again, and the same ids go out."""
    devices = Devices(stale=2)
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, Text("one"), Text("two")))
    assert texts(devices) == {numbered(1): "one", numbered(2): "two"}
    assert api.targets.count("POST /sessions/fetch") == 3


async def test_F34_sessions_that_never_stand_still() -> None:
    """Somebody whose devices change with every message is left to a later attempt, and not tried for ever."""
    devices = Devices(rotating=True)
    async with open_sealing(devices) as (mixin, api):
        with pytest.raises(Unclear) as caught:
            await mixin.send(packed(mixin, Text("one")))
    assert caught.value.code == 20140
    assert api.targets.count("POST /encrypted_messages") == ROUNDS


async def test_nobody_left_to_read_it() -> None:
    """Whoever has no session is named, and all others have their message."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, _):
        both = [*packed(mixin, Text("to Ben"), to=BEN), *packed(mixin, Text("to Ann"), first=2)]
        with pytest.raises(PartlyRejected) as caught:
            await mixin.send(both)
        assert {place: type(error) for place, error in caught.value.refused.items()} == {0: Unreachable}
        with pytest.raises(Unreachable):
            await mixin.send(both[:1])
        devices.of[ANN] = []
        with pytest.raises(Unreachable):
            await mixin.send(packed(mixin, Text("gone"), first=3))
        devices.of[ANN] = [Device("Ann's next phone")]
        await mixin.send(packed(mixin, Text("back"), first=4))
    assert texts(devices) == {numbered(2): "to Ann", numbered(4): "back"}


async def test_a_device_that_cannot_open_anything() -> None:
    """With one such device the person is written to in plain, for all devices; a sealed file is refused for them."""
    devices = Devices({ANN: [Device("Ann's phone"), Device("Ann's old phone", can_open=False)]})
    file = File(numbered(7), "text/plain", 3, "f")
    async with open_sealing(devices) as (mixin, _):
        await mixin.send(packed(mixin, Text("one"), file))
        with pytest.raises(Rejected, match="the file is sealed"):
            await mixin.send(packed(mixin, File(numbered(7), "text/plain", 3, "f", KEY, DIGEST), first=3))
    assert [category for category, _ in devices.received.values()] == ["PLAIN_TEXT", "PLAIN_DATA"]


async def test_more_than_one_request_takes() -> None:
    """What grew over a request's limits by being sealed is sent in several, in order."""
    devices = Devices()
    contents = [Text("x" * 900)] * 100
    async with open_sealing(devices) as (mixin, api):
        bodies = packed(mixin, *contents)
        assert sum(map(len, bodies)) < 128 * 1024 * 1.5
        await mixin.send(bodies)
    assert devices.order == [numbered(number) for number in range(1, 101)]
    sent = [asked for asked in api.asked if asked.target == "/encrypted_messages"]
    assert len(sent) > 1
    assert all(len(asked.body) <= 128 * 1024 for asked in sent)


async def test_too_large_once_sealed() -> None:
    """A message that fits in plain, and not sealed, is refused alone."""
    devices = Devices({ANN: [Device(f"Ann {number}") for number in range(400)]})
    async with open_sealing(devices) as (mixin, _):
        with pytest.raises(PartlyRejected) as caught:
            await mixin.send(packed(mixin, Post("x" * 80_000), Text("small")))
    assert "expected at most" in str(caught.value.refused[0])
    assert texts(devices) == {numbered(2): "small"}


async def test_success_without_a_word() -> None:
    """An answer that speaks of no message is believed the second time, under the same ids."""
    devices = Devices(mute=True)
    async with open_sealing(devices) as (mixin, _):
        await mixin.send(packed(mixin, Text("one")))
    assert texts(devices) == {numbered(1): "one"}
    assert devices.order == [numbered(1), numbered(1)]


async def test_what_is_remembered_of_people_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound those not written to for longest are forgotten, and asked for again."""
    monkeypatch.setattr("bot.mixin.sessions.Sessions.__init__.__defaults__", (4,))
    people = [f"9f0a0001-0000-4000-8000-{number:012x}" for number in range(16, 32)]
    devices = Devices({user_id: [Device(user_id)] for user_id in people})
    async with open_sealing(devices) as (mixin, api):
        for number, user_id in enumerate([*people, ANN, *people], 1):
            await mixin.send(packed(mixin, Text("x"), to=user_id, first=number))
            assert mixin._sealing is not None
            assert len(mixin._sealing._sessions) <= 4
    assert len(devices.received) == 33
    assert api.targets.count("POST /sessions/fetch") > 16


@pytest.mark.parametrize("trouble", [refuse(10002), refuse(500, status=500, http=500), raw(b"", status=502)])
async def test_sessions_that_cannot_be_asked_for(trouble: object) -> None:
    """Trouble with the list of sessions is no verdict on any message: it can be sent again."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, api):
        answer = api.answers[0]
        api.answers.clear()
        api.says({"user_id": BOT_ID, "app": {"capabilities": ["ENCRYPTED"]}}, *[trouble] * FAST.attempts)
        api.answers.append(answer)
        with pytest.raises(Unavailable):
            await mixin.send(packed(mixin, Text("one")))
        api.answers[:] = [answer]
        await mixin.send(packed(mixin, Text("one")))
    assert texts(devices) == {numbered(1): "one"}


async def test_the_switch_is_noticed_while_running(monkeypatch: pytest.MonkeyPatch) -> None:
    """When something sealed comes, the profile is looked at again before the answer is sent."""
    monkeypatch.setattr("bot.mixin.capability.AGAIN_S", 0.0)
    devices = Devices(capabilities=[])
    async with open_sealing(devices) as (mixin, _):
        await mixin.send(packed(mixin, Text("one")))
        devices.capabilities = ["ENCRYPTED"]
        await mixin.send(packed(mixin, Text("two"), first=2))
        mixin.capability.hint()
        await mixin.send(packed(mixin, Text("three"), first=3))
    assert devices.plain == [numbered(1), numbered(2)]
    assert texts(devices) == {numbered(3): "three"}


async def test_a_profile_that_cannot_be_read() -> None:
    """Nobody knows whether to seal: who writes sealed waits until somebody does."""
    devices = Devices()
    async with open_sealing(devices) as (mixin, api):
        mixin.capability.hint()
        answer = api.answers[0]
        api.answers[:] = []
        api.says(refuse(500, status=500, http=500))
        with pytest.raises(Unavailable):
            await mixin.send(packed(mixin, Text("one")))
        api.answers[:] = [answer]
        await mixin.send(packed(mixin, Text("one")))
    assert devices.plain == []
    assert texts(devices) == {numbered(1): "one"}


async def test_a_profile_that_cannot_be_read_silences_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wrote sealed, so nobody needs a sealed answer; the profile is looked at again soon."""
    monkeypatch.setattr("bot.mixin.capability.SOON_S", 0.0)
    devices = Devices()
    async with open_sealing(devices) as (mixin, api):
        answer = api.answers[0]

        async def without_profile(request: web.Request) -> web.StreamResponse:
            return (
                web.json_response({"error": {"status": 500, "code": 500}})
                if request.path == "/me"
                else await answer(request)
            )

        api.answers[:] = [without_profile]
        await mixin.send(packed(mixin, Text("one")))
        api.answers[:] = [answer]
        await mixin.send(packed(mixin, Text("two"), first=2))
    assert devices.plain == [numbered(1)]
    assert texts(devices) == {numbered(2): "two"}


async def test_a_look_that_hangs_delays_nothing_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is known whether to seal, a server that does not answer the next look holds no message up."""
    monkeypatch.setattr("bot.mixin.capability.PATIENCE_S", 0.05)
    monkeypatch.setattr("bot.mixin.capability.AGAIN_S", 0.0)
    devices = Devices(capabilities=[])
    async with open_sealing(devices) as (mixin, api):
        await mixin.send(packed(mixin, Text("one")))
        answer, asked, over = api.answers[0], asyncio.Event(), asyncio.Event()

        async def hang(request: web.Request) -> web.StreamResponse:
            if request.path == "/me":
                asked.set()
                await over.wait()
            return await answer(request)

        api.answers[:] = [hang]
        mixin.capability.hint()
        await mixin.send(packed(mixin, Text("two"), first=2))
        assert asked.is_set()
        over.set()
    assert devices.plain == [numbered(1), numbered(2)]


async def test_a_keystore_that_cannot_seal() -> None:
    """With an RSA key and Message Encryption on, the service stops and says what to do."""
    async with serve_api() as api, open_api(api.url) as client:
        Devices().serve(api)
        with pytest.raises(SetupError, match="MB160") as caught:
            await Capability(client, 600.0, can_seal=False).encrypted()
    assert not isinstance(caught.value, AccessRefused)
