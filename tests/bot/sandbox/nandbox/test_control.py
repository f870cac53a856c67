"""nandbox's part of the control API, as its page and tools use it."""

import base64
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from tests.bot.sandbox.client import Client as Controller
from tests.bot.sandbox.nandbox.client import Client

NADIA = "90089584000000899"
GROUP = "90090684000002188"
MENU = [{"menu_ref": "M1", "rows": [{"buttons": [{"button_callback": "go", "button_url": "https://example.test/"}]}]}]


class Tools:
    """Calls nandbox's part of the control API."""

    def __init__(self, client: Controller) -> None:
        self.sandbox = client.sandbox
        self.run_token = client.run_token
        self._client = client

    async def get(self, path: str) -> Any:
        return await self._client.control("GET", "/nandbox" + path)

    async def post(self, path: str, **body: Any) -> Any:
        return await self._client.control("POST", "/nandbox" + path, **body)


@pytest.fixture
def tools(client: Controller) -> Tools:
    return Tools(client)


async def test_the_state_tells_who_is_there_and_what_the_bot_may(tools: Tools, bot: Client) -> None:
    """People, chats, permissions, the line; no token."""
    state = await tools.get("/state")

    assert [one["name"] for one in state["people"]] == ["Nadia Farouk", "Alice", "Bob", "王芳", "Olivia"]
    assert {one["title"] for one in state["chats"]} == {"Dock Crew", "Harbour News"}
    assert state["bot"]["permissions"]["Manage Users"] is True
    assert state["line"] == {"connected": True}
    assert tools.sandbox.nandbox.bot.secret not in str(state)


async def test_somebody_talks_with_the_bot(tools: Tools, bot: Client) -> None:
    """Says something, sees it answered, presses a button."""
    said = await tools.post("/chats/bot/messages", **{"as": "nadia"}, text="hello")
    heard = (await bot.get())["message"]
    ack = await bot.ask("sendMessage", chat_id=NADIA, text="menu?", inline_menu=MENU, reference=1)
    shown = await tools.get("/chats/bot/messages?as=nadia")
    wish = {"as": "nadia", "message_id": ack["ack"]["message_id"], "callback": "go"}
    pressed = await tools.post("/press", **wish)

    assert heard["message_id"] == said["message_id"]
    assert [one["text"] for one in shown] == ["hello", "menu?"]
    assert pressed == {"opens": {"button_url": "https://example.test/"}}
    before = await tools.get(f"/chats/bot/messages?as=nadia&before={shown[1]['message_id']}")
    assert [one["text"] for one in before] == ["hello"]


async def test_a_picture_is_said_with_a_caption(tools: Tools, bot: Client) -> None:
    """It can be had under the id that the bot is told."""
    picture = base64.b64encode(b"GIF89a").decode()
    wish = {"as": "nadia", "picture_base64": picture, "name": "a.gif", "text": "look"}
    await tools.post(f"/chats/{GROUP}/messages", **wish)
    heard = (await bot.get())["message"]

    assert (heard["type"], heard["caption"]) == ("gif", "look")
    kept = tools.sandbox.nandbox.files.get(heard["gif"]["id"])
    assert kept is not None
    assert kept.content == b"GIF89a"


async def test_the_list_of_chats_has_the_latest_message(tools: Tools, bot: Client) -> None:
    """The bot first, then groups and channels; strangers see that they are."""
    tools.sandbox.nandbox.say("Bob", "hi all", GROUP)
    rows = await tools.get("/chats?as=Bob")

    assert [(one["id"], one["state"]) for one in rows] == [("bot", "never"), (GROUP, "")]
    assert (rows[0]["last_message"], rows[1]["last_message"]["text"]) == (None, "hi all")


