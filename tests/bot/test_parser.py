import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parser import MAX_TEXT, parse, plain

NUMBER = "7000999001"


@pytest.mark.parametrize(
    "text",
    ["/ping abc", "ping abc", "!ping abc", "／ping abc", "  PING   abc ", "ｐｉｎｇ　abc", "@7000999001 /ping abc",
     "@7000999001 ping abc", "＠7000999001 ping abc", "/ping\nabc", "\u202e/ping\u200b abc"],
)  # fmt: skip
def test_one_command_has_many_spellings(text: str) -> None:
    """Slash, case, width, mention, space and unseen characters make no difference."""
    parsed = parse(text, NUMBER)

    assert (parsed.word, parsed.args) == ("ping", ["abc"])


def test_words_quotes_and_flags() -> None:
    """Quoted words are one argument, flags are taken out, and the rest stays as written."""
    parsed = parse('/bc new --to=zh --at="tomorrow 9" "Hello you" “全 部” it\'s', NUMBER)

    assert parsed.args == ["new", "Hello you", "全 部", "it's"]
    assert parsed.flags == {"to": "zh", "at": "tomorrow 9"}
    assert parsed.rest.startswith("new --to=zh")


def test_somebody_elses_mention_is_no_command() -> None:
    """Only the bot's own number is dropped from the front."""
    assert parse("@7000111111 /ping", NUMBER).word == "@7000111111"


@pytest.mark.parametrize("text", ["", "   ", "/", "!", "@7000999001", "\u200b", "\x00"])
def test_nothing_said_is_an_empty_word(text: str) -> None:
    """What holds no word gives none, and no error."""
    assert parse(text, NUMBER).word == ""


@given(st.text(max_size=300))
def test_T15_any_text_can_be_parsed(text: str) -> None:
    """No text is an error, and no control or direction character comes through."""
    parsed = parse(text, NUMBER)

    assert parsed.word == parsed.word.lower()
    assert not {"\x00", "\x1b", "\u202e", "\u2066", "\u200b"} & set("".join([parsed.word, *parsed.args]))


@pytest.mark.parametrize("hostile", ['"' * 4000, "--a=" * 1000, "--a " * 1000, "\\" * 4000, 'a"' * 2000, "@7000" * 800])
def test_T15_hostile_texts_come_to_an_end(hostile: str) -> None:
    """Texts made to send a backtracking pattern astray are parsed like any other, a thousand times over."""
    for _ in range(1000):
        assert parse(f"/x {hostile}", NUMBER).word == "x"


def test_a_huge_text_is_cut() -> None:
    """Only the first 4,000 characters are looked at."""
    assert len(parse("/x " + "y" * 100_000).rest) == MAX_TEXT - 3


def test_joiners_carry_meaning() -> None:
    """What holds an emoji or a Persian word together stays, except in the name of a command."""
    parsed = parse("/pi\u200dng 👩\u200d👧 می\u200cخواهم")

    assert (parsed.word, parsed.rest) == ("ping", "👩\u200d👧 می\u200cخواهم")


def test_T15_text_that_grows_when_made_plain_is_cut_again() -> None:
    """One character that stands for eighteen does not get around the limit."""
    assert len(plain("\ufdfa" * MAX_TEXT)) <= MAX_TEXT


def test_plain_text_stays_plain() -> None:
    """The short cut for ASCII gives what the long way gives."""
    assert plain(" a b ") == "a b"
    assert plain(" a\tb\x7f ") == "a\tb"
