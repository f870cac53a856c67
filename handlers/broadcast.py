"""/broadcast: write to everyone who wants news, for admins: `/broadcast new Hello!`, a preview, a code to send it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from bot import (
    REPORT_HEAD,
    Audience,
    Broadcast,
    Button,
    Buttons,
    Card,
    Content,
    Context,
    Misread,
    NotAlone,
    Outcome,
    Post,
    Reply,
    SentBefore,
    State,
    Text,
    TooManyToday,
    Unsupported,
    UserError,
    WrongState,
    command,
    csv_line,
    format_number,
    format_time,
    format_timespan,
    rate_of,
    read_audience,
    report_cells,
    with_stop_button,
)

FLAG = re.compile(r"--(to|at|type)=(\S+)\s*")
MAX_TITLE = 36
LISTED = 10
REASONS = 8
MOST_LINES = 20_000
"""Recipients in a file that goes through a chat."""


@command("broadcast", admin=True, writes=True, reads=("report",))
async def broadcast(ctx: Context) -> Reply:
    action = ctx.args[0].lower() if ctx.args else "list"
    if action == "new":
        return await _new(ctx)
    if action == "list":
        return await _list(ctx)
    verb = VERBS.get(action)
    if verb is None or len(ctx.args) < 2:
        raise UserError(ctx.text("broadcast.usage"))
    found = await _find(ctx, ctx.args[1])
    try:
        return await verb(ctx, found)
    except NotAlone as error:
        key = "broadcast.not_alone" if error.recipients else "broadcast.own"
        raise UserError(ctx.text(key, number=found.number, limit=error.limit)) from None
    except TooManyToday as error:
        raise UserError(ctx.text("broadcast.too_many", limit=error.limit)) from None
    except SentBefore as error:
        raise UserError(ctx.text("broadcast.sent_before", number=found.number, other=error.broadcast.number)) from None
    except WrongState as error:
        state = ctx.text(f"broadcast.state_{error.broadcast.state}")
        raise UserError(ctx.text("broadcast.wrong_state", number=found.number, state=state)) from None


async def _new(ctx: Context) -> Reply:
    """Keep a draft; show it as people will see it, with the arithmetic of its audience and the code."""
    flags, body = _read(ctx.rest.partition("new")[2])
    if not body:
        raise UserError(ctx.text("broadcast.new_usage"))
    audience, contents = await _audience(ctx, flags.get("to", "")), _contents(ctx, flags.get("type", "text"), body)
    if not audience.groups:  # a group has no news of its own to end
        contents = with_stop_button(contents, ctx.text("broadcast.stop_button"))
    at = _moment(ctx, flags["at"]) if "at" in flags else None
    draft = await ctx.steering.draft({"": contents}, audience, at)
    arithmetic = await ctx.store.ledger.arithmetic(draft.audience, datetime.now(UTC))
    if not arithmetic.recipients:
        raise UserError(ctx.text("broadcast.nobody"))
    numbers = {
        name: format_number(getattr(arithmetic, name), ctx.language)
        for name in ("total", "unsubscribed", "blocked", "unreachable", "recipients")
    }
    lasts = format_timespan(
        max(60 * arithmetic.recipients * len(contents) / ctx.services.rate_per_minute, 1.0), ctx.language
    )
    report = ctx.text("broadcast.drafted", number=draft.number, code=draft.code, lasts=lasts, **numbers)
    order = f"input:/broadcast send {draft.number} {draft.code}"
    if at is not None:
        report += "\n" + ctx.text("broadcast.will_begin", at=format_time(at, ctx.language))
        order += f" --at={at:%Y-%m-%dT%H:%MZ}"
    actions = (
        Button(ctx.text("broadcast.send_button"), order),
        Button(ctx.text("broadcast.test_button"), f"input:/broadcast test {draft.number}"),
        Button(ctx.text("broadcast.cancel_button"), f"input:/broadcast cancel {draft.number}", "#C5595A"),
    )
    return [*contents, report, Buttons(actions)]


async def _send(ctx: Context, found: Broadcast) -> Reply:
    if found.state is State.DRAFT and (len(ctx.args) < 3 or ctx.args[2] != found.code):
        raise UserError(ctx.text("broadcast.code_wrong", number=found.number))
    at = _moment(ctx, ctx.parsed.flags["at"]) if "at" in ctx.parsed.flags else None
    again = "again" in ctx.parsed.flags
    after = await ctx.steering.start(found, undo_s=ctx.services.undo_s, at=at, again=again)
    if after.state is State.SCHEDULED and after.due_at is not None:
        begins = ctx.text("broadcast.scheduled", number=after.number, at=format_time(after.due_at, ctx.language))
    else:
        begins = ctx.text("broadcast.begins", number=after.number, seconds=round(ctx.services.undo_s))
    undo = Button(ctx.text("broadcast.undo_button"), f"input:/broadcast cancel {after.number}", "#C5595A")
    return [begins, Buttons((undo, _show_button(ctx, after)))]


async def _test(ctx: Context, found: Broadcast) -> Reply:
    people = [await ctx.user(who) for who in ctx.args[2:12]]
    await ctx.steering.test(found, [each.id for each in people] or [ctx.message.user_id])
    return ctx.text("broadcast.tested", names=", ".join(each.name for each in people) or ctx.text("broadcast.you"))


async def _approve(ctx: Context, found: Broadcast) -> Reply:
    """Agree to a draft of somebody else, which is shown with it."""
    await ctx.steering.approve(found)
    return [*found.contents[""], ctx.text("broadcast.approved", number=found.number)]


async def _pause(ctx: Context, found: Broadcast) -> Reply:
    return await _shown(ctx, await ctx.steering.pause(found, " ".join(ctx.args[2:])[:200]))


async def _resume(ctx: Context, found: Broadcast) -> Reply:
    return await _shown(ctx, await ctx.steering.resume(found))


async def _cancel(ctx: Context, found: Broadcast) -> Reply:
    return await _shown(ctx, await ctx.steering.cancel(found))


async def _retry(ctx: Context, found: Broadcast) -> Reply:
    after, number = await ctx.steering.retry(found, ctx.parsed.flags.get("reason", ""))
    return [ctx.count("broadcast.again", number), *await _shown(ctx, after)]


async def _recall(ctx: Context, found: Broadcast) -> Reply:
    await ctx.steering.recall(found)
    sent = format_number(found.tally.sent, ctx.language)
    return [ctx.text("broadcast.recalling", number=found.number, sent=sent), Buttons((_show_button(ctx, found),))]


async def _show(ctx: Context, found: Broadcast) -> Reply:
    return await _shown(ctx, found)


async def _report(ctx: Context, found: Broadcast) -> Reply:
    """What became of each recipient, as a file; it goes to whoever asks, and is noted."""
    services, total = ctx.services, found.tally.total
    if services.attachments is None:
        raise Unsupported("this messenger takes no files")
    if total > MOST_LINES:
        most, many = format_number(MOST_LINES, ctx.language), format_number(total, ctx.language)
        raise UserError(ctx.text("broadcast.csv_long", total=many, most=most, number=found.number))
    lines = [csv_line(*REPORT_HEAD)]
    seq = 0
    while some := await ctx.store.ledger.report(found.id, seq):
        seq = some[-1].seq
        lines += [csv_line(*report_cells(each)) for each in some]
    await ctx.note("broadcast.report", str(found.number))
    data = "".join(lines).encode()
    file = await services.attachments.upload(data, name=f"broadcast-{found.number}.csv", mime_type="text/csv")
    return [ctx.text("broadcast.csv", total=format_number(total, ctx.language)), file]


async def _shown(ctx: Context, found: Broadcast) -> list[str | Content]:
    tally, language = found.tally, ctx.language
    names = ("total", "sent", "failed", "skipped", "waiting", "delivered", "read")
    numbers = {name: format_number(getattr(tally, name), language) for name in names}
    lines = [ctx.text("broadcast.report", number=found.number, state=_state(ctx, found), **numbers)]
    if found.state is State.RUNNING and (rate := rate_of(await ctx.store.ledger.pace(found.id), datetime.now(UTC))):
        left = format_timespan(max(60 * tally.waiting / rate, 1.0), language)
        lines.append(ctx.text("broadcast.pace", rate=format_number(rate, language), left=left))
    for (outcome, reason), number in list((await ctx.store.ledger.reasons(found.id)).items())[:REASONS]:
        key = "broadcast.failed_for" if outcome == Outcome.FAILED else "broadcast.skipped_for"
        why = ctx.find(f"broadcast.why_{reason}") or reason
        lines.append(ctx.text(key, count=format_number(number, language), reason=why))
    offered = {
        State.DRAFT: ("test", "cancel"), State.SCHEDULED: ("cancel",), State.COUNTING: ("cancel",),
        State.RUNNING: ("pause", "cancel"), State.PAUSED: ("resume", "cancel"),
        State.FINISHED: ("retry", "recall") if tally.failed else ("recall",),
    }.get(found.state, ())  # fmt: skip
    buttons = [
        Button(ctx.text(f"broadcast.{verb}_button"), f"input:/broadcast {verb} {found.number}") for verb in offered
    ]
    return ["\n".join(lines), Buttons((*buttons, _show_button(ctx, found)))]


async def _list(ctx: Context) -> Reply:
    newest = await ctx.store.ledger.broadcasts(LISTED)
    if not newest:
        return ctx.text("broadcast.none")
    lines = [
        ctx.text("broadcast.line", number=each.number, state=_state(ctx, each), sent=each.tally.sent,
                 total=each.tally.total, at=format_time(each.created_at, ctx.language))
        for each in newest
    ]  # fmt: skip
    return ["\n".join(lines), Buttons((_show_button(ctx, newest[0]),))]


VERBS: dict[str, Callable[[Context, Broadcast], Awaitable[Reply]]] = {
    "send": _send, "test": _test, "approve": _approve, "show": _show, "pause": _pause, "resume": _resume,
    "cancel": _cancel, "retry": _retry, "recall": _recall, "report": _report,
}  # fmt: skip


async def _find(ctx: Context, number: str) -> Broadcast:
    found = await ctx.store.ledger.broadcast(int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None:
        raise UserError(ctx.text("broadcast.unknown", number=number[:16]))
    return found


def _read(rest: str) -> tuple[dict[str, str], str]:
    """The flags at the beginning, and the body as it was written."""
    flags: dict[str, str] = {}
    rest = rest.strip()
    while match := FLAG.match(rest):
        flags[match[1]] = match[2]
        rest = rest[match.end() :]
    return flags, rest


def _contents(ctx: Context, kind: str, body: str) -> Sequence[Content]:
    if kind == "post":
        return (Post(body),)
    if kind == "text":
        return (Text(body),)
    title, _, description = body.partition("\n")
    if kind != "card" or not description.strip() or len(title) > MAX_TITLE:
        raise UserError(ctx.text("broadcast.type_unknown"))
    return (Card(title.strip(), description.strip()[:1024]),)


async def _audience(ctx: Context, wanted: str) -> Audience:
    """`lang:zh,active:30d,role:owner,tag:vip`, a segment, or nothing for everyone."""
    try:
        return read_audience(wanted, await ctx.store.roster.segments(), ctx.services.texts.languages)
    except Misread as error:
        raise UserError(ctx.text("broadcast.audience_unknown", part=str(error)[:40])) from None


def _moment(ctx: Context, text: str) -> datetime:
    """A time to come, in UTC unless it says otherwise."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(ctx.text("broadcast.time_unknown")) from None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found <= datetime.now(UTC):
        raise UserError(ctx.text("broadcast.time_over"))
    return found


def _state(ctx: Context, found: Broadcast) -> str:
    key = "finished_badly" if found.state is State.FINISHED and found.tally.failed else found.state
    state = ctx.text(f"broadcast.state_{key}")
    return f"{state} ({found.reason})" if found.reason else state


def _show_button(ctx: Context, found: Broadcast) -> Button:
    return Button(ctx.text("broadcast.show_button"), f"input:/broadcast show {found.number}")
