"""Links into Mixin's app, by the vectors; and what a button may open."""

import base64
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import links
from tests.bot.mixin.vectors import cases

PAYMENTS = cases("payment_links")
SCHEMES = cases("url_schemes")


@pytest.mark.parametrize("case", PAYMENTS, ids=lambda case: case["id"])
def test_payment_links_are_as_recommended(case: dict[str, Any]) -> None:
    """What the official SDK emits, with the memo escaped, which it forgets."""
    given = case["input"]
    members = given.get("uuidMembers")
    receiver = links.mix_address(members, given["threshold"]) if members else given["uuid"]
    assert case["recommended_uri"] == links.pay_link(
        receiver,
        given["asset"],
        given["amount"],
        memo=given.get("memo", ""),
        trace_id=given["trace"],
        return_to=given.get("returnTo", ""),
    )


def _link(kind: str, *given: str) -> str:
    match kind, given:
        case "users", (user_id,):
            return links.user_link(user_id)
        case "transfer", (user_id,):
            return links.transfer_link(user_id)
        case "codes", (code_id,):
            return links.code_link(code_id)
        case "snapshots", (snapshot_id, trace_id):
            return links.snapshot_link(snapshot_id, trace_id=trace_id)
        case "conversations", (conversation_id, user_id):
            return links.conversation_link(conversation_id, user_id)
        case "apps", (app_id, action, *more):
            return links.app_link(app_id, action or "open", **dict(zip(more[::2], more[1::2], strict=True)))
        case "pay", (asset_id, trace_id, recipient_id, memo, amount):
            return links.old_pay_link(recipient_id, asset_id, amount, memo=memo, trace_id=trace_id)
        case "send", (category, data, conversation_id):
            return links.share_link(category, data, conversation_id)
    raise AssertionError(kind)


@pytest.mark.parametrize("case", SCHEMES, ids=lambda case: case["id"])
def test_schemes_are_as_the_official_sdk_writes_them(case: dict[str, Any]) -> None:
    """To the character; for `send` we escape once, where it escapes twice by mistake."""
    link, expected = _link(*case["input"]), case["expected"]
    if case["input"][0] == "send":
        ours, theirs = parse_qs(urlsplit(link).query), parse_qs(urlsplit(expected).query)
        theirs["data"] = [unquote(theirs["data"][0])]
        assert ours == theirs
    else:
        assert link == expected


@given(st.text(max_size=200))
@settings(max_examples=300)
def test_T6_shared_text_arrives_as_it_was_given(text: str) -> None:
    """Whatever somebody shares, the sheet gets exactly that, and nothing of it becomes part of the link."""
    text = text.encode("utf-8", "replace").decode()
    shared = parse_qs(urlsplit(links.share_link("text", text)).query, keep_blank_values=True)
    written = parse_qs(urlsplit(links.write_link(text, "u")).query, keep_blank_values=True)
    paid = parse_qs(urlsplit(links.pay_link("u", "a", "1", memo=text)).query, keep_blank_values=True)

    assert base64.b64decode(shared["data"][0]).decode() == text
    assert set(shared) == {"category", "data"}
    assert written == {"text": [text], "user": ["u"]}
    assert paid.get("memo", [""]) == [text]
    assert set(paid) <= {"asset", "amount", "memo"}


ALLOWED = [
    "input:/assets",
    "input:@7000999001 /assets",
    "https://bot.example/oauth/start?n=1",
    "http://localhost:7002/oauth/start?n=1",
    "mixin://users/1",
    "mixin://apps/1?action=open",
    "mixin://conversations/1?user=2",
    "mixin://snapshots/1",
    "mixin://codes/1",
    links.share_link("text", "https://mixin.one/pay/x"),
]
FORBIDDEN = [
    "mixin://pay?recipient=x",
    "mixin://transfer/x",
    "mixin://address?asset=x",
    "mixin://withdrawal?asset=x",
    "mixin://device/auth?id=1",
    "mixin://mixin.one/pay/x",
    "MIXIN://PAY?recipient=x",
    "mixin:pay?recipient=x",
    "https://mixin.one/pay/x",
    "https://www.mixin.one/pay/x",
    "https://evil.example/",
    "https://bot.example@evil.example/",
    "https://bot.example.evil.example/",
    "https://bot.example\\@evil.example/",
    "http://bot.example/",
    "http://evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "//evil.example/",
    "https://bot.example/\n",
    " https://bot.example/",
    "https://[",
    "",
]


@pytest.mark.parametrize("action", ALLOWED)
def test_T7_what_a_button_may_open(action: str) -> None:
    """A text to say, our own pages, and harmless places in Mixin's app."""
    links.check_action(action, ("bot.example", "localhost"))


@pytest.mark.parametrize("action", FORBIDDEN)
def test_T7_what_a_button_may_not_open(action: str) -> None:
    """Nothing that pays, changes addresses or logs in, and no page of others."""
    with pytest.raises(ValueError, match=r"^(a button may not open|the link of a button)"):
        links.check_action(action, ("bot.example", "localhost"))


@given(st.from_regex(r"[a-z+]{0,8}:?/{0,3}[a-z.@:\\]{0,20}/?[a-z]{0,5}", fullmatch=True))
@settings(max_examples=1000)
def test_T7_no_other_link_comes_through(action: str) -> None:
    """Whatever passes is one of the three kinds."""
    try:
        links.check_action(action, ("bot.example",))
    except ValueError:
        return
    assert action.startswith(("input:", "https://bot.example", "mixin:"))


def test_addresses_need_people() -> None:
    """Nobody, or more signatures than people, is no wallet; one person is the known address."""
    assert links.mix_address(["67a87828-18f5-46a1-b6cc-c72a97a77c43"]) == "MIX3QEeg1WkLrjvjxyMQf6Xc8dxs81tpPc"
    for members, threshold in (([], 0), ([], 1), (["67a87828-18f5-46a1-b6cc-c72a97a77c43"], 2)):
        with pytest.raises(ValueError, match="people"):
            links.mix_address(members, threshold)
