"""How a bot comes in and stays in: nandbox.md 2, 3 and 13."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Sandbox
from tests.bot.sandbox.nandbox.client import Client, connected, logged_in

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "nandbox" / "handshake.json").read_text())
SDKS = [name for name in VECTORS if "first_frame" in VECTORS[name]]
BAD_CONTENT = {"error": 199999}


def types(frame: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in frame.items()}


@pytest.mark.parametrize("sdk", SDKS)
async def test_the_login_of_every_sdk_is_answered_with_every_key(sandbox: Sandbox, sdk: str) -> None:
    """The very frame that each SDK sends, and an answer of the recorded form."""
    vector = VECTORS[sdk]
    wanted = vector["reply"][0]["json"]
    sandbox.nandbox.new_token(wanted["token"].split(":")[2])
    async with connected(sandbox) as client:
        await client.socket.send_str(vector["first_frame"]["raw"])
        answer = await client.get()

    assert types(answer) == types(wanted)
    assert {name: answer[name] for name in ("ID", "id", "localId", "token", "is_nandbox")} == {
        name: wanted[name] for name in ("ID", "id", "localId", "token", "is_nandbox")
    }


@pytest.mark.parametrize(
    "first",
    [
        '{"method":"TOKEN_AUTH","token":"90091783000000101:0:AAAAbbbbCCCCddddEEEEffffGGGGhh"}',
        '{"method":"TOKEN_AUTH","token":"1:0:x"}',
        '{"method":"TOKEN_AUTH","token":7}',
        '{"method":"TOKEN_AUTH"}',
        '{"method":"getUser","user_id":"90089584000000899"}',
        '{"method":7}',
        "[]",
        "hello",
        "",
    ],
)
async def test_whoever_does_not_log_in_is_refused_and_cut(sandbox: Sandbox, first: str) -> None:
    """One error frame, then the end of TCP without a close frame."""
    async with connected(sandbox) as client:
        await client.socket.send_str(first)

        assert await client.rest() == [BAD_CONTENT]
        assert client.code == 1006
    assert not sandbox.nandbox.lines.connected(sandbox.nandbox.bot.id)


async def test_silence_before_the_login_ends_the_connection_without_a_word(sandbox: Sandbox) -> None:
    """Nobody holds a socket open for nothing."""
    sandbox.nandbox.settings.login_s = 0.02
    async with connected(sandbox) as client:
        assert await client.rest() == []
        assert client.code == 1006


async def test_silence_after_the_login_is_answered_with_a_close_frame(sandbox: Sandbox) -> None:
    """The idle limit: 1001, going away."""
    async with logged_in(sandbox) as first:
        sandbox.nandbox.settings.idle_s = 0.02
        await first.ask("PING")
        assert await first.rest() == []
        assert first.code == 1001


async def test_ping_is_answered_with_pong(bot: Client) -> None:
    """Without any other key, as often as it is asked."""
    assert [await bot.ask("PING") for _ in range(3)] == [{"method": "PONG"}] * 3


async def test_the_newer_login_throws_the_older_one_out(sandbox: Sandbox, bot: Client) -> None:
    """The older connection hears 199992 and ends; the newer one works."""
    async with logged_in(sandbox) as newer:
        assert await bot.rest() == [{"error": 199992}]
        assert bot.code == 1006
        assert await newer.ask("PING") == {"method": "PONG"}
        assert sandbox.nandbox.lines.connected(sandbox.nandbox.bot.id)


async def test_a_second_login_on_the_same_line_is_answered_like_the_first(sandbox: Sandbox, bot: Client) -> None:
    """It changes nothing; with a wrong token it ends the line."""
    assert (await bot.log_in(sandbox.nandbox.token))["method"] == "TOKEN_AUTH_OK"
    assert await bot.ask("PING") == {"method": "PONG"}
    assert await bot.log_in("90091783000000101:0:wrong") == BAD_CONTENT
    assert await bot.rest() == []


async def test_the_address_works_without_its_closing_slash_and_is_no_page(sandbox: Sandbox) -> None:
    """Somebody who forgets the slash is let in; somebody without a WebSocket is told so."""
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(sandbox.nandbox_uri.rstrip("/")) as socket:
            assert (await Client(socket).log_in(sandbox.nandbox.token))["method"] == "TOKEN_AUTH_OK"
        async with session.get(sandbox.url + "/nandbox/api/") as answer:
            assert answer.status == 426


@pytest.mark.parametrize(
    "text",
    [
        "no JSON", "[1]", '"x"', "{}", '{"method":null}', '{"method":"getUser","user_id":["90089584000000899"]}',
        '{"method":"getUser"}', '{"method":"getUser","user_id":"90089584000000899","reference":[]}',
        '{"method":"getUser","user_id":"90089584000000899","reference":1.5}',
        '{"method":"getUser","user_id":"90089584000000899","reference":36893488147419103232}',
        '{"method":"getUser","user_id":"\\ud83d"}', '{"method":"getUser","user_id":NaN}', '{"method":"x","a":1e999}',
        '{"method":"x","a":' + "[" * 100 + "]" * 100 + "}", "[" * 100_000, '{"method":"x","a":' + "9" * 5000 + "}",
    ],
)  # fmt: skip
async def test_bad_content_is_answered_once_and_nothing_behind_it(bot: Client, text: str) -> None:
    """An error frame, the end of TCP, and no answer to what was queued behind."""
    await bot.socket.send_str(text)
    await bot.send({"method": "PING"})

    assert await bot.rest() == [BAD_CONTENT]
    assert bot.code == 1006


async def test_an_unknown_method_is_not_answered(sandbox: Sandbox, bot: Client) -> None:
    """Unless the sandbox was told to be strict."""
    assert await bot.is_silent_after({"method": "somethingNew", "x": 1})
    sandbox.nandbox.settings.strict = True
    assert await bot.ask("somethingNew") == BAD_CONTENT


async def test_the_token_survives_a_restart_and_a_reset(tmp_path: Path) -> None:
    """A bot that was given the token once need not be told again."""
    from bot.sandbox import open_sandbox

    async with open_sandbox(path=tmp_path / "sandbox.db") as first:
        token = first.nandbox.token
        first.reset()
        assert first.nandbox.token == token
    async with open_sandbox(path=tmp_path / "sandbox.db") as second, logged_in(second):
        assert second.nandbox.token == token


async def test_no_token_is_shown_in_the_inspector(sandbox: Sandbox, bot: Client) -> None:
    """Frames are for people to look at, the secret is not."""
    await bot.ask("PING")
    shown = json.dumps(sandbox.inspector.after(0, 100))

    assert "TOKEN_AUTH_OK" in shown
    assert sandbox.nandbox.token.split(":")[2] not in shown
