"""Markdown as plain text, for a messenger that shows its signs as they are; no I/O."""

import re

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\((\S{1,2000}?)\)")
_HEADING = re.compile(r"(?m)^ {0,3}#{1,6} +(.*?)(?: +#+)? *$")
_BREAK = re.compile(r"(?m)(?: {2,}|\\)$")
_STRONG = re.compile(r"(\*\*|__|~~|`)(?=\S)(.{1,500}?)(?<=\S)\1")
_RULED = re.compile(r"(?m)^\|?[ :|-]*-{3}[ :|-]*\|?\n?")
_HIDDEN = "\ue000"


def as_plain(markdown: str) -> str:
    """The words of a Markdown text: what was escaped stands there as it is, links show where they lead."""
    escaped: list[str] = []

    def hide(found: re.Match[str]) -> str:
        escaped.append(found[1])
        return _HIDDEN

    text = _ESCAPED.sub(hide, _BREAK.sub("", markdown.replace(_HIDDEN, "")))
    text = _HEADING.sub(r"\1", _RULED.sub("", text))
    text = _STRONG.sub(r"\2", _LINK.sub(r"\1 (\2)", text))
    signs = iter(escaped)
    return re.sub(_HIDDEN, lambda _: next(signs), text)
