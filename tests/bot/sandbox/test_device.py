"""The QR login: a site asks for a code, waits, and gets what the person decided on the phone."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.world import ALICE, BOB
from tests.bot.sandbox.client import Blaze, Client, b64
from tests.bot.sandbox.person import App


class Waiting:
    """A site that shows a code of its own."""

    def __init__(self, app: App, line: Blaze) -> None:
        self.app = app
        self.line = line
        self.authorization_id = ""

    async def refresh(self, **changed: Any) -> Any:
        """The answer to one more REFRESH_OAUTH_CODE."""
        params = {
            "client_id": self.app.app_id, "scope": "PROFILE:READ ASSETS:READ",
            "code_challenge": b64(hashlib.sha256(self.app.verifier).digest()),
            "authorization_id": self.authorization_id,
        } | changed  # fmt: skip
        asked = await self.line.ask("REFRESH_OAUTH_CODE", params)
        frame = await self.line.frame()
        assert frame["id"] == asked
        if "data" in frame:
            self.authorization_id = frame["data"]["authorization_id"]
        return frame


@pytest.fixture
async def site(client: Client) -> AsyncIterator[Waiting]:
    async with client.http.ws_connect(client.sandbox.url, protocols=["Mixin-OAuth-1"], autoping=False) as socket:
        assert socket.protocol == "Mixin-OAuth-1"
        yield Waiting(App(client), Blaze(socket))


async def test_a_code_is_scanned_and_exchanged(site: Waiting) -> None:
    """Without a token: first no code and nobody; after the phone has approved, both, and the exchange works."""
    frame = await site.refresh()
    first = frame["data"]
    assert (frame["action"], first["type"], first["authorization_code"]) == ("REFRESH_OAUTH_CODE", "authorization", "")
    assert (first["scopes"], first["app"]["app_number"]) == (["PROFILE:READ", "ASSETS:READ"], "7000999001")
    assert (await site.refresh())["data"] == first

    shown = (await site.app.client.plain("GET", f"/codes/{first['code_id']}")).data
    assert (shown["type"], shown["authorization_id"]) == ("authorization", first["authorization_id"])
    sheet = f"/oauth/authorize/{first['code_id']}/phone"
    form = [("as", BOB), ("pin", "123456"), ("answer", "authorize")]
    assert (await site.app.visit(sheet, form)).headers["Location"].endswith("/done")

    approved = (await site.refresh())["data"]
    assert (approved["scopes"], approved["user"]["user_id"]) == (["PROFILE:READ"], BOB)
    assert len(approved["authorization_code"]) > 16
    assert (await site.app.client.plain("GET", f"/codes/{first['code_id']}")).data["authorization_code"] == ""
    site.app.granted = (await site.app.exchange(approved["authorization_code"])).data
    assert (await site.app.call("GET", "/me")).data["full_name"] == "Bob"
    text = json.dumps(await site.app.client.control("GET", "/frames?limit=2000"))
    assert approved["authorization_code"] not in text


async def test_no_scopes_are_a_refusal(site: Waiting) -> None:
    """Then there is never a code."""
    code_id = (await site.refresh())["data"]["code_id"]
    client = site.app.client
    assert (await client.control("POST", f"/consents/{code_id}", **{"as": "Alice", "refuse": True}))["refused"]
    refused = (await site.refresh())["data"]
    assert (refused["scopes"], refused["authorization_code"]) == ([], "")
    again = await client.plain("POST", f"/_sandbox/consents/{code_id}", json.dumps({"as": ALICE}).encode())
    assert again.status == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": ALICE},
        {"client_id": "x"},
        {"scope": "ASSETS:READ"},
        {"scope": "PROFILE:READ NOTHING"},
        {"scope": 5},
        {"authorization_id": ALICE},
    ],
)
async def test_what_makes_no_sense_ends_it(site: Waiting, changed: Any) -> None:
    """10002, on which the OAuth page gives up; the line stays open."""
    frame = await site.refresh(**changed)
    assert (frame["action"], frame["error"]["code"]) == ("ERROR", 10002)
    assert "data" in await site.refresh()


async def test_nothing_else_is_done_on_that_line(site: Waiting) -> None:
    """Not Blaze, not text."""
    await site.line.ask("LIST_PENDING_MESSAGES")
    assert (await site.line.frame())["error"]["code"] == 404
    await site.line.socket.send_str("{}")
    assert (await site.line.ended()).data == 1003


async def test_garbage_closes_it(site: Waiting) -> None:
    """As on Blaze."""
    await site.line.socket.send_bytes(gzip.compress(b"[]"))
    async with asyncio.timeout(30):
        assert (await site.line.socket.receive()).type is aiohttp.WSMsgType.CLOSE
