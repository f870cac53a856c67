"""Groups, channels, their members, lists of sign-ups, products, documents: nandbox.md 7."""

from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.nandbox.accounts import MANAGE_CHATS, SIGNUP_MANAGEMENT
from bot.sandbox.nandbox.chats import MEMBER
from tests.bot.sandbox.nandbox.client import Client

NADIA = "90089584000000899"
WANG_FANG = "90089584000040003"
GROUP = "90090684000002188"
NOBODY = "90089584099999999"


async def test_a_chat_tells_what_it_is(bot: Client) -> None:
    """A group with its number of members; of a person's id, the direct conversation."""
    group = (await bot.ask("getChat", chat_id=int(GROUP)))["chat"]
    direct = (await bot.ask("getChat", chat_id=NADIA))["chat"]

    assert (group["title"], group["type"], group["member_count"]) == ("Dock Crew", "Group", 5)
    assert (direct["id"], direct["name"], direct["type"]) == (NADIA, "Nadia Farouk", "Contact")


async def test_membership_goes_through_its_states(sandbox: Sandbox, bot: Client) -> None:
    """Banned, active again, removed, added, made an admin; each shown in the answer and in the chat."""
    steps = ("banChatMember", "unbanChatMember", "removeChatMember", "addChatMember", "addChatAdmin")
    told = [(await bot.ask(one, chat_id=GROUP, user_id=int(NADIA), reference=1))["chatMember"] for one in steps]
    admins = (await bot.ask("getChatAdministrators", chat_id=GROUP))["chatAdministrators"]

    assert [one["status"] for one in told] == ["Banned", "Active", "Removed", "Active", "Active"]
    assert (told[0]["user"], told[0]["chat"]) == ({"id": NADIA}, {"id": GROUP})
    assert told[-1]["type"] == "Admin"
    assert admins == {"chat": {"id": GROUP}, "administrators": [{"id": NADIA}, {"id": sandbox.nandbox.bot.id}]}
    assert (await bot.ask("getChatMember", chat_id=GROUP, user_id=NADIA))["chatMember"] == told[-1]


async def test_whoever_was_removed_reads_no_more(sandbox: Sandbox, bot: Client) -> None:
    """And cannot write there."""
    await bot.ask("removeChatMember", chat_id=GROUP, user_id=NADIA)
    with pytest.raises(KeyError):
        sandbox.nandbox.say("nadia", "hello?", GROUP)


async def test_the_member_of_a_direct_chat_is_never_answered(bot: Client) -> None:
    """Seen live; the requests behind it are."""
    assert await bot.is_silent_after({"method": "getChatMember", "chat_id": NADIA, "user_id": NADIA})


async def test_a_chat_changes_where_it_is_not_null(bot: Client) -> None:
    """The whole chat is returned, its id as a text."""
    changed = (await bot.ask("setChat", chat={"id": int(GROUP), "title": "New", "description": None}))["chat"]
    assert (changed["id"], changed["title"], changed["description"]) == (GROUP, "New", "Shift notes")
    assert await bot.ask("setChat", chat={"id": GROUP, "title": 7}) == {"error": 199999}


async def test_a_new_group_belongs_to_the_bot(sandbox: Sandbox, bot: Client) -> None:
    """What was said of it comes back with an id; the bot can write there."""
    wanted = {"type": "Group", "title": "Night shift", "isPublic": 0, "timezone": "Africa/Cairo"}
    made = await bot.ask("createChat", chat=wanted, reference=14111000000011)

    assert made["reference"] == 14111000000011
    assert made["chat"] == wanted | {"id": made["chat"]["id"]}
    assert (await bot.ask("sendMessage", chat_id=made["chat"]["id"], text="x"))["ack"]["gmid"] == 1


