"""Ids that follow from other ids."""

from typing import Any

import pytest

from bot.sandbox.ids import contact_id, group_id, is_id, members_hash
from tests.bot.sandbox.client import vectors


@pytest.mark.parametrize("case", vectors("conversation_ids")["cases"], ids=lambda case: case["id"])
def test_contact_conversation_ids_are_the_official_ones(case: Any) -> None:
    """Both official SDKs compute this id for these two people, in either order."""
    one, other = case["input"]["user_id"], case["input"]["recipient_id"]
    assert contact_id(one, other) == contact_id(other, one) == case["expected"]


@pytest.mark.parametrize("case", vectors("group_conversation_ids")["cases"], ids=lambda case: case["id"])
def test_group_conversation_ids_are_the_official_ones(case: Any) -> None:
    """The Go SDK computes this id for this group."""
    asked = case["input"]
    made = group_id(asked["owner_id"], asked["name"], asked["participants"], asked["random_id"])
    assert made == case["expected"]


@pytest.mark.parametrize("case", vectors("hash_members")["cases"], ids=lambda case: case["id"])
def test_members_hashes_are_the_official_ones(case: Any) -> None:
    """The SDKs name the owners of an output like this."""
    assert members_hash(case["input"]["members"]) == case["expected"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9f0a0001-0000-4000-8000-000000000001", True),
        ("9F0A0001-0000-4000-8000-000000000001", False),
        ("9f0a0001000040008000000000000001", False),
        ("zf0a0001-0000-4000-8000-000000000001", False),
        ("", False),
        (None, False),
    ],
)
def test_only_lower_case_hyphenated_ids_go_over_the_wire(value: Any, expected: Any) -> None:
    """Ids are hashed as text, so there is one way to write them."""
    assert is_id(value) is expected
