"""In which language the command line speaks: `MIXBOT_LANG`, else the system's; English or Chinese.

`locales/<language>.json` has, for each code, what is wrong (`MB101.what`) and what to do (`MB101.remedy`), and what the
commands of the first hours say. What exactly was found, with names and numbers, stays in English behind it; so do
lists, which are for programs as well.
"""

import json
import os
import unicodedata
from functools import cache
from pathlib import Path

from config.sources import LANGUAGE_VARIABLE

LOCALES = Path(__file__).parent / "locales"
DEFAULT = "en"


def language() -> str:
    """`en` or `zh`."""
    wanted = next((value for name in (LANGUAGE_VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG") if (value := _of(name))), "")
    code = wanted.replace("_", "-").split("-")[0].split(".")[0].lower()
    return code if (LOCALES / f"{code}.json").is_file() else DEFAULT


def _of(variable: str) -> str:
    return os.environ.get(variable, "").strip()


@cache
def catalog(which: str) -> dict[str, str]:
    """Every sentence of a language, by key."""
    found: dict[str, str] = json.loads((LOCALES / f"{which}.json").read_text(encoding="utf-8"))
    return found


def text(key: str, /, **values: object) -> str:
    """A sentence in the language of whoever sits there."""
    return catalog(language())[key].format_map(values)


def plural(key: str, count: int) -> str:
    """`key.one` or `key.other`, by how many there are."""
    return text(f"{key}.{'one' if count == 1 else 'other'}", count=count)


def width(words: str) -> int:
    """In columns of a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in words)


def explained(code: str, detail: str) -> str:
    """A mistake as it is printed: its code, and in other languages than English the matter before the detail."""
    which = language()
    what = catalog(which).get(f"{code}.what")
    if which == DEFAULT or what is None:
        return f"{code}  {detail}"
    return f"{code}  {what}{catalog(which)[f'{code}.remedy']}\n       {detail}"
