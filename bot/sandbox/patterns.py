"""Links of a bot that lead outside its home page and its resource patterns: the apps warn of them, so it is noted.

Source: mixin.md 7.7; https://developers.mixin.one/docs/app/getting-started/create-app
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.items import Item
from bot.sandbox.sandbox import Sandbox

MIXINS_OWN = frozenset({"mixin.one", "www.mixin.one"})


def note_strays(sandbox: Sandbox, bot_id: str, items: Sequence[Item]) -> None:
    """Write MB207 into the inspector for every link that the apps would warn of."""
    bot = sandbox.people.get(bot_id)
    for item in items:
        for link in links(item.category, item.content):
            if not (is_own(link, (bot.app if bot else None) or {}) or link.startswith(f"{sandbox.url}/")):
                sandbox.inspector.note(
                    f"MB207 {item.category} {item.message_id}: {link[:200]} is outside the home page and the resource "
                    "patterns of the bot; the apps warn of it"
                )


def links(category: str, content: Any) -> Iterator[str]:
    """The web addresses behind the buttons of a group or card."""
    buttons: list[Any] = []
    if category == "APP_BUTTON_GROUP":
        buttons = content
    elif category == "APP_CARD":
        buttons = [content] if content.get("action") else content.get("actions") or []
    for button in buttons:
        action = str(button.get("action") or "")
        if action.lower().startswith(("http://", "https://")):
            yield action


def is_own(link: str, app: dict[str, Any]) -> bool:
    """Whether a link is on the host of the app's home page, below one of its patterns, or Mixin's own."""
    try:
        host, home = urlsplit(link).netloc.lower(), urlsplit(str(app.get("home_uri") or "")).netloc.lower()
    except ValueError:
        return False
    patterns = [str(one) for one in app.get("resource_patterns") or []]
    return bool(host) and (host in MIXINS_OWN or host == home or any(link.startswith(one) for one in patterns if one))