@pytest.mark.parametrize("method", ["getChat", "getChatAdministrators", "banChatMember", "setChat"])
async def test_chats_want_the_permission_and_an_admin(sandbox: Sandbox, bot: Client, method: str) -> None:
    """Each refusal has its code, and the connection stays."""
    frame: dict[str, Any] = {"chat_id": GROUP, "user_id": NADIA, "chat": {"id": GROUP}}
    group = sandbox.nandbox.chats.get(GROUP)
    assert group is not None
    sandbox.nandbox.permit(MANAGE_CHATS, False)
    assert await bot.ask(method, **frame) == {"error": 160017}
    sandbox.nandbox.permit(MANAGE_CHATS, True)
    group.members[sandbox.nandbox.bot.id].type = MEMBER
    assert await bot.ask(method, **frame) == {"error": 160017}
    del group.members[sandbox.nandbox.bot.id]
    assert await bot.ask(method, **frame) == {"error": 160024}


@pytest.mark.parametrize(
    "frame",
    [
        {"method": "getChat", "chat_id": NOBODY}, {"method": "getChatMember", "chat_id": GROUP, "user_id": NOBODY},
        {"method": "getChatAdministrators", "chat_id": NOBODY},
        {"method": "banChatMember", "chat_id": GROUP, "user_id": NOBODY}, {"method": "setChat", "chat": {"id": NOBODY}},
    ],
)  # fmt: skip
async def test_nobody_and_nothing_are_errors_or_silence(sandbox: Sandbox, bot: Client, frame: dict[str, Any]) -> None:
    """The switch of getUser holds for chats too."""
    sandbox.nandbox.settings.unknown_is_silent = True
    assert await bot.is_silent_after(frame)
    sandbox.nandbox.settings.unknown_is_silent = False
    await bot.send(frame)
    assert await bot.rest() == [{"error": 199999}]


async def test_sign_ups_are_listed_page_by_page(bot: Client) -> None:
    """Ids count up; what is there already, or was never there, is left out of the acks."""
    names = [f"{one}@example.test" for one in "abc"]
    added = (await bot.ask("addToBlacklist", signups=[names[0], {"signup_id": names[1], "tags": ["4"]}]))["signups"]
    again = await bot.ask("addToBlacklist", signups=names)
    pages = [await bot.ask("getBlacklistUsers", page_size=2, page_number=one) for one in (0, 1)]
    removed = await bot.ask("removeFromBlacklist", signups=[names[0], "never@example.test"])

    assert [one["signup_id"] for one in added] == names[:2]
    assert int(added[1]["id"]) == int(added[0]["id"]) + 1
    assert [one["signup_id"] for one in again["signups"]] == names[2:]
    assert [([one["signup_id"] for one in page["signups"]], page["eop"]) for page in pages] == [
        (names[:2], False), (names[2:], True),
    ]  # fmt: skip
    assert pages[0]["signups"][1]["tags"] == ["4"]
    assert (removed["signups"], removed["reference"]) == (names[:1], None)
    assert (await bot.ask("getWhitelistUsers"))["signups"] == []


async def test_pattern_acks_have_no_null_unless_switched(sandbox: Sandbox, bot: Client) -> None:
    """The Python SDK loses a frame that has one; the live service sent one."""
    pattern = {"pattern": ".*@example.test", "example": "a@example.test"}
    plain = await bot.ask("addBlacklistPatterns", patterns=[pattern])
    known = await bot.ask("addBlacklistPatterns", data=[pattern], reference=1, chat_id=GROUP)
    sandbox.nandbox.settings.list_acks_with_nulls = True
    nulls = await bot.ask("removeBlacklistPatterns", patterns=[pattern["pattern"]])

    assert plain.keys() == {"method", "data", "recordIndex"}
    assert (known["data"], known["reference"], known["chat_id"]) == ([], 1, GROUP)
    assert (nulls["data"], nulls["reference"], nulls["app_id"]) == ([{"pattern": pattern["pattern"]}], None, None)


