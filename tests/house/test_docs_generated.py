"""The parts of the documentation that follow from the code do follow from it."""

from pathlib import Path

import pytest

from tests.house.docs_generated import PARTS, PLACE, pages, renewed


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_page_says_what_the_code_says(page: Path) -> None:
    """A setting, command, option, metric or fault that was changed is changed in the docs, too."""
    text = page.read_text(encoding="utf-8")

    assert text == renewed(text), "renew it: python -m tests.house.docs_generated"


def test_every_part_has_a_place() -> None:
    """What can be generated is on exactly one page."""
    places = [name for page in pages() for _, name, _ in PLACE.findall(page.read_text(encoding="utf-8"))]

    assert sorted(places) == sorted(PARTS)
