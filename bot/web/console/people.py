"""`/console/broadcasts/N/people`: who would receive a draft now, and who would not and why, before it is sent."""

from aiohttp import web

from bot.broadcast import State
from bot.groups import Group
from bot.web.console.broadcasts import found
from bot.web.console.composer import sum_text
from bot.web.console.visit import Visit

PAGE = 50


async def people(visit: Visit) -> web.Response:
    """A page of them, by user id; `excluded` in the address leaves out those who would receive it."""
    broadcast = await found(visit)
    if broadcast.state is not State.DRAFT:
        return visit.see(f"/broadcasts/{broadcast.number}")
    ledger, now = visit.store.ledger, visit.now
    excluded, after = bool(visit.query("excluded", 1)), visit.query("after", 40)
    rows = await ledger.audience(broadcast.audience, now, after, PAGE + 1, excluded=excluded)
    shown = rows[:PAGE]
    groups: dict[str, Group] = {}
    if broadcast.audience.groups:
        groups = {each.conversation_id: each for each in await visit.store.groups.all()}
    return visit.page(
        "people.html",
        draft=broadcast,
        rows=shown,
        known=await visit.store.roster.all_of([user_id for user_id, _ in shown]),
        groups=groups,
        sum_text=sum_text(visit, await ledger.arithmetic(broadcast.audience, now)),
        excluded=excluded,
        first=not after,
        next=shown[-1][0] if len(rows) > PAGE else "",
    )
