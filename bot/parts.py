"""What a bot is made of, opened and put together as the settings say."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from bot.command import Commands, discover
from bot.directory import Directory
from bot.entrance import Entrance
from bot.keyring import fitting_vault
from bot.mixin.attachments import AttachmentOptions, MixinAttachments, open_attachments
from bot.mixin.gate import MixinGate
from bot.mixin.grants import MixinGrants, OAuthOptions
from bot.mixin.hosts import choose_hosts
from bot.mixin.keystore import Keystore
from bot.mixin.oauth import PAGE_URL
from bot.mixin.options import BlazeOptions, MixinOptions
from bot.mixin.platform import Mixin, open_mixin
from bot.nandbox.account import Account, nandbox_account
from bot.nandbox.options import LineOptions
from bot.nandbox.platform import Nandbox, open_nandbox
from bot.outbox import OutboxOptions
from bot.platform import Platform
from bot.records import Store
from bot.remembering import Remembering
from bot.sender import SenderOptions
from bot.services import Services
from bot.shelf import Shelf
from bot.steering import Limits
from bot.store.location import locate
from bot.texts import DEFAULT_LANGUAGE, load_texts
from bot.tracing import TracingOptions
from bot.version import VERSION
from bot.vitals import Vitals
from bot.web import WebOptions
from config.loopback import is_loopback
from config.settings import Settings

LOCALES = Path(__file__).parent.parent / "config" / "locales"


@dataclass(frozen=True, slots=True)
class Own:
    """What one bot of several has of its own. `without` are commands that it does not have, `texts` what it says
    otherwise than the others; `path` is where browsers find its pages, after the service's own address.
    """

    without: frozenset[str] = frozenset()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    path: str = ""
    with_nandbox: bool = True
    of_many: bool = False


ALONE = Own()
"""The only bot of its process."""


@asynccontextmanager
async def open_platform(settings: Settings, keystore: Keystore) -> AsyncIterator[Mixin]:
    """Mixin for one bot; the line is made when somebody listens."""
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
async def open_second(settings: Settings, *, wanted: bool = True) -> AsyncIterator[Nandbox | None]:
    """nandbox, or nothing without a token; that it is away or refuses the token stops nobody."""
    account = nandbox_of(settings) if wanted else None
    if account is None:
        yield None
        return
    async with open_nandbox(account, LineOptions(request_timeout_s=settings.nandbox.timeout_s)) as nandbox:
        yield nandbox


@asynccontextmanager
async def open_files(settings: Settings, mixin: Mixin) -> AsyncIterator[MixinAttachments]:
    """The storage may be on this machine only if the API is."""
    host = urlsplit(settings.mixin.api_url).hostname or ""
    options = AttachmentOptions(loopback=is_loopback(host))
    async with open_attachments(mixin.api, options, mixin.capability) as attachments:
        yield attachments


@asynccontextmanager
async def open_directory(settings: Settings) -> AsyncIterator[Directory | None]:
    """The people of nandbox alone, or nothing without a token."""
    async with open_second(settings) as nandbox:
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


async def grants_of(settings: Settings, mixin: Mixin, store: Store, *, path: str = "") -> MixinGrants | None:
    """What people allow; nothing where the service has no key to seal it with.

    Raises:
        SetupError: MB144, MB145 or MB146: the key is another one, no key, or missing.
    """
    keyring = settings.web.secret_key.get_secret_value()
    vault = await fitting_vault(keyring, store, wanted=bool(settings.web.public_url))
    if vault is None:
        return None
    options = OAuthOptions(
        settings.web.url + path,
        settings.mixin.oauth_url or PAGE_URL,
        tuple(settings.mixin.oauth_scope.split()),
        settings.mixin.client_secret.get_secret_value(),
    )
    return MixinGrants(mixin, store, vault, options)


def entrance_of(settings: Settings, store: Store, *, path: str = "") -> Entrance | None:
    """The way into the console; nothing where it is switched off."""
    if not settings.console.enabled:
        return None
    return Entrance(store.logins, settings.web.url + path, timedelta(hours=settings.console.session_hours))


def gate_of(settings: Settings, mixin: Mixin) -> MixinGate:
    """Who asks Mixin who somebody is that wants to come in."""
    return MixinGate(mixin, settings.mixin.oauth_url or PAGE_URL, settings.mixin.client_secret.get_secret_value())


def remembering_of(settings: Settings, store: Store) -> Remembering | None:
    """Who keeps what is said; nobody where it is not to be kept."""
    days = settings.console.message_days
    return Remembering(store, days) if settings.console.enabled and days else None


def shelf_of(settings: Settings, bot_id: str) -> Shelf:
    """Beside the database, each bot's files apart."""
    folder = locate(settings.db.url).directory / "files" / bot_id
    return Shelf(folder, keep_days=settings.bot.file_days, most_bytes=settings.bot.file_mb * 1024**2)


def services_of(
    settings: Settings, platform: Platform, store: Store, grants: MixinGrants | None = None, own: Own = ALONE
) -> Services:
    """What all handlers of one bot share on one messenger."""
    texts = load_texts(LOCALES).saying(own.texts)
    known = [each for each in discover("handlers") if each.name not in own.without]
    return Services(
        texts,
        Commands(known, texts, platform.name),
        platform,
        store,
        Vitals(),
        name=settings.bot.name,
        version=VERSION,
        source_url=settings.bot.source_url,
        privacy_url=settings.bot.privacy_url,
        grants=grants,
        shelf=shelf_of(settings, platform.bot_id),
        undo_s=settings.broadcast.undo_seconds,
        limits=limits_of(settings),
        rate_per_minute=settings.broadcast.rate_per_minute,
        language=DEFAULT_LANGUAGE if settings.bot.locale == "auto" else settings.bot.locale,
    )


def limits_of(settings: Settings) -> Limits:
    """What one admin may not do alone."""
    one = settings.broadcast
    return Limits(one.per_admin_per_day, one.second_admin_over, one.confirm_over)


def sender_options(settings: Settings) -> SenderOptions:
    broadcast = settings.broadcast
    return SenderOptions(
        broadcast.requests,
        failure_pause_percent=broadcast.failure_pause_percent,
        late_s=broadcast.late_seconds,
    )


def outbox_options(settings: Settings) -> OutboxOptions:
    mixin = settings.mixin
    return OutboxOptions(
        mixin.send_requests,
        mixin.linger_ms / 1000,
        mixin.ack_requests,
        mixin.ack_linger_ms / 1000,
        retry_cap_s=mixin.backoff_cap_s,
    )


def tracing_options(settings: Settings) -> TracingOptions:
    return TracingOptions(settings.tracing.endpoint, settings.tracing.sample)


def web_options(settings: Settings, bot_id: str) -> WebOptions:
    """How a bot's pages are served."""
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
