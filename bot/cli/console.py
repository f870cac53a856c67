"""`mixbot console`: the way into the console in a browser."""

import asyncio
from typing import Annotated

import typer

from bot.cli.output import JsonOption, as_json, say
from bot.cli.setup import KeystoreOption, keystore_of, settings_for_command, store_of
from bot.errors import SetupError
from bot.mixin.keystore import Keystore
from bot.parts import entrance_of
from bot.records import Store
from bot.users import Role
from config.settings import Settings

app = typer.Typer(
    help="The console in a browser.\n\nExamples:  mixbot console url  ·  mixbot console url --who 25566",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

Who = Annotated[str, typer.Option("--who", metavar="WHO", help="Log in this person: Mixin ID or user id.")]


@app.callback()
def console() -> None:
    """Have `url` stay a word of its own."""


@app.command()
def url(who: Who = "", keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Print a link that logs an owner in, once, within ten minutes.

    Examples:  mixbot console url  ·  mixbot console url --who 25566
    """
    settings = settings_for_command(keystore)
    link, name = asyncio.run(_link(settings, keystore_of(settings), who))
    if json_wanted:
        as_json({"url": link, "who": name})
        return
    say(link)


async def _link(settings: Settings, keystore: Keystore, who: str) -> tuple[str, str]:
    async with store_of(settings, keystore) as store:
        entrance = entrance_of(settings, store)
        if entrance is None:
            raise SetupError("MB341", "The console is switched off: MIXBOT_CONSOLE=false.")
        user_id = await _somebody(store, who)
        return await entrance.link(user_id), user_id


async def _somebody(store: Store, who: str) -> str:
    """Who is meant, else the owner.

    Raises:
        SetupError: MB340, nobody with a role is.
    """
    roles = await store.admins()
    if not who:
        owners = sorted(user_id for user_id, role in roles.items() if role is Role.OWNER)
        if owners:
            return owners[0]
        raise SetupError(
            "MB340",
            "Nobody is an owner yet. Make yourself one: `mixbot admin add YOUR-NUMBER`, or name somebody: `--who`.",
        )
    for user_id in roles:
        person = await store.person(user_id)
        if who == user_id or (person is not None and who == person.identity_number):
            return user_id
    raise SetupError("MB340", f"Nobody with a role is called {who}. See `mixbot admin list`.")
