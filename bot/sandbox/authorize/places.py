"""Links into Mixin that a browser follows: `https://mixin.one/users/…` and the like, at the sandbox's own address.

On a phone they open the app. Here the app is the chat in the other window: this one closes itself, where the browser
lets it, and says so otherwise. A code that asks for permission leads to the sheet, as scanning it does.

Source: mixin.md 10
"""

import re

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from bot.sandbox.authorize.pages import PATH, SHEET, Pages
from bot.sandbox.sandbox import Sandbox

PLACE = re.compile(r"/(users|apps|conversations|codes|snapshots|transfer|pay|send)/([\w-]{1,100})")


def places(sandbox: Sandbox) -> Middleware:
    """A middleware for what people follow; programs, which bring a token or want JSON, get the API's answer."""
    pages = Pages(sandbox)

    @web.middleware
    async def place(request: web.Request, handler: Handler) -> web.StreamResponse:
        person = "text/html" in request.headers.get(hdrs.ACCEPT, "") and hdrs.AUTHORIZATION not in request.headers
        found = PLACE.fullmatch(request.path) if person and request.method == "GET" else None
        if found is None:
            return await handler(request)
        if found[1] == "codes" and sandbox.consents.by_code_id(found[2]) is not None:
            raise web.HTTPSeeOther(f"{PATH}/{found[2]}/{SHEET}")
        return pages.inside(request)

    return place
