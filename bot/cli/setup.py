"""What commands begin with: settings, logging, the Keystore, and the parts of the service that they need."""

import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.errors import SetupError
from bot.mixin.hosts import Hosts, choose_hosts
from bot.mixin.keystore import Keystore, load_keystore
from bot.mixin.keystore_lookup import Found, find_keystore
from bot.mixin.options import MixinOptions
from bot.mixin.platform import Mixin, open_mixin
from bot.nandbox.account import NO_TOKEN, TOKEN_MISSING
from bot.parts import nandbox_of
from bot.records import Store
from bot.store import open_store
from config import logs
from config.redact import hide
from config.settings import Settings
from config.sources import load_settings

NandboxOption = Annotated[bool, typer.Option("--nandbox", help="Of people on nandbox.")]
LOCALES = Path(__file__).parents[2] / "config" / "locales"
KeystoreOption = Annotated[str, typer.Option("--keystore", metavar="FILE", help="The Keystore to use.")]


def settings_for_command(keystore: str = "", *, level: str = "warning", **overrides: Any) -> Settings:
    """Settings for a command that a person waits for: warnings on standard error, and nothing else of the log."""
    settings = _load(keystore, overrides)
    logs.configure(format=settings.log.format, level=level, redact=settings.log.redact, stream=sys.stderr)
    return settings


def settings_for_service(keystore: str = "", **overrides: Any) -> Settings:
    """Settings for the service: the log goes to standard output, as `settings.log` says."""
    settings = _load(keystore, overrides)
    logs.configure(format=settings.log.format, level=settings.log.level, redact=settings.log.redact)
    return settings


def _load(keystore: str, overrides: dict[str, Any]) -> Settings:
    named = {name.replace("__", "."): value for name, value in overrides.items() if value is not None}
    if keystore:
        named |= {"mixin.keystore_path": str(_keystore_named(keystore)), "mixin.keystore": ""}
    settings = load_settings(named)
    mixin, web = settings.mixin, settings.web
    for secret in (mixin.session_private_key, mixin.client_secret, web.secret_key, settings.metrics.token):
        hide(*re.split(r"[\s,:]+", secret.get_secret_value()))
    for secret in (settings.nandbox.token, settings.nandbox.config):
        hide(*re.findall(r"[0-9]+:[0-9]:[\w-]+", secret.get_secret_value()))
    return settings


def _keystore_named(name: str) -> Path:
    """A file, or the name of one of mixin-cli's; where there is neither, the file, for the error to name it."""
    other = Path.home() / ".mixin-cli" / f"{name}.json"
    return other if not Path(name).is_file() and other.is_file() else Path(name)


def find(settings: Settings, *, refuse_open: bool = True) -> Found:
    """The Keystore's text and where it is; what it holds will not be logged from now on.

    Raises:
        SetupError: MB101, MB103 or MB113.
    """
    mixin = settings.mixin
    variables = {
        "MIXIN_KEYSTORE": mixin.keystore.get_secret_value(),
        "MIXIN_KEYSTORE_PATH": mixin.keystore_path,
        "MIXIN_APP_ID": mixin.app_id,
        "MIXIN_SESSION_ID": mixin.session_id,
        "MIXIN_SERVER_PUBLIC_KEY": mixin.server_public_key,
        "MIXIN_SESSION_PRIVATE_KEY": mixin.session_private_key.get_secret_value(),
    }
    found = find_keystore(variables, Path.cwd(), Path.home(), refuse_open=refuse_open)
    hide_keys(found.text)
    return found


def hide_keys(text: str) -> None:
    """Ids are shorter than 40 characters, keys are longer; whatever the shape of the file, its keys stay hidden."""
    hide(*re.findall(r"[\w+/=-]{40,}", text))


def keystore_of(settings: Settings) -> Keystore:
    """
    Raises:
        SetupError: There is none, or several, or it cannot be used.
    """
    found = find(settings)
    return load_keystore(found.text, source=found.source)


def bot_id_of(settings: Settings, *, nandbox: bool = False) -> str:
    """Whose rows are meant: those of the bot on Mixin, or of the one on nandbox.

    Raises:
        SetupError: There is no Keystore, or no token.
    """
    if not nandbox:
        return keystore_of(settings).app_id
    account = nandbox_of(settings)
    if account is None:
        raise SetupError(NO_TOKEN, TOKEN_MISSING)
    return account.bot_id


@asynccontextmanager
async def mixin_of(settings: Settings, keystore: Keystore) -> AsyncIterator[Mixin]:
    """Mixin's API for one command; Blaze is not connected."""
    options = MixinOptions(request_timeout_s=settings.mixin.http_timeout_s)
    async with open_mixin(keystore, hosts_of(settings), options) as opened:
        yield opened


def hosts_of(settings: Settings) -> Hosts:
    """Where Mixin is."""
    mixin = settings.mixin
    return choose_hosts(mixin.route, api_url=mixin.api_url, blaze_url=mixin.blaze_url, allow_plain=mixin.allow_insecure)


@asynccontextmanager
async def store_of(settings: Settings, keystore: Keystore) -> AsyncIterator[Store]:
    """The bot's rows, while the service may run beside."""
    async with open_store(settings.db.url) as database:
        yield database.bot(keystore.app_id)
