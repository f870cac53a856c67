"""The console: what people with a role see of the bot in a browser, and what they do there.

`site` lets people in and leads each request to its page; a page is a module here with a template beside it.
"""

from bot.web.console.routes import add_console

__all__ = ["add_console"]
