"""Markdown of a post, and web addresses in plain text, as pieces of a page; HTML in it stays text."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.web.console.nodes import Node, el

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

LINKS = ("https://", "http://")
INSIDE = "mixin://"
PLAIN = {
    "paragraph": "p", "blockquote": "blockquote", "bullet_list": "ul", "list_item": "li", "strong": "strong",
    "em": "em", "s": "s", "thead": "thead", "tbody": "tbody", "tr": "tr",
}  # fmt: skip
ALIGNED = ("center", "right")

_ADDRESS = re.compile(r"(?:https?|mixin)://[^\s<>\"'，。、）)\]]+", re.IGNORECASE)


def markdown(text: str) -> list[Node | str]:
    """The blocks of a post."""
    from markdown_it.tree import SyntaxTreeNode

    return _children(SyntaxTreeNode(_parser().parse(text)))


@cache
def _parser() -> "MarkdownIt":
    """Loaded with the first post: a start without it takes 50 ms less."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def linked(text: str) -> list[Node | str]:
    """Plain text with its addresses as links."""
    made: list[Node | str] = []
    at = 0
    for found in _ADDRESS.finditer(text):
        address = re.sub(r"[.,;:!?]+$", "", found[0])
        made += [text[at : found.start()], _link(address, [address])]
        at = found.start() + len(address)
    return [part for part in (*made, text[at:]) if part]


def _children(node: "SyntaxTreeNode") -> list[Node | str]:
    found: list[Node | str] = []
    for child in node.children:
        if child.type == "inline":
            found += _children(child)
        elif child.type == "text":
            found += linked(child.content)
        else:
            found.append(_node(child))
    return found


def _node(node: "SyntaxTreeNode") -> Node | str:
    kind = node.type
    if kind == "softbreak":
        return "\n"
    if kind in ("hardbreak", "hr"):
        return el("br" if kind == "hardbreak" else "hr")
    if kind == "code_inline":
        return el("code", None, node.content)
    if kind in ("fence", "code_block"):
        return el("pre", {"tabindex": "0"}, el("code", None, node.content))
    if kind == "image":
        return el("span", {"class": "not-loaded"}, node.content or str(node.attrs.get("src", "")))
    inside = _children(node)
    return _with_children(node, kind, inside)


def _with_children(node: "SyntaxTreeNode", kind: str, inside: list[Node | str]) -> Node:
    if kind == "heading":
        level = int(node.tag[1:])
        return el(f"h{min(6, level + 2)}", {"class": f"h{level}"}, *inside)
    if kind == "ordered_list":
        start = str(node.attrs.get("start", 1))
        return el("ol", {"start": "" if start == "1" else start}, *inside)
    if kind == "table":
        return el("div", {"class": "table", "tabindex": "0"}, el("table", None, *inside))
    if kind in ("th", "td"):
        align = str(node.attrs.get("style", "")).removeprefix("text-align:")
        return el(kind, {"class": align if align in ALIGNED else ""}, *inside)
    if kind == "link":
        return _link(str(node.attrs.get("href", "")), inside)
    return el(PLAIN.get(kind, "span"), None, *inside)


def _link(href: str, inside: Any) -> Node:
    if href.lower().startswith(LINKS):
        return el("a", {"href": href, "target": "_blank", "rel": "noopener noreferrer"}, *inside)
    return el(
        "span", {"class": "text-link" if href.lower().startswith(INSIDE) else "inert-link", "title": href}, *inside
    )
