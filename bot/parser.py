"""Text to command word and arguments; linear in the length of the text, and never fails.

Rules: case does not matter; a leading `/`, `／` or `!` is optional; full-width characters count as their plain twins
(NFKC); the bot's own mention is dropped; `"quoted words"` are one argument; `--flag=value` is a flag.
"""

import re
import unicodedata
from dataclasses import dataclass, field

MAX_TEXT = 4000
"""Characters of a text that are looked at; the rest cannot matter to a command."""

_MENTION = re.compile(r"[@＠](7000\d{0,6})(?!\d)\s*")
_WORD = re.compile(r'--([A-Za-z][\w-]{0,30})(?:=("[^"]*"|\S*))?(?=\s|$)|"([^"]*)"|(\S+)')
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "「": '"', "」": '"'})
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(slots=True)
class Parsed:
    """`word` is lower case and without the slash, empty for an empty text; `rest` is what follows it, as written."""

    word: str
    rest: str = ""
    args: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    slash: bool = False
    """Whether it was written as a command, with a leading `/` or `!`."""


def plain(text: str) -> str:
    """Full-width to plain, without control, zero-width and direction characters, without surrounding space."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).strip()


def parse(text: str, bot_number: str = "") -> Parsed:
    """`bot_number` is the identity number whose mention is dropped from the front."""
    text = plain(text[:MAX_TEXT])
    mention = _MENTION.match(text)
    if mention and (mention[1] == bot_number or not bot_number):
        text = text[mention.end() :]
    slash = text[:1] in ("/", "!")
    if slash:
        text = text[1:].lstrip()
    head, _, rest = text.partition(" ") if "\n" not in text else _split(text)
    parsed = Parsed(head.lower(), rest.strip(), slash=slash)
    if parsed.rest:
        _arguments(parsed)
    return parsed


def _split(text: str) -> tuple[str, str, str]:
    head, *rest = text.split(None, 1)
    return head, "", rest[0] if rest else ""


def _arguments(parsed: Parsed) -> None:
    for match in _WORD.finditer(parsed.rest.translate(_QUOTES)):
        flag, value, quoted, word = match.groups()
        if flag is not None:
            parsed.flags[flag.lower()] = (value or "").strip('"')
        else:
            parsed.args.append(word if quoted is None else quoted)
