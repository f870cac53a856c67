"""What strangers wrote is shown as characters, and does nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.harmless import as_markdown, inert

HOSTILE = {
    "a\u202eb\u2066c": "a b c",
    "two\nlines\r\n\x00\x1b[31m": "two lines [31m",
    "  \u200b\ufeff ": "",
    "Z\u0311\u0312\u0313\u0314\u0315algo": "Z\u0311\u0312\u0313algo",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "x" * 100: "x" * 63 + "…",
}


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items())
def test_T6_names_are_one_short_line(text: str, shown: str) -> None:
    """Without controls, direction marks and towers of accents; an emoji of several people stays whole."""
    assert inert(text) == shown


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_T6_inert_is_inert(text: str) -> None:
    """For every text: one line, within its length, printable, and the same when done again."""
    shown = inert(text, 40)
    assert len(shown) <= 40
    assert not any(ord(each) < 32 or 0x7F <= ord(each) < 0xA0 or each in "\u202e\u2066\u200f\u2028" for each in shown)
    assert inert(shown, 40) == shown


LINES = st.text("ab 1.-+=*_#`[]()<>!|~&\\:/\"'", max_size=30)


@given(st.lists(LINES, max_size=8))
@settings(max_examples=500)
def test_T6_a_text_as_a_post_is_the_same_text(lines: list[str]) -> None:
    """No heading, list, link or picture comes of it: shown as a post, a text has the same lines."""
    text = "\n".join(lines)
    tokens = MarkdownIt().parse(as_markdown(text))

    assert {token.type for token in tokens} <= {"paragraph_open", "inline", "paragraph_close"}
    shown = []
    for token in tokens:
        if token.type == "inline":
            assert {child.type for child in token.children or ()} <= {"text", "text_special", "hardbreak"}
            shown += "".join(
                "\n" if child.type == "hardbreak" else child.content for child in token.children or ()
            ).split("\n")
    assert shown == [line.strip() for line in lines if line.strip()]
