"""`/console/users`: everybody whom the bot knows, found by name, number or id, a page at a time."""

import segno
from aiohttp import web

from bot.roster import RosterQuery, Standing
from bot.users import Role
from bot.web.console.visit import Visit

SPANS = (1, 7, 30, 90)


async def users(visit: Visit) -> web.Response:
    """The page; what is looked for stands in its address."""
    query, now = query_of(visit), visit.now
    roster = visit.store.roster
    after = visit.query("after")
    try:
        page = await roster.page(query, now, after)
    except (ValueError, OverflowError):  # somebody wrote into the address
        page = await roster.page(query, now)
    count = await roster.count(query, now)
    everybody = count if query == RosterQuery() else await roster.count(RosterQuery(), now)
    return visit.page(
        "users.html",
        people=page.people,
        next=page.next,
        first=not after,
        query=query,
        count=count,
        everybody=everybody,
        languages=await roster.languages(),
        tags=await roster.tags(),
        standings=list(Standing),
        roles=[role for role in Role if role],
        spans=SPANS,
        code=_code(visit.frame.options.chat_url) if not everybody else "",
    )


def query_of(visit: Visit) -> RosterQuery:
    """Who is looked for; what makes no sense is passed over."""
    standing, role, days = visit.query("standing"), visit.query("role"), visit.query("active", 4)
    return RosterQuery(
        visit.query("q", 100),
        visit.query("language", 8),
        role if role in list(Role) else "",
        visit.query("tag", 40).casefold(),
        standing if standing in list(Standing) else "",
        int(days) if days.isascii() and days.isdigit() else 0,
    )


def _code(url: str) -> str:
    """A picture to scan."""
    return segno.make(url, error="m").svg_data_uri(scale=4, dark="#000", light="#fff") if url else ""
