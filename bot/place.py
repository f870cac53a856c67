"""One bot of several, on this process: run until it is told to end, and again after whatever else ends it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog

from bot.app import serve_bot
from bot.errors import SetupError, Unavailable
from bot.lifetime import find_error, one_error
from bot.lineup import Entry
from bot.oauth import Doorway
from bot.parts import Own
from bot.registry import What
from bot.services import Services
from bot.store import Database
from bot.web.several import Served
from config.settings import Settings

log = structlog.get_logger()

AGAIN_FIRST_S = 1.0
AGAIN_MOST_S = 60.0
STABLE_S = 120.0
REFUSED_S = 600.0
"""A bot that cannot run as it is, is tried again so late; sooner where its Keystore or its options change."""

Note = Callable[[Entry, What, str], None]


class Place:
    """`state` is `starting`, `running`, `waiting` (to be tried again), `stopped` (it cannot run as it is) or `ending`;
    `services` are the bot's while it runs.
    """

    def __init__(
        self, settings: Settings, database: Database, entry: Entry, note: Note, changed: Callable[[], None]
    ) -> None:
        """`note` keeps what happens to the bot, `changed` is called when there is something new to be seen of it."""
        self.entry = entry
        self.state = "starting"
        self.reason = ""
        self.why = ""
        """Why it ends."""
        self.asked_at = 0.0
        """When it was told to end."""
        self.services: Services | None = None
        self.observe: Callable[[], None] = lambda: None
        self.served: Served | None = None
        self._settings = settings_of(settings, entry)
        self._database = database
        self._note = note
        self._changed = changed
        self._end = asyncio.Event()
        self.task = asyncio.create_task(self._live(), name=entry.role)
        self.task.add_done_callback(lambda _: changed())

    @property
    def connected(self) -> bool:
        return self.services is not None and self.services.platform.connected

    def finish(self, why: str) -> None:
        """Finish what has begun, and end."""
        if not self._end.is_set():
            log.info("role.ending", role=self.entry.role, reason=why)
            self.state, self.why, self.asked_at = "ending", why, asyncio.get_running_loop().time()
            self._end.set()

    async def _live(self) -> None:
        loop, pause_s = asyncio.get_running_loop(), AGAIN_FIRST_S
        while not self._end.is_set():
            began = loop.time()
            try:
                with one_error():
                    await self._run()
            except SetupError as error:
                self._fail("stopped", f"{error.code} {error.args[0]}")
                log.error("bot.cannot_run", bot_id=self.entry.bot_id, code=error.code, reason=error.args[0])
                self._note(self.entry, What.STOPPED, error.code)
                await self._ended_within(REFUSED_S)
            except Exception as error:
                away = find_error(error, Unavailable)
                self._fail("waiting", type(away or error).__name__)
                if away is not None:
                    log.warning("bot.waits", bot_id=self.entry.bot_id, reason=str(away))
                else:
                    log.exception("bot.crashed", bot_id=self.entry.bot_id, again_s=pause_s)
                if loop.time() - began > STABLE_S:
                    pause_s = AGAIN_FIRST_S
                await self._ended_within(pause_s)
                pause_s = min(2 * pause_s, AGAIN_MOST_S)
            finally:
                self.services = None

    def _fail(self, state: str, reason: str) -> None:
        if self.state != "ending":
            self.state = state
        self.reason = reason

    async def _ended_within(self, seconds: float) -> None:
        self.services = None
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._end.wait()

    async def _run(self) -> None:
        if self.state != "ending":
            self.state = "starting"
        with structlog.contextvars.bound_contextvars(bot=self.entry.bot_id):
            await serve_bot(
                self._settings, self.entry.keystore, self._database, (self._end,), self._pages, own_of(self.entry)
            )

    @asynccontextmanager
    async def _pages(
        self, services: Services, observe: Callable[[], None], doorway: Doorway | None
    ) -> AsyncIterator[None]:
        """The process has one web server for all bots, which finds here what is to be seen of this one."""
        self.services, self.observe, self.served = services, observe, Served(services, doorway)
        if self.state != "ending":
            self.state, self.reason = "running", ""
        self._note(self.entry, What.STARTED, "")
        self._changed()
        yield


def own_of(entry: Entry) -> Own:
    """What a bot has of its own; the main one keeps the addresses that it has alone."""
    options = entry.options
    path = "" if entry.main else f"/b/{entry.bot_id}"
    return Own(frozenset(options.without), options.texts, path, with_nandbox=entry.main, of_many=True)


def settings_of(settings: Settings, entry: Entry) -> Settings:
    """The settings as one bot sees them."""
    options, bot = entry.options, settings.bot
    changes: dict[str, Any] = {"admins": options.admins or bot.admins}
    if options.name or not entry.main:
        changes["name"] = options.name
    return settings.model_copy(update={"bot": bot.model_copy(update=changes)})
