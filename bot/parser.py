"""Text to command word and arguments; linear in the length of the text, and never fails.

Rules: case does not matter; a leading `/`, `／` or `!` is optional; full-width characters count as their plain twins
(NFKC); the bot's own mention is dropped; `"quoted words"` are one argument; `--flag=value` is a flag.
"""

import re
import unicodedata

from bot.wire import Record

MAX_TEXT = 4000
"""Characters of a text that are looked at; the rest cannot matter to a command."""

MAX_MENTION = 40
_MENTION = re.compile(r"@(7000\d{0,6})(?!\d)\s*")
_WORD = re.compile(r'--([A-Za-z][\w-]{0,30})(?:=("[^"]*"|\S*))?(?=\s|$)|"([^"]*)"|(\S+)')
_SLASHES = ("/", "!")
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "「": '"', "」": '"'})
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Parsed(Record):
    """`word` is lower case and without the slash, empty for an empty text; `rest` is what follows it, as written.

    `slash` says whether it was written as a command, with a leading `/` or `!`.
    """

    word: str
    rest: str = ""
    slash: bool = False
    _arguments: tuple[list[str], dict[str, str]] | None = None

    @property
    def args(self) -> list[str]:
        """The words of `rest`, flags taken out; quoted words are one."""
        return self._read()[0]

    @property
    def flags(self) -> dict[str, str]:
        """`--flag=value` and `--flag`, the latter with an empty value."""
        return self._read()[1]

    def _read(self) -> tuple[list[str], dict[str, str]]:
        if self._arguments is None:
            self._arguments = _arguments(self.rest)
        return self._arguments


def plain(text: str) -> str:
    """Full-width to plain, without control, zero-width and direction characters, without surrounding space."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)[:MAX_TEXT]).strip()


def parse(text: str, bot_number: str = "") -> Parsed:
    """`bot_number` is the identity number whose mention is dropped from the front."""
    text = plain(text[:MAX_TEXT])
    if text.startswith("@") and (mention := _MENTION.match(text)) and bot_number in (mention[1], ""):
        text = text[mention.end() :]
    slash = text.startswith(_SLASHES)
    words = (text[1:] if slash else text).split(None, 1)
    if not words:
        return Parsed("", "", slash)
    word = words[0].lower()
    return Parsed(word if word.isascii() else word.translate(_JOINERS), words[1] if len(words) > 1 else "", slash)


def is_for(text: str, bot_number: str = "") -> bool:
    """Whether a text in a group begins with the mention of the bot, or of any where its number is not known."""
    mention = _MENTION.match(plain(text[:MAX_MENTION]))
    return mention is not None and bot_number in (mention[1], "")


def _arguments(rest: str) -> tuple[list[str], dict[str, str]]:
    args: list[str] = []
    flags: dict[str, str] = {}
    for match in _WORD.finditer(rest.translate(_QUOTES)):
        flag, value, quoted, word = match.groups()
        if flag is not None:
            flags[flag.lower()] = (value or "").strip('"')
        else:
            args.append(word if quoted is None else quoted)
    return args, flags
