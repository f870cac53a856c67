"""`/console/delivery`: what is on its way, and the messages that could not be handled."""

import time

from aiohttp import web

from bot.message import Text
from bot.records import DeadLetter
from bot.web.console.names import names_of
from bot.web.console.visit import Visit
from bot.wire import plain

MOST = 100


async def delivery(visit: Visit) -> web.Response:
    """The page."""
    vitals, now = visit.services.vitals, time.monotonic()
    letters = await visit.store.dead_letters(MOST)
    return visit.page(
        "delivery.html",
        vitals=vitals,
        oldest_s=now - vitals.oldest_at if vitals.oldest_at is not None else None,
        uptime_s=now - vitals.started_at,
        throttles=[(now - at, seconds) for at, seconds in reversed(vitals.throttles)],
        letters=letters,
        most=MOST,
        names=await names_of(visit.store, (each.message.user_id for each in letters)),
    )


async def dead_letter(visit: Visit) -> web.Response:
    """One of them; what was said is shown by `body` alone."""
    letter = await _letter(visit)
    return await _page(visit, letter, "")


async def body(visit: Visit) -> web.Response:
    """What was said, which is noted in the audit."""
    letter = await _letter(visit)
    await visit.note("dead.read", letter.reference, letter.message.id)
    return await _page(visit, letter, _said(letter))


async def replay(visit: Visit) -> web.Response:
    """Handle it once more."""
    letter = await _letter(visit)
    await visit.store.request_replay(letter.reference)
    await visit.note("dead.replay", letter.reference)
    return visit.see("/delivery", done="dead.replayed")


async def drop(visit: Visit) -> web.Response:
    letter = await _letter(visit)
    await visit.store.drop_dead_letter(letter.reference)
    await visit.note("dead.drop", letter.reference)
    return visit.see("/delivery", done="dead.dropped")


async def _page(visit: Visit, letter: DeadLetter, said: str) -> web.Response:
    names = await names_of(visit.store, [letter.message.user_id])
    return visit.page("dead_letter.html", letter=letter, said=said, names=names)


async def _letter(visit: Visit) -> DeadLetter:
    """
    Raises:
        HTTPNotFound: There is none, or not any more.
    """
    letter = await visit.store.dead_letter(visit.request.match_info["reference"][:32].lower())
    if letter is None:
        raise web.HTTPNotFound
    return letter


def _said(letter: DeadLetter) -> str:
    content = letter.message.content
    if isinstance(content, Text):
        return content.text
    return "\n".join(f"{name}: {value}" for name, value in plain(content).items())
