"""`mixbot broadcast`: write to everyone who wants news. The running service sends; this only says what and when."""

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, TypeVar

import typer

from bot.audience import Misread, audience_text, read_audience
from bot.broadcast import Broadcast, State
from bot.cli.contents import ButtonOption, check, moment_of, user_ids_of
from bot.cli.desk import ACTOR, Desk, at_desk
from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, listing, say
from bot.cli.progress import line_of, row_of
from bot.cli.progress import watch as watch_it
from bot.cli.setup import KeystoreOption, keystore_of, mixin_of, settings_for_command
from bot.cli.wording import contents_in_words, problem_text, shown_lines
from bot.draft import Shape
from bot.errors import NotFound, SetupError
from bot.ledger import Ledger, Line
from bot.records import Store
from bot.report import REPORT_HEAD, csv_cell, report_cells
from bot.steering import Limits, NotAlone, SentBefore, Steering, TooManyToday, WrongState
from bot.wire import plain, replace
from config.redact import inert

T = TypeVar("T")

app = typer.Typer(
    help="Write to everyone who wants news; the running service sends.\n\n"
    'Examples:  mixbot broadcast new "Hello" && mixbot broadcast start 1  ·  mixbot broadcast watch 1',
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

CHOICES = "lang:zh, active:30d, role:owner, tag:vip, joined>2026-01-31, segment:NAME, groups"
COLUMNS = ("number", "state", "sent", "total", "failed", "skipped", "delivered", "read", "created_at")

Number = Annotated[int, typer.Argument(help="The broadcast's number.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who look at it later.")]


@app.command()
def new(
    text: Annotated[str, typer.Argument(help="What to say, or @FILE. {name} stands for the person's name.")],
    post: Annotated[bool, typer.Option("--post", help="As a post, with Markdown.")] = False,
    card: Annotated[bool, typer.Option("--card", help="As a card: its first line is the title.")] = False,
    link: Annotated[str, typer.Option("--link", help="What the card opens.")] = "",
    other: Annotated[list[str] | None, typer.Option("--text", metavar="LANG=TEXT", help="In a language.")] = None,
    button: ButtonOption = None,
    to: Annotated[str, typer.Option("--to", metavar="WORDS", help="Such as lang:zh,tag:vip,active:30d.")] = "",
    language: Annotated[str, typer.Option("--language", help="Only people who speak it.")] = "",
    active_days: Annotated[int, typer.Option("--active-days", help="Only people seen in so many days.")] = 0,
    people: Annotated[str, typer.Option("--people", metavar="CSV", help="Only these: a column of user ids.")] = "",
    keystore: KeystoreOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """Write a draft, and see how many people it would reach.

    Examples:  mixbot broadcast new "Hello, {name}" --text zh=你好  ·  mixbot broadcast new @news.md --post --to lang:en
    """
    shape = Shape.CARD if card else Shape.POST if post else Shape.TEXT
    contents, warnings = contents_in_words(shape, text, other or (), button or (), link, keystore)
    try:
        for content in (each for some in contents.values() for each in some):
            check(content)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        audience = read_audience(to, _do(keystore, lambda desk: desk.store.roster.segments()))
    except Misread as error:
        raise typer.BadParameter(f"--to: {error} means nothing; there is {CHOICES}") from None
    given = {"language": language, "active_days": active_days, "user_ids": user_ids_of(people) if people else ()}
    audience = replace(audience, **{name: value for name, value in given.items() if value})
    draft = _do(keystore, lambda desk: desk.steering.draft(contents, audience))
    found = _do(keystore, lambda desk: desk.ledger.arithmetic(audience, datetime.now(UTC)))
    for problem in warnings:
        complain(problem_text(problem))
    if json_wanted:
        facts = {name: getattr(found, name) for name in ("total", "unsubscribed", "blocked", "unreachable")}
        as_json({"number": draft.number, **facts, "recipients": found.recipients})
        return
    say(f"Broadcast {draft.number} is a draft.")
    say(f"{found.total} people − {found.unsubscribed} without news − {found.blocked} blocked "
        f"− {found.unreachable} out of reach = {found.recipients} recipients")  # fmt: skip
    say(f"Send it: mixbot broadcast start {draft.number}")


@app.command()
def preview(number: Number, keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Show what it says, language by language, and to whom.

    Examples:  mixbot broadcast preview 1  ·  mixbot broadcast preview 1 --json
    """
    broadcast = _find(keystore, number)
    if json_wanted:
        as_json({"number": number, "to": audience_text(broadcast.audience), "contents": plain(broadcast.contents)})
        return
    say(f"To: {audience_text(broadcast.audience)}")
    for language, contents in broadcast.contents.items():
        say(f"— {language or 'everybody else' if len(broadcast.contents) > 1 else language or 'everybody'} —")
        for line in (line for content in contents for line in shown_lines(content)):
            say(inert(line))


@app.command()
def approve(number: Number, yes: YesOption = False, keystore: KeystoreOption = "") -> None:
    """Agree to a draft of somebody else.

    Examples:  mixbot broadcast approve 1  ·  mixbot broadcast preview 1 && mixbot broadcast approve 1 --yes
    """
    broadcast = _find(keystore, number)
    confirm(f"Agree to broadcast {number} as it is?", yes=yes)
    _do(keystore, lambda desk: desk.steering.approve(broadcast))
    say(f"Agreed. Send it: mixbot broadcast start {number}")


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
    _do(keystore, lambda desk: desk.steering.test(broadcast, user_ids))
    say(f"The running service sends a test to {len(user_ids)}.")


@app.command()
def start(
    number: Number,
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="Such as 2030-12-01T09:00, in UTC.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Although the same was sent within a day.")] = False,
    yes: YesOption = False,
    keystore: KeystoreOption = "",
) -> None:
    """Send it, after a moment in which it can be cancelled.

    Examples:  mixbot broadcast start 1  ·  mixbot broadcast start 1 --at 2030-12-01T09:00 --yes
    """
    broadcast = _find(keystore, number)
    found = _do(keystore, lambda desk: desk.ledger.arithmetic(broadcast.audience, datetime.now(UTC)))
    if not found.recipients:
        complain("Nobody would receive that.")
        raise typer.Exit(1)
    confirm(f"Send broadcast {number} to {found.recipients} people?", yes=yes)
    undo_s = settings_for_command(keystore).broadcast.undo_seconds
    moment = moment_of(at) if at else None
    after = _do(keystore, lambda desk: desk.steering.start(broadcast, undo_s=undo_s, at=moment, again=again))
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
    rows = [row_of(each) for each in _do(keystore, lambda desk: desk.ledger.broadcasts(limit))]
    listing(rows, COLUMNS, json_wanted=json_wanted, nothing="Nothing sent yet.")


@app.command()
def status(number: Number, keystore: KeystoreOption = "", json_wanted: JsonOption = False) -> None:
    """Say how far it is, and why some did not get it.

    Examples:  mixbot broadcast status 1  ·  mixbot broadcast status 1 --json
    """
    broadcast = _find(keystore, number)
    reasons = _do(keystore, lambda desk: desk.ledger.reasons(broadcast.id))
    if json_wanted:
        facts = [{"outcome": outcome, "reason": why, "people": count} for (outcome, why), count in reasons.items()]
        as_json({**row_of(broadcast), "waiting": broadcast.tally.waiting, "reasons": facts})
        return
    say(line_of(broadcast))
    for (outcome, why), count in reasons.items():
        say(f"  {count} × {outcome}: {why}")


@app.command()
def watch(number: Number, keystore: KeystoreOption = "") -> None:
    """Follow it until it has ended; leaving changes nothing.

    Examples:  mixbot broadcast watch 1  ·  mixbot broadcast start 1 --yes && mixbot broadcast watch 1
    """
    _find(keystore, number)
    watch_it(lambda: _do(keystore, lambda desk: _looked(desk, number)))


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
    _, count = _do(keystore, lambda desk: desk.steering.retry(broadcast, reason))
    say(f"{count} get another try.")


@app.command()
def recall(number: Number, yes: YesOption = False, keystore: KeystoreOption = "") -> None:
    """Take it back from everybody who received it.

    Examples:  mixbot broadcast recall 1  ·  mixbot broadcast recall 1 --yes
    """
    broadcast = _find(keystore, number)
    confirm(f"Take broadcast {number} back from {broadcast.tally.sent} people?", yes=yes)
    _do(keystore, lambda desk: desk.steering.recall(broadcast))
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
    writer.writerow(REPORT_HEAD)
    lines = _do(keystore, lambda desk: desk.ledger.report(broadcast.id))
    while lines:
        for line in lines:
            writer.writerow([csv_cell(each) for each in report_cells(line)])
        lines = _do(keystore, partial(_next_lines, broadcast.id, lines[-1].seq))


async def _looked(desk: "_Desk", number: int) -> tuple[Broadcast, Sequence[tuple[datetime, int]]]:
    broadcast = await desk.ledger.broadcast(number)
    assert broadcast is not None
    return broadcast, await desk.ledger.pace(broadcast.id)


async def _next_lines(broadcast_id: str, after: int, desk: "_Desk") -> Sequence[Line]:
    return await desk.ledger.report(broadcast_id, after)


def _steer(keystore: str, number: int, verb: Callable[[Steering, Broadcast], Awaitable[Broadcast]]) -> None:
    broadcast = _find(keystore, number)
    say(line_of(_do(keystore, lambda desk: verb(desk.steering, broadcast))))


def _find(keystore: str, number: int) -> Broadcast:
    found = _do(keystore, lambda desk: desk.ledger.broadcast(number))
    if found is None:
        complain(f"There is no broadcast {number}. See: mixbot broadcast list")
        raise typer.Exit(1)
    return found


@dataclass(frozen=True, slots=True)
class _Desk:
    store: Store
    steering: Steering

    @property
    def ledger(self) -> Ledger:
        return self.store.ledger


def _do(keystore: str, work: Callable[[_Desk], Awaitable[T]]) -> T:
    async def steered(desk: Desk) -> T:
        broadcast = desk.settings.broadcast
        limits = Limits(broadcast.per_admin_per_day, broadcast.second_admin_over)
        return await work(_Desk(desk.store, Steering(desk.store.ledger, ACTOR, desk.now, limits)))

    try:
        return at_desk(keystore, steered)
    except WrongState as error:
        complain(f"That cannot be done: broadcast {error.broadcast.number} is {error.broadcast.state}.")
    except NotAlone as error:
        reach = f"reaches {error.recipients} people, more than {error.limit}" if error.recipients else "is yours"
        complain(f"It {reach}: somebody else has to agree to it first, in the chat or in the console.")
    except TooManyToday as error:
        complain(f"{error.limit} broadcasts were begun from here within a day, and that is the most.")
    except SentBefore as error:
        said = f"Broadcast {error.broadcast.number} said the same to the same people within a day."
        complain(f"{said} If that is meant: --again")
    raise typer.Exit(1)


async def _user_ids(keystore: str, who: list[str]) -> list[str]:
    settings = settings_for_command(keystore)
    async with mixin_of(settings, keystore_of(settings)) as mixin:
        try:
            return [(await mixin.user(each)).id for each in who]
        except NotFound:
            raise SetupError(
                "MB402", f"There is nobody on Mixin with one of the numbers or ids {' '.join(who)}."
            ) from None
