"""The screen on which a person allows an app some scopes: `/oauth/authorize`."""

from bot.sandbox.authorize.pages import add_routes
from bot.sandbox.authorize.places import places

__all__ = ["add_routes", "places"]
