"""`mixbot init`: six questions, and the settings for a bot of one's own."""

import asyncio
import re
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from bot.cli.language import text
from bot.cli.output import complain, say
from bot.cli.settings_files import change_dotenv, change_toml
from bot.cli.setup import find, keystore_of, mixin_of, settings_for_command
from bot.errors import NotFound, ServiceError, SetupError
from bot.mixin.keystore import Keystore
from bot.mixin.views import UserView
from bot.store.location import locate
from bot.users import User
from bot.vault import new_keyring
from config.settings import Settings
from config.sources import DOTENV, TOML

app = typer.Typer(rich_markup_mode=None)

SECRET = re.compile(r"[0-9a-fA-F]{64}")
NO_URL = "-"
"""What takes a value back: an answer left empty keeps the one that is there."""


@app.command()
def init(
    keystore: Annotated[str, typer.Option("--keystore", metavar="FILE", help="The Keystore from the dashboard.")] = "",
    check: Annotated[bool, typer.Option(help="Ask Mixin whose Keystore it is.")] = True,
    public_url: Annotated[str, typer.Option(metavar="URL", help="How browsers reach the service; - for not.")] = "",
    client_secret_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The OAuth secret, in a file of its own.")
    ] = None,
    database: Annotated[str, typer.Option(metavar="URL", help="Where to remember everything.")] = "",
    admin: Annotated[str, typer.Option(metavar="WHO", help="Mixin ID of the first owner.")] = "",
) -> None:
    """Ask six questions and write config/bot.toml and .env; may be run again, and then offers what is there.

    Without a terminal the options answer, and for the rest what is there or the default.

    Examples:  mixbot init  ·  mixbot init --keystore keystore-7000101276.json --public-url https://bot.example.com
    """
    settings = settings_for_command(keystore)
    ask = Questions(sys.stdin.isatty())
    path = ask(1, text("init.keystore"), keystore or _keystore_path(settings))
    settings = settings_for_command(path)
    loaded = keystore_of(settings)
    me = asyncio.run(_me(settings, loaded)) if check and ask.yes(2, text("init.check")) else None
    if me is not None:
        say("     " + text("init.identity", name=me.full_name, number=me.identity_number))
    url = _url(ask(3, text("init.url"),
                   public_url or settings.web.public_url or NO_URL))  # fmt: skip
    known = settings.mixin.client_secret.get_secret_value()
    secret = _secret(client_secret_file.read_text(encoding="utf-8") if client_secret_file
                     else ask.hidden(4, text("init.secret"), known))  # fmt: skip
    url_of_db = ask(5, text("init.database"), database or settings.db.url)
    locate(url_of_db)
    first = ask(6, text("init.owner"), admin or _first_admin(settings, loaded, me))
    owner = asyncio.run(_person(settings, loaded, first)) if check and first else None

    _write(settings, path, url, secret, url_of_db, first)
    if owner is not None:
        say(text("init.ownerSoon", name=owner.name, number=owner.identity_number))
    say(text("init.next"))


class Questions:
    """Asks at a terminal; elsewhere the default is the answer, and is shown."""

    def __init__(self, asking: bool) -> None:
        self._asking = asking

    def __call__(self, number: int, question: str, default: str) -> str:
        if self._asking:
            answer: str = typer.prompt(f"{number}/6  {question}", default=default, show_default=bool(default))
            return answer.strip()
        say(f"{number}/6  {question}: {default or text('init.none')}")
        return default

    def yes(self, number: int, question: str) -> bool:
        if self._asking:
            return typer.confirm(f"{number}/6  {question}", default=True)
        say(f"{number}/6  {question}: {text('init.yes')}")
        return True

    def hidden(self, number: int, question: str, known: str) -> str:
        state = text("init.keep" if known else "init.nothing")
        if self._asking:
            answer: str = typer.prompt(f"{number}/6  {question} [{state}]", default="", show_default=False,
                                       hide_input=True)  # fmt: skip
            return answer.strip() or known
        say(f"{number}/6  {question}: {state}")
        return known


def _keystore_path(settings: Settings) -> str:
    try:
        found = find(settings, refuse_open=False)
    except SetupError:
        return settings.mixin.keystore_path
    if found.path is None:
        return ""
    here = found.path
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)


async def _me(settings: Settings, keystore: Keystore) -> UserView:
    async with mixin_of(settings, keystore) as mixin:
        return await mixin.api.me()


def _first_admin(settings: Settings, keystore: Keystore, me: UserView | None) -> str:
    """Who is set already, or whoever made the app."""
    if settings.bot.admins:
        return ", ".join(settings.bot.admins)
    if me is None or me.app is None or not me.app.creator_id:
        return ""
    creator = asyncio.run(_person(settings, keystore, me.app.creator_id))
    return creator.identity_number if creator is not None else me.app.creator_id


async def _person(settings: Settings, keystore: Keystore, who: str) -> User | None:
    one = re.split(r"[\s,]+", who.strip())[0]
    async with mixin_of(settings, keystore) as mixin:
        try:
            return await mixin.user(one)
        except NotFound:
            complain("     " + text("init.nobody", who=one))
        except ServiceError as error:
            complain("     " + text("init.unanswered", who=one, error=error))
    return None


def _url(text: str) -> str:
    """
    Raises:
        SetupError: MB402, it is no address.
    """
    url = text.strip().rstrip("/")
    if url in ("", NO_URL):
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SetupError("MB402", f"{text} is no address of a service; expected https://HOST.")
    return url


def _secret(text: str) -> str:
    """
    Raises:
        SetupError: MB140, it is no OAuth secret; the text quotes nothing of it.
    """
    secret = text.strip()
    if secret and not SECRET.fullmatch(secret):
        raise SetupError("MB140", f"That has {len(secret)} characters; an OAuth secret has 64 hex digits.")
    return secret


def _write(settings: Settings, keystore: str, url: str, secret: str, database: str, admin: str) -> None:
    """Secrets and what may hold one into `.env`, the rest into `config/bot.toml`."""
    values: dict[str, Any] = {"web.public_url": url, "bot.admins": [one for one in re.split(r"[\s,]+", admin) if one]}
    secrets = {"MIXIN_CLIENT_SECRET": secret} if secret else {}
    if keystore:
        values["mixin.keystore_path"] = keystore
    if url and not settings.web.secret_key.get_secret_value():
        secrets["MIXBOT_SECRET_KEY"] = new_keyring("")
    if locate(database).url.password:
        secrets["MIXBOT_DB_URL"] = database
    else:
        values["db.url"] = database
    change_toml(TOML, values)
    say(text("init.written", file=TOML))
    if secrets:
        change_dotenv(DOTENV, secrets)
        say(text("init.writtenSecrets", file=DOTENV, names=", ".join(secrets)))
