"""The whole service on one screen: open everything, pass messages along, and end cleanly."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial

import structlog

from bot.choosing import Choosing
from bot.dispatch import DispatchOptions, open_dispatcher
from bot.flood import Flood
from bot.inspection import backstage_of
from bot.lifetime import beside, one_error, stopping_signals
from bot.minutes import count_minutes
from bot.mixin.account import MixinAccount
from bot.mixin.keystore import Keystore
from bot.nandbox.codec import Hello
from bot.notices import Notices
from bot.oauth import Doorway
from bot.outbox import open_outbox
from bot.pace import Pace
from bot.parts import (
    ALONE,
    Own,
    entrance_of,
    gate_of,
    grants_of,
    open_directory,
    open_files,
    open_platform,
    open_second,
    outbox_options,
    remembering_of,
    sender_options,
    services_of,
    tracing_options,
    web_options,
)
from bot.people import People, PeopleOptions
from bot.platform import Platform
from bot.receipts import Receipts
from bot.reloading import Reloading, on_hangup
from bot.roles import hold
from bot.runner import Runner, RunnerOptions
from bot.sender import Sender
from bot.services import Services
from bot.store import Database, lock_of, open_store
from bot.systemd import READY, stay_alive, tell
from bot.tracing import open_tracing
from bot.upkeep import Upkeep, UpkeepOptions
from bot.version import VERSION
from bot.watchdog import watch_loop
from bot.web import open_web
from config.settings import Settings

log = structlog.get_logger()

OpenPages = Callable[[Services, Callable[[], None], Doorway | None], AbstractAsyncContextManager[object]]
"""Serves a bot's pages while the block runs; the function brings its vitals up to date."""


async def run(settings: Settings, keystore: Keystore, *, takeover: bool = False) -> None:
    """Serve one bot until SIGTERM or SIGINT; a second signal ends the process at once.

    Raises:
        SetupError: Somebody has to change something first; `exit_code` is the process's.
    """
    stop = asyncio.Event()
    role = f"bot:{keystore.app_id}"
    options = web_options(settings, keystore.app_id)

    def pages(
        services: Services, observe: Callable[[], None], doorway: Doorway | None
    ) -> AbstractAsyncContextManager[object]:
        return open_web(services, observe, options, doorway)

    with stopping_signals(stop), one_error():
        async with (
            hold(role, where=lock_of(settings.db.url), takeover=takeover) as held,
            open_store(settings.db.url, auto_migrate=settings.db.auto_migrate) as database,
            watch_loop(),
            beside(stay_alive()),
        ):
            await serve_bot(settings, keystore, database, (stop, held.lost), pages)


async def serve_bot(
    settings: Settings,
    keystore: Keystore,
    database: Database,
    ends: Sequence[asyncio.Event],
    pages: OpenPages,
    own: Own = ALONE,
) -> None:
    """One bot, with nandbox where that is wanted, until one of the events is set and what has begun is finished."""
    async with (
        open_platform(settings, keystore) as mixin,
        open_files(settings, mixin) as attachments,
        open_second(settings, wanted=own.with_nandbox) as nandbox,
        asyncio.TaskGroup() as tasks,
    ):
        store = database.bot(keystore.app_id, of_many=own.of_many)
        grants = await grants_of(settings, mixin, store, path=own.path)
        services = services_of(settings, mixin, store, grants, own)
        services.account, services.attachments = MixinAccount(mixin.api), attachments
        services.entrance, services.gate = entrance_of(settings, store, path=own.path), gate_of(settings, mixin)
        services.backstage = backstage_of(settings, keystore, open_directory)
        services.reload = Reloading(settings, services).reload
        services.remembering = remembering_of(settings, store)
        services.registry = database.registry if own.of_many else None
        if nandbox is not None:
            services.directory, services.second = nandbox.directory, nandbox
            second = services_of(settings, nandbox, database.bot(nandbox.bot_id), own=own)
            second.directory, second.number = nandbox.directory, nandbox.bot_id
            second.attachments = nandbox.files
            nandbox.tell_logins(partial(_learn_name, second))
            tasks.create_task(_serve(settings, second, nandbox, ends), name="nandbox")
        receipts = Receipts(store.ledger)
        mixin.on_receipt = receipts.note
        admins = settings.bot.admins
        callback = f"{settings.web.url}{own.path}/oauth/callback" if grants is not None else ""
        await _serve(
            settings, services, mixin, ends,
            pages=pages, doorway=grants, receipts=receipts, admins=admins, callback=callback,
        )  # fmt: skip


