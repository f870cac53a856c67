"""A hostile server, and services that are started towards it.

MIXBOT_E2E_UNDER_SEAL=0.1 python -m pytest tests/e2e lets everybody who talks to them have Message Encryption on, and
another device with that probability at each message of the bot.
"""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.phones import Phones
from tests.e2e.service import Nursery, Service
from tests.e2e.wire import Wire, open_wire

MakeService = Callable[..., Service]
UNDER_SEAL = os.environ.get("MIXBOT_E2E_UNDER_SEAL", "")
in_plain = pytest.mark.skipif(bool(UNDER_SEAL), reason="speaks of what is said in plain")


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    if sys.platform != "linux":
        pytest.skip("needs Linux: services are watched through /proc and pidfd")
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with open_wire() as opened:
        yield opened


@pytest.fixture
async def make_service(nursery: Nursery, tmp_path: Path) -> AsyncIterator[MakeService]:
    """Services that are gone after the test; each has a directory of its own unless one is named."""
    made: list[Service] = []

    def make(wire: Wire, home: Path | None = None, **settings: Any) -> Service:
        home = home or tmp_path / f"service-{len(made)}"
        home.mkdir(exist_ok=True)
        made.append(Service(nursery, wire, home, **settings))
        if UNDER_SEAL:
            wire.phones = Phones(home, changing=float(UNDER_SEAL))
        return made[-1]

    yield make
    for service in made:
        await service.clean_up()


@pytest.fixture
async def service(make_service: MakeService, wire: Wire) -> Service:
    """The service, not yet started."""
    return make_service(wire)
