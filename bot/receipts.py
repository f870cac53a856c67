"""Receipts of broadcasts: collected for a moment, then noted in the ledger together."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from bot.errors import Unavailable
from bot.ledger import Ledger

log = structlog.get_logger()

MOST = 50_000
"""Receipts that wait to be noted; what comes beyond is lost, and only the numbers of delivered and read suffer."""
PORTION = 1_000
EVERY_S = 1.0
FOR_DAYS = 8
"""How long after the start of a broadcast receipts of it may come: the messenger keeps messages for seven days."""


class Receipts:
    """Give `note` to the platform as who is told."""

    def __init__(self, ledger: Ledger, every_s: float = EVERY_S) -> None:
        self._ledger = ledger
        self._every_s = every_s
        self._waiting: dict[str, str] = {}

    def note(self, message_id: str, status: str) -> None:
        """`DELIVERED` or `READ`, of any message of ours."""
        if len(self._waiting) < MOST:
            self._waiting[message_id] = "READ" if "READ" in (status, self._waiting.get(message_id)) else status

    async def run(self) -> None:
        """Write them down now and then, until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.flush()
            except Unavailable:
                log.warning("broadcast.receipts_waiting", receipts=len(self._waiting))

    async def flush(self) -> None:
        if not self._waiting:
            return
        latest = await self._ledger.latest_start()
        if latest is None or datetime.now(UTC) - latest > timedelta(days=FOR_DAYS):
            self._waiting.clear()
        while self._waiting:
            portion = dict(list(self._waiting.items())[:PORTION])
            for status in ("DELIVERED", "READ"):
                if ids := [message_id for message_id, found in portion.items() if found == status]:
                    await self._ledger.see(ids, read=status == "READ")
            for message_id, status in portion.items():
                if self._waiting.get(message_id) == status:
                    del self._waiting[message_id]
