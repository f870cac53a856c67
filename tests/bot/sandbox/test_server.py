"""The sandbox over its sockets: the official SDK's requests, errors as documented, binding, Keystores, restarts."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox import SANDBOX_PREFIX, Grant, Options, Sandbox, SandboxRefused, open_sandbox
from bot.sandbox.people import FRIEND, Person
from bot.sandbox.seed import add_person
from bot.sandbox.server import build_app
from bot.sandbox.world import ALICE
from tests.bot.sandbox.client import Client, item, sign, vectors

REQUESTS = vectors("http_requests")
# What only browsers ask for.
PAGES = ("/_authorize", "/oauth/authorize/", "/_webview", "/w")
# Ids in the vectors that nobody here owns.
UNKNOWN = {"http-18", "http-19", "http-25", "http-46", "http-49", "http-55", "http-56"}
BOT = REQUESTS["app_keystore"]["app_id"]
PEOPLE = ("c7ff86bf-f06c-4ce9-aefb-007ef19887fc", "02d29e5a-888a-4922-b65c-584982a6c230")
GROUP = "b77e827a-bc5c-4fdf-a08c-f714f8152c1a"


def furnish(sandbox: Sandbox) -> None:
    """The people and the group that the vectors talk about."""
    at = sandbox.clock.text()
    for number, user_id in enumerate(PEOPLE):
        add_person(sandbox, Person(user_id, str(26832 + number), f"Person {number}", at))
        sandbox.people.relate(BOT, user_id, FRIEND)
    group = sandbox.conversations.group(GROUP, BOT, "Team", list(PEOPLE), at)
    group.code_id = "5697676b-9fb1-4ec8-a0a7-9d87b322cb40"
    sandbox.conversations.save(group)
    given = REQUESTS["oauth_keystore"]
    key = REQUESTS["oauth_public_key_hex"]
    sandbox.authorize(Grant(given["authorization_id"], given["app_id"], PEOPLE[0], given["scope"], key))


@pytest.mark.parametrize("case", REQUESTS["cases"], ids=lambda case: f"{case['id']} {case['name']}")
async def test_official_requests_are_accepted(case: Any, http: aiohttp.ClientSession) -> None:
    """Each of the 61 requests that the Node SDK sent is verified byte by byte and answered."""
    now = REQUESTS["clock_unix"]
    async with open_sandbox(clock=lambda: now, keystore=REQUESTS["app_keystore"], trust_keystore=True) as sandbox:
        furnish(sandbox)
        request = case["request"]
        headers = {name: value for name, value in request["headers"].items() if value is not None}
        answer = await Client(sandbox, http).plain(
            request["method"], request["target"], request["body"].encode(), headers
        )

    assert answer.status == 200
    if "x-request-id" in headers:
        assert answer.headers["X-Request-Id"] == headers["x-request-id"]
    assert answer.headers["X-Server-Time"] == str(now * 10**9)
    assert answer.code == (404 if case["id"] in UNKNOWN else 0)


async def test_the_sdks_own_signature_bug_is_refused(http: aiohttp.ClientSession) -> None:
    """A signature over something else than the body on the wire is 401, whoever made it."""
    bug = REQUESTS["node_sdk_signature_bug"]
    keystore, now = REQUESTS["app_keystore"], REQUESTS["clock_unix"]
    async with open_sandbox(clock=lambda: now, keystore=keystore, trust_keystore=True) as sandbox:
        client = Client(sandbox, http)
        client.now = now
        body = bug["body_on_wire"].encode()
        wrong = await client.call("POST", "/me", body, sig=bug["sig"])
        right = await client.call("POST", "/me", body, sig=bug["sig_of_wire"])
    assert (wrong.code, right.code) == (401, 0)


async def test_a_legacy_rsa_bot_can_be_let_in(http: aiohttp.ClientSession) -> None:
    """The public half of an RSA Keystore is enough for its bot to be known."""
    case = vectors("legacy_rs512_jwt")["cases"][0]
    given = case["input"]
    keystore = {
        "client_id": given["client_id"], "session_id": given["session_id"],
        "private_key": vectors("legacy_rs512_jwt")["rsa_private_key_pem"],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {case['expected']['token']}", "X-Request-Id": given["request_id"]}
    async with open_sandbox(clock=lambda: given["iat"]) as sandbox:
        sandbox.add_bot(keystore, "Old Bot")
        answer = await Client(sandbox, http).plain("GET", "/me", headers=headers)
    assert (answer.data["user_id"], answer.data["full_name"]) == (given["client_id"], "Old Bot")


async def test_refusals_are_envelopes_inside_200(client: Client) -> None:
    """A business error is HTTP 200 with the documented body, the request's id and the server's time."""
    answer = await client.plain("GET", "/me", headers={"X-Request-Id": "abc"})
    assert answer.status == 200
    assert answer.body == {"error": {"status": 202, "code": 401, "description": "Unauthorized, maybe invalid token."}}
    assert answer.headers["X-Request-Id"] == "abc"
    assert abs(int(answer.headers["X-Server-Time"]) / 1e9 - client.sandbox.clock.seconds()) < 5


async def test_refusals_may_come_with_202(http: aiohttp.ClientSession) -> None:
    """The transport's status is not documented, so both can be had."""
    async with open_sandbox(options=Options(error_status=202)) as sandbox:
        answer = await Client(sandbox, http).call("GET", "/nothing/here")
    assert (answer.status, answer.code) == (202, 404)


