"""Markdown as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.harmless import as_markdown
from bot.nandbox.plain import as_plain


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# Coins\n\n**BTC** 0.5  \n~~old~~ `code`", "Coins\n\nBTC 0.5\nold code"),
        ("[Mixin](https://mixin.one) and ![a picture](https://x/y.png)", "Mixin (https://mixin.one) and a picture (https://x/y.png)"),
        ("| a | b |\n| --- | ---: |\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
        (r"2 \* 3 \* 4, \*\*not strong\*\*, \[x\](y)", "2 * 3 * 4, **not strong**, [x](y)"),
        ("a * b * c, snake_case_name, 5 < 6", "a * b * c, snake_case_name, 5 < 6"),
        ("", ""),
    ],
)  # fmt: skip
def test_signs_become_words(markdown: str, plain: str) -> None:
    """Headings, strong words and links lose their signs; what only looks like a sign stays."""
    assert as_plain(markdown) == plain


WRITTEN = st.characters(exclude_categories=["Cs", "Co", "Cc", "Z"]) | st.sampled_from(" \n\\*_`[]()#|~")


@given(st.text(WRITTEN, max_size=200))
def test_what_people_wrote_comes_back_as_it_was(text: str) -> None:
    """A text that was escaped to be a post reads the same again, line by line, but for spaces at the ends of lines."""
    written = "\n".join(line.strip() for line in text.split("\n"))

    assert [line.strip() for line in as_plain(as_markdown(written)).split("\n")] == written.split("\n")
