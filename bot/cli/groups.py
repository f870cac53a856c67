"""`mixbot groups`: the groups that the bot is in, and the way out of one."""

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.desk import Desk, at_desk
from bot.cli.language import text
from bot.cli.output import JsonOption, YesOption, complain, confirm, listing, say
from bot.cli.setup import KeystoreOption, mixin_of
from bot.groups import Group
from bot.mixin.account import MixinAccount
from config.redact import inert

app = typer.Typer(
    help="Groups that the bot is in.\n\n"
    "Examples:  mixbot groups list  ·  mixbot groups leave 5d2f0c1e-7777-4888-8999-aaaabbbbcccc",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

COLUMNS = ("name", "members", "since", "conversation_id")
MOST = 10_000


@app.command("list")
def list_(keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """List them, the newest first, as the bot knew them last.

    Examples:  mixbot groups list  ·  mixbot groups list --json
    """
    rows = [
        {
            "name": each.name,
            "members": each.members,
            "since": each.since.isoformat(timespec="seconds"),
            "conversation_id": each.conversation_id,
        }
        for each in at_desk(keystore, _all)
    ]
    listing(rows, COLUMNS, json_wanted=json_wanted, nothing=text("groups.none"))


@app.command()
def leave(
    group: Annotated[str, typer.Argument(metavar="ID", help="The conversation's id, as `list` shows it.")],
    yes: YesOption = False,
    keystore: KeystoreOption = "",
) -> None:
    """Make the bot go out of a group; somebody in there can add it again.

    Examples:  mixbot groups leave 5d2f0c1e-7777-4888-8999-aaaabbbbcccc --yes
    """
    wanted = group.strip().lower()
    found = at_desk(keystore, lambda desk: desk.store.groups.get(wanted))
    if found is None:
        complain(text("groups.unknown", group=inert(group)))
        raise typer.Exit(1)
    name = inert(found.name) or found.conversation_id
    confirm(text("groups.ask", name=name), yes=yes)
    was_in = at_desk(keystore, lambda desk: _leave(desk, found))
    say(text("groups.left" if was_in else "groups.was_gone", name=name))


async def _all(desk: Desk) -> Sequence[Group]:
    return await desk.store.groups.all(MOST)


async def _leave(desk: Desk, group: Group) -> bool:
    """Go at Mixin first: what fails there is still on the list."""
    async with mixin_of(desk.settings, desk.keystore) as mixin:
        was_in = await MixinAccount(mixin.api).leave(group.conversation_id)
    await desk.store.groups.leave(group.conversation_id, desk.now)
    await desk.store.ledger.note(desk.entry("group.leave", group.conversation_id, group.name))
    return was_in
