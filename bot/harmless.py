"""What strangers wrote (names, memos, announcements), made harmless to show: no controls, no tricks of direction.

A text stays the same text when it has to be sent as a post: Markdown in it shows as the characters it is made of.
"""

import re

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|~#&!])")
_AT_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|[-=+]|$)")
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARKS}{{3}}){_MARKS}+")


def inert(text: str, most: int = 64) -> str:
    """One line of at most so many characters, an ellipsis included; what cannot be seen is gone."""
    line = " ".join(_UNSEEN.sub(" ", text[: most * 8]).split())
    line = _STACKED.sub(r"\1", line)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def as_markdown(text: str) -> str:
    """A plain text as Markdown that shows it as it is, line by line."""
    lines = [_line(line) for line in text.split("\n")]
    return "".join(
        line + ("" if following is None else "\n" if not line or not following else "  \n")
        for line, following in zip(lines, [*lines[1:], None], strict=True)
    )


def _line(line: str) -> str:
    line = _SPECIAL.sub(r"\\\1", line)
    return _AT_START.sub(lambda found: f"{found[1]}{found[2][:-1]}\\{found[2][-1]}", line).strip()
