"""`mixbot fleet`: which process runs which bot, since when, and why something moved."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.bot import lineup_of, row_of
from bot.cli.language import text
from bot.cli.output import JsonOption, as_json, listing, say
from bot.cli.setup import settings_for_command
from bot.lockfile import holder_of
from bot.registry import Move
from bot.share import seen
from bot.store import lock_of, open_store
from config.settings import Settings

app = typer.Typer(
    help="Several bots on one or several processes.\n\nExamples:  mixbot fleet status  ·  mixbot fleet moves",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

BOTS = ("name", "app_id", "state", "where", "since", "why")
PROCESSES = ("process", "version", "roles", "bots", "since")
MOVES = ("at", "app_id", "what", "why", "process")


@app.command()
def status(json_wanted: JsonOption = False) -> None:
    """Show the processes that are alive now, and every bot with the one that runs it.

    Examples:  mixbot fleet status  ·  mixbot fleet status --json
    """
    settings = settings_for_command()
    processes, bots = asyncio.run(_status(settings))
    if json_wanted:
        as_json({"processes": processes, "bots": bots})
        return
    listing(processes, PROCESSES, json_wanted=False, nothing=text("fleet.nobody"))
    say()
    listing(bots, BOTS, json_wanted=False, nothing=text("bot.nothing"))


@app.command()
def moves(
    limit: Annotated[int, typer.Option(help="So many, the newest first.")] = 50, json_wanted: JsonOption = False
) -> None:
    """Show what moved: taken, started, stopped, released; where, and why.

    Examples:  mixbot fleet moves  ·  mixbot fleet moves --limit 500 --json
    """
    settings = settings_for_command()
    listing(
        [_move(move) for move in asyncio.run(_moves(settings, limit))],
        MOVES, json_wanted=json_wanted, nothing=text("fleet.nothingMoved"),
    )  # fmt: skip


async def _moves(settings: Settings, limit: int) -> Sequence[Move]:
    async with open_store(settings.db.url) as database:
        return await database.registry.moves(limit)


def _move(move: Move) -> Mapping[str, Any]:
    at = move.at.astimezone().isoformat(timespec="milliseconds")
    return {"at": at, "app_id": move.bot_id, "what": move.what.value, "why": move.reason, "process": move.process}


async def _status(settings: Settings) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The locks say who is alive and who has what; the tables only say more about them."""
    where = lock_of(settings.db.url)
    async with open_store(settings.db.url) as database:
        entries = await lineup_of(settings, database).read()
        latest, known = await database.registry.latest(), await database.registry.processes()
    rows = [dict(row_of(entry, latest.get(entry.bot_id))) for entry in entries.values()]
    if isinstance(where, Path):
        holder = holder_of(where)
        count = sum(row["state"] == "running" for row in rows) if holder else 0
        process = {"process": holder, "version": "", "roles": "bot:*", "bots": count, "since": ""}
        owners = {row["app_id"]: holder for row in rows if holder}
        alive: list[Mapping[str, Any]] = [process] if holder else []
    else:
        numbers, owners = await asyncio.to_thread(seen, where, [row["app_id"] for row in rows])
        alive = [
            {
                "process": each.name,
                "version": each.version,
                "roles": each.roles or "none",
                "bots": sum(owner == each.name for owner in owners.values()),
                "since": each.started_at.astimezone().isoformat(timespec="seconds"),
            }
            for each in known
            if each.number in numbers
        ]
    for row in rows:
        if row["app_id"] not in owners and row["state"] in ("running", "stopped"):
            row["state"], row["where"] = "waiting", ""
        elif row["app_id"] in owners:
            row["where"] = owners[row["app_id"]]
    return alive, list(rows)
