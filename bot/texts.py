"""What the bot says, by language: catalogs of one sentence a key, with `{name}` placeholders.

A catalog is data: `config/locales/en.json`, one flat object. Values are put in with `str.format_map`; what people wrote
is only ever a value, never a template.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from babel import Locale

from bot.wire import decoder

DEFAULT_LANGUAGE = "en"

_read_catalog = decoder(dict[str, str])


class Texts:
    """All catalogs. A key that a language lacks falls back to English; a key that nobody has is a KeyError."""

    def __init__(self, catalogs: Mapping[str, Mapping[str, str]]) -> None:
        fallback = catalogs[DEFAULT_LANGUAGE]
        self.catalogs = {language: {**fallback, **catalog} for language, catalog in catalogs.items()}
        self.languages = tuple(catalogs)

    def saying(self, own: Mapping[str, Mapping[str, str]]) -> "Texts":
        """The same with other sentences for some keys, by language; keys that nobody asks for are passed over."""
        if not own:
            return self
        return Texts({language: {**catalog, **own.get(language, {})} for language, catalog in self.catalogs.items()})

    def get(self, language: str, key: str, /, **values: object) -> str:
        """One sentence with its values put in."""
        catalog = self.catalogs.get(language) or self.catalogs[DEFAULT_LANGUAGE]
        template = catalog[key]
        return template.format_map(values) if "{" in template else template

    def count(self, language: str, key: str, number: int, /, **values: object) -> str:
        """The sentence of `key.one`, `key.other` … that the language's grammar wants for a number."""
        catalog = self.catalogs.get(language) or self.catalogs[DEFAULT_LANGUAGE]
        form = f"{key}.{Locale.parse(language).plural_form(number)}"
        return self.get(language, form if form in catalog else f"{key}.other", count=number, **values)

    def find(self, language: str, key: str) -> str | None:
        """The sentence as it stands, or None."""
        return (self.catalogs.get(language) or self.catalogs[DEFAULT_LANGUAGE]).get(key)

    def everywhere(self, key: str) -> Iterable[str]:
        """What each language has under a key: aliases, above all."""
        return (catalog[key] for catalog in self.catalogs.values() if key in catalog)

    def named(self, name: str) -> str | None:
        """The language that calls itself so: `中文` is `zh`."""
        return next(
            (each for each, catalog in self.catalogs.items() if catalog.get("lang.name", "").lower() == name), None
        )

    def guess(self, text: str) -> str:
        """The language of a text by its script, or an empty string: Han without kana is Chinese, kana is Japanese."""
        language = ""
        for character in text[:200]:
            if "\u3040" <= character <= "\u30ff":
                return "ja" if "ja" in self.catalogs else ""
            if "\u4e00" <= character <= "\u9fff":
                language = "zh"
        return language if language in self.catalogs else ""


def load_texts(folder: Path) -> Texts:
    """Read every `<language>.json` of a folder.

    Raises:
        OSError: No such folder, or no English catalog.
        WireError: A file is not a flat object of strings.
    """
    catalogs = {path.stem: _read_catalog(path.read_bytes()) for path in sorted(folder.glob("*.json"))}
    if DEFAULT_LANGUAGE not in catalogs:
        raise FileNotFoundError(f"{folder}: {DEFAULT_LANGUAGE}.json is missing")
    return Texts(catalogs)