async def test_a_keypad_is_shown_and_pressed(tools: Tools, bot: Client) -> None:
    """The bot is told without a message."""
    await bot.ask("setChatMenu", chat_id=NADIA, menus=MENU)
    keypad = await tools.get("/chats/bot/keypad?as=nadia")
    await tools.post("/press", **{"as": "nadia"}, chat="bot", callback="go", menu_ref="M1")

    assert keypad["menus"] == MENU
    assert (await bot.get())["method"] == "chatMenuCallback"


async def test_people_come_start_stop_and_switch_off(tools: Tools, bot: Client) -> None:
    """Each is told to the bot, or seen by it."""
    made = await tools.post("/people", name="Mona", status="new here")
    assert (made["name"], made["bot"]) == ("Mona", "started")
    assert (await bot.get())["method"] == "userJoinedBot"
    assert (await bot.ask("getUser", user_id=made["id"]))["user"]["status"] == "new here"
    for wish, method in (("stopped", "userStoppedBot"), ("started", "userStartedBot"), ("left", "userLeftBot")):
        await tools.post(f"/people/{made['id']}", bot=wish)
        assert (await bot.get())["method"] == method
    off = await tools.post("/people/Mona", online=False)
    assert off["online"] is False


async def test_permissions_token_settings_and_the_line_can_be_changed(tools: Tools, bot: Client) -> None:
    """As the owner of the bot would, and as only a sandbox can."""
    ticked = await tools.post("/permissions", **{"Manage Users": False})
    assert (ticked["Manage Users"], ticked["Manage Chats"]) == (False, True)
    assert await bot.ask("getUser", user_id=NADIA) == {"error": 160017}
    changed = await tools.post("/settings", unknown_is_silent=True, idle_s=5)
    assert (changed["unknown_is_silent"], changed["idle_s"]) == (True, 5)
    old = tools.sandbox.nandbox.token
    assert (await tools.post("/token"))["token"] == tools.sandbox.nandbox.token != old
    assert await bot.rest() == []
    assert await tools.post("/drop") == {"dropped": 0}


async def test_somebody_joins_a_group_and_leaves_it(tools: Tools, bot: Client) -> None:
    """The bot is told, and the chat knows."""
    joined = await tools.post(f"/chats/{GROUP}/members", **{"as": "wangfang"})
    left = await tools.post(f"/chats/{GROUP}/members", **{"as": "wangfang"}, leave=True)

    assert (await bot.get())["chatMember"]["status"] == "Active"
    assert len(joined["members"]) == len(left["members"]) + 1


async def test_a_search_has_a_number(tools: Tools, bot: Client) -> None:
    """Under which the answer will come."""
    made = await tools.post("/search", **{"as": "nadia"}, keywords="rope")
    assert (await bot.get())["inlineSearch"]["search_id"] == made["search_id"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nandbox/chats/bot/messages", {"as": "nobody", "text": "x"}, 404),
        ("/nandbox/chats/bot/messages", {"as": "nadia"}, 400),
        ("/nandbox/chats/bot/messages", {"as": "nadia", "text": "x" * 100_001}, 400),
        ("/nandbox/chats/bot/messages", {"as": "nadia", "picture_base64": "!"}, 400),
        ("/nandbox/chats/90090684000000001/messages", {"as": "nadia", "text": "x"}, 404),
        ("/nandbox/press", {"as": "nadia", "message_id": "d1_none", "callback": "go"}, 404),
        ("/nandbox/people", {"name": " "}, 400),
        ("/nandbox/people", {"name": "Nadia", "user_id": NADIA}, 409),
        ("/nandbox/people/nadia", {"bot": "married"}, 400),
        ("/nandbox/permissions", {"Fly": True}, 400),
        ("/nandbox/settings", {"idle_s": 0}, 400),
    ],
)
async def test_mistakes_are_told(tools: Tools, path: str, body: dict[str, Any], status: int) -> None:
    """With what is wrong, and a status."""
    url = f"{tools.sandbox.url}/_sandbox{path}"
    async with aiohttp.ClientSession() as http, http.post(url, json=body, headers=tools.run_token) as answer:
        assert answer.status == status
        assert (await answer.json())["error"]["description"]


