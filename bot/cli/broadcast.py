"""`mixbot broadcast`: write to everyone who wants news. The running service sends; this only says what and when."""

import asyncio
import csv
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot.broadcast import Audience, Broadcast, State, with_stop_button
from bot.cli.contents import ButtonOption, buttons_of, check, moment_of, user_ids_of
from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, listing, say
from bot.cli.setup import KeystoreOption, keystore_of, mixin_of, settings_for_command, store_of
from bot.errors import NotFound, SetupError
from bot.ledger import Ledger, Line
from bot.message import Content, Post, Text
from bot.steering import Steering, WrongState

T = TypeVar("T")

app = typer.Typer(
    help="Write to everyone who wants news; the running service sends.\n\n"
    'Examples:  mixbot broadcast new "Hello" && mixbot broadcast start 1  ·  mixbot broadcast watch 1',
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

ACTOR = "cli"
WATCH_S = 0.5
COLUMNS = ("number", "state", "sent", "total", "failed", "skipped", "delivered", "read", "created_at")
ENDED = (State.FINISHED, State.CANCELLED, State.RECALLED)

Number = Annotated[int, typer.Argument(help="The broadcast's number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who look at it later.")]


@app.command()
def new(
    text: Annotated[str, typer.Argument(help="What to say, or @FILE. {name} stands for the person's name.")],
    post: Annotated[bool, typer.Option("--post", help="As a post, with Markdown.")] = False,
    button: ButtonOption = None,
    language: Annotated[str, typer.Option("--language", help="Only people who speak it.")] = "",
    active_days: Annotated[int, typer.Option("--active-days", help="Only people seen in so many days.")] = 0,
    people: Annotated[str, typer.Option("--people", metavar="CSV", help="Only these: a column of user ids.")] = "",
    keystore: KeystoreOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """Write a draft, and see how many people it would reach.

    Examples:  mixbot broadcast new "Hello, {name}"  ·  mixbot broadcast new @news.md --post --language en
    """
    body = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
    contents: list[Content] = [Post(body) if post else Text(body)]
    if button:
        contents.append(buttons_of(button))
    audience = Audience(language, active_days, user_ids=user_ids_of(people) if people else ())
    try:
        for content in (ready := with_stop_button(contents, "Stop news")):
            check(content)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    draft = _do(keystore, lambda steering, _: steering.draft({"": ready}, audience))
    found = _do(keystore, lambda _, ledger: ledger.arithmetic(audience, datetime.now(UTC)))
    if json_wanted:
        facts = {name: getattr(found, name) for name in ("total", "unsubscribed", "blocked", "unreachable")}
        as_json({"number": draft.number, **facts, "recipients": found.recipients})
        return
    say(f"Broadcast {draft.number} is a draft.")
    say(f"{found.total} people − {found.unsubscribed} without news − {found.blocked} blocked "
        f"− {found.unreachable} out of reach = {found.recipients} recipients")  # fmt: skip
    say(f"Send it: mixbot broadcast start {draft.number}")


@app.command()
def preview(number: Number, keystore: KeystoreOption = "") -> None:
    """Show what it says, language by language.

    Examples:  mixbot broadcast preview 1  ·  mixbot broadcast preview 1 --keystore keystore.json
    """
    broadcast = _find(keystore, number)
    for language, contents in broadcast.contents.items():
        say(f"— {language or 'everybody'} —")
        for content in contents:
            say(
                content.text
                if isinstance(content, Text)
                else content.markdown
                if isinstance(content, Post)
                else repr(content)
            )


@app.command("test")
def send_test(
    number: Number,
    who: Annotated[list[str], typer.Argument(help="Identity numbers or user ids.")],
    keystore: KeystoreOption = "",
) -> None:
    """Send it to these people only.

    Examples:  mixbot broadcast test 1 25566  ·  mixbot broadcast test 1 25566 37230199
    """
    broadcast = _find(keystore, number)
    user_ids = asyncio.run(_user_ids(keystore, who))
    _do(keystore, lambda steering, _: steering.test(broadcast, user_ids))
    say(f"The running service sends a test to {len(user_ids)}.")


@app.command()
def start(
    number: Number,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Such as 2030-12-01T09:00, in UTC.")] = "",
    yes: YesOption = False,
    keystore: KeystoreOption = "",
) -> None:
    """Send it, after a moment in which it can be cancelled.

    Examples:  mixbot broadcast start 1  ·  mixbot broadcast start 1 --at 2030-12-01T09:00 --yes
    """
    broadcast = _find(keystore, number)
    found = _do(keystore, lambda _, ledger: ledger.arithmetic(broadcast.audience, datetime.now(UTC)))
    if not found.recipients:
        complain("Nobody would receive that.")
        raise typer.Exit(1)
    confirm(f"Send broadcast {number} to {found.recipients} people?", yes=yes)
    undo_s = settings_for_command(keystore).broadcast.undo_seconds
    moment = moment_of(at) if at else None
    after = _do(keystore, lambda steering, _: steering.start(broadcast, undo_s=undo_s, at=moment))
    if after.state is State.SCHEDULED:
        say(f"Broadcast {number} begins at {after.due_at:%Y-%m-%d %H:%M} UTC.")
    else:
        say(f"Broadcast {number} begins in {undo_s:g} s. Undo: mixbot broadcast cancel {number}")


@app.command("list")
def list_(limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
          keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:  # fmt: skip
    """List them, newest first.

    Examples:  mixbot broadcast list  ·  mixbot broadcast list --json
    """
    rows = [_row(each) for each in _do(keystore, lambda _, ledger: ledger.broadcasts(limit))]
    listing(rows, COLUMNS, json_wanted=json_wanted, nothing="Nothing sent yet.")


@app.command()
def status(number: Number, keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Say how far it is, and why some did not get it.

    Examples:  mixbot broadcast status 1  ·  mixbot broadcast status 1 --json
    """
    broadcast = _find(keystore, number)
    reasons = _do(keystore, lambda _, ledger: ledger.reasons(broadcast.id))
    if json_wanted:
        facts = [{"outcome": outcome, "reason": why, "people": count} for (outcome, why), count in reasons.items()]
        as_json({**_row(broadcast), "waiting": broadcast.tally.waiting, "reasons": facts})
        return
    say(_line(broadcast))
    for (outcome, why), count in reasons.items():
        say(f"  {count} × {outcome}: {why}")


@app.command()
def watch(number: Number, keystore: KeystoreOption = "") -> None:
    """Follow it until it has ended; leaving changes nothing.

    Examples:  mixbot broadcast watch 1  ·  mixbot broadcast start 1 --yes && mixbot broadcast watch 1
    """
    last = ""
    while True:
        broadcast = _find(keystore, number)
        if (line := _line(broadcast)) != last:
            say(line)
            last = line
        if broadcast.state in ENDED or broadcast.state is State.DRAFT:
            return
        time.sleep(WATCH_S)


@app.command()
def pause(number: Number, reason: Reason = "", keystore: KeystoreOption = "") -> None:
    """Send it to nobody more for now.

    Examples:  mixbot broadcast pause 1  ·  mixbot broadcast pause 1 --reason typo
    """
    _steer(keystore, number, lambda steering, broadcast: steering.pause(broadcast, reason))


@app.command()
def resume(number: Number, keystore: KeystoreOption = "") -> None:
    """Go on with a paused one.

    Examples:  mixbot broadcast resume 1  ·  mixbot broadcast resume 1 && mixbot broadcast watch 1
    """
    _steer(keystore, number, lambda steering, broadcast: steering.resume(broadcast))


@app.command()
def cancel(number: Number, reason: Reason = "", keystore: KeystoreOption = "") -> None:
    """End it: whoever has not received it never will.

    Examples:  mixbot broadcast cancel 1  ·  mixbot broadcast cancel 1 --reason "sent by mistake"
    """
    _steer(keystore, number, lambda steering, broadcast: steering.cancel(broadcast, reason))


@app.command()
def retry(number: Number, reason: Reason = "", keystore: KeystoreOption = "") -> None:
    """Send it again to those with whom it failed, for one reason or for any.

    Examples:  mixbot broadcast retry 1  ·  mixbot broadcast retry 1 --reason "10002 no"
    """
    broadcast = _find(keystore, number)
    _, count = _do(keystore, lambda steering, _: steering.retry(broadcast, reason))
    say(f"{count} get another try.")


@app.command()
def recall(number: Number, yes: YesOption = False, keystore: KeystoreOption = "") -> None:
    """Take it back from everybody who received it.

    Examples:  mixbot broadcast recall 1  ·  mixbot broadcast recall 1 --yes
    """
    broadcast = _find(keystore, number)
    confirm(f"Take broadcast {number} back from {broadcast.tally.sent} people?", yes=yes)
    _do(keystore, lambda steering, _: steering.recall(broadcast))
    say(f"Broadcast {number} is being taken back from {broadcast.tally.sent} people.")


@app.command()
def rate(number: Number, per_minute: Annotated[int, typer.Argument(help="Messages a minute; 0: as fast as set up.")],
         keystore: KeystoreOption = "") -> None:  # fmt: skip
    """Send it slower, or as fast as the service may.

    Examples:  mixbot broadcast rate 1 6000  ·  mixbot broadcast rate 1 0
    """
    _steer(keystore, number, lambda steering, broadcast: steering.set_rate(broadcast, max(per_minute, 0)))


@app.command()
def report(number: Number, keystore: KeystoreOption = "") -> None:
    """Print what became of each recipient, as CSV.

    Examples:  mixbot broadcast report 1  ·  mixbot broadcast report 1 > report.csv
    """
    broadcast = _find(keystore, number)
    writer = csv.writer(sys.stdout)
    writer.writerow(("user_id", "outcome", "reason", "delivered", "read"))
    lines = _do(keystore, lambda _, ledger: ledger.report(broadcast.id))
    while lines:
        for line in lines:
            writer.writerow((line.user_id, line.outcome, _inert_cell(line.reason), int(line.delivered), int(line.read)))
        lines = _do(keystore, partial(_next_lines, broadcast.id, lines[-1].seq))


async def _next_lines(broadcast_id: str, after: int, _: Steering, ledger: Ledger) -> Sequence[Line]:
    return await ledger.report(broadcast_id, after)


def _inert_cell(text: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _steer(keystore: str, number: int, verb: Callable[[Steering, Broadcast], Awaitable[Broadcast]]) -> None:
    broadcast = _find(keystore, number)
    say(_line(_do(keystore, lambda steering, _: verb(steering, broadcast))))


def _find(keystore: str, number: int) -> Broadcast:
    found = _do(keystore, lambda _, ledger: ledger.broadcast(number))
    if found is None:
        complain(f"There is no broadcast {number}. See: mixbot broadcast list")
        raise typer.Exit(1)
    return found


def _do(keystore: str, work: Callable[[Steering, Ledger], Awaitable[T]]) -> T:
    async def done() -> T:
        settings = settings_for_command(keystore)
        async with store_of(settings, keystore_of(settings)) as store:
            return await work(Steering(store.ledger, ACTOR, datetime.now(UTC)), store.ledger)

    try:
        return asyncio.run(done())
    except WrongState as error:
        complain(f"That cannot be done: broadcast {error.broadcast.number} is {error.broadcast.state}.")
        raise typer.Exit(1) from None


async def _user_ids(keystore: str, who: list[str]) -> list[str]:
    settings = settings_for_command(keystore)
    async with mixin_of(settings, keystore_of(settings)) as mixin:
        try:
            return [(await mixin.user(each)).id for each in who]
        except NotFound:
            raise SetupError(
                "MB402", f"There is nobody on Mixin with one of the numbers or ids {' '.join(who)}."
            ) from None


def _line(broadcast: Broadcast) -> str:
    tally = broadcast.tally
    percent = 100 * (tally.total - tally.waiting) // tally.total if tally.total else 0
    why = f" ({broadcast.reason})" if broadcast.reason else ""
    return (
        f"#{broadcast.number} {broadcast.state}{why}  {percent} %  sent {tally.sent} of {tally.total}  "
        f"failed {tally.failed}  skipped {tally.skipped}  delivered {tally.delivered}  read {tally.read}"
    )


def _row(broadcast: Broadcast) -> Mapping[str, Any]:
    tally = {
        name: getattr(broadcast.tally, name) for name in ("sent", "total", "failed", "skipped", "delivered", "read")
    }
    return {"number": broadcast.number, "state": str(broadcast.state), **tally, "created_at": broadcast.created_at}
