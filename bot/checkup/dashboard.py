"""Looks at what the bot's owner has set in Mixin's dashboard, against what this service needs."""

import binascii
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.checkup.finding import Finding, Skip, failed, of_error, ok, warning
from bot.checkup.subject import Subject
from bot.errors import ServiceError, SetupError
from bot.links import in_patterns
from bot.mixin.capability import ENCRYPTED, cannot_seal
from bot.mixin.contents import base64_bytes
from bot.mixin.encryption import Sealer
from bot.mixin.views import App, Session
from bot.store import open_store
from bot.store.location import locate
from bot.users import Role
from bot.vault import read_keyring
from config.loopback import is_loopback
from config.settings import Settings

CALLBACK = "/oauth/callback"
LOCALES = Path(__file__).parents[2] / "config" / "locales"
SECRET = re.compile(r"[0-9a-fA-F]{64}")


async def identity(subject: Subject) -> Finding:
    """Mixin knows the Keystore, and says whose it is."""
    subject.online()
    try:
        me = await subject.ask_who()
    except SetupError as error:
        return of_error(error)
    except ServiceError as error:
        if subject.unreachable:
            raise Skip("Mixin cannot be reached") from None
        return failed(f"Mixin did not say who the bot is: {error}", code="MB130", fix="Try again later.")
    name = f"{me.full_name or '?'} · {me.identity_number or '?'}"
    if me.app is None or not me.app.creator_id:
        return ok(name)
    try:
        owner = await (await subject.mixin()).user(me.app.creator_id)
    except ServiceError:
        return ok(name)
    return ok(f"{name} · owner {owner.identity_number}")


async def encryption(subject: Subject) -> Finding:
    """Where messages are sealed, the Keystore's key is the one that they are sealed for."""
    app = await _app(subject)
    if ENCRYPTED not in (app.capabilities or ()):
        return ok("Message Encryption is off: people's messages are plain, as this service reads them too")
    keystore = subject.keystore()
    if not isinstance(keystore.key, Ed25519PrivateKey):
        return of_error(cannot_seal())
    try:
        sessions = await (await subject.mixin()).api.sessions_fetch([keystore.app_id])
    except ServiceError:
        raise Skip("Mixin did not say which sessions the bot has") from None
    own = Sealer(keystore.key, keystore.session_id)
    if not sealed_for(own, keystore.session_id, sessions):
        return failed(
            "Message Encryption is on, and Mixin has another key for this session: nothing could be opened",
            code="MB161", fix="Download the Keystore again: dashboard → Secret → App Session → Generate a new key",
        )  # fmt: skip
    return ok("Message Encryption is on, and the Keystore opens what people seal")


def sealed_for(own: Sealer, session_id: str, sessions: Iterable[Session]) -> bool:
    """Whether people's apps are told this key for this session."""
    for session in sessions:
        if session.session_id == session_id:
            try:
                return base64_bytes(session.public_key or "") == own.public_key
            except binascii.Error:
                return False
    return False


async def oauth(subject: Subject) -> Finding:
    """The secret has its form, and Mixin leads people back to this service."""
    settings = subject.settings()
    secret = settings.mixin.client_secret.get_secret_value().strip()
    if secret and not SECRET.fullmatch(secret):
        return failed(
            f"MIXIN_CLIENT_SECRET has {len(secret)} characters, expected 64 hex digits", code="MB140",
            fix="dashboard → Secret → OAuth Client Secret; or remove it: PKCE works without",
        )  # fmt: skip
    if subject.offline:
        return ok("the secret has its form" if secret else "no secret is set; PKCE works without")
    app = await _app(subject)
    if not settings.web.public_url:
        raise Skip("nobody can connect an account: MIXBOT_PUBLIC_URL is not set")
    wanted = settings.web.url + CALLBACK
    if (app.redirect_uri or "") != wanted:
        return failed(
            f"OAuth callback mismatch. Dashboard: {app.redirect_uri or '(empty)'}. This service: {wanted}.",
            code="MB141", fix="dashboard → Information → OAuth URL → paste → Save, or set MIXBOT_PUBLIC_URL",
        )  # fmt: skip
    if subject.hosts().real and not _public(settings):
        return warning(
            f"people's phones cannot reach {settings.web.url}", code="MB310",
            fix="Put the service behind a proxy with https, and set MIXBOT_PUBLIC_URL=https://…",
        )  # fmt: skip
    return ok(f"{wanted} in both places")


async def patterns(subject: Subject) -> Finding:
    """Every link that the bot may send opens inside Mixin."""
    app = await _app(subject)
    outside = [link for link in _links(subject.settings()) if not in_patterns(link, app.resource_patterns or ())]
    if outside:
        return warning(
            f"the bot links to {outside[0]}, which no Resource Pattern allows", code="MB207",
            fix=f"dashboard → Information → Resource Patterns → add {_prefix(outside[0])} → Save",
        )  # fmt: skip
    return ok("every link of the bot matches")


async def console(subject: Subject) -> Finding:
    """Somebody is in charge, and nothing is open that should not be."""
    settings = subject.settings()
    web = settings.web
    keyring = web.secret_key.get_secret_value()
    if keyring.strip():
        read_keyring(keyring)
    elif web.public_url:
        return failed("people are to connect, and there is no key to seal what they allow", code="MB146",
                      fix="mixbot keys new makes one for MIXBOT_SECRET_KEY")  # fmt: skip
    if not is_loopback(web.host) and not web.public_url.startswith("https://"):
        return warning(
            f"the service listens on {web.host} without https in front", code="MB310",
            fix="Put it behind a proxy and set MIXBOT_PUBLIC_URL=https://…, or listen on 127.0.0.1",
        )  # fmt: skip
    if not settings.bot.admins and not await _has_owner(subject):
        return warning("nobody is an owner of this bot yet", code="MB311", fix="mixbot admin add YOUR-MIXIN-ID")
    return ok("somebody is in charge, and the service is not open to strangers")


async def _has_owner(subject: Subject) -> bool:
    path = locate(subject.settings().db.url).path
    if path is not None and not path.exists():
        return False
    try:
        async with open_store(subject.settings().db.url) as database:
            roles = await database.bot(subject.keystore().app_id).admins()
    except (SetupError, ServiceError):
        raise Skip("the database cannot be read") from None
    return Role.OWNER in roles.values()


async def _app(subject: Subject) -> App:
    subject.online()
    app = (await subject.me()).app
    if app is None:
        raise Skip("Mixin does not say how the bot is set up")
    return app


def _links(settings: Settings) -> Sequence[str]:
    """What the bot's own pages are, and every address in its texts."""
    texts = (value for path in sorted(LOCALES.glob("*.json")) for value in json.loads(path.read_bytes()).values())
    written = {link for text in texts for link in re.findall(r"https?://[^\s)\"'”{]+", text)}
    return [*([f"{settings.web.url}/"] if settings.web.public_url else []), *sorted(written)]


def _prefix(link: str) -> str:
    return "/".join(link.split("/")[:3]) + "/"


def _public(settings: Settings) -> bool:
    return settings.web.public_url.startswith("https://")
