"""The end of the process: asked once, asked twice, replaced by another; nothing is lost or said twice over it."""

import asyncio
import signal
import socket
import time
from pathlib import Path

from tests.e2e.conftest import MakeService, in_plain
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.views import person, ping
from tests.e2e.wire import Answer, Wire

DEAD = Answer(503, b"", accept=False)


async def _say_a_thousand(wire: Wire) -> None:
    await wire.say(*(ping(f"m{index}", person(index % 100)) for index in range(1000)))


async def test_F40_a_thousand_in_flight_are_finished(wire: Wire, service: Service) -> None:
    """SIGTERM while the API is slow: what has begun is finished within the deadline, the rest stays with the server."""
    wire.weather = lambda path: Answer(delay_s=0.3)
    await service.start()
    await _say_a_thousand(wire)
    await wire.until(lambda: wire.journal.count("post") > 1)
    began_at = time.monotonic()
    await service.stop()
    assert time.monotonic() - began_at < 10

    wire.weather = lambda path: Answer()
    await service.start()
    await wire.until_done()
    await service.stop()
    assert verdict(wire.journal) == []


@in_plain
async def test_F40_the_deadline_ends_what_cannot_be_finished(wire: Wire, make_service: MakeService) -> None:
    """SIGTERM while the API is away: exit code 0 at the deadline, and all is answered once after the next start."""
    service = make_service(wire, MIXBOT_DRAIN_S="0.5")
    wire.weather = lambda path: DEAD
    await service.start()
    await _say_a_thousand(wire)
    await wire.until(lambda: wire.journal.count("post") > 3)
    began_at = time.monotonic()
    await service.stop()
    assert time.monotonic() - began_at < 7, "without the setting the deadline is 8 s"
    assert service.lines("bot.deadline_reached")

    wire.weather = lambda path: Answer()
    await service.start()
    await wire.until_done()
    assert verdict(wire.journal) == []


@in_plain
async def test_F40_a_second_signal_ends_at_once(wire: Wire, make_service: MakeService) -> None:
    """Whoever asks twice does not wait for the deadline."""
    service = make_service(wire, MIXBOT_DRAIN_S="60")
    wire.weather = lambda path: DEAD
    await service.start()
    await wire.say(ping("stuck"))
    await wire.until(lambda: wire.journal.count("post") > 1)
    service.signal(signal.SIGTERM)
    await wire.until(lambda: wire.journal.count("line lost") > 0)
    began_at = time.monotonic()
    service.signal(signal.SIGTERM)

    assert await service.ended() == -signal.SIGTERM
    assert time.monotonic() - began_at < 30, "the deadline is 60 s"
    wire.weather = lambda path: Answer()
    await service.start()
    await wire.until_done()
    assert verdict(wire.journal) == []


@in_plain
async def test_F42_check_18_a_second_instance_and_a_takeover(wire: Wire, make_service: MakeService) -> None:
    """The second one is refused with MB131 and exit code 6; with --takeover the first ends well. One answer each."""
    first = make_service(wire)
    await first.start()
    await wire.say(ping("to the first"))
    await wire.until_done()
    second = make_service(wire, first.home)
    second.launch()
    assert await second.ended() == 6
    told = second.errors.read_text()
    assert told.startswith("MB131")
    assert f"pid {first.pid} " in told
    assert len(wire.attempts) == 1

    wire.weather = lambda path: Answer(delay_s=0.2)
    await wire.say(*(ping(f"between {index}", person(index % 10)) for index in range(200)))
    await second.start("--takeover")
    assert await first.ended() == 0
    await wire.say(ping("to the second"))
    await wire.until_done()
    await second.stop()
    assert verdict(wire.journal) == []


async def test_systemd_is_told_of_the_beginning_and_the_end(
    wire: Wire, make_service: MakeService, tmp_path: Path
) -> None:
    """Ready once it serves, alive as long as it runs, and stopping when it is asked to end."""
    loop = asyncio.get_running_loop()
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        service = make_service(wire, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="100000")
        await service.start()
        while not {b"READY=1", b"WATCHDOG=1"} <= set(heard):
            async with asyncio.timeout(30):
                heard += (await loop.sock_recv(systemd, 100)).splitlines()
        await service.stop()
        while b"STOPPING=1" not in heard:
            async with asyncio.timeout(30):
                heard += (await loop.sock_recv(systemd, 100)).splitlines()

    assert heard.index(b"READY=1") < heard.index(b"STOPPING=1")
