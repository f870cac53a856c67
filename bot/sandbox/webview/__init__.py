"""A picture of Mixin's in-app browser around the bot's home page: `/w/`. For looks; *Open Homepage* is the real one."""

from bot.sandbox.webview.pages import add_routes

__all__ = ["add_routes"]
