"""Payloads in both base64 forms."""

from typing import Any

import pytest

from bot.sandbox.base64s import from_any, to_standard, to_url
from tests.bot.sandbox.client import vectors


@pytest.mark.parametrize("case", vectors("message_data_base64")["cases"], ids=lambda case: case["id"])
def test_both_forms_are_the_official_ones(case: Any) -> None:
    """`data_base64` and `data` are what the SDK and the server write, and both are read with or without padding."""
    raw = bytes.fromhex(case["bytes_hex"])
    assert (to_url(raw), to_standard(raw)) == (case["data_base64"], case["data"])
    forms = (case["data_base64"], case["data"], case["data"].rstrip("="))
    assert [from_any(form) for form in forms] == [raw, raw, raw]


@pytest.mark.parametrize("text", ["a", "ab!c", "ab c", "abcde", "é"])
def test_what_is_no_base64_is_refused(text: str) -> None:
    """A foreign character or an impossible length is said, not guessed at."""
    with pytest.raises(ValueError):
        from_any(text)