async def test_sign_ups_need_their_permission(sandbox: Sandbox, bot: Client) -> None:
    """All ten methods, and those of before 2024."""
    sandbox.nandbox.permit(SIGNUP_MANAGEMENT, False)
    for name in ("Blacklist", "Whitelist"):
        for method in (f"get{name}Users", f"addTo{name}", f"removeFrom{name}", f"add{name}Patterns",
                       f"remove{name}Patterns", f"get{name}", f"add{name}", f"delete{name}",
                       f"delete{name}Patterns"):  # fmt: skip
            assert await bot.ask(method, signups=[], patterns=[]) == {"error": 160017}


@pytest.mark.parametrize("signups", ["a@example.test", None, [7], [{}], [["a"]]])
async def test_sign_ups_of_the_wrong_form_end_the_connection(bot: Client, signups: object) -> None:
    """As seen live for wrong types in a list."""
    assert await bot.ask("addToBlacklist", signups=signups) == {"error": 199999}


async def test_sign_ups_under_the_names_of_before_2024(bot: Client) -> None:
    """The same lists, of a chat and with `users`, answered by the list itself, and no reference comes back."""
    users = [{"signup_user": "a@example.test", "tags": ["4"]}, "b@example.test"]
    added = await bot.ask("addBlacklist", chat_id=GROUP, users=users, reference=7)
    again = await bot.ask("addBlacklist", chat_id=GROUP, users=users)
    page = await bot.ask("getBlacklist", chat_id=GROUP, page_size=1)
    now = await bot.ask("getBlacklistUsers")
    gone = await bot.ask("deleteBlacklist", chat_id=GROUP, users=["a@example.test", "never@example.test"])
    await bot.ask("addWhitelistPatterns", patterns=[{"pattern": ".*@example.test"}])
    patterns = await bot.ask("deleteWhitelistPatterns", chat_id=GROUP, pattern=[".*@example.test", "none"])

    assert added.keys() == {"method", "blacklist"}
    assert added["blacklist"] == {"chat": {"id": GROUP}, "eop": True, "users": [
        {"id": added["blacklist"]["users"][0]["id"], "signup_user": "a@example.test", "tags": ["4"]},
        {"id": added["blacklist"]["users"][1]["id"], "signup_user": "b@example.test", "tags": []},
    ]}  # fmt: skip
    assert again["blacklist"]["users"] == []
    assert (page["blacklist"]["users"], page["blacklist"]["eop"]) == (added["blacklist"]["users"][:1], False)
    assert [one["signup_id"] for one in now["signups"]] == ["a@example.test", "b@example.test"]
    assert gone["blacklist"]["users"] == [{"signup_user": "a@example.test"}]
    assert patterns["data"] == [{"pattern": ".*@example.test"}]


@pytest.mark.parametrize(
    ("method", "fields"),
    [("addBlacklist", {"users": [7]}), ("getWhitelist", {}), ("deleteWhitelist", {"chat_id": GROUP, "users": [{}]}),
     ("deleteBlacklistPatterns", {"chat_id": GROUP})],
)  # fmt: skip
async def test_former_names_of_the_wrong_form_end_the_connection(
    bot: Client, method: str, fields: dict[str, object]
) -> None:
    """As their present forms do."""
    assert await bot.ask(method, **fields) == {"error": 199999}


async def test_products_are_found_by_app_and_id(sandbox: Sandbox, bot: Client) -> None:
    """Correlated by `ref`; asked without an id, almost nothing; without an app, the end."""
    app = sandbox.nandbox.app_id
    found = await bot.ask("getProductItem", app_id=app, id="5121228327126172", ref="14")
    nothing = await bot.ask("getProductItem", app_id=app, reference=15)
    collections = await bot.ask("listCollections", app_id=app, reference="16")
    products = await bot.ask("getCollectionProduct", app_id=app, id=collections["collections"][0]["id"])

    assert (found["ref"], found["data"]["name"], "app_id" in found) == ("14", "Rope", False)
    assert (nothing["ref"], nothing["data"]["id"]) == (15, None)
    assert collections["reference"] == "16"
    assert [one["name"] for one in products["products"]] == ["Rope"]
    assert (await bot.ask("listCollectionItem", app_id=app, ref=1))["eop"] is True
    assert await bot.ask("getProductItem", id="5121228327126172") == {"error": 199999}


