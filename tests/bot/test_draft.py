"""What is wrong with a draft, and that what is kept of it is what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.broadcast import STOP_NEWS
from bot.draft import Said, Shape, contents_of_draft, first_line, problems, read_draft
from bot.links import hosts_of_patterns
from bot.message import Button, Buttons, Card, Post, Text

LINK = Button("Details", "https://bot.example.com/x")
WORDS = st.text(min_size=1, max_size=30)
SAID = st.builds(
    Said, WORDS, buttons=st.lists(st.builds(Button, WORDS, st.just("input:/help")), max_size=5).map(tuple),
    stop=st.sampled_from(["", "Stop news"]),
)  # fmt: skip


@given(
    shape=st.sampled_from([Shape.TEXT, Shape.POST]),
    texts=st.dictionaries(st.sampled_from(["", "zh"]), SAID, min_size=1),
)
def test_what_was_written_comes_back(shape: Shape, texts: dict[str, Said]) -> None:
    """A draft that is kept and opened again is the same draft, however unfinished."""
    kept = {language: contents_of_draft(shape, said) for language, said in texts.items()}

    assert read_draft(kept) == (shape, texts)


def test_a_card_comes_back_too() -> None:
    """With its title, text, link and buttons."""
    said = Said("What it is", "Title", "https://bot.example.com", (LINK,), "Stop")
    kept = contents_of_draft(Shape.CARD, said)

    assert kept == (
        Card("Title", "What it is", "https://bot.example.com"), Buttons((LINK, Button("Stop", STOP_NEWS))),
    )  # fmt: skip
    assert read_draft({"": kept}) == (Shape.CARD, {"": said})


@pytest.mark.parametrize(
    ("shape", "said", "codes"),
    [
        (Shape.TEXT, Said("Hello", buttons=(LINK,) * 5, stop="Stop"), []),
        (Shape.TEXT, Said(" \n"), ["body_empty"]),
        (Shape.POST, Said("x" * 65_537), ["body_long"]),
        (Shape.TEXT, Said("字" * 21_846), ["body_long"]),
        (Shape.CARD, Said("x" * 1025, "t" * 37), ["title_long", "description_long"]),
        (Shape.CARD, Said("x"), ["title_empty"]),
        (Shape.TEXT, Said("x", buttons=(LINK,) * 6, stop="Stop"), ["buttons_many"]),
        (Shape.TEXT, Said("x", buttons=(Button("l" * 37, "input:x"),)), ["label_long"]),
        (Shape.TEXT, Said("x", buttons=(Button(" ", ""),)), ["label_empty", "action_empty"]),
        (Shape.TEXT, Said("x", buttons=(Button("Pay", "mixin://pay?amount=1"),)), ["link_refused"]),
        (Shape.TEXT, Said("x", buttons=(Button("Run", "javascript:alert(1)"),)), ["link_refused"]),
        (Shape.TEXT, Said("x", buttons=(Button("Out", "https://other.example"),)), ["link_outside"]),
        (Shape.CARD, Said("x", "T", "https://other.example"), ["link_outside"]),
    ],
)
def test_T7_what_is_wrong_is_said_while_it_is_written(shape: Shape, said: Said, codes: list[str]) -> None:
    """Every limit of Mixin's, and every link that leads where it must not or is not in the bot's patterns."""
    found = problems(shape, {"": said}, ["https://bot.example.com"])

    assert [each.code for each in found] == codes
    assert all(each.error is (each.code != "link_outside") for each in found)
    assert "link_outside" not in [each.code for each in problems(shape, {"": said})]


def test_only_hosts_of_the_owners_patterns_open() -> None:
    """Their hosts, without Mixin's own, which can pay, and without what cannot be read."""
    patterns = [
        "https://CDN.example/pics/",
        "https://mixin.one/pay",
        "http://plain.example",
        "https://[broken",
        "",
        "https://api.mixin.one",
    ]

    assert hosts_of_patterns(patterns) == {"cdn.example"}


def test_a_broadcast_is_known_by_its_first_line() -> None:
    """Without the marks of Markdown; a card by its title; nothing where there is no text."""
    assert first_line([Post("\n# Maintenance *tonight*\n22:00")]) == "Maintenance *tonight"
    assert first_line([Card("Title", "x")]) == "Title"
    assert first_line([Text("x" * 80)]) == "x" * 59 + "…"
    assert first_line([Buttons((LINK,))]) == ""
