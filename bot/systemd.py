"""Tells a supervisor that asked to be told how the process is doing: systemd's `Type=notify` and `WatchdogSec=`.

Source: sd_notify(3), sd_watchdog_enabled(3)
"""

import asyncio
import os
import socket

import structlog

log = structlog.get_logger()

READY = "READY=1\nSTATUS=Serving"
STOPPING = "STOPPING=1\nSTATUS=Finishing what was begun"
ALIVE = "WATCHDOG=1"


def tell(state: str) -> bool:
    """Say one thing; whether anybody was there to hear it. Never fails: a supervisor that is away stops nobody."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as speaker:
            speaker.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
    except OSError as error:
        log.warning("systemd.not_told", reason=error.strerror)
        return False
    return True


async def stay_alive() -> None:
    """Say so twice within the time that the supervisor allows, for as long as the loop turns; until cancelled."""
    limit_s = _limit_s()
    while limit_s:
        tell(ALIVE)
        await asyncio.sleep(limit_s / 2)


def _limit_s() -> float:
    """The supervisor's patience in seconds; 0 without one, or where it waits for another process."""
    micros, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or process not in ("", str(os.getpid())):
        return 0.0
    return int(micros) / 1e6
