"""What browsers and monitors may call."""

from bot.web.server import WebOptions, open_web

__all__ = ["WebOptions", "open_web"]
