import os
import socket
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.command import command
from bot.context import Context
from bot.errors import SetupError
from bot.web import WebOptions, open_web
from bot.web.port import who_listens
from bot.wire import decode
from tests.conftest import Bot, OpenBot
from tests.fakes import FakePlatform, said


@command("echo")
async def echo(ctx: Context) -> str:
    return ctx.rest


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Bot]:
    async with open_bot(echo) as opened:
        yield opened


async def get(port: int, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


async def test_alive_and_ready(bot: Bot) -> None:
    """A service whose messenger was heard of lately and which owes nobody an acknowledgement is ready."""
    async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0)) as port:
        assert (await get(port, "/healthz"))[0] == 200
        status, body, headers = await get(port, "/readyz")

    assert (status, decode(body)["reasons"]) == (200, [])
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_a_silent_messenger_makes_it_not_ready(bot: Bot) -> None:
    """Connected or not: what counts is how long nothing was heard."""
    bot.platform.last_frame_at = time.monotonic() - 31
    async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0, stale_s=30)) as port:
        status, body, _ = await get(port, "/readyz")

    assert status == 503
    assert "no frame from the messenger for 31 s" in decode(body)["reasons"]


async def test_an_old_unacknowledged_message_makes_it_not_ready(bot: Bot) -> None:
    """A message that waits too long for its acknowledgement is a reason, with its age."""
    bot.platform.gate.clear()
    await bot.dispatcher.submit(said("/echo x"))
    async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0, oldest_s=0.0)) as port:
        status, body, _ = await get(port, "/readyz")
        bot.platform.gate.set()

    assert status == 503
    assert "the oldest message waits" in decode(body)["reasons"][0]


async def test_metrics_count_what_happened(bot: Bot) -> None:
    """The numbers of the vitals, in the format of Prometheus."""
    await bot.hear(said("/echo a"), said("/echo b"))
    async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0)) as port:
        status, body, _ = await get(port, "/metrics")

    lines = body.decode().splitlines()
    assert status == 200
    assert "mixbot_messages_received_total 2.0" in lines
    assert "mixbot_messages_acknowledged_total 2.0" in lines
    assert "mixbot_blaze_connected 1.0" in lines
    assert 'mixbot_handler_seconds_bucket{le="+Inf"} 2.0' in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)


async def test_F46_the_second_messenger_is_shown_and_no_reason(bot: Bot) -> None:
    """Nandbox away: health and metrics say so, and the service is ready all the same."""
    second = FakePlatform(name="nandbox")
    second.connected, second.reconnects, second.last_frame_at = False, 3, None
    bot.services.second = second
    async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0)) as port:
        status, body, _ = await get(port, "/readyz")
        lines = (await get(port, "/metrics"))[1].decode().splitlines()

    assert (status, decode(body)["second"]) == (200, {"nandbox": False})
    assert {"mixbot_nandbox_connected 0.0", "mixbot_nandbox_reconnects_total 3.0"} <= set(lines)


async def test_metrics_are_not_for_strangers(bot: Bot) -> None:
    """Through a proxy they are refused, unless the token is right."""
    options = WebOptions(port=0, metrics_token="open")
    async with open_web(bot.services, bot.dispatcher.observe, options) as port:
        statuses = [
            (await get(port, "/metrics", **headers))[0]
            for headers in (
                {"X-Forwarded-For": "203.0.113.9"},
                {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer shut"},
                {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer open"},
            )
        ]

    assert statuses == [403, 403, 200]


async def test_T21_other_methods_paths_and_bodies_are_refused(bot: Bot) -> None:
    """Only what is served is served."""
    async with (
        open_web(bot.services, bot.dispatcher.observe, WebOptions(port=0)) as port,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            async with http.request(method, "/readyz", data=b"x" * 100) as answer:
                assert answer.status == 405
        async with http.get("/console") as answer:
            assert answer.status == 404
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_check_06_a_taken_port_names_its_process(bot: Bot) -> None:
    """MB301 with exit code 5 says which process to stop."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=rf"^MB301: Port {port} is in use by “.+” \(pid {os.getpid()}\)") as caught:
            async with open_web(bot.services, bot.dispatcher.observe, WebOptions(port=port)):
                pass

    assert caught.value.exit_code == 5
    assert who_listens(port) == ""
