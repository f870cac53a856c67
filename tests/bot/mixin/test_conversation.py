"""Derived identifiers agree with the official SDKs, vector by vector."""

from typing import Any

import pytest

from bot.mixin.conversation import (
    conversation_id,
    group_conversation_id,
    is_uuid,
    members_hash,
    unique_object_id,
)
from tests.bot.mixin.vectors import case_id, cases


@pytest.mark.parametrize("case", cases("conversation_ids"), ids=case_id)
def test_conversation_of_two(case: dict[str, Any]) -> None:
    """The conversation's id is the SDKs', in whichever order the two are named."""
    user_id, other_id = case["input"]["user_id"], case["input"]["recipient_id"]
    assert conversation_id(user_id, other_id) == conversation_id(other_id, user_id) == case["expected"]


def test_upper_case_ids_give_the_same_conversation() -> None:
    """Ids are hashed as text, so they are brought to lower case first, which the SDKs forget."""
    case = cases("conversation_ids")[0]
    user_id, other_id = case["input"]["user_id"], case["input"]["recipient_id"]
    assert conversation_id(user_id.upper(), other_id) == case["expected"]


@pytest.mark.parametrize("case", cases("group_conversation_ids"), ids=case_id)
def test_group_conversation(case: dict[str, Any]) -> None:
    """A group's id is the Go SDK's, also for names beyond ASCII and random ids in upper case."""
    given = case["input"]
    found = group_conversation_id(given["owner_id"], given["name"], given["participants"], given["random_id"])
    assert found == case["expected"]


@pytest.mark.parametrize("case", cases("unique_object_ids"), ids=case_id)
def test_unique_object_id(case: dict[str, Any]) -> None:
    """An id made of texts is the Go SDK's."""
    assert unique_object_id(*case["input"]) == case["expected"]


@pytest.mark.parametrize("case", cases("hash_members"), ids=case_id)
def test_members_hash(case: dict[str, Any]) -> None:
    """The hash of a wallet's members is the SDKs', and the same one twice counts twice."""
    assert members_hash(case["input"]["members"]) == case["expected"]


@pytest.mark.parametrize("text", ["", "x", "53f776d5272f499794a0a85834982363", "53f776d5-272f-4997-94a0-a8583498236\n"])
def test_what_is_no_uuid(text: str) -> None:
    """Only the hyphenated form of 36 characters is an id."""
    assert not is_uuid(text)
