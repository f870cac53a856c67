"""What the bot's Home URL opens: who it is, and where to talk to it. No script, no style, nothing to load."""

from html import escape

from aiohttp import web

from bot.command import Services

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{name}</title>
<h1>{name}</h1>
<p>A bot in Mixin Messenger{number}. Write to it there: it answers commands; /help lists them.</p>
<p lang="zh">Mixin Messenger 里的机器人{number}。在那里给它发消息：它会回答命令，/help 列出全部命令。</p>
</html>
"""


class Home:
    """Shows the bot's name and number, as soon as they are known."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def home(self, request: web.Request) -> web.Response:
        """The page."""
        services = self._services
        number = f" ({services.number})" if services.number else ""
        page = PAGE.format(name=escape(services.name or "mixbot"), number=escape(number))
        return web.Response(text=page, content_type="text/html")