async def test_unknown_endpoints_are_404_only_for_who_is_known(client: Client) -> None:
    """The token comes first."""
    assert (await client.call("DELETE", "/me")).code == 404
    assert (await client.call("GET", "/nowhere?x=1")).code == 404
    assert (await client.plain("GET", "/nowhere")).code == 401
    assert (await client.plain("GET", "/network/nothing", headers={"Authorization": "Bearer"})).code == 404


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b""], ids=["cut", "no utf-8", "deep", "empty"])
async def test_a_body_that_is_no_json_is_400(client: Client, body: Any) -> None:
    """Error 400 is for what cannot be parsed."""
    assert (await client.call("POST", "/messages", body)).code == 400


async def test_the_root_answers_bots_and_browsers_each_in_their_way(client: Client) -> None:
    """`/` is the API's ping for a token, and the page for a browser."""
    assert (await client.call("GET", "/")).body == {}
    assert (await client.plain("GET", "/", headers={"Accept": "*/*"})).code == 401
    page = await client.plain("GET", "/", headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
async def test_T31_the_sandbox_does_not_listen_where_strangers_are(host: str) -> None:
    """Only a loopback address may be bound, unless somebody says that this is meant."""
    with pytest.raises(SandboxRefused) as caught:
        async with open_sandbox(host=host):
            pass
    assert caught.value.code == "MB302"
    assert "--allow-bind" in str(caught.value)


async def test_T31_binding_everywhere_is_possible_when_meant(http: aiohttp.ClientSession) -> None:
    """In a container the sandbox must be reachable under the name it was given."""
    async with open_sandbox(host="0.0.0.0", allow_bind=True, allow_hosts=("sandbox",)) as sandbox:
        port = sandbox.url.rpartition(":")[2]
        sandbox.url = f"http://127.0.0.1:{port}"
        answer = await Client(sandbox, http).plain("GET", "/_sandbox/state", headers={"Host": f"sandbox:{port}"})
    assert answer.status == 200


async def test_T31_a_real_keystore_is_refused() -> None:
    """MB106: the sandbox never holds a key that may work elsewhere; the words name the bot, never the key."""
    keystore = REQUESTS["app_keystore"]
    with pytest.raises(SandboxRefused) as caught:
        async with open_sandbox(keystore=keystore):
            pass
    assert caught.value.code == "MB106"
    assert keystore["app_id"] in str(caught.value)
    assert keystore["session_private_key"] not in str(caught.value)


async def test_a_keystore_of_a_sandbox_is_taken(http: aiohttp.ClientSession) -> None:
    """One sandbox's Keystore may be used in another."""
    async with open_sandbox() as first:
        keystore = first.keystore
    async with open_sandbox(keystore=keystore) as second:
        assert second.keystore == keystore
        assert (await Client(second, http).call("GET", "/me")).data["user_id"] == keystore["app_id"]


def test_the_keystore_has_the_dashboards_shape(sandbox: Sandbox) -> None:
    """Four members, recognisable as the sandbox's, and different in every sandbox."""
    assert sorted(sandbox.keystore) == ["app_id", "server_public_key", "session_id", "session_private_key"]
    assert sandbox.keystore["app_id"].startswith(SANDBOX_PREFIX)
    assert len(bytes.fromhex(sandbox.keystore["session_private_key"])) == 32


async def test_everything_survives_a_restart(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Keystore, people, what was said, what is pending and what was acknowledged are as they were."""
    path = tmp_path / "deep" / "sandbox.db"
    async with open_sandbox(path=path) as sandbox:
        client = Client(sandbox, http)
        first, second = sandbox.say("Alice", "one"), sandbox.say("Alice", "two")
        await client.acknowledge(first.message_id)
        reply = item(first.conversation_id, ALICE)
        await client.send(reply)
        await client.control("POST", "/people", name="Zoë", hi=True)
        keystore = sandbox.keystore

    async with open_sandbox(path=path) as sandbox:
        client = Client(sandbox, http)
        assert sandbox.keystore == keystore
        assert [one.data for one in sandbox.history("Alice")] == [b"one", b"two", b"pong"]
        assert sandbox.queue.acknowledged(sandbox.bot_id) == {first.message_id: "READ"}
        assert (await client.send(reply)).code == 0
        assert len(sandbox.history("Alice")) == 3
        async with client.blaze() as line:
            receipt = await line.frame()
            pushed = [await line.pushed(), await line.pushed()]
    assert (receipt["data"]["message_id"], receipt["data"]["status"]) == (reply["message_id"], "DELIVERED")
    assert pushed[0]["message_id"] == second.message_id
    assert sandbox.person("Zoë").user_id == pushed[1]["user_id"]


async def test_reset_forgets_what_was_said_but_not_the_keystore(client: Client) -> None:
    """After a reset the same bot is at the beginning, and may go on."""
    client.sandbox.say("Bob", "hello")
    client.sandbox.revoke_session(client.keystore["session_id"])
    assert (await client.call("GET", "/me")).code == 401
    await client.control("POST", "/reset")
    assert client.sandbox.history("Bob") == []
    assert (await client.call("GET", "/me")).code == 0


async def test_leaving_the_block_ends_every_line_at_once() -> None:
    """Pages and bots that are still connected do not delay the end."""
    async with aiohttp.ClientSession() as http:
        async with open_sandbox() as sandbox:
            client = Client(sandbox, http)
            headers = {"Authorization": f"Bearer {sign(sandbox.keystore, 'GET', '/')}"}
            blaze = await http.ws_connect(sandbox.url + "/", headers=headers)
            page = await http.ws_connect(sandbox.url + "/_sandbox/events?frames=1", headers=client.run_token)
            await client.call("GET", "/me")
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 3
        assert (await blaze.receive()).type is aiohttp.WSMsgType.CLOSED
        told = [message.type async for message in page]
        assert (set(told), page.close_code) == ({aiohttp.WSMsgType.TEXT}, 1001)


async def test_openapi_describes_every_route(client: Client) -> None:
    """What is served is described, and what is described is served."""
    document = await client.control("GET", "/openapi.json")
    described = {(method.upper(), path) for path, operations in document["paths"].items() for method in operations}
    routes = {
        (route.method, route.resource.canonical)
        for route in build_app(client.sandbox).router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    own = {
        (method, path) for method, path in routes
        if method != "*" and not path.startswith(("/_page", "/_storage", *PAGES)) and path != "/blaze"
    }  # fmt: skip
    assert described == own - {("GET", "/oauth/authorize"), ("GET", "/nandbox/")}
    ids = [one["operationId"] for operations in document["paths"].values() for one in operations.values()]
    assert len(ids) == len(set(ids))
    json.dumps(document)
