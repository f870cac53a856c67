"""The whole service on one screen: open everything, pass messages along, and end cleanly."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bot.command import Commands, Services, discover
from bot.directory import Directory
from bot.dispatch import DispatchOptions, open_dispatcher
from bot.flood import Flood
from bot.keyring import fitting_vault
from bot.lifetime import beside, one_error, stopping_signals
from bot.mixin.account import MixinAccount
from bot.mixin.attachments import AttachmentOptions, MixinAttachments, open_attachments
from bot.mixin.grants import MixinGrants, OAuthOptions
from bot.mixin.hosts import choose_hosts, is_loopback
from bot.mixin.keystore import Keystore
from bot.mixin.oauth import PAGE_URL
from bot.mixin.options import BlazeOptions, MixinOptions
from bot.mixin.platform import Mixin, open_mixin
from bot.nandbox.account import Account, nandbox_account
from bot.nandbox.codec import Hello
from bot.nandbox.options import LineOptions
from bot.nandbox.platform import Nandbox, open_nandbox
from bot.notices import Notices
from bot.oauth import Doorway
from bot.outbox import OutboxOptions, open_outbox
from bot.pace import Pace
from bot.people import People, PeopleOptions
from bot.platform import Platform
from bot.receipts import Receipts
from bot.records import Store
from bot.roles import hold
from bot.runner import Runner, RunnerOptions
from bot.sender import Sender, SenderOptions
from bot.store import lock_of, open_store
from bot.texts import DEFAULT_LANGUAGE, load_texts
from bot.upkeep import Upkeep, UpkeepOptions
from bot.version import VERSION
from bot.vitals import Vitals
from bot.watchdog import watch_loop
from bot.web import WebOptions, open_web
from config.settings import Settings

log = structlog.get_logger()

GARBAGE_EVERY = 50_000
"""New objects between two looks at the young ones."""

LOCALES = Path(__file__).parent.parent / "config" / "locales"


async def run(settings: Settings, keystore: Keystore, *, takeover: bool = False) -> None:
    """Serve one bot until SIGTERM or SIGINT; a second signal ends the process at once.

    Raises:
        SetupError: Somebody has to change something first; `exit_code` is the process's.
    """
    stop = asyncio.Event()
    role = f"bot:{keystore.app_id}"
    with stopping_signals(stop), one_error():
        async with (
            hold(role, where=lock_of(settings.db.url), takeover=takeover) as held,
            open_store(settings.db.url, auto_migrate=settings.db.auto_migrate) as database,
            _open_platform(settings, keystore) as mixin,
            _open_files(settings, mixin) as attachments,
            _open_second(settings) as nandbox,
            watch_loop(),
            asyncio.TaskGroup() as tasks,
        ):
            ends = (stop, held.lost)
            store = database.bot(keystore.app_id)
            grants = await grants_of(settings, mixin, store)
            services = _services(settings, mixin, store, grants)
            services.account, services.attachments = MixinAccount(mixin.api), attachments
            if nandbox is not None:
                services.directory, services.second = nandbox.directory, nandbox
                second = _services(settings, nandbox, database.bot(nandbox.bot_id))
                second.directory, second.number = nandbox.directory, nandbox.bot_id
                second.attachments = nandbox.files
                nandbox.tell_logins(partial(_learn_name, second))
                tasks.create_task(_serve(settings, second, nandbox, ends), name="nandbox")
            receipts = Receipts(store.ledger)
            mixin.on_receipt = receipts.note
            web, admins = _web_options(settings, mixin.bot_id), settings.bot.admins
            await _serve(settings, services, mixin, ends, web=web, doorway=grants, receipts=receipts, admins=admins)


async def _serve(
    settings: Settings,
    services: Services,
    platform: Platform,
    ends: Sequence[asyncio.Event],
    *,
    web: WebOptions | None = None,
    doorway: Doorway | None = None,
    receipts: Receipts | None = None,
    admins: Sequence[str] = (),
) -> None:
    """One messenger, from its first message to the end of the process."""
    bot, vitals = settings.bot, services.vitals
    people = People(services.store, platform, services.texts, vitals, PeopleOptions())
    flood = Flood(bot.per_user_per_minute, bot.per_user_burst, notice_every_s=bot.flood_notice_s)
    limits = DispatchOptions(
        bot.max_concurrency, bot.in_flight_limit, bot.lane_limit, backlog_age_s=bot.backlog_max_age_s
    )
    callback = f"{settings.web.url}/oauth/callback" if doorway is not None else ""
    deadline = asyncio.timeout(None)
    try:
        async with deadline, beside(_until(ends, platform, deadline, bot.drain_s)):
            pace = Pace(settings.broadcast.rate_per_minute)
            async with open_outbox(platform, vitals, _outbox_options(settings), pace) as outbox:
                runner = Runner(services, people, outbox, RunnerOptions(bot.handler_timeout_s, bot.handler_attempts))
                async with open_dispatcher(runner, outbox, flood, vitals, limits) as dispatcher:
                    upkeep = Upkeep(
                        services, dispatcher, admins, UpkeepOptions(settings.db.keep_days, callback_url=callback)
                    )
                    async with (
                        open_web(services, dispatcher.observe, web, doorway) if web is not None else nullcontext(),
                        beside(people.run()),
                        beside(upkeep.run()),
                        beside(Sender(services, outbox, _sender_options(settings)).run()),
                        beside(receipts.run()) if receipts is not None else nullcontext(),
                        beside(Notices(services, dispatcher).run()) if doorway is not None else nullcontext(),
                    ):
                        _settle_garbage()
                        log.info("bot.started", platform=platform.name, bot_id=platform.bot_id)
                        async for message in platform.listen():
                            await dispatcher.submit(message)
            await runner.books.idle()
            await people.flush()
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


# Opening the parts


@asynccontextmanager
async def _open_platform(settings: Settings, keystore: Keystore) -> AsyncIterator[Mixin]:
    mixin = settings.mixin
    hosts = choose_hosts(
        mixin.route, api_url=mixin.api_url, blaze_url=mixin.blaze_url, allow_plain=mixin.allow_insecure
    )
    blaze = BlazeOptions(
        handshake_timeout_s=mixin.handshake_timeout_s,
        ping_every_s=mixin.ping_interval_s,
        pong_wait_s=mixin.pong_timeout_s,
        backoff_most_s=mixin.backoff_cap_s,
        stable_after_s=mixin.stable_after_s,
    )
    options = MixinOptions(
        blaze,
        request_timeout_s=mixin.http_timeout_s,
        signed_answers=mixin.signed_answers,
        link_hosts=(urlsplit(settings.web.url).hostname or "",),
    )
    async with open_mixin(keystore, hosts, options) as opened:
        yield opened


@asynccontextmanager
async def _open_second(settings: Settings) -> AsyncIterator[Nandbox | None]:
    """nandbox, or nothing without a token; that it is away or refuses the token stops nobody."""
    account = nandbox_of(settings)
    if account is None:
        yield None
        return
    async with open_nandbox(account, LineOptions(request_timeout_s=settings.nandbox.timeout_s)) as nandbox:
        yield nandbox


@asynccontextmanager
async def _open_files(settings: Settings, mixin: Mixin) -> AsyncIterator[MixinAttachments]:
    """The storage may be on this machine only if the API is."""
    host = urlsplit(settings.mixin.api_url).hostname or ""
    async with open_attachments(mixin.api, AttachmentOptions(loopback=is_loopback(host))) as attachments:
        yield attachments


@asynccontextmanager
async def open_directory(settings: Settings) -> AsyncIterator[Directory | None]:
    """The people of nandbox alone, or nothing without a token."""
    async with _open_second(settings) as nandbox:
        yield nandbox.directory if nandbox is not None else None


def nandbox_of(settings: Settings) -> Account | None:
    """Who the bot is at nandbox, or nothing without a token.

    Raises:
        SetupError: MB155 or MB156.
    """
    one = settings.nandbox
    return nandbox_account(
        one.token.get_secret_value(), one.uri, one.app_id, one.upload_url, one.download_url,
        one.config.get_secret_value(),
    )  # fmt: skip


async def grants_of(settings: Settings, mixin: Mixin, store: Store) -> MixinGrants | None:
    """What people allow; nothing where the service has no key to seal it with.

    Raises:
        SetupError: MB144, MB145 or MB146: the key is another one, no key, or missing.
    """
    keyring = settings.web.secret_key.get_secret_value()
    vault = await fitting_vault(keyring, store, wanted=bool(settings.web.public_url))
    if vault is None:
        return None
    options = OAuthOptions(
        settings.web.url,
        settings.mixin.oauth_url or PAGE_URL,
        tuple(settings.mixin.oauth_scope.split()),
        settings.mixin.client_secret.get_secret_value(),
    )
    return MixinGrants(mixin, store, vault, options)


def _learn_name(services: Services, hello: Hello) -> None:
    services.name = services.name or hello.name


def _services(settings: Settings, platform: Platform, store: Store, grants: MixinGrants | None = None) -> Services:
    texts = load_texts(LOCALES)
    return Services(
        texts,
        Commands(discover("handlers"), texts, platform.name),
        platform,
        store,
        Vitals(),
        name=settings.bot.name,
        version=VERSION,
        source_url=settings.bot.source_url,
        privacy_url=settings.bot.privacy_url,
        grants=grants,
        undo_s=settings.broadcast.undo_seconds,
        language=DEFAULT_LANGUAGE if settings.bot.locale == "auto" else settings.bot.locale,
    )


def _sender_options(settings: Settings) -> SenderOptions:
    broadcast = settings.broadcast
    return SenderOptions(
        broadcast.requests,
        failure_pause_percent=broadcast.failure_pause_percent,
        late_s=broadcast.late_seconds,
    )


def _outbox_options(settings: Settings) -> OutboxOptions:
    mixin = settings.mixin
    return OutboxOptions(
        mixin.send_requests,
        mixin.linger_ms / 1000,
        mixin.ack_requests,
        mixin.ack_linger_ms / 1000,
        retry_cap_s=mixin.backoff_cap_s,
    )


def _web_options(settings: Settings, bot_id: str) -> WebOptions:
    web, metrics = settings.web, settings.metrics
    return WebOptions(
        web.host,
        web.port,
        web.ready_stale_s,
        web.ready_oldest_s,
        metrics.enabled,
        metrics.token.get_secret_value(),
        web.url,
        f"{settings.mixin.oauth_url or PAGE_URL}/users/{bot_id}",
    )


def _settle_garbage() -> None:
    """What the program is made of is not looked through again; what messages leave behind is, less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_EVERY, 20, 20)
