"""Which process runs which bot: a role such as `bot:<app id>` is held by one live process at a time.

On one machine the lock is a file beside the database. With PostgreSQL it is an advisory lock: the server frees it when
the holder's session ends, so there is no lease clock of ours. Nothing that must not happen twice depends on a role
being exclusive: see architecture.md, 6.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bot.lockfile import hold_file

log = structlog.get_logger()

TAKEOVER_S = 20.0
"""How long the first process has to finish: its own limit for that is 10 s."""


@dataclass(frozen=True)
class Held:
    """`lost` is set when the role is no longer ours, or another process asks for it: finish cleanly, and soon."""

    role: str
    lost: asyncio.Event = field(default_factory=asyncio.Event)


@asynccontextmanager
async def hold(
    role: str, *, where: Path | str, takeover: bool = False, takeover_s: float = TAKEOVER_S
) -> AsyncIterator[Held]:
    """Hold a role while the block runs. `where` is a lock file, or the address of a PostgreSQL database.

    With `takeover` the process that holds it is asked to finish, and waited for: by SIGTERM on this host, by a
    notification in PostgreSQL, whose server ends the other's session in case that it does not listen.

    Raises:
        SetupError: MB131, another process holds it, or does not let go; MB204, the lock cannot be reached.
    """
    held = Held(role)
    if isinstance(where, Path):
        lock = hold_file(where, takeover, takeover_s)
    else:
        from bot.advisory import hold_lock  # its driver is not loaded where there is no PostgreSQL

        lock = hold_lock(role, held.lost, where, takeover, takeover_s)
    async with lock:
        log.info("role.held", role=role)
        try:
            yield held
        finally:
            log.info("role.released", role=role)
