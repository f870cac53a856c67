"""Talking to the sandbox as a person would."""

import pytest

from bot.cli.dialogue import in_clear


@pytest.mark.parametrize(
    ("category", "expected"),
    [("ENCRYPTED_TEXT", "PLAIN_TEXT"), ("PLAIN_POST", "PLAIN_POST"), ("APP_CARD", "APP_CARD")],
)
def test_a_dialogue_is_the_same_under_seal(category: str, expected: str) -> None:
    """A scenario that was recorded in clear holds for a bot that encrypts."""
    assert in_clear(category) == expected
