"""Other web pages in the same browser cannot reach the sandbox."""

import re
from typing import Any

import aiohttp
import pytest

from bot.sandbox import open_sandbox
from bot.sandbox.guard import host_name, is_loopback
from bot.sandbox.server import CONTROLS
from tests.bot.sandbox.client import Client, sign


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7001", "127.0.0.1.evil.example", "[::2]:80"])
@pytest.mark.parametrize("path", ["/_sandbox/state", "/", "/me", "/_page/x/y"])
async def test_T20_a_foreign_host_is_misdirected(client: Client, host: str, path: str) -> None:
    """DNS rebinding ends at the Host header: 421, whatever was asked."""
    assert (await client.plain("GET", path, headers={"Host": host})).status == 421


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
async def test_loopback_names_are_served(client: Client, host: str) -> None:
    """Under each of its own names the sandbox answers."""
    port = client.sandbox.url.rpartition(":")[2]
    answer = await client.plain("GET", "/_sandbox/state", headers={"Host": f"{host}:{port}"})
    assert answer.status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_T20_a_foreign_origin_cannot_change_anything(client: Client, origin: str, method: str) -> None:
    """Only a page of this very origin may do more than look."""
    path = "/_sandbox/faults" if method != "POST" else "/_sandbox/reset"
    client.sandbox.say("Alice", "still here")
    answer = await client.plain(method, path, b'{"kind": "internal"}', {"Origin": origin})
    assert answer.status == 403
    assert client.sandbox.faults.view() == []
    assert len(client.sandbox.history("Alice")) == 1


async def test_T20_a_form_of_another_site_without_an_origin_is_told_by_its_fetch_site(client: Client) -> None:
    """Where a browser says that it comes from elsewhere, that is enough."""
    answer = await client.plain("POST", "/_sandbox/reset", b"", {"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403


@pytest.mark.parametrize("path", ["/_sandbox/events", "/", "/blaze"])
@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}], ids=str)
async def test_T20_a_foreign_page_gets_no_websocket(client: Client, path: str, headers: Any) -> None:
    """WebSockets know no same-origin policy, so the server refuses the upgrade itself; ten times out of ten."""
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    answers = [await client.plain("GET", path, headers=upgrade | headers) for _ in range(10)]
    assert {answer.status for answer in answers} == {403 if "Origin" in headers else 421}


@pytest.mark.parametrize("held", ["", "wrong", "x" * 22])
async def test_T20_the_control_api_wants_the_token_of_this_run(client: Client, held: str) -> None:
    """Other programs on the machine are kept out too: no call without the token that only the address carries."""
    for control in (one for one in CONTROLS if not one.open):
        path = "/_sandbox" + re.sub(r"\{\w+\}", "x", control.path)
        answer = await client.plain(control.method, path, b"{}", {"X-Sandbox-Token": held})
        assert (control.path, answer.status) == (control.path, 401)
        assert client.sandbox.token not in answer.raw.decode()
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.http.ws_connect(client.sandbox.url + "/_sandbox/events", protocols=("sandbox", f"token.{held}"))
    assert caught.value.status == 401


async def test_T20_every_run_has_a_token_of_its_own(client: Client) -> None:
    """It is in the page's address behind the #, in no page and no answer."""
    async with open_sandbox() as other:
        assert other.token != client.sandbox.token
        assert other.page_url == f"{other.url}/#{other.token}"
    page = await client.plain("GET", "/", headers={"Accept": "text/html"})
    state = await client.plain("GET", "/_sandbox/state")
    assert client.sandbox.token not in (page.raw + state.raw).decode()


async def test_the_own_page_may_do_everything(client: Client) -> None:
    """With its own origin a page posts and listens."""
    origin = {"Origin": client.sandbox.url}
    assert (await client.plain("POST", "/_sandbox/drop", b"", origin)).status == 200
    address = client.sandbox.url + "/_sandbox/events?as=Alice"
    async with client.http.ws_connect(
        address, headers=origin, protocols=("sandbox", f"token.{client.sandbox.token}")
    ) as socket:
        assert socket.protocol == "sandbox"
        client.sandbox.say("Alice", "hello")
        assert (await socket.receive_json())["kind"] == "message"


async def test_a_bot_needs_no_origin(client: Client) -> None:
    """The service itself sends none, and is let in by its token."""
    async with client.blaze() as line:
        assert await line.quiet()
    assert sign(client.keystore, "GET", "/")


@pytest.mark.parametrize(
    ("value", "name"),
    [("a:1", "a"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("A.b", "a.b"), ("", ""), ("[", "")],
)
def test_host_names_are_read_without_port(value: Any, name: Any) -> None:
    """Brackets and ports are no part of a name."""
    assert host_name(value) == name


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_addresses_are_known(host: str, expected: Any) -> None:
    """Everything that only this machine can reach."""
    assert is_loopback(host) is expected
