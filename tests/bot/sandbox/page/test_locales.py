"""The page's words: complete in both languages, and each one used."""

import json
import re

import pytest

from bot.sandbox.page.assets import load_assets
from bot.sandbox.page.pages import LANGUAGES

ASSETS = load_assets()
CATALOGS = {language: json.loads(ASSETS.files[f"locales/{language}.json"]) for language in LANGUAGES}
SOURCES = "\n".join(ASSETS.files[name].decode() for name in ASSETS.named(".js"))


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


def test_every_language_has_the_same_keys() -> None:
    """No key is missing anywhere and none exists in one language only."""
    assert {language: set(texts) for language, texts in CATALOGS.items()} == {
        language: set(CATALOGS["en"]) for language in LANGUAGES
    }


@pytest.mark.parametrize("key", sorted(CATALOGS["en"]))
def test_every_text_is_there_with_the_same_placeholders(key: str) -> None:
    """A text is not empty in any language and takes the same values in each."""
    for texts in CATALOGS.values():
        assert texts[key].strip()
        assert placeholders(texts[key]) == placeholders(CATALOGS["en"][key])


def test_every_key_that_the_scripts_name_exists() -> None:
    """A literal key in a script, or a plural of it, is in the catalogs."""
    named = set(re.findall(r'\bt\("([\w.]+)"', SOURCES))
    counted = {f"{key}.{form}" for key in re.findall(r'\bplural\("([\w.]+)"', SOURCES) for form in ("one", "other")}

    assert named
    assert counted
    assert (named | counted) - set(CATALOGS["en"]) == set()


def test_the_page_says_what_it_is() -> None:
    """The banner says in both languages that all is fake and that nobody's blessing is claimed."""
    assert CATALOGS["en"]["banner.long"] == (
        "SANDBOX — every user and coin here is fake; nothing leaves this machine. "
        "Unofficial sandbox, not affiliated with Mixin."
    )
    assert all("Mixin" in texts[key] for texts in CATALOGS.values() for key in ("banner.long", "banner.short"))
