"""Much waits at the start, or comes twice, or in the wrong order: answered once each, soon, in little memory.

MIXBOT_E2E_BACKLOG=1000000 python -m pytest tests/e2e/test_backlog.py waits with as many messages as it says.
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.conftest import MakeService, in_plain
from tests.e2e.dialogue import dialogue, hold
from tests.e2e.journal import Event, verdict
from tests.e2e.service import Service
from tests.e2e.views import GROUP, Said, person, ping
from tests.e2e.wire import PROPER, Answer, Wire

BACKLOG = int(os.environ.get("MIXBOT_E2E_BACKLOG", "10000"))
NUMBER = "7000099999"
BUSY = Answer(503, b"busy", accept=False)


@pytest.mark.timeout(60 + BACKLOG // 50)
async def test_F11_T14_a_backlog_is_answered_in_order_from_the_start(wire: Wire, service: Service) -> None:
    """The first reply comes within two seconds of the connection, order is kept, memory stays, a new message waits
    no longer than the rest.
    """
    people = min(BACKLOG, 500)
    began = datetime.now(UTC) - timedelta(days=6)
    wire.keep(
        *(
            ping(f"w{index}", person(index % people), at=began + timedelta(seconds=index % 500_000))
            for index in range(BACKLOG)
        )
    )
    first_at = 0.0

    async def watch(event: Event) -> None:
        nonlocal first_at
        if event.kind == "accepted" and not first_at:
            first_at = time.monotonic()

    wire.hook = watch
    await service.start()
    began_at, idle = time.monotonic(), service.memory()
    await wire.until(lambda: bool(first_at))
    await wire.say(ping("fresh", person(people)))
    await wire.until_done(60 + BACKLOG / 100)
    took_s = time.monotonic() - began_at

    assert first_at - began_at < 2
    assert verdict(wire.journal) == []
    assert service.memory("VmHWM") < max(256, idle + 64)
    assert BACKLOG / took_s > 100
    await service.stop()


@in_plain
async def test_F11_in_groups_only_what_is_meant_for_the_bot_is_answered(wire: Wire, service: Service) -> None:
    """A thousand messages wait in a group: those that call the bot are answered in order, the rest acknowledged."""
    wire.keep(ping("me", person(1)))
    await service.start()
    await wire.until_done()
    await service.stop()
    for index in range(1000):
        who = person(index % 7)
        called = index % 10 == 0
        text = f"@{NUMBER} /ping g{index}" if called else f"chatter {index}"
        wire.keep(Said(text, f"pong g{index}" if called else "", who, GROUP))
    await service.start()
    await wire.until_done()

    assert verdict(wire.journal) == []


async def test_F12_duplicates_at_once_later_and_after_a_restart(wire: Wire, service: Service) -> None:
    """Every message comes three times, again after its acknowledgement, and again after a restart: one answer each."""
    wire.copies = 3
    await service.start()
    await hold(wire, dialogue())
    for _ in range(2):
        said = list(wire.journal.said.values())
        acked = wire.journal.count("acked")
        wire.pending.update({each.id: each for each in said})
        await wire.say(*said)
        await wire.until_done()
        assert wire.journal.count("acked") > acked
        assert verdict(wire.journal) == []
        await service.stop()
        await service.start()

    assert verdict(wire.journal) == []


async def test_F13_messages_out_of_order_are_answered_without_waiting(wire: Wire, service: Service) -> None:
    """Delivered in random order, everything is answered, and nothing waits for a gap to be filled."""
    wire.shuffle = random.Random(13)
    await service.start()
    await wire.say(*(ping(f"r{index}", person(index % 5)) for index in range(200)))
    await wire.until_done()

    assert verdict(wire.journal, ordered=False) == []


async def test_F10_a_full_house_makes_the_server_wait(wire: Wire, make_service: MakeService) -> None:
    """While the API stands still, no more is taken in than the limit says; afterwards everything is answered."""
    service = make_service(wire, MIXBOT_IN_FLIGHT_LIMIT="50", MIXBOT_LANE_LIMIT="10")
    await service.start()
    await wire.say(ping("before"))
    await wire.until_done()
    before = service.memory()
    wire.weather = lambda path: BUSY if path == "/messages" else PROPER
    wire.keep(*(ping(f"f{index}", person(index % 50)) for index in range(3000)))
    await wire.drop()
    await wire.until(lambda: wire.journal.count("post") > 20)
    assert service.memory() - before < 32
    wire.weather = lambda path: PROPER
    await wire.until_done(40)

    assert verdict(wire.journal) == []
