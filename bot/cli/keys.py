"""`mixbot keys`: the keyring that seals what people allow the bot."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer

from bot.cli.output import JsonOption, YesOption, confirm, listing, say
from bot.cli.setup import KeystoreOption, keystore_of, settings_for_command
from bot.errors import CannotOpen, SetupError
from bot.keyring import rotate as seal_anew
from bot.records import Store
from bot.store import known_bots, open_store
from bot.vault import Vault, new_keyring, read_keyring
from config.settings import Settings

app = typer.Typer(
    help="The key that seals what people allow.\n\nExamples:  mixbot keys new  ·  mixbot keys status",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

T = TypeVar("T")


@app.command()
def new() -> None:
    """Print a keyring with a fresh key in front: the value of MIXBOT_SECRET_KEY from now on.

    Examples:  mixbot keys new  ·  (umask 077; mixbot keys new > secret.key)
    """
    say(new_keyring(settings_for_command().web.secret_key.get_secret_value()))


@app.command()
def status(keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Show which key sealed how much, and whether it is in the keyring. A key that sealed nothing can go.

    Examples:  mixbot keys status  ·  mixbot keys status --json
    """
    settings = settings_for_command(keystore)
    keyring = settings.web.secret_key.get_secret_value()
    vault = read_keyring(keyring) if keyring else None
    counts: Counter[int] = Counter()
    for each in _with_stores(settings, lambda store: store.sealed_with()):
        counts.update(each)
    numbers = dict.fromkeys([*(vault.numbers if vault is not None else ()), *counts])
    rows = [{"key": number, "use": _use(number, vault), "sealed": counts.get(number, 0)} for number in numbers]
    listing(rows, ("key", "use", "sealed"), json_wanted=json_wanted, nothing="No key, and nothing is sealed.")


@app.command()
def rotate(keystore: KeystoreOption = "") -> None:
    """Seal everything with the first key of the keyring, while the service may run.

    Before it, every running copy of the service needs the new keyring; after it, the older keys can go.

    Examples:  mixbot keys rotate  ·  mixbot keys rotate && mixbot keys status
    """
    settings = settings_for_command(keystore)
    vault = read_keyring(settings.web.secret_key.get_secret_value())
    try:
        done = sum(_with_stores(settings, lambda store: seal_anew(vault, store)))
    except CannotOpen as error:
        raise SetupError("MB144", f"Stopped at a row that is {error}. Put its key into MIXBOT_SECRET_KEY.") from None
    say(f"Sealed {done} rows with key {vault.current}.")


@app.command()
def forget(
    number: Annotated[int, typer.Argument(metavar="KEY", help="The number of the key that is lost.")],
    keystore: KeystoreOption = "",
    yes: YesOption = False,
) -> None:
    """Delete what a lost key sealed. The people concerned connect again.

    Examples:  mixbot keys forget 1  ·  mixbot keys forget 1 --yes
    """
    settings = settings_for_command(keystore)
    confirm(f"Delete everything that was sealed with key {number}?", yes=yes)
    say(f"Deleted {sum(_with_stores(settings, lambda store: store.forget_sealed(number)))} rows.")


def _use(number: int, vault: Vault | None) -> str:
    if vault is None or number not in vault.numbers:
        return "missing"
    return "seals" if number == vault.current else "opens"


def _bots(settings: Settings) -> Sequence[str]:
    """The bots of the database; where there are several, the one in the usual place only if it is there."""
    several = known_bots(settings.db.url)
    try:
        return list(dict.fromkeys([*several, keystore_of(settings).app_id]))
    except SetupError:
        if not several:
            raise
        return several


def _with_stores(settings: Settings, ask: Callable[[Store], Awaitable[T]]) -> list[T]:
    """What is asked of each bot of the database, one after the other."""

    async def asked() -> list[T]:
        async with open_store(settings.db.url) as database:
            return [await ask(database.bot(bot_id)) for bot_id in bots]

    bots = _bots(settings)
    return asyncio.run(asked())
