"""Pieces of a page as plain values, `[tag, attributes, child, …]`: written as HTML here, built as elements by a script.

A child is such a piece or a text. Texts and values of attributes are escaped; tags and attributes are ours alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

Node = list[Any]
EMPTY = frozenset({"br", "hr"})


def el(tag: str, attributes: Mapping[str, str] | None = None, /, *children: "Node | str") -> Node:
    """One piece; attributes without a value are left out."""
    return [tag, {name: value for name, value in (attributes or {}).items() if value}, *children]


def html_of(pieces: Sequence["Node | str"]) -> Markup:
    """Pieces as HTML."""
    return Markup("").join(_written(piece) for piece in pieces)


def _written(piece: "Node | str") -> Markup:
    if isinstance(piece, str):
        return escape(piece)
    tag, attributes, *children = piece
    named = Markup("").join(Markup(' {}="{}"').format(Markup(name), value) for name, value in attributes.items())  # noqa: S704 - names are ours
    if tag in EMPTY:
        return Markup("<{}{}>").format(Markup(tag), named)  # noqa: S704 - tags are ours
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), named, html_of(children))  # noqa: S704