async def test_documents_are_kept_filtered_and_sorted(bot: Client) -> None:
    """Create, replace, read, list, delete; correlated by whichever key was used."""
    for name, total in (("o1", 5), ("o2", 7), ("o3", "many")):
        made = await bot.ask("setDocument", collection="orders", document_id=name, document={"total": total}, ref=name)
        assert (made["ack"], made["ref"]) == (1, name)
    found = await bot.ask("listDocuments", collection="orders", filter={"total": {"$gte": 1, "$lt": 8}},
                          sort={"total": -1}, page_size=1, reference="r3")  # fmt: skip
    one = await bot.ask("getDocument", collection="orders", document_id="o3")
    gone = [await bot.ask("deleteDocument", collection="orders", document_id="o3") for _ in range(2)]

    assert (found["documents"], found["eop"], found["reference"]) == (
        [{"document_id": "o2", "document": {"total": 7}}], False, "r3",
    )  # fmt: skip
    assert one["document"] == {"total": "many"}
    assert [each["ack"] for each in gone] == [1, 0]
    assert (await bot.ask("getDocument", collection="orders", document_id="o3"))["document"] is None
    assert await bot.ask("listDocuments", collection="orders", filter={"total": {"$what": 1}}) == {"error": 199999}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (5, ["a"]), ({"$eq": 5}, ["a"]), ({"$ne": 5}, ["b", "c"]), ({"$gt": 5}, ["b", "c"]), ({"$lte": 5}, ["a"]),
        ({"$in": [5, "x"]}, ["a"]), ({"$nin": [5]}, ["b", "c"]), ({"$exists": False}, ["c"]),
        ({"$like": "ro%"}, ["b"]), ({"$contains": "r"}, ["b"]),
    ],
)  # fmt: skip
async def test_every_filter_operator_works(bot: Client, condition: object, found: list[str]) -> None:
    """Numbers, texts and absent values beside each other."""
    for name, document in (("a", {"k": 5}), ("b", {"k": "rope"}), ("c", {})):
        await bot.ask("setDocument", collection="x", document_id=name, document=document)
    rows = await bot.ask("listDocuments", collection="x", filter={"k": condition})
    assert [one["document_id"] for one in rows["documents"]] == found


async def test_subscriptions_are_acknowledged_or_say_why_not(sandbox: Sandbox, bot: Client) -> None:
    """Twice is fine; an unknown event or no app is 400 inside the reply."""
    app = {"app_id": sandbox.nandbox.app_id}
    for _ in range(2):
        made = await bot.ask("subscribeToEvent", events=["product", "order"], reference="r5", **app)
        assert (made["method"], made["ack"], made["events"]) == ("eventResponse", True, ["product", "order"])
    await bot.ask("unsubscribeFromEvent", event="product", **app)
    listed = await bot.ask("listEventSubscriptions", **app)
    refused = [
        await bot.ask("subscribeToEvent", event="weather", **app),
        await bot.ask("subscribeToEvent", event="chat"),
    ]

    assert (listed["method"], listed["events"]) == ("listEventSubscriptionsResponse", ["order"])
    assert [(one["ack"], one["error"]) for one in refused] == [(False, 400), (False, 400)]


@pytest.mark.parametrize(
    "frame",
    [
        {"method": "sendUserNotification", "account_id": int(NADIA), "message": "x"},
        {"method": "updateMenuCell", "user_id": NADIA, "menu_id": "m", "cells": []},
        {"method": "setWorkflowAction", "user_id": NADIA, "vapp_id": "v", "screen_id": "s"},
        {"method": "cancelMessageSchedule", "message_id": "d1_none"},
    ],
)  # fmt: skip
async def test_what_has_no_known_answer_is_recorded(sandbox: Sandbox, bot: Client, frame: dict[str, Any]) -> None:
    """In the inspector, as every frame is."""
    assert await bot.is_silent_after(frame)
    assert frame["method"] in [one["action"] for one in sandbox.inspector.after(0, 100) if one["kind"] == "frame"]
