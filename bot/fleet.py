"""Several bots in one process, and several processes that share them: who runs what, and what happens when one fails.

Each bot is a task of its own: whatever becomes of it, the others go on. Which bots run here is decided by `bot.share`;
nothing that must not happen twice depends on that, see architecture.md, 6.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.errors import EXIT_AGAIN, NotKept, ServiceError, SetupError, Unavailable
from bot.lifetime import beside, one_error, stopping_signals
from bot.lineup import Entry, Lineup
from bot.mixin.account import MixinAccount
from bot.parts import entrance_of, gate_of, grants_of, open_platform, services_of, web_options
from bot.place import Place, own_of, settings_of
from bot.registry import Move, ProcessRecord, What
from bot.roles import hold
from bot.services import Services
from bot.share import Everything, Lost, Share, new_process_number, open_share, process_name
from bot.store import Database, lock_of, open_store
from bot.systemd import READY, stay_alive, tell
from bot.vault import read_keyring
from bot.version import VERSION
from bot.watchdog import watch_loop
from bot.web import WebOptions
from bot.web.several import Door, Here, Served, open_door, pages_of_several
from config.settings import Settings

log = structlog.get_logger()

LOOK_S = 2.0
"""So often it is looked for bots that came, went or changed."""
AGAIN_S = 1.0
STUCK_S = 10.0
"""Beyond its own deadline, a bot that was told to end has so long; then the process ends instead."""
KEEP_MOVES = timedelta(days=30)
MOST_MOVES = 1000
NO_BOTS = "MB352"


async def run_fleet(settings: Settings, main: Entry | None, *, takeover: bool = False) -> None:
    """Serve all bots that there are until SIGTERM or SIGINT; a second signal ends the process at once.

    Raises:
        SetupError: Somebody has to change something first, and no bot could run before.
    """
    stop = asyncio.Event()
    where = lock_of(settings.db.url)
    _name_bots_in_log()
    with stopping_signals(stop), one_error():
        async with AsyncExitStack() as stack:
            if isinstance(where, Path):
                await stack.enter_async_context(hold("fleet", where=where, takeover=takeover))
            database = await stack.enter_async_context(
                open_store(settings.db.url, auto_migrate=settings.db.auto_migrate)
            )
            door = await stack.enter_async_context(open_door(web_options(settings, "")))
            await stack.enter_async_context(watch_loop())
            await stack.enter_async_context(beside(stay_alive()))
            fleet = Fleet(settings, database, _lineup(settings, database, main), door)
            await fleet.run(stop, where)


def _name_bots_in_log() -> None:
    """Each line of a bot tells which one it is."""
    processors = structlog.get_config()["processors"]
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, *processors])


def _lineup(settings: Settings, database: Database, main: Entry | None) -> Lineup:
    keyring = settings.web.secret_key.get_secret_value()
    folder = Path(settings.fleet.keystores) if settings.fleet.keystores else None
    if folder is not None and not folder.is_dir():
        raise SetupError("MB350", f"MIXBOT_KEYSTORES names {folder}, which is no folder. Put the Keystores into one.")
    vault = read_keyring(keyring) if keyring.strip() else None
    return Lineup(database.registry, folder=folder, vault=vault, main=main)


class Fleet(Here):
    """What this process does for a fleet, also one of a single process."""

    def __init__(self, settings: Settings, database: Database, lineup: Lineup, door: Door) -> None:
        self._settings = settings
        self._database = database
        self._lineup = lineup
        self._door = door
        self._entries: Mapping[str, Entry] = {}
        self._places: dict[str, Place] = {}
        self._fronts: dict[str, tuple[str, AsyncExitStack, Served]] = {}
        self._showing = asyncio.Lock()
        self._shown: object = None
        self._looked_at = float("-inf")
        self._wake = asyncio.Event()
        self._moves: deque[Move] = deque(maxlen=MOST_MOVES)
        self._moved = asyncio.Event()
        self._sharing = False
        self._trouble = ""
        self._name = process_name()

    async def run(self, stop: asyncio.Event, where: Path | str) -> None:
        """Until `stop` is set and all that has begun is finished."""
        try:
            async with beside(self._write_moves()), beside(self._wake_by(stop)):
                if await self._look() and not self._entries:
                    log.warning("fleet.no_bots", code=NO_BOTS, hint="Add one: mixbot bot add FILE.")
                while not stop.is_set():
                    try:
                        async with self._shared(where) as share:
                            self._trouble, self._sharing = "", True
                            tell(READY)
                            await self._serve(share, stop)
                    except Lost as lost:
                        self._trouble = f"the database: {lost}"
                        log.error("fleet.roles_lost", reason=str(lost), roles=len(self._places))
                        self._sharing = False
                        await self._end_all(f"lost: {lost}")
                        with suppress(TimeoutError):
                            async with asyncio.timeout(AGAIN_S):
                                await stop.wait()
        finally:
            for _, stack, _ in self._fronts.values():
                await stack.aclose()
        log.info("fleet.stopped")

    def _shared(self, where: Path | str) -> AbstractAsyncContextManager[Share]:
        if isinstance(where, Path):
            return _everything()
        roles = " ".join(one for one in self._settings.fleet.roles if one != "none")
        process = ProcessRecord(new_process_number(), self._name, VERSION, roles, datetime.now(UTC))
        return open_share(where, self._database.registry, process)

    async def _serve(self, share: Share, stop: asyncio.Event) -> None:
        """Take, give and look around, until it is time to stop; then finish all, and let go as it is finished."""
        while not stop.is_set():
            self._wake.clear()
            await self._look()
            wanted = {entry.role: entry for entry in self._entries.values() if not entry.paused}
            step = await share.step(wanted.keys())
            for role in step.taken:
                self._begin(wanted[role], "free")
            if step.give in self._places:
                self._places[step.give].finish("spread")
            for role, place in list(self._places.items()):
                entry = wanted.get(role)
                if entry is None:
                    place.finish("paused" if place.entry.bot_id in self._entries else "removed")
                elif entry.stamp != place.entry.stamp:
                    place.finish("changed")
            await self._reap(share, wanted)
            async with self._showing:
                with suppress(SetupError, ServiceError):  # whoever asks for these pages hears why
                    await self._show()
            await share.wait(self._wake)
        await share.leave()
        for place in self._places.values():
            place.finish("stopping")
        while self._places:
            self._wake.clear()
            await self._reap(share, {})
            if self._places:
                await share.step(())
                await share.wait(self._wake)

    async def _reap(self, share: Share, wanted: Mapping[str, Entry]) -> None:
        """Let go of what is finished, or begin it anew where only its Keystore or its options changed."""
        now = asyncio.get_running_loop().time()
        for role, place in list(self._places.items()):
            if place.task.done():
                del self._places[role]
                entry = wanted.get(role)
                if place.why == "changed" and entry is not None:
                    self._begin(entry, "changed")
                else:
                    await share.release(role)
                    self._note(place.entry, What.RELEASED, place.why)
            elif place.asked_at and now - place.asked_at > self._settings.bot.drain_s + STUCK_S:
                await self._cancel(place)

    async def _cancel(self, place: Place) -> None:
        """A bot that does not end is cancelled; one that cannot be cancelled takes the process with it."""
        log.error("role.stuck", role=place.entry.role)
        place.task.cancel()
        await asyncio.wait([place.task], timeout=STUCK_S)
        if not place.task.done():
            log.critical("role.cannot_be_cancelled", role=place.entry.role, exit_code=EXIT_AGAIN)
            await asyncio.sleep(0)  # the log writes its lines at the end of a turn
            os._exit(EXIT_AGAIN)

    async def _end_all(self, why: str) -> None:
        """The roles are lost: end everything, and sooner than usual, for others may have begun."""
        for place in self._places.values():
            place.finish(why)
        tasks = [place.task for place in self._places.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=self._settings.bot.drain_s + STUCK_S)
        for place in list(self._places.values()):
            if not place.task.done():
                await self._cancel(place)
            self._note(place.entry, What.RELEASED, why)
        self._places.clear()

    # One bot

    def _begin(self, entry: Entry, why: str) -> None:
        log.info("role.taken", role=entry.role, reason=why)
        self._note(entry, What.TAKEN, why)
        self._places[entry.role] = Place(self._settings, self._database, entry, self._note, self._wake.set)

    # Who is there

    async def _look(self) -> bool:
        """Read anew which bots there are, and whether that is known; while it is not, those stay that were there."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < LOOK_S:
            return True
        self._looked_at = now
        try:
            self._entries = await self._lineup.read()
        except NotKept as error:
            log.warning("fleet.lineup_unknown", reason=str(error))
            return False
        return True

    async def _show(self) -> None:
        """Bring the pages up to date: those of bots that run here are live, others are opened when asked for."""
        main = next((entry.bot_id for entry in self._entries.values() if entry.main), "")
        live = {place.entry.bot_id: place for place in self._places.values() if place.services is not None}
        if main and main not in live and main not in self._fronts:
            await self._open_front(main)
        for bot_id, (stamp, stack, _) in list(self._fronts.items()):
            entry = self._entries.get(bot_id)
            if bot_id in live or entry is None or entry.stamp != stamp:
                del self._fronts[bot_id]
                await stack.aclose()
        served = {bot_id: one for bot_id, (_, _, one) in self._fronts.items()}
        served |= {bot_id: place.served for bot_id, place in live.items() if place.served is not None}
        shown = (main, frozenset(self._entries), {bot_id: id(one.services) for bot_id, one in served.items()})
        if shown != self._shown:
            self._shown = shown
            await self._door.show(pages_of_several(self, served, self._entries, main, self._web_options))

    def _web_options(self, bot_id: str) -> WebOptions:
        return web_options(self._settings, bot_id)

    async def open(self, bot_id: str) -> None:
        """Make the pages of a bot that runs elsewhere, or nowhere; they stay as long as the bot stays as it is."""
        async with self._showing:
            if bot_id not in self._fronts:
                await self._open_front(bot_id)
            await self._show()

    async def _open_front(self, bot_id: str) -> None:
        entry, stack = self._entries[bot_id], AsyncExitStack()
        try:
            self._fronts[bot_id] = entry.stamp, stack, await self._front(entry, stack)
        except (SetupError, ServiceError):
            await stack.aclose()
            raise

    async def _front(self, entry: Entry, stack: AsyncExitStack) -> Served:
        settings, own = settings_of(self._settings, entry), own_of(entry)
        mixin = await stack.enter_async_context(open_platform(settings, entry.keystore))
        store = self._database.bot(entry.bot_id)
        grants = await grants_of(settings, mixin, store, path=own.path)
        services = services_of(settings, mixin, store, grants, own)
        services.account, services.registry = MixinAccount(mixin.api), self._database.registry
        services.entrance, services.gate = entrance_of(settings, store, path=own.path), gate_of(settings, mixin)
        return Served(services, grants)

    def running(self) -> Mapping[str, Services]:
        found = {}
        for place in self._places.values():
            if place.services is not None:
                place.observe()
                found[place.entry.bot_id] = place.services
        return found

    def report(self) -> Mapping[str, Any]:
        """Ready: it takes part, and of the bots that run here at least one is connected, if there are any."""
        places = list(self._places.values())
        running = [place for place in places if place.services is not None]
        reasons = [] if self._sharing else [self._trouble or "not yet begun"]
        if running and not any(place.connected for place in running):
            reasons.append("no bot here is connected")
        stopped = [place for place in places if place.state == "stopped"]
        return {
            "ready": not reasons,
            "reasons": reasons,
            "bots": len(self._entries),
            "running": len(running),
            "stopped": len(stopped),
            "here": {place.entry.bot_id: f"{place.state} {place.reason}".strip() for place in places},
        }

    # What moved

    def _note(self, entry: Entry, what: What, reason: str) -> None:
        self._moves.append(Move(entry.bot_id, datetime.now(UTC), what, reason, self._name))
        self._moved.set()

    async def _write_moves(self) -> None:
        """Keep what moved; while the database is away it waits here, as far as there is room."""
        registry = self._database.registry
        with suppress(Unavailable):
            await registry.prune_moves(datetime.now(UTC) - KEEP_MOVES)
        while True:
            await self._moved.wait()
            self._moved.clear()
            new = list(self._moves)
            try:
                await registry.note(new)
            except Unavailable as error:
                log.warning("fleet.moves_unknown", reason=str(error))
                self._moved.set()
                await asyncio.sleep(AGAIN_S)
            else:
                for _ in new:
                    self._moves.popleft()

    async def _wake_by(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()


@asynccontextmanager
async def _everything() -> AsyncIterator[Share]:
    yield Everything()
