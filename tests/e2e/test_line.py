"""The line to Blaze: lost in every way there is, and made again; what people said meanwhile is answered once."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.conftest import MakeService
from tests.e2e.journal import Event, verdict
from tests.e2e.service import Service
from tests.e2e.sockets import BINARY, Gone, response, websocket_frame
from tests.e2e.views import WELCOME, person, ping
from tests.e2e.wire import Wire


async def _again(wire: Wire, before: int) -> None:
    """Until the service has asked for messages once more."""
    await wire.until(lambda: wire.journal.count("listening") > before)


async def test_F1_half_open_line(wire: Wire, make_service: MakeService) -> None:
    """A line on which nobody is any more is noticed by its silence and replaced."""
    service = make_service(wire, MIXIN_PING_INTERVAL_S="0.2", MIXIN_PONG_TIMEOUT_S="0.3")
    await service.start()
    before = wire.journal.count("listening")
    wire.line.freeze()
    wire.keep(ping("there?"))

    await _again(wire, before)
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert service.lines("blaze.silent")


async def test_F2_F3_F4_every_end_of_a_line(wire: Wire, service: Service) -> None:
    """Closed with any code, reset between frames or within one: a new line comes, and the open question is answered."""
    await service.start()
    for code in (1000, 1001, 1008, 1011, 1012, 1013, 4000):
        before = wire.journal.count("listening")
        await wire.line.close(code)
        wire.keep(ping(f"after {code}"))
        await _again(wire, before)
        await wire.until_done()
    for size in (0, 1, 3, 50):
        before = wire.journal.count("listening")
        torn = ping(f"torn at {size}")
        wire.keep(torn)
        line = wire.line
        await line.write(websocket_frame(BINARY, torn.frame("CREATE_MESSAGE"))[:size])
        line.abort()
        await _again(wire, before)
        await wire.until_done()

    assert verdict(wire.journal) == []
    assert {line["close_code"] for line in service.lines("blaze.lost")} >= {1000, 1012, 1006}


async def test_F3_unconfirmed_acknowledgements_are_sent_again(wire: Wire, service: Service) -> None:
    """The API goes away in the middle of an acknowledgement: it is repeated, and nothing is said twice."""

    async def cut(event: Event) -> None:
        if event.kind == "ack" and wire.journal.count("ack") <= 2:
            raise Gone

    wire.hook = cut
    await service.start()
    await wire.say(ping("once"))
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert wire.journal.count("ack") == 3


@pytest.mark.parametrize("ahead_s", [-3600.0, 3600.0])
async def test_F5_a_wrong_clock_is_put_right(wire: Wire, service: Service, ahead_s: float) -> None:
    """Refused with 401 for its clock, the service goes by the server's and says so once."""
    wire.clock_ahead_s = ahead_s
    await service.start()
    await wire.say(ping("what time is it"))
    await wire.until_done()

    assert verdict(wire.journal) == []
    (told,) = service.lines("mixin.clock_corrected")
    assert told["offset_s"] == pytest.approx(ahead_s, abs=5)


@pytest.mark.parametrize("how", ["late", "upgrade"])
async def test_F6_check_15_a_revoked_session_stops_the_service(wire: Wire, service: Service, how: str) -> None:
    """Exit code 4 with MB110, at once, after one question at GET /me for each 401, and no storm of attempts."""
    wire.revoked = True
    if how == "upgrade":
        wire.upgrades.append(_refuse(401))
    service.launch()

    assert await service.ended() == 4
    assert len(wire.attempts) == 1
    assert wire.requests <= 4
    (told,) = service.lines("bot.cannot_run")
    assert (told["code"], told["exit_code"]) == ("MB110", 4)


