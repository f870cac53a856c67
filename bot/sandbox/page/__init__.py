"""The messenger page: people chat with the bot in a browser, over the sandbox's control API only."""

from bot.sandbox.page.pages import add_routes, chat_page, nandbox_page

__all__ = ["add_routes", "chat_page", "nandbox_page"]
