"""Whatever a client sends, the sandbox answers, cuts that line, or says nothing; it never breaks."""

import json
import random
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.methods import METHODS
from bot.sandbox.nandbox.wire import Refused, decode, encode
from bot.sandbox.tables import transaction
from tests.bot.sandbox.nandbox.client import connected, logged_in
from tests.bot.sandbox.nandbox.test_vectors import REQUESTS

IDS = ["90089584000000899", "90090684000002188", "90090684000000559", "90091783000000101", "d1_x", "f.jpg", ""]
SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text() | st.sampled_from(IDS)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)
NAMES = sorted({name for vector in REQUESTS for name in vector["request"]["json"]} | {"user", "chat", "photo", "echo"})
MENU = st.fixed_dictionaries({"menu_ref": SCALARS, "rows": VALUES})
FRAMES = st.builds(
    lambda method, fields: {**fields, "method": method},
    st.sampled_from(sorted(METHODS)),
    st.dictionaries(st.sampled_from(NAMES), VALUES | st.lists(MENU, max_size=2)),
)


def mutated(frame: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A real request with one to three of its values turned into something else."""
    odd: list[Any] = [
        None,
        True,
        -1,
        2**63,
        1.5,
        "",
        "x" * 3000,
        "\x00",
        [],
        [[]],
        {},
        {"id": 7},
        [{"pattern": 7}],
        "💥",
    ]
    made = dict(frame)
    for _ in range(chance.randint(1, 3)):
        made[chance.choice([*made, *NAMES])] = chance.choice(odd)
    return made


@pytest.fixture(scope="module")
def thrown_at(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox without sockets: what a frame does is a matter of the handlers."""
    from bot.sandbox.sandbox import Options, wall_clock

    sandbox = Sandbox(None, clock=wall_clock, keystore=None, options=Options(), seed_world=True, random_seed=None)
    sandbox.nandbox.settings.receipt_s = 3600.0
    return sandbox


async def handle(sandbox: Sandbox, frame: dict[str, Any]) -> None:
    """As a connection does it: in a transaction, and every answer can be written."""
    nandbox = sandbox.nandbox
    try:
        asked = decode(json.dumps(frame))
        handler = METHODS.get(asked["method"])
        if handler is None:
            return
        with transaction(nandbox.db):
            answers = handler(Asked(nandbox, nandbox.bot.id, asked))
    except Refused:
        return
    for answer in answers:
        assert decode(encode(answer)) == answer
    nandbox.delivery.stop()


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(frame=FRAMES)
async def test_no_frame_breaks_a_handler(thrown_at: Sandbox, frame: dict[str, Any]) -> None:
    """Any method with any values: an answer that can be written, a refusal, or nothing."""
    await handle(thrown_at, frame)


async def test_no_bent_request_of_an_sdk_breaks_a_handler(thrown_at: Sandbox) -> None:
    """5,000 real requests with values turned into something else."""
    chance = random.Random(20260101)
    for _ in range(5000):
        await handle(thrown_at, mutated(chance.choice(REQUESTS)["request"]["json"], chance))
    assert thrown_at.nandbox.bot.token


async def test_the_sandbox_outlives_noise_on_its_sockets() -> None:
    """Text, bytes, broken JSON and half frames before and after the login; then a bot works as ever."""
    chance = random.Random(7)
    async with open_sandbox() as sandbox:
        for number in range(60):
            async with (logged_in if number % 2 else connected)(sandbox) as client:
                noise = chance.randbytes(chance.randint(0, 400))
                if number % 3:
                    await client.socket.send_bytes(noise)
                else:
                    await client.socket.send_str(noise.decode("latin-1"))
                assert await client.rest() == [{"error": 199999}]
        async with aiohttp.ClientSession() as session, session.ws_connect(sandbox.nandbox_uri) as socket:
            await socket.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
            assert (await socket.receive(timeout=5)).type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.CLOSE)
        async with logged_in(sandbox) as bot:
            assert (await bot.ask("getUser", user_id=IDS[0]))["method"] == "userDetails"


async def test_a_frame_that_is_too_large_ends_the_connection(sandbox: Sandbox) -> None:
    """More than a mebibyte is read by nobody."""
    async with logged_in(sandbox) as bot:
        await bot.socket.send_str('{"method":"x","a":"' + "x" * 2_000_000 + '"}')
        assert await bot.rest() == []
        assert bot.code in (1006, 1009)
