"""What is done with a broadcast by the buttons of its page: each a form, answered by the page as it is afterwards."""

from aiohttp import web

from bot.broadcast import Broadcast
from bot.steering import WrongState
from bot.web.console.broadcasts import found
from bot.web.console.live import RATES
from bot.web.console.visit import Visit

UNKNOWN = "unknown"
DONE = {"pause": "paused", "resume": "resumed", "retry": "retried", "recall": "recalled", "rate": "rated"}


async def steer(visit: Visit) -> web.Response:
    """Do what the button `do` says. Of two who press at once one wins, and the other sees what is."""
    broadcast = await found(visit)
    place = f"/broadcasts/{broadcast.number}"
    try:
        done = await _done(visit, broadcast, await visit.field("do"))
    except WrongState as error:
        return visit.see(place, done=f"not_{error.broadcast.state}")
    return done if isinstance(done, web.Response) else visit.see(place, done=done)


async def _done(visit: Visit, broadcast: Broadcast, action: str) -> str | web.Response:
    steering = visit.steering
    if action == "pause":
        await steering.pause(broadcast, await visit.field("reason"))
    elif action == "resume":
        await steering.resume(broadcast)
    elif action in ("cancel", "undo"):
        await steering.cancel(broadcast)
        return "undone" if action == "undo" else "cancelled"
    elif action == "retry":
        await steering.retry(broadcast, await visit.field("reason"))
    elif action == "recall":
        await steering.recall(broadcast)
    elif action == "rate":
        rate = await visit.field("rate")
        if rate not in map(str, RATES):
            return UNKNOWN
        await steering.set_rate(broadcast, int(rate))
    elif action == "duplicate":
        copy = await steering.draft(broadcast.contents, broadcast.audience)
        return visit.see(f"/broadcasts/{copy.number}/edit", done="duplicated")
    else:
        return UNKNOWN
    return DONE[action]
