"""The typed calls: what they ask for, and what they make of full, empty and odd answers."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from bot.errors import NotFound, RateLimited, SetupError, Unavailable
from bot.mixin.api import Api
from bot.mixin.conversation import conversation_id, members_hash
from bot.mixin.user_api import PAGE
from bot.mixin.views import Asset, Conversation, Output, Participant, amount
from bot.users import User
from bot.wire import encode
from tests.bot.mixin.servers import FakeApi, open_api, refuse, serve_api
from tests.bot.mixin.vectors import ANN, BOT_ID, CHAT

BTC = "c6d0c728-2624-429b-8e0d-d9d19b6592fa"


@pytest.fixture
async def server() -> AsyncIterator[FakeApi]:
    async with serve_api() as api:
        yield api


@pytest.fixture
async def api(server: FakeApi) -> AsyncIterator[Api]:
    async with open_api(server.url) as client:
        yield client


async def test_me(server: FakeApi, api: Api) -> None:
    """GET /me gives the bot, with its capabilities."""
    server.says({"user_id": BOT_ID, "full_name": "Bot", "app": {"app_id": BOT_ID, "capabilities": ["GROUP"]}})
    me = await api.me()
    assert me.user == User(BOT_ID, "", "Bot", is_bot=True)
    assert me.app is not None
    assert me.app.capabilities == ("GROUP",)


async def test_T28_keystore_of_another_bot(server: FakeApi, api: Api) -> None:
    """A key that belongs to another bot than the keystore says stops the start."""
    server.says({"user_id": ANN})
    with pytest.raises(SetupError, match=r"MB111: .*Download the keystore again") as caught:
        await api.me()
    assert caught.value.exit_code == 2


async def test_user(server: FakeApi, api: Api) -> None:
    """A person by id; what cannot be an id is not even asked for."""
    server.says({"user_id": ANN, "identity_number": "40001", "full_name": "Ann", "phone": None})
    assert await api.user(ANN.upper()) == User(ANN, "40001", "Ann")
    with pytest.raises(NotFound):
        await api.user("../me")
    assert server.targets == [f"GET /users/{ANN}"]


async def test_search_by_number(server: FakeApi, api: Api) -> None:
    """A person by number; what is no number is not asked for."""
    server.says({"user_id": ANN, "identity_number": "40001"})
    assert (await api.search("40001")).id == ANN
    for wrong in ("", "ann", "4 0", "٤٠", "+1", "../me"):
        with pytest.raises(NotFound):
            await api.search(wrong)
    assert server.targets == ["GET /search/40001"]


async def test_F18_search_rests_for_twelve_hours(server: FakeApi, api: Api) -> None:
    """Refused for too many searches, the bot does not ask again for twelve hours, and says so."""
    server.says(refuse(429))
    for number in ("40001", "40001", "40002"):
        with pytest.raises(RateLimited) as caught:
            await api.search(number)
        assert caught.value.retry_after_s is not None
        assert caught.value.retry_after_s > 43190
    assert len(server.asked) == 1


async def test_users_fetch(server: FakeApi, api: Api) -> None:
    """Many people at once; those whom nobody knows are missing, and no ids ask for nothing."""
    server.says([{"user_id": ANN}])
    assert await api.users_fetch([ANN, "nobody", BOT_ID]) == (User(ANN, "", ""),)
    assert json.loads(server.asked[0].body) == [ANN, BOT_ID]
    assert await api.users_fetch(["nobody"]) == ()
    with pytest.raises(ValueError, match="expected at most 100"):
        await api.users_fetch([ANN] * 101)
    assert len(server.asked) == 1


async def test_lists_that_are_empty(server: FakeApi, api: Api) -> None:
    """Null, an empty list and no data at all are all an empty list."""
    server.says(None, [], web.Response(body=b"{}"))
    assert [await api.friends(), await api.friends(), await api.assets()] == [(), (), ()]


async def test_conversations(server: FakeApi, api: Api) -> None:
    """A conversation is read with its participants, and one of two is made under the computed id."""
    server.says({"conversation_id": CHAT, "category": "CONTACT", "participants": [{"user_id": ANN, "role": "OWNER"}]})
    expected = Conversation(CHAT, "CONTACT", participants=(Participant(ANN, "OWNER"),))
    assert await api.conversation(CHAT) == expected
    assert await api.create_conversation(ANN) == expected
    assert server.targets == [f"GET /conversations/{CHAT}", "POST /conversations"]
    assert json.loads(server.asked[1].body) == {
        "category": "CONTACT",
        "conversation_id": conversation_id(BOT_ID, ANN),
        "participants": [{"user_id": ANN}],
    }
    with pytest.raises(NotFound):
        await api.conversation("x")


async def test_asset(server: FakeApi, api: Api) -> None:
    """A coin by id, from the present API."""
    server.says({"asset_id": BTC, "symbol": "BTC", "precision": 8})
    assert await api.asset(BTC) == Asset(BTC, symbol="BTC", precision=8)
    with pytest.raises(NotFound):
        await api.asset("btc")
    assert server.targets == [f"GET /safe/assets/{BTC}"]


def outputs(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"output_id": f"o{number}", "asset_id": BTC, "amount": "0.1", "sequence": number, "keys": []}
        for number in range(first, first + count)
    ]


async def test_outputs_over_all_pages(server: FakeApi, api: Api) -> None:
    """Every output comes once, though the last of a page is the first of the next, and the sums are exact."""
    server.says(outputs(1, PAGE), outputs(PAGE, PAGE), outputs(2 * PAGE - 1, 3))
    found = await api.safe_outputs()
    assert len(found) == len({output.output_id for output in found}) == 2 * PAGE + 1
    assert sum((amount(output.amount) for output in found), Decimal(0)) == Decimal("0.1") * (2 * PAGE + 1)
    query = f"members={members_hash([BOT_ID])}&threshold=1&state=unspent&limit=500&order=ASC"
    assert server.targets == [
        f"GET /safe/outputs?{query}",
        f"GET /safe/outputs?{query}&offset={PAGE}",
        f"GET /safe/outputs?{query}&offset={2 * PAGE - 1}",
    ]


async def test_outputs_that_lead_nowhere(server: FakeApi, api: Api) -> None:
    """A server that repeats a full page is an error, neither an endless loop nor a wrong sum."""
    server.says(outputs(1, PAGE))
    with pytest.raises(Unavailable, match="does not lead on"):
        await api.safe_outputs()
    assert len(server.asked) == 2


async def test_assets_are_fetched_by_the_hundred(server: FakeApi, api: Api) -> None:
    """More assets than one request takes are asked for in several."""
    server.says([])
    ids = [f"c6d0c728-2624-429b-8e0d-{number:012d}" for number in range(101)]
    assert await api.safe_assets_fetch(ids) == ()
    assert [len(json.loads(asked.body)) for asked in server.asked] == [100, 1]


async def test_attachment(server: FakeApi, api: Api) -> None:
    """A place to upload to is made by an empty POST."""
    server.says({"attachment_id": "a", "upload_url": "https://s3.example.com/x"})
    assert (await api.create_attachment()).upload_url == "https://s3.example.com/x"
    assert server.asked[0].body == b""


async def test_messages_go_as_packed(server: FakeApi, api: Api) -> None:
    """Messages are sent as the very bytes that were packed, once; repeating is for the outbox."""
    server.says(refuse(500, status=500, http=500), None)
    packed = [encode({"message_id": "1"}), encode({"message_id": "2"})]
    with pytest.raises(Unavailable):
        await api.post_messages(packed)
    await api.post_messages(packed)
    assert [asked.body for asked in server.asked] == [b'[{"message_id":"1"},{"message_id":"2"}]'] * 2


async def test_acknowledgements(server: FakeApi, api: Api) -> None:
    """Messages are acknowledged as read, whatever the answer echoes."""
    server.says([{"message_id": "1", "status": "READ"}])
    await api.acknowledge(["1", "2"])
    assert server.targets == ["POST /acknowledgements"]
    assert json.loads(server.asked[0].body) == [
        {"message_id": "1", "status": "READ"},
        {"message_id": "2", "status": "READ"},
    ]


@pytest.mark.parametrize("data", [[], "x", 5, None, {"user_id": 5}])
async def test_answers_of_another_shape(server: FakeApi, api: Api, data: object) -> None:
    """An answer of a shape that nobody expects is an error with a text, never a crash."""
    server.says(data)
    with pytest.raises(Unavailable, match="another shape"):
        await api.user(ANN)


def test_output_without_members() -> None:
    """Any member of an answer may be missing."""
    assert Output().amount == ""
