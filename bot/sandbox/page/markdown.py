"""Markdown of a post to a tree of plain values from which the page builds its elements; HTML in it stays text.

A node is `{"t": kind}` with `"v"` (text), `"c"` (children) and, by kind, `level`, `start`, `align`, `href`, `info`.
"""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

MAX_MARKDOWN_BYTES = 128 * 1024
LINKS = ("https://", "http://", "mixin://")

_parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])


def tree(markdown: str) -> list[dict[str, Any]]:
    """The blocks of a post, outermost first."""
    return _children(SyntaxTreeNode(_parser.parse(markdown)))


def _children(node: SyntaxTreeNode) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for child in node.children:
        if child.type == "inline":
            found.extend(_children(child))
        elif child.type != "text" or child.content:
            found.append(_node(child))
    return found


def _node(node: SyntaxTreeNode) -> dict[str, Any]:
    kind = node.type
    if kind in ("text", "code_inline"):
        return {"t": kind, "v": node.content}
    if kind in ("fence", "code_block"):
        return {"t": "code", "v": node.content, "info": node.info.split(" ")[0][:40] if kind == "fence" else ""}
    if kind == "image":
        return {"t": "image", "v": node.content, "href": _link(node.attrs.get("src"))}
    made: dict[str, Any] = {"t": kind}
    if kind == "heading":
        made["level"] = int(node.tag[1:])
    elif kind == "ordered_list":
        made["start"] = int(node.attrs.get("start", 1))
    elif kind == "link":
        made["href"] = _link(node.attrs.get("href"))
    elif kind in ("th", "td"):
        made["align"] = str(node.attrs.get("style", "")).removeprefix("text-align:")
    if node.children:
        made["c"] = _children(node)
    return made


def _link(href: object) -> str:
    """The address if a messenger would follow it, else nothing."""
    return href if isinstance(href, str) and href.lower().startswith(LINKS) else ""