async def test_a_page_hears_what_happens_to_its_person(tools: Tools, sandbox: Sandbox, bot: Client) -> None:
    """Messages and the bot's line, over a WebSocket."""
    async with aiohttp.ClientSession() as http:
        url = f"{sandbox.url}/_sandbox/nandbox/events?as=nadia"
        async with http.ws_connect(url, headers=tools.run_token) as page:
            await bot.ask("sendMessage", chat_id=NADIA, text="hello")
            heard = await page.receive_json(timeout=30)
            while heard["kind"] == "frame":
                heard = await page.receive_json(timeout=30)

    assert (heard["kind"], heard["message"]["text"]) == ("nandbox_message", "hello")


async def test_what_comes_from_outside_of_chats(tools: Tools, bot: Client) -> None:
    """Webhook, workflow and form reach the bot with the keys that the SDKs read."""
    for kind, fields, wanted in (
        ("webhook", {"order": {"id": 7}}, {"method": "WebhookEvent", "order": {"id": 7}}),
        ("workflow", {"screen_id": "s1", "cells": [{"cell_id": "c1"}]},
         {"method": "workflowCell", "user_id": NADIA, "screen_id": "s1",
          "WorkflowDetails": {"WorkflowCell": [{"cell_id": "c1"}]}}),
        ("form", {"menu_id": "m1", "cells": [{"cell_id": "c1"}]},
         {"method": "menuCallback", "menu_id": "m1", "from": {"id": NADIA}, "cells": [{"cell_id": "c1"}]}),
    ):  # fmt: skip
        said = await tools.post("/announce", **{"kind": kind, "as": NADIA, "fields": fields})
        frame = await bot.get()
        assert said == {"told": True, "frame": frame}
        assert frame.items() >= wanted.items()
        assert frame["app_id"] == tools.sandbox.nandbox.app_id


async def test_a_payment_is_what_the_bot_says_of_it(tools: Tools, bot: Client) -> None:
    """With the secret that it was asked with; another word, or another order, changes nothing."""
    await tools.post("/announce", **{"kind": "payment", "as": NADIA, "fields": {"order_id": "o1", "amount": "12.5"}})
    asked = await bot.get()
    assert (asked["method"], asked["account_id"]) == ("paymentAuthorizationRequest", NADIA)
    assert (asked["currency"], asked["debit_amount_cents"]) == ("USD", 1250)
    result = {"method": "submitPaymentResult", "order_id": "o1", "status": "Success", "providerResponse": "ok"}
    for wrong in ({"secret": "another"}, {"secret": asked["secret"], "order_id": "o2"}, {}):
        assert await bot.is_silent_after(result | wrong)
        assert [one["status"] for one in await tools.get("/payments")] == ["Waiting"]
    assert await bot.is_silent_after(result | {"secret": asked["secret"]})

    (found,) = await tools.get("/payments")
    assert (found["status"], found["response"]) == ("Success", "ok")
    assert asked["secret"] not in str(found)
    await bot.send(result | {"status": "Perhaps"})
    assert await bot.rest() == [{"error": 199999}]


async def test_events_reach_only_a_bot_that_subscribed(tools: Tools, bot: Client) -> None:
    """Until then the tester is told why not."""
    event = {"kind": "event", "fields": {"event": "order", "order": {"id": 7}}}
    with pytest.raises(AssertionError, match="has not subscribed"):
        await tools.post("/announce", **event)
    await bot.ask("subscribeToEvent", event="order", app_id=tools.sandbox.nandbox.app_id)
    await tools.post("/announce", **event)

    frame = await bot.get()
    assert (frame["method"], frame["event"], frame["order"]) == ("eventMessage", "order", {"id": 7})
    with pytest.raises(AssertionError, match="kind is one of"):
        await tools.post("/announce", kind="party")
