"""What the bot says, as items of POST /messages, and the limits that are kept."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Unsupported
from bot.message import (
    Button,
    Buttons,
    Card,
    Content,
    GroupChange,
    Image,
    Location,
    Outgoing,
    Pin,
    Post,
    Quote,
    Recall,
    Text,
    Transcript,
    Transfer,
    Unknown,
)
from bot.mixin.contents import base64_bytes, read_content
from bot.mixin.packing import BATCH_BYTES, batch_body, pack, packer
from tests.bot.mixin.test_contents import SENT
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT, case_id, cases

ID = "a43f9015-0966-4831-94ac-447eed35a87e"
GROUP = "70000000-0000-4000-8000-00000000000c"


def packed(content: Content, **members: Any) -> dict[str, Any]:
    """The item of a content said to Ann, as the server would read it."""
    outgoing = Outgoing(**{"id": ID, "conversation_id": CHAT, "user_id": ANN, "content": content, **members})
    found: dict[str, Any] = json.loads(pack(outgoing, BOT_ID))
    return found


def payload(content: Content) -> Any:
    return json.loads(base64_bytes(packed(content)["data_base64"]))


@pytest.mark.parametrize("case", cases("message_items"), ids=case_id)
def test_items_of_the_node_sdk(case: dict[str, Any]) -> None:
    """A content is packed to the item that the Node SDK sends: same members, same meaning of the payload."""
    item = packed(SENT[case["name"]], id=case["item"]["message_id"])
    data = base64_bytes(item.pop("data_base64"))
    assert item == {name: value for name, value in case["item"].items() if name != "data_base64"}
    if case["content_json"] is None:
        assert data.decode() == case["content_utf8"]
    else:
        expected = case["content_json"]
        if case["name"] == "sendAudio":  # the docs and the apps say `waveform`
            expected["waveform"] = expected.pop("wave_form")
        expected.pop("shareable", None) if case["name"] == "sendLive" else None
        assert json.loads(data) == expected


@given(st.text(min_size=1))
def test_T6_text_arrives_as_it_was_given(text: str) -> None:
    """Whatever a text holds, quotes and braces included, the reader gets exactly that text."""
    try:
        item = packed(Text(text))
    except UnicodeEncodeError:  # a lone surrogate is no text at all
        return
    assert read_content(item["category"], item["data_base64"], BOT_ID) == Text(text)


def test_group_and_quote() -> None:
    """In a group nobody is the recipient, and the message that is answered is quoted."""
    item = packed(Text("x"), conversation_id=GROUP, quote_id=ID)
    assert (item["conversation_id"], item["recipient_id"], item["quote_message_id"]) == (GROUP, "", ID)
    assert "quote_message_id" not in packed(Text("x"))


def test_recall_never_quotes() -> None:
    """Taking a message back quotes nothing, whatever it answers."""
    assert "quote_message_id" not in packed(Recall(ID), quote_id=ID)


def test_card_is_shareable_only_if_said() -> None:
    """Whether a card may be passed on is always told, since apps differ in what they take for granted."""
    assert payload(Card("T", "D", "https://x.example"))["shareable"] is False
    assert payload(Card("T", "D", buttons=(Button("L", "input:x"),)))["app_id"] == BOT_ID


def test_pins() -> None:
    """Pins name their action."""
    assert payload(Pin((ID,))) == {"action": "PIN", "message_ids": [ID]}
    assert payload(Pin((ID,), pinned=False))["action"] == "UNPIN"


def test_a_quotation_says_what_stands_below_it() -> None:
    """The item is that of the content, with the id of the message above it, in a conversation of two as well."""
    item = packed(Quote(Text("yes"), GROUP))
    assert (item["category"], item["quote_message_id"]) == ("PLAIN_TEXT", GROUP)
    assert base64_bytes(item["data_base64"]) == b"yes"
    assert packed(Quote(Image(ID, "image/png", 1, 1, 1), GROUP))["category"] == "PLAIN_IMAGE"


BUTTON = Button("L", "input:x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Text(""), "the text has 0 bytes"),
        (Text("x" * 65537), "the text has 65537 bytes"),
        (Post(""), "the post is empty"),
        (Post("x" * 100_000), "bytes as JSON"),
        (Buttons(()), "0 buttons, expected 1 to 6"),
        (Buttons((BUTTON,) * 7), "7 buttons, expected 1 to 6"),
        (Buttons((Button("", "input:x"),)), "button label has 0 characters"),
        (Buttons((Button("x" * 37, "input:x"),)), "button label has 37 characters"),
        (Buttons((Button("L", ""),)), "has no action"),
        (Buttons((Button("L", "input:x", "red"),)), "expected #RRGGBB"),
        (Buttons((Button("L", "input:x", "#12345\n"),)), "expected #RRGGBB"),
        (Card("", "D", "x"), "card title has 0 characters"),
        (Card("x" * 37, "D", "x"), "card title has 37 characters"),
        (Card("T", "", "x"), "card description has 0 characters"),
        (Card("T", "x" * 1025, "x"), "card description has 1025 characters"),
        (Card("T", "D", "x", buttons=(BUTTON,)), "either an action"),
        (Card("T", "D", buttons=(BUTTON,) * 7), "7 card buttons"),
        (Pin(()), "0 messages to pin"),
        (Quote(Text("x"), "above"), "id of the message to quote is 'above'"),
        (Transcript(()), "0 messages in the transcript, expected 1 to 100"),
        (Recall("it"), "id of the message to take back"),
        (Pin((ID, "it")), "id of the message to pin"),
        (Location(91.0, 0.0), "not on earth"),
        (Location(0.0, float("nan")), "not on earth"),
    ],
)
def test_limits(content: Content, words: str) -> None:
    """A content beyond a limit is refused before it is sent, and the text says which limit."""
    with pytest.raises(ValueError, match=words):
        packed(content)


@pytest.mark.parametrize(
    "content",
    [
        Text("x" * 65536),
        Text("é" * 32768),
        Buttons((Button("x" * 36, "input:x", "#aAbB09"),) * 6),
        Card("x" * 36, "x" * 1024, "https://x.example"),
    ],
)
def test_just_within_the_limits(content: Content) -> None:
    """What is exactly as long as allowed is packed."""
    assert packed(content)["message_id"] == ID


@pytest.mark.parametrize("content", SENT.values(), ids=SENT)
def test_what_many_are_sent_is_packed_as_for_one(content: Content) -> None:
    """Byte for byte, to a person and to a group."""
    said = {groups: packer(content, BOT_ID, None, groups=groups) for groups in (False, True)}

    assert said[False](ID, ANN) == pack(Outgoing(ID, CHAT, ANN, content), BOT_ID)
    assert said[True](ID, GROUP) == pack(Outgoing(ID, GROUP, GROUP, content), BOT_ID)


def test_what_many_are_sent_has_the_same_limits() -> None:
    """Also that of the whole message, which shows only with its ids."""
    with pytest.raises(ValueError, match="text"):
        packer(Text(""), BOT_ID, None, groups=False)
    with pytest.raises(ValueError, match="bytes as JSON"):
        packer(Post("x" * (BATCH_BYTES * 3 // 4)), BOT_ID, None, groups=False)(ID, ANN)


@pytest.mark.parametrize("content", [GroupChange("ADD", "x"), Transfer("s", "a", "1", "o"), Unknown("X")])
def test_what_a_bot_cannot_say(content: Content) -> None:
    """Contents that only the server makes are refused."""
    with pytest.raises(Unsupported):
        packed(content)


def test_batches() -> None:
    """A batch is a JSON array of 1 to 100 items within 128 KiB."""
    assert batch_body([b'{"a":1}', b"{}"]) == b'[{"a":1},{}]'
    assert len(batch_body([b"x" * (BATCH_BYTES - 2)])) == BATCH_BYTES
    for wrong in ([], [b"{}"] * 101, [b"x" * (BATCH_BYTES - 1)]):
        with pytest.raises(ValueError, match="expected 1 to 100"):
            batch_body(wrong)
