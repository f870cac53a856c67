"""What a terminal can show: where it cannot show a sign, a plain one stands in its place, and nothing breaks."""

import codecs
import sys
import unicodedata
from io import TextIOWrapper

PLAIN = {
    "▸": ">", "◂": "<", "✔": "ok", "✘": "X", "–": "-", "—": "-", "·": "-", "…": "...", "→": "->", "≥": ">=", "≤": "<=",
    "“": '"', "”": '"', "’": "'", "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "━": "=", "╺": "-",
}  # fmt: skip
NAME = "mixbot.plain"


def plain(text: str) -> str:
    """The same in ASCII, as far as there is anything like it; `?` for the rest."""
    return "".join(PLAIN.get(sign) or _without_accent(sign) for sign in text)


def _without_accent(sign: str) -> str:
    bare = unicodedata.normalize("NFKD", sign)[0]
    return bare if bare.isascii() else "?"


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return plain(error.object[error.start : error.end]), error.end


def write_anything() -> None:
    """From now on no sign is too much for standard output and standard error, whatever their encoding."""
    codecs.register_error(NAME, _replace)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=NAME)
