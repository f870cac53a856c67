"""`/console/audit`: who did what and when, filtered, a page at a time, and as a file."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from aiohttp import web

from bot.ledger import AuditEntry, AuditQuery
from bot.report import csv_line
from bot.web.console.csv import open_csv
from bot.web.console.names import names_of
from bot.web.console.visit import Visit
from bot.wire import replace

PAGE = 50
AT_ONCE = 1_000
KINDS = ("broadcast.", "user.", "admin.", "console.", "dead.", "settings.", "segment.", "bot.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as it stands in the address; `kind` is how the deed's name begins."""

    who: str
    kind: str
    subject: str
    since: str

    @property
    def query(self) -> AuditQuery:
        return AuditQuery(self.who, self.kind, self.subject, _day(self.since), limit=PAGE)


async def audit(visit: Visit) -> web.Response:
    """The page."""
    wanted, before = _wanted(visit), visit.query("before", 18)
    number = int(before) if before.isascii() and before.isdigit() else 0
    ledger = visit.store.ledger
    found = await ledger.audited(replace(wanted.query, before_number=number, limit=PAGE + 1))
    entries = found[:PAGE]
    roles = await visit.store.admins()
    people = {each.actor_id for each in entries} | {each.subject for each in entries} | set(roles)
    return visit.page(
        "audit.html",
        entries=entries,
        next=entries[-1].number if len(found) > PAGE else 0,
        first=not number,
        wanted=wanted,
        kinds=KINDS,
        actors=["cli", *sorted(roles)],
        names=await names_of(visit.store, people),
        broken=await ledger.audit_broken(),
    )


async def as_csv(visit: Visit) -> web.StreamResponse:
    """All that fits, oldest last."""
    query = replace(_wanted(visit).query, limit=AT_ONCE)
    response = await open_csv(visit.request, "audit.csv", ("number", "at", "who", "action", "subject", "detail"))
    while entries := await visit.store.ledger.audited(query):
        await response.write("".join(_line(each) for each in entries).encode())
        query = replace(query, before_number=entries[-1].number)
        if entries[-1].number <= 1:
            break
    await response.write_eof()
    return response


def _line(entry: AuditEntry) -> str:
    at = entry.at.astimezone(UTC).isoformat(timespec="seconds")
    return csv_line(entry.number, at, entry.actor_id or "service", entry.action, entry.subject, entry.detail)


def _wanted(visit: Visit) -> Wanted:
    kind = visit.query("kind", 40)
    since = visit.query("since", 10)
    return Wanted(
        visit.query("who", 64),
        kind if kind in KINDS else "",
        visit.query("subject", 64),
        since if _day(since) is not None else "",
    )


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
