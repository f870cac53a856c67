"""`/console/broadcasts`: all of them, one of them as it goes, and its report as a table."""

from aiohttp import web

from bot.audience import audience_text
from bot.broadcast import Broadcast, State
from bot.draft import first_line
from bot.harmless import inert
from bot.report import REPORT_HEAD, csv_line, report_cells
from bot.web.console.csv import open_csv
from bot.web.console.live import RATES, view_of
from bot.web.console.nodes import html_of
from bot.web.console.visit import Visit

LISTED = 50


async def found(visit: Visit) -> Broadcast:
    """The one that the address names.

    Raises:
        HTTPNotFound: There is none.
    """
    broadcast = await visit.store.ledger.broadcast(int(visit.request.match_info["number"]))
    if broadcast is None:
        raise web.HTTPNotFound
    return broadcast


async def name_of(visit: Visit, user_id: str) -> str:
    """Who did something: a person by name, the command line, or the service itself."""
    if user_id in ("", "cli"):
        return visit.text("actor.itself" if not user_id else "actor.cli")
    person = await visit.store.roster.known(user_id)
    return inert(person.name) if person is not None and person.name else user_id[:8]


async def broadcasts(visit: Visit) -> web.Response:
    """The list."""
    newest = await visit.store.ledger.broadcasts(LISTED)
    rows = [
        {
            "broadcast": each,
            "first": first_line(next(iter(each.contents.values()), ())),
            "to": audience_text(each.audience),
            "place": f"/broadcasts/{each.number}" + ("/edit" if _editable(visit, each) else ""),
        }
        for each in newest
    ]
    return visit.page("broadcasts.html", rows=rows)


async def broadcast(visit: Visit) -> web.Response:
    """The page of one, as it is now; a script keeps it so."""
    one = await found(visit)
    if _editable(visit, one):
        return visit.see(f"/broadcasts/{one.number}/edit")
    view = await view_of(visit.store, one, visit.language, visit.now)
    return visit.page(
        "broadcast.html",
        broadcast=one,
        view=view,
        pieces={name: html_of(some) for name, some in view["nodes"].items()},
        first=first_line(next(iter(one.contents.values()), ())),
        to=audience_text(one.audience),
        rates=RATES,
        refresh=one.state not in (State.FINISHED, State.CANCELLED, State.RECALLED),
    )


async def report(visit: Visit) -> web.StreamResponse:
    """What became of each recipient, as CSV."""
    one = await found(visit)
    response = await open_csv(visit.request, f"broadcast-{one.number}.csv", REPORT_HEAD)
    last = 0
    while lines := await visit.store.ledger.report(one.id, last):
        last = lines[-1].seq
        await response.write("".join(csv_line(*report_cells(each)) for each in lines).encode())
    await visit.note("broadcast.report", str(one.number))
    await response.write_eof()
    return response


def _editable(visit: Visit, one: Broadcast) -> bool:
    return one.state is State.DRAFT and visit.visitor.may("operator")