async def _serve(
    settings: Settings,
    services: Services,
    platform: Platform,
    ends: Sequence[asyncio.Event],
    *,
    pages: OpenPages | None = None,
    doorway: Doorway | None = None,
    receipts: Receipts | None = None,
    admins: Sequence[str] = (),
    callback: str = "",
) -> None:
    """One messenger, from its first message to the end of the bot."""
    bot, vitals = settings.bot, services.vitals
    people = People(services.store, platform, services.texts, vitals, PeopleOptions())
    flood = Flood(bot.per_user_per_minute, bot.per_user_burst, notice_every_s=bot.flood_notice_s)
    limits = DispatchOptions(
        bot.max_concurrency, bot.in_flight_limit, bot.lane_limit, backlog_age_s=bot.backlog_max_age_s
    )
    deadline = asyncio.timeout(None)
    try:
        async with (
            open_tracing(tracing_options(settings), system=platform.name, version=VERSION) as traces,
            deadline,
            beside(_until(ends, platform, deadline, bot.drain_s)),
        ):
            pace = Pace(settings.broadcast.rate_per_minute)
            async with open_outbox(platform, vitals, outbox_options(settings), pace) as outbox:
                run_options = RunnerOptions(bot.handler_timeout_s, bot.handler_attempts)
                runner = (Runner if traces is None else traces.runner)(services, people, outbox, run_options)
                outbox.probe = traces
                async with open_dispatcher(runner, outbox, flood, vitals, limits) as dispatcher:
                    upkeep = Upkeep(
                        services, dispatcher, admins, UpkeepOptions(settings.db.keep_days, callback_url=callback)
                    )
                    async with (
                        pages(services, dispatcher.observe, doorway) if pages is not None else nullcontext(),
                        beside(people.run()),
                        beside(upkeep.run()),
                        beside(Sender(services, outbox, sender_options(settings)).run()),
                        beside(count_minutes(vitals)),
                        beside(Choosing(services, pace).run()),
                        beside(services.remembering.run()) if services.remembering is not None else nullcontext(),
                        beside(receipts.run()) if receipts is not None else nullcontext(),
                        beside(Notices(services, dispatcher).run()) if doorway is not None else nullcontext(),
                    ):
                        _settle_garbage()
                        log.info("bot.started", platform=platform.name, bot_id=platform.bot_id)
                        tell(READY)
                        with on_hangup(services.reload):
                            async for message in platform.listen():
                                await dispatcher.submit(message)
            await runner.books.idle()
            await people.flush()
            if services.remembering is not None:
                await services.remembering.end()
    except TimeoutError:
        if not deadline.expired():
            raise
        log.warning("bot.deadline_reached")
    log.info("bot.stopped", platform=platform.name, acknowledged=vitals.acknowledged)


async def _until(ends: Sequence[asyncio.Event], platform: Platform, deadline: asyncio.Timeout, drain_s: float) -> None:
    """Wait for one of the events; then stop listening, and give what has begun `drain_s` to finish."""
    waits = [asyncio.create_task(end.wait()) for end in ends]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    log.info("bot.stopping", deadline_s=drain_s)
    deadline.reschedule(asyncio.get_running_loop().time() + drain_s)
    platform.stop()


def _learn_name(services: Services, hello: Hello) -> None:
    services.name = services.name or hello.name


def _settle_garbage() -> None:
    """What the program is made of is not looked through again. Once is enough for all bots."""
    if gc.get_freeze_count():
        return
    gc.collect()
    gc.freeze()
