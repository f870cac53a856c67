"""`mixbot users`: everybody whom the bot knows; the running service heeds within seconds what is changed here."""

import asyncio
import csv
import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from bot.account import Ending
from bot.cli.contents import user_ids_of
from bot.cli.desk import Desk, at_desk
from bot.cli.output import JsonOption, YesOption, as_json, complain, listing, say
from bot.cli.setup import KeystoreOption, keystore_of, mixin_of, settings_for_command, store_of
from bot.errors import SetupError
from bot.parts import grants_of
from bot.report import csv_cell
from bot.roster import Known, RosterQuery, Standing, tag_of
from config.redact import inert

app = typer.Typer(
    help="Everybody whom the bot knows: find, export, tag, block and forget them.\n\n"
    'Examples:  mixbot users list --tag vip  ·  mixbot users show 25566',
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

COLUMNS = ("number", "name", "language", "standing", "role", "tags", "last_seen", "user_id")
STANDINGS = ", ".join(Standing)

Who = Annotated[str, typer.Argument(metavar="WHO", help="Identity number such as 25566, or user id.")]


@app.command("list")
def list_(
    search: Annotated[str, typer.Argument(help="Part of the name, or how number or id begin.")] = "",
    language: Annotated[str, typer.Option("--language", help="Such as zh.")] = "",
    tag: Annotated[str, typer.Option("--tag", help="With this tag.")] = "",
    role: Annotated[str, typer.Option("--role", help="With this role.")] = "",
    standing: Annotated[str, typer.Option("--standing", help=f"One of {STANDINGS}.")] = "",
    active_days: Annotated[int, typer.Option("--active-days", help="Seen in so many days.")] = 0,
    limit: Annotated[int, typer.Option(help="How many, the newest first; 0 is all.")] = 50,
    keystore: KeystoreOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """List them, the newest first.

    Examples:  mixbot users list --standing blocked  ·  mixbot users list Ann --json
    """
    if standing and standing not in list(Standing):
        raise typer.BadParameter(f"{standing!r} is none of {STANDINGS}")
    query = RosterQuery(search, language, role, tag.casefold(), standing, active_days)
    rows = [_row(each) for each in at_desk(keystore, lambda desk: _all(desk, query, limit))]
    listing(rows, COLUMNS, json_wanted=json_wanted, nothing="No user matches.")


@app.command()
def show(who: Who, keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Show what is known of somebody.

    Examples:  mixbot users show 25566  ·  mixbot users show 25566 --json
    """
    person = _find(keystore, who)
    facts = _row(person) | {
        "first_seen": _moment(person.first_seen), "scopes": person.scopes, "subscribed": person.subscribed,
        "reachable": person.reachable, "blocked": person.blocked,
    }  # fmt: skip
    if json_wanted:
        as_json(facts)
        return
    for name, value in facts.items():
        say(f"{name:<11} {inert(str(value))}")


@app.command()
def export(
    who: Annotated[str, typer.Argument(metavar="[WHO]", help="One person with all that is kept; else everybody.")] = "",
    keystore: KeystoreOption = "",
) -> None:
    """Print all that is kept of somebody as JSON, or the list of everybody as CSV.

    Examples:  mixbot users export 25566 > person.json  ·  mixbot users export > people.csv
    """
    if who:
        person = _find(keystore, who)
        as_json(at_desk(keystore, lambda desk: desk.store.export(person.user_id)))
        return
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for each in at_desk(keystore, lambda desk: _all(desk, RosterQuery(), 0)):
        row = _row(each)
        writer.writerow([csv_cell(row[name]) for name in COLUMNS])


@app.command()
def forget(who: Who, yes: YesOption = False, keystore: KeystoreOption = "") -> None:
    """Delete everything that is kept of somebody; asks for their number.

    Examples:  mixbot users forget 25566  ·  mixbot users forget 25566 --yes
    """
    person = _find(keystore, who)
    if not yes:
        if not sys.stdin.isatty():
            raise SetupError("MB402", f"Forget {who}? Nobody is here to ask; say --yes.")
        number = person.identity_number or person.user_id
        said = typer.prompt(f"Everything of {inert(person.name) or who} goes, for good. Type {number} to confirm")
        if said.strip() != number:
            raise typer.Abort
    ending = asyncio.run(_end_grant(keystore, person.user_id))
    at_desk(keystore, lambda desk: desk.store.roster.forget(person.user_id, desk.entry("user.forget", person.user_id)))
    say(f"{who} is forgotten.")
    if ending is Ending.HERE:
        say("Mixin has not confirmed that their permission is over; it is of no use to anybody any more.")


async def _end_grant(keystore: str, user_id: str) -> Ending:
    """Give back at Mixin what they allowed, if they did and if the key for it is at hand."""
    settings = settings_for_command(keystore)
    loaded = keystore_of(settings)
    async with store_of(settings, loaded) as store:
        if await store.authorization(user_id) is None:
            return Ending.NOTHING
        async with mixin_of(settings, loaded) as mixin:
            try:
                grants = await grants_of(settings, mixin, store)
            except SetupError:
                grants = None
            return await grants.disconnect(user_id) if grants is not None else Ending.HERE


@app.command()
def block(who: Who, keystore: KeystoreOption = "") -> None:
    """Answer somebody nothing any more, and send them nothing.

    Examples:  mixbot users block 25566  ·  mixbot users block 25566 && mixbot users list --standing blocked
    """
    _set_blocked(keystore, who, blocked=True)


@app.command()
def unblock(who: Who, keystore: KeystoreOption = "") -> None:
    """Answer somebody again.

    Examples:  mixbot users unblock 25566  ·  mixbot users unblock 25566 && mixbot users show 25566
    """
    _set_blocked(keystore, who, blocked=False)


@app.command()
def tag(
    name: Annotated[str, typer.Argument(metavar="TAG", help="One word, such as vip.")],
    who: Annotated[list[str] | None, typer.Argument(metavar="[WHO]...", help="Numbers or user ids.")] = None,
    people: Annotated[str, typer.Option("--people", metavar="CSV", help="Those in a column of user ids.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take it from them.")] = False,
    keystore: KeystoreOption = "",
) -> None:
    """Give people a tag, by which broadcasts can choose them.

    Examples:  mixbot users tag vip 25566 37230199  ·  mixbot users tag vip --people list.csv --remove
    """
    try:
        label = tag_of(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    user_ids = [_find(keystore, each).user_id for each in who or ()] + list(user_ids_of(people) if people else ())
    if not user_ids:
        raise typer.BadParameter("say who, or --people CSV")

    async def given(desk: Desk) -> int:
        action = "user.untag" if remove else "user.tag"
        entry = desk.entry(action, user_ids[0] if len(user_ids) == 1 else "", f"{label}: {len(user_ids)} people")
        change = desk.store.roster.untag if remove else desk.store.roster.tag
        return await change(user_ids, label, entry)

    number = at_desk(keystore, given)
    say(f"{number} {'lost' if remove else 'got'} the tag {label}.")


@app.command()
def tags(keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """List all tags.

    Examples:  mixbot users tags  ·  mixbot users tags --json
    """
    found = at_desk(keystore, lambda desk: desk.store.roster.tags())
    rows = [{"tag": name, "people": number} for name, number in found.items()]
    listing(
        rows, ("tag", "people"), json_wanted=json_wanted, nothing="No tags yet. Give one: mixbot users tag vip 25566"
    )


def _set_blocked(keystore: str, who: str, *, blocked: bool) -> None:
    person = _find(keystore, who)
    action = "user.block" if blocked else "user.unblock"
    at_desk(
        keystore,
        lambda desk: desk.store.roster.set_blocked(person.user_id, blocked, desk.entry(action, person.user_id)),
    )
    say(f"{inert(person.name) or who} is {'blocked' if blocked else 'not blocked any more'}.")


async def _all(desk: Desk, query: RosterQuery, limit: int) -> list[Known]:
    found: list[Known] = []
    after = ""
    while True:
        page = await desk.store.roster.page(query, desk.now, after, min(limit - len(found), 500) if limit else 500)
        found += page.people
        after = page.next
        if not after or (limit and len(found) >= limit):
            return found


def _find(keystore: str, who: str) -> Known:
    found = at_desk(keystore, lambda desk: desk.store.roster.known(who))
    if found is None:
        complain(f"The bot knows nobody with the number or id {inert(who)}. See: mixbot users list")
        raise typer.Exit(1)
    return found


def _row(person: Known) -> dict[str, Any]:
    return {
        "number": person.identity_number, "name": person.name, "language": person.language,
        "standing": str(person.standing), "role": str(person.role), "tags": " ".join(person.tags),
        "last_seen": _moment(person.last_seen), "user_id": person.user_id,
    }  # fmt: skip


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else ""
