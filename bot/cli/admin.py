"""`mixbot admin`: who may do what with the bot."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.output import JsonOption, complain, listing, say
from bot.cli.setup import (
    KeystoreOption,
    NandboxOption,
    bot_id_of,
    keystore_of,
    mixin_of,
    settings_for_command,
    store_of,
)
from bot.errors import NotFound, ServiceError, SetupError
from bot.ledger import AuditEntry
from bot.mixin.keystore import Keystore
from bot.nandbox.account import is_id
from bot.store import open_store
from bot.users import Role, User
from config.settings import Settings

app = typer.Typer(
    help="People with a role: viewer, operator, owner.\n\n"
    "Examples:  mixbot admin add 25566 --role owner  ·  mixbot admin list",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

NAMES_S = 5.0
"""So long the list waits for names; without them it is shown as well."""
ROLES = tuple(role.value for role in Role if role)
RoleOption = Annotated[str, typer.Option("--role", help=f"One of {', '.join(ROLES)}.")]
RoleArgument = Annotated[str, typer.Argument(metavar="ROLE", help=f"One of {', '.join(ROLES)}.")]
Who = Annotated[str, typer.Argument(metavar="WHO", help="Identity number like 25566, or user id; for nandbox, an id.")]


@app.command("list")
def list_(keystore: KeystoreOption = "", nandbox: NandboxOption = False, json_wanted: JsonOption = False) -> None:
    """List everybody with a role.

    Examples:  mixbot admin list  ·  mixbot admin list --json
    """
    settings = settings_for_command(keystore)
    rows = asyncio.run(_nandbox_roles(settings) if nandbox else _roles(settings, keystore_of(settings)))
    columns = ("number", "name", "role", "user_id")
    listing(rows, columns, json_wanted=json_wanted, nothing="Nobody yet. Add yourself: mixbot admin add YOUR-NUMBER")


@app.command()
def add(who: Who, role: RoleOption = "owner", keystore: KeystoreOption = "", nandbox: NandboxOption = False) -> None:
    """Give somebody a role; an owner may do everything.

    Examples:  mixbot admin add 25566  ·  mixbot admin add 90089584000000899 --nandbox
    """
    _give(who, _role_of(role), keystore, nandbox=nandbox)


@app.command("role")
def role_(who: Who, role: RoleArgument, keystore: KeystoreOption = "", nandbox: NandboxOption = False) -> None:
    """Change somebody's role.

    Examples:  mixbot admin role 25566 operator  ·  mixbot admin role 25566 viewer
    """
    _give(who, _role_of(role), keystore, nandbox=nandbox)


@app.command()
def remove(who: Who, keystore: KeystoreOption = "", nandbox: NandboxOption = False) -> None:
    """Take somebody's role.

    Examples:  mixbot admin remove 25566  ·  mixbot admin remove 25566 && mixbot admin list
    """
    _give(who, Role.NONE, keystore, nandbox=nandbox)


def _give(who: str, role: Role, keystore: str, *, nandbox: bool) -> None:
    settings = settings_for_command(keystore)
    if nandbox:
        user = asyncio.run(_set_on_nandbox(settings, who, role))
    else:
        user = asyncio.run(_set(settings, keystore_of(settings), who, role))
    if user is None:
        complain(
            f"{who} is no id of nandbox: those have digits only."
            if nandbox
            else f"There is nobody on Mixin with the number or id {who}."
        )
        raise typer.Exit(1)
    say(f"{user.name or '–'} ({user.identity_number}) {f'is {role.value} now' if role else 'has no role any more'}.")


def _role_of(name: str) -> Role:
    if name not in ROLES:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(ROLES)}")
    return Role(name)


async def _set(settings: Settings, keystore: Keystore, who: str, role: Role) -> User | None:
    async with store_of(settings, keystore) as store, mixin_of(settings, keystore) as mixin:
        try:
            user = await mixin.user(who)
        except NotFound:
            return None
        async with store.transaction() as both:
            await both.set_role(user.id, role)
            await both.ledger.note(AuditEntry(datetime.now(UTC), "cli", "admin.role", user.id, role or "none"))
            if not role:
                await both.logins.end_sessions(user.id)
        return user


async def _set_on_nandbox(settings: Settings, who: str, role: Role) -> User | None:
    """Without asking nandbox: to log in with the bot's token would end the line of the service."""
    if not is_id(who):
        return None
    async with open_store(settings.db.url) as database:
        store = database.bot(bot_id_of(settings, nandbox=True))
        await store.set_role(who, role)
        person = await store.person(who)
    return User(who, who, person.name if person is not None else "")


async def _nandbox_roles(settings: Settings) -> list[dict[str, str]]:
    async with open_store(settings.db.url) as database:
        store = database.bot(bot_id_of(settings, nandbox=True))
        rows = []
        for user_id, role in (await store.admins()).items():
            person = await store.person(user_id)
            name = person.name if person is not None else ""
            rows.append({"number": user_id, "name": name, "role": role.value, "user_id": user_id})
        return rows


async def _roles(settings: Settings, keystore: Keystore) -> list[dict[str, str]]:
    """Names as the database knows them; for people who never wrote, as Mixin does, if it answers."""
    async with store_of(settings, keystore) as store:
        roles = await store.admins()
        people = {user_id: await store.person(user_id) for user_id in roles}
    names = {
        user_id: (person.identity_number, person.name)
        for user_id, person in people.items()
        if person is not None and person.name
    }
    if unknown := [user_id for user_id in roles if user_id not in names]:
        names |= await _names(settings, keystore, unknown)
    return [
        {"number": number, "name": name, "role": role.value, "user_id": user_id}
        for user_id, role in roles.items()
        for number, name in [names.get(user_id, ("", ""))]
    ]


async def _names(settings: Settings, keystore: Keystore, user_ids: list[str]) -> dict[str, tuple[str, str]]:
    try:
        async with mixin_of(settings, keystore) as mixin, asyncio.timeout(NAMES_S):
            return {user.id: (user.identity_number, user.name) for user in await mixin.users(user_ids[:100])}
    except (ServiceError, SetupError, TimeoutError):
        return {}