async def test_F6_check_15_revoked_while_it_runs(wire: Wire, service: Service) -> None:
    """A session that dies under a running service ends it too, and what was asked stays with the server."""
    await service.start()
    await wire.say(ping("before"))
    await wire.until_done()
    wire.revoked = True
    await wire.say(ping("after"))

    assert await service.ended() == 4
    assert len(wire.attempts) == 1
    assert wire.requests < 12
    assert [said.text for said in wire.pending.values()] == ["/ping after"]
    assert WELCOME in wire.journal.texts()[0]
    assert wire.journal.texts()[1:] == ["pong before"]


async def test_F7_handshakes_that_fail(wire: Wire, make_service: MakeService) -> None:
    """Hanging, refused, answered with a page or with nothing: tried again until it works."""
    service = make_service(wire, MIXIN_HANDSHAKE_TIMEOUT_S="0.3")
    wire.upgrades.extend(
        (_hang, _refuse(200), _refuse(500), _refuse(503), _refuse(404), _refuse(401), _refuse(302), _cut)
    )
    wire.keep(ping("at last"))
    await service.start()
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert len(wire.attempts) == 9


async def test_F8_attempts_while_refused_are_bounded(wire: Wire, make_service: MakeService) -> None:
    """Refused again and again, the service waits longer and longer, up to the limit, and computes next to nothing."""
    service = make_service(wire, MIXIN_BACKOFF_CAP_S="0.4")
    wire.upgrades.extend([_refuse(503)] * 1000)
    service.launch()
    await wire.until(lambda: len(wire.attempts) >= 3)
    cpu_s, began_at, begun = service.cpu_s(), time.monotonic(), len(wire.attempts)
    await wire.until(lambda: len(wire.attempts) >= begun + 5)

    pauses = [later - earlier for earlier, later in zip(wire.attempts[2:], wire.attempts[3:], strict=False)]
    assert min(pauses) > 0.3
    assert service.cpu_s() - cpu_s < 0.3 * (time.monotonic() - began_at)
    wire.upgrades.clear()
    wire.keep(ping("back again"))
    await wire.until_done()
    assert verdict(wire.journal) == []


@pytest.mark.timeout(120)
async def test_check_14_dropped_twenty_times_at_random(wire: Wire, service: Service) -> None:
    """Every message is answered exactly once, the back-off is in the log, and there is no busy loop."""
    chance = random.Random(14)
    at = set(chance.sample(range(20, 400), 20))
    await service.start()

    async def drop(event: Event) -> None:
        if at and event.number >= min(at) and any(line.listening for line in wire.lines):
            at.remove(min(at))
            await wire.drop()

    wire.hook = drop
    number = 0
    while at:
        before = len(at)
        await wire.say(*(ping(f"word-{number + index}", person(index % 3)) for index in range(4)))
        number += 4
        await wire.until_done()
        if len(at) < before:
            await wire.until_listening()

    assert verdict(wire.journal) == []
    assert len(service.lines("blaze.lost")) == 20
    assert all(line["delay_s"] > 0 for line in service.lines("blaze.retry"))
    assert len(service.lines("blaze.retry")) == len(wire.attempts) - 1 <= 25


async def test_F43_a_frozen_process_comes_back(wire: Wire, make_service: MakeService) -> None:
    """Stopped for longer than pings last, then woken: one line, no burst of pings, and everything answered."""
    service = make_service(wire, MIXIN_PING_INTERVAL_S="0.2", MIXIN_PONG_TIMEOUT_S="0.2")
    await service.start()
    service.signal(signal.SIGSTOP)
    await wire.say(*(ping(f"asleep {index}") for index in range(20)))
    await asyncio.sleep(1.0)  # the time that passes is what is tested
    service.signal(signal.SIGCONT)
    await wire.until_done()
    await wire.say(ping("awake"))
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert len(wire.lines) == 1
    assert len(wire.attempts) <= 2


def _refuse(status: int) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(response(status, b"<html>no</html>", {"Location": "http://127.0.0.1:1/"}))
        await writer.drain()

    return answer


async def _hang(writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def _cut(writer: asyncio.StreamWriter) -> None:
    raise Gone
