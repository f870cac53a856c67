"""A lint over what the browser is given: nothing that parses HTML, nothing inline, nothing from elsewhere."""

import posixpath
import re

import pytest

from bot.sandbox.page.assets import HERE, load_assets

ASSETS = load_assets()
TEXTS = {name: content.decode() for name, content in ASSETS.files.items() if not name.startswith("locales/")}
TEMPLATES = {path.name: path.read_text() for path in (HERE / "templates").iterdir()}

FORBIDDEN_IN_SCRIPTS = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment",
    "srcdoc", "eval(", "new Function", "setAttribute(\"style\"", "javascript:", "importScripts", ".onclick",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith(".js")])
def test_T19_no_script_parses_html(name: str) -> None:
    """Elements are made by createElement and textContent only."""
    assert [word for word in FORBIDDEN_IN_SCRIPTS if word in TEXTS[name]] == []


@pytest.mark.parametrize("name", list(TEMPLATES))
def test_T19_no_template_carries_script_or_style(name: str) -> None:
    """No inline handler, style or script, and no filter that switches escaping off."""
    found = re.findall(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)|\|\s*safe", TEMPLATES[name])

    assert found == []


@pytest.mark.parametrize("name", list(TEXTS | TEMPLATES))
def test_nothing_comes_from_elsewhere(name: str) -> None:
    """No file names another host, except as the name space of SVG and in made-up samples under .example."""
    hosts = set(re.findall(r"(?:https?|wss?)://([\w.-]+)", (TEXTS | TEMPLATES)[name]))

    assert {host for host in hosts if host != "www.w3.org" and not host.endswith(".example")} == set()


def test_every_module_that_is_imported_exists() -> None:
    """Relative imports name files that are served."""
    for name, text in TEXTS.items():
        for target in re.findall(r'from "(\.[\w./]+)"', text):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) in ASSETS.files


@pytest.mark.parametrize("name", [name for name in TEXTS if name.endswith((".js", ".css"))])
def test_files_stay_short_enough_to_read(name: str) -> None:
    """A file is one noun: at most 250 lines."""
    assert len(TEXTS[name].splitlines()) <= 250
