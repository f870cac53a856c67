"""Templates of the console, with the words of its catalogs and the shapes of numbers and times.

Whatever comes from outside is a value that is escaped; there is no script and no style within a page.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.amounts import format_number, format_time, format_timespan
from bot.harmless import inert
from bot.texts import Texts
from bot.wire import decoder

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'{forms}; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_read = decoder(dict[str, str])


@cache
def texts() -> Texts:
    """What the console says: `locales/LANGUAGE/*.json`, one catalog out of all files of a language."""
    folders = [folder for folder in sorted((HERE / "locales").iterdir()) if folder.is_dir()]
    return Texts({folder.name: _catalog(folder) for folder in folders})


def _catalog(folder: Path) -> Mapping[str, str]:
    catalog: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        for key, text in _read(path.read_bytes()).items():
            if key in catalog:
                raise ValueError(f"{path}: {key} stands in another file as well")
            catalog[key] = text
    return catalog


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["inert"] = inert
    return environment


def render(template: str, language: str, values: Mapping[str, object]) -> str:
    """A template in a language. Beside the values it knows `t`, `tn` and `t_find` (texts), `n` (a number), `time` and
    `span`, and `link`, which makes an address of a path and what is not empty of its parameters.
    """
    words = texts()
    helpers = {
        "lang": "zh-CN" if language == "zh" else language,
        "t": partial(words.get, language),
        "tn": partial(_count, words, language),
        "t_find": partial(words.find, language),
        "n": partial(format_number, language=language),
        "time": partial(_time, language),
        "span": partial(format_timespan, language=language),
        "link": partial(_link, str(values["base"])),
    }
    return _environment().get_template(template).render(helpers | dict(values))


def _count(words: Texts, language: str, key: str, number: int, /, **values: object) -> str:
    return words.count(language, key, number, number=format_number(number, language), **values)


def _link(base: str, path: str, **query: object) -> str:
    given = {name: value for name, value in query.items() if value not in ("", None, 0)}
    return f"{base}{path}" + (f"?{urlencode(given)}" if given else "")


def _time(language: str, moment: datetime | None) -> str:
    return format_time(moment.astimezone(UTC), language) if moment is not None else "–"
