"""Message items: the official ones are taken, and a wrong field is named."""

import json
from typing import Any

import pytest

from bot.sandbox.envelope import ApiError
from bot.sandbox.items import read_item, read_list
from tests.bot.sandbox.client import b64, item, vectors

CONVERSATION = "39f41d3e-2c16-3ef3-8192-1de0ab241263"
BUTTON = {"label": "Yes", "color": "#46B8DA", "action": "input:yes"}


def refused(raw: Any) -> Any:
    with pytest.raises(ApiError) as caught:
        read_item(raw)
    assert caught.value.code == 10002
    return caught.value.extra["field"]


def structured(category: Any, content: Any) -> Any:
    return item(CONVERSATION, "", category=category, data_base64=b64(json.dumps(content).encode()))


@pytest.mark.parametrize("case", vectors("message_items")["cases"], ids=lambda case: case["name"])
def test_official_items_are_taken(case: Any) -> None:
    """Every kind of message that the Node SDK's helpers make is read as what it says."""
    read = read_item(case["item"])
    assert read.data.decode() == case["content_utf8"]
    assert read.content == case["content_json"]
    assert (read.message_id, read.category) == (case["item"]["message_id"], case["item"]["category"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conversation_id": "x"}, "conversation_id"),
        ({"message_id": None}, "message_id"),
        ({"message_id": "5D2F0C1E-7777-4888-8999-AAAABBBBCCCC"}, "message_id"),
        ({"recipient_id": "bob"}, "recipient_id"),
        ({"quote_message_id": 7}, "quote_message_id"),
        ({"category": "PLAIN_NONSENSE"}, "category"),
        ({"category": "SYSTEM_CONVERSATION"}, "category"),
        ({"category": ["PLAIN_TEXT"]}, "category"),
        ({"data_base64": "!"}, "data_base64"),
        ({"data_base64": None}, "data_base64"),
        ({"data_base64": ""}, "data_base64"),
        ({"data_base64": b64(b"\xff")}, "data_base64"),
        ({"expire_in": -1}, "expire_in"),
    ],
    ids=str,
)
def test_a_wrong_field_is_named(changes: Any, field: str) -> None:
    """10002 says in `extra` which field was wrong."""
    assert refused(item(CONVERSATION, "") | changes) == field


@pytest.mark.parametrize("raw", [None, "text", 7, []])
def test_only_objects_are_messages(raw: Any) -> None:
    """Anything else in the array is 10002 too."""
    assert refused(raw) == ""


@pytest.mark.parametrize(
    ("buttons", "field"),
    [
        ([], "data_base64"),
        ([BUTTON] * 7, "data_base64"),
        (["x"], "data_base64"),
        ([BUTTON | {"label": ""}], "data_base64.label"),
        ([BUTTON | {"label": "x" * 37}], "data_base64.label"),
        ([BUTTON | {"color": "red"}], "data_base64.color"),
        ([BUTTON | {"action": " "}], "data_base64.action"),
    ],
    ids=["none", "seven", "text", "no label", "long label", "color", "no action"],
)
def test_button_groups_have_one_to_six_proper_buttons(buttons: Any, field: str) -> None:
    """The documents' limits hold, and the refusal says what was wrong."""
    assert refused(structured("APP_BUTTON_GROUP", buttons)) == field


def test_six_buttons_with_long_labels_are_fine() -> None:
    """Six buttons of 36 characters each, in any script, are within the limits."""
    buttons = [BUTTON | {"label": "王" * 36}] * 6
    assert read_item(structured("APP_BUTTON_GROUP", buttons)).content == buttons


@pytest.mark.parametrize(
    ("category", "content", "field"),
    [
        ("PLAIN_CONTACT", {}, "data_base64.user_id"),
        ("PLAIN_CONTACT", [], "data_base64"),
        ("PLAIN_TRANSCRIPT", {}, "data_base64"),
        ("MESSAGE_RECALL", {"message_id": ""}, "data_base64.message_id"),
        ("APP_CARD", {"app_id": "x", "title": "T" * 37, "description": "D"}, "data_base64.title"),
        ("APP_CARD", {"app_id": "x", "title": "T", "description": "D" * 1025}, "data_base64.description"),
        ("APP_CARD", {"app_id": "x", "title": "T", "description": "D", "actions": {"a": 1}}, "data_base64.actions"),
        ("APP_CARD", {"app_id": "x", "title": "T", "description": "D", "actions": [BUTTON] * 7}, "data_base64.actions"),
    ],
)
def test_what_a_category_needs_must_be_there(category: Any, content: Any, field: str) -> None:
    """Each kind that carries JSON is checked for what apps could not show without."""
    assert refused(structured(category, content)) == field


def test_data_in_the_older_form_is_read() -> None:
    """`data` with the standard alphabet counts where `data_base64` is absent."""
    old = item(CONVERSATION, "") | {"data": "SGk+", "data_base64": None}
    assert read_item(old).data == b"Hi>"


@pytest.mark.parametrize(("raw", "count"), [([], 0), ([1] * 101, 101)])
def test_one_to_a_hundred_at_a_time(raw: Any, count: Any) -> None:
    """An empty array and one of 101 are refused with their number."""
    with pytest.raises(ApiError) as caught:
        read_list(raw)
    assert f"{count} items" in caught.value.extra["reason"]


def test_one_alone_needs_no_array() -> None:
    """A single object is a list of one."""
    assert read_list({"a": 1}) == [{"a": 1}]
