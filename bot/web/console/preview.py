"""What a broadcast will look like in the chat, as pieces of a page: the same bubbles, posts, cards and buttons."""

from collections.abc import Sequence

from bot.broadcast import Broadcast, Recipient, contents_for
from bot.message import Button, Buttons, Card, Content, Post, Text
from bot.web.console.markdown import linked, markdown
from bot.web.console.nodes import Node, el


def preview(broadcast: Broadcast, language: str, name: str, nameless: str) -> list[Node]:
    """What somebody of that name is sent, who speaks that language."""
    if not broadcast.contents:
        return []
    recipient = Recipient(0, broadcast.author_id, "", language, name)
    return [_row(content) for content in contents_for(broadcast, recipient, nameless)]


def _row(content: Content) -> Node:
    shape, category, inside = _shown(content)
    return el("div", {"class": "row", "data-category": category}, el("div", {"class": shape}, inside))


def _shown(content: Content) -> tuple[str, str, Node]:
    if isinstance(content, Text):
        return "bubble", "TEXT", el("div", {"class": "text", "dir": "auto"}, *linked(content.text))
    if isinstance(content, Post):
        body = el("div", {"class": "post-body", "dir": "auto"}, *markdown(content.markdown))
        return "bubble", "POST", el("div", {"class": "post"}, body)
    if isinstance(content, Card):
        return "bare", "APP_CARD", _card(content)
    if isinstance(content, Buttons):
        return "bare", "APP_BUTTON_GROUP", _grid(content.buttons)
    return "bubble", "OTHER", el("div", {"class": "text"}, type(content).__name__)


def _card(card: Card) -> Node:
    title = el("strong", {"dir": "auto"}, card.title)
    if card.action.strip():
        line = el("span", {"class": "facts", "dir": "auto"}, card.description.split("\n")[0])
        body = [el("span", {"class": "card-icon"}), el("span", {"class": "tile-text"}, title, line)]
        return el("div", {"class": "card old", "title": card.action}, *body)
    text = el("div", {"class": "card-text"}, title, el("p", {"dir": "auto"}, *linked(card.description)))
    return el("div", {"class": "card new"}, text, *([_grid(card.buttons)] if card.buttons else []))


def _grid(buttons: Sequence[Button]) -> Node:
    return el(
        "div",
        {"class": "button-grid"},
        *(
            el(
                "div",
                {"class": "chat-button", "title": button.action, "data-color": button.color},
                el("span", {"class": "label", "dir": "auto"}, button.label),
            )
            for button in buttons
        ),
    )
