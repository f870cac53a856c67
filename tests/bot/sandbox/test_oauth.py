"""OAuth: codes for tokens in both forms, what they open, how they end."""

import json
import uuid
from typing import Any

import pytest

from bot.sandbox.consents import CODE_LIFETIME_S, challenge_of
from bot.sandbox.grants import YEAR_S
from bot.sandbox.keys import device_seed
from bot.sandbox.world import ALICE, BOB, TEAM_MIXIN
from tests.bot.sandbox.client import Client, vectors
from tests.bot.sandbox.person import EVERYTHING, App, raw

SCOPES = {
    "/me": "PROFILE:READ", f"/users/{BOB}": "PROFILE:READ", "/search/40002": "PROFILE:READ",
    "/friends": "CONTACTS:READ", "/blocking_users": "CONTACTS:READ", "/assets": "ASSETS:READ",
    "/safe/assets": "ASSETS:READ", "/safe/outputs": "ASSETS:READ", "/snapshots": "SNAPSHOTS:READ",
    "/safe/snapshots": "SNAPSHOTS:READ",
}  # fmt: skip


@pytest.fixture
def app(client: Client) -> App:
    return App(client)


@pytest.mark.parametrize("case", vectors("pkce")["cases"], ids=lambda case: case["id"])
def test_the_challenge_is_over_the_raw_bytes(case: Any) -> None:
    """As the official SDKs compute it, and unlike RFC 7636."""
    challenge = challenge_of(raw(case["code_verifier"]))
    assert challenge == case["expected_code_challenge"]
    assert challenge != case["rfc7636_s256_challenge_not_used"]


async def test_a_code_becomes_a_key_that_signs_for_the_person(app: App) -> None:
    """The signed form: no token at all, but the server's key; every answer is proven by it."""
    answer = await app.exchange(await app.code())
    assert set(answer.data) == {"ed25519", "authorization_id", "scope"}
    assert (answer.data["scope"], len(raw(answer.data["ed25519"]))) == (EVERYTHING, 32)

    app.granted = answer.data
    me = await app.call("GET", "/me")
    assert (me.data["user_id"], me.data["relationship"]) == (ALICE, "ME")
    proof = app.proof(me, "GET", "/me")
    assert (proof["jti"], proof["sig"]) == (me.headers["X-Request-Id"], True)
    assert proof["exp"] - proof["iat"] == 60


async def test_refusals_are_proven_too(app: App) -> None:
    """403 and 404 carry an X-Integrity-Token; a token that nobody knows cannot have one."""
    await app.connect("PROFILE:READ")
    target = "/assets?x=%20y"
    refused = await app.call("GET", target)
    assert (refused.code, app.proof(refused, "GET", target)["sig"]) == (403, True)
    unknown = await app.call("GET", f"/users/{uuid.uuid4()}")
    assert (unknown.code, "X-Integrity-Token" in unknown.headers) == (404, True)
    foreign = await app.call("GET", "/me", aid=str(uuid.uuid4()))
    assert (foreign.code, "X-Integrity-Token" in foreign.headers) == (401, False)


async def test_a_code_becomes_a_bearer_token(app: App) -> None:
    """The plain form: the client secret, no key; the token is sent as it is, any number of times."""
    secret = (await app.client.control("GET", "/app"))["client_secret"]
    assert len(bytes.fromhex(secret)) == 32
    answer = await app.exchange(await app.code(), client_secret=secret, code_verifier="", ed25519="")
    assert set(answer.data) == {"access_token", "authorization_id", "scope"}

    token = answer.data["access_token"]
    header, claims = (json.loads(raw(part)) for part in token.split(".")[:2])
    assert header["alg"] == "RS512"
    assert (claims["iss"], claims["aid"]) == (app.app_id, answer.data["authorization_id"])
    assert claims["exp"] - claims["iat"] == YEAR_S
    for _ in range(2):
        me = await app.client.plain("GET", "/me", headers={"Authorization": f"Bearer {token}"})
        assert (me.data["user_id"], "X-Integrity-Token" in me.headers) == (ALICE, False)
    cut = await app.client.plain("GET", "/me", headers={"Authorization": f"Bearer {token[:-4]}AAAA"})
    assert cut.code == 401


async def test_a_code_is_good_once(app: App) -> None:
    """A second exchange is refused and does not end what the first one gave."""
    code = await app.code()
    app.granted = (await app.exchange(code)).data
    assert (await app.exchange(code)).code == 20121
    assert (await app.call("GET", "/me")).code == 0


async def test_a_code_expires(app: App) -> None:
    """20121 with the documented words."""
    code = await app.code()
    await app.client.control("POST", "/clock", offset_s=CODE_LIFETIME_S + 5)
    refused = await app.exchange(code)
    assert (refused.code, refused.body["error"]["description"]) == (20121, "The authorization code is expired.")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"code_verifier": "A" * 43}, 401),
        ({"code_verifier": "", "client_secret": "ab" * 32}, 401),
        ({"code_verifier": "", "client_secret": ""}, 10002),
        ({"code_verifier": "A" * 20}, 10002),
        ({"ed25519": "A" * 20}, 10002),
        ({"client_id": "x"}, 10002),
        ({"code": ""}, 10002),
        ({"code": 5}, 10002),
        ({"client_id": TEAM_MIXIN}, 403),
        ({"code": "ab" * 32}, 404),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
async def test_an_exchange_that_does_not_fit_is_refused(app: App, changed: Any, code: int) -> None:
    """Each with the documented code, and without using the code up."""
    given = await app.code()
    assert (await app.exchange(given, **changed)).code == code
    assert (await app.exchange(given)).code == 0


async def test_the_rfc_reading_of_pkce_is_refused(app: App) -> None:
    """A library that hashes the text of the verifier gets 401, as from Mixin."""
    case = vectors("pkce")["cases"][0]
    app.verifier = raw(case["code_verifier"])
    path = await app.ask(code_challenge=case["rfc7636_s256_challenge_not_used"])
    code = (await app.decide(path)).headers["Location"].partition("code=")[2].partition("&")[0]
    assert (await app.exchange(code)).code == 401


@pytest.mark.parametrize("target", SCOPES)
async def test_every_endpoint_wants_its_scope(app: App, target: str) -> None:
    """403 without it, an answer with it; PROFILE:READ alone opens no more than the profile."""
    await app.connect("PROFILE:READ")
    without = await app.call("GET", target)
    assert without.code == (0 if SCOPES[target] == "PROFILE:READ" else 403)
    if without.code:
        assert without.body == {"error": {"status": 202, "code": 403, "description": "Forbidden"}}
    await app.connect(f"PROFILE:READ {SCOPES[target]}")
    assert (await app.call("GET", target)).code == 0


async def test_a_phone_number_is_for_who_may_see_it(app: App) -> None:
    """PHONE:READ shows the caller's own, and nothing else does."""
    zoe = await app.client.control("POST", "/people", name="Zoë", phone="+4912345")
    await app.connect("PROFILE:READ", person=zoe["user_id"])
    assert (await app.call("GET", "/me")).data["phone"] == ""
    await app.connect("PROFILE:READ PHONE:READ", person=zoe["user_id"])
    assert (await app.call("GET", "/me")).data["phone"] == "+4912345"


async def test_a_request_id_is_used_once(app: App) -> None:
    """A signed request that comes again is 401."""
    await app.connect()
    jti = str(uuid.uuid4())
    assert (await app.call("GET", "/me", jti=jti)).code == 0
    assert (await app.call("GET", "/me", jti=jti)).code == 401


async def test_a_persons_key_is_not_for_the_bots_own_endpoints(app: App) -> None:
    """Conversations are made, and messages sent, with the bot's own token only."""
    await app.connect()
    for target in ("/messages", "/acknowledgements", "/conversations", "/attachments", "/relationships"):
        assert (await app.call("POST", target, [])).code == 403


async def test_a_person_takes_it_back(app: App) -> None:
    """Revoked: 401 for good, in the list no more; by the person, from the page, or by the app."""
    await app.connect()
    (shown,) = await app.client.control("GET", "/authorizations?as=Alice")
    assert (shown["scopes"], shown["form"], shown["expired"]) == (EVERYTHING.split(), "ed25519", False)
    await app.client.control("DELETE", f"/authorizations/{shown['authorization_id']}")
    assert (await app.call("GET", "/me")).code == 401
    assert await app.client.control("GET", "/authorizations?as=Alice") == []

    await app.connect()
    assert (await app.call("POST", "/oauth/cancel", {"client_id": app.app_id})).body == {}
    assert (await app.call("GET", "/me")).code == 401


async def test_a_year_passes(app: App) -> None:
    """Expired: 401; the grant stays in the list as expired until it is taken back or given again."""
    await app.connect()
    await app.client.control("POST", f"/authorizations/{app.granted['authorization_id']}/expire", seconds=0)
    assert (await app.call("GET", "/me")).code == 401
    (shown,) = await app.client.control("GET", "/authorizations?as=Alice")
    assert shown["expired"]
    await app.connect()
    assert (await app.call("GET", "/me")).code == 0
    assert len(await app.client.control("GET", "/authorizations?as=Alice")) == 1


async def test_scopes_can_be_taken_away_later(app: App) -> None:
    """The token claims what it was given; the server knows better."""
    await app.connect()
    path = f"/authorizations/{app.granted['authorization_id']}/scopes"
    await app.client.control("POST", path, scopes=["PROFILE:READ"])
    assert [(await app.call("GET", target)).code for target in ("/me", "/assets")] == [0, 403]


async def test_whoever_allows_again_replaces_what_was(app: App) -> None:
    """One grant for each app and person."""
    first = App(app.client)
    await first.connect()
    await app.connect("PROFILE:READ")
    other = App(app.client)
    await other.connect(person=BOB)
    assert [(await one.call("GET", "/me")).code for one in (first, app, other)] == [401, 0, 0]


async def test_who_asks_sees_what_they_allowed(app: App) -> None:
    """GET /authorizations, with the app, the scopes and no code."""
    await app.connect("PROFILE:READ ASSETS:READ")
    (shown,) = (await app.call("GET", f"/authorizations?app={app.app_id}")).data
    assert (shown["type"], shown["authorization_id"]) == ("authorization", app.granted["authorization_id"])
    assert (shown["scopes"], shown["authorization_code"]) == (["PROFILE:READ", "ASSETS:READ"], "")
    assert shown["app"]["app_number"] == "7000999001"
    assert (await app.call("GET", f"/authorizations?app={TEAM_MIXIN}")).data == []
    assert (await app.client.call("GET", f"/authorizations?app={app.app_id}")).data == []


async def test_a_messenger_approves_over_the_api(app: App) -> None:
    """POST /oauth/authorize is for a person's own session; no scopes refuse; a bot may not."""
    session = app.client.sandbox.people.session_id_of(BOB)
    seed = device_seed(session).hex()
    phone = Client(
        app.client.sandbox, app.client.http, {"app_id": BOB, "session_id": session, "session_private_key": seed}
    )
    code_id = (await app.ask("PROFILE:READ ASSETS:READ")).rpartition("/")[2]
    consent = app.client.sandbox.consents.by_code_id(code_id)
    assert consent is not None
    fields = {"authorization_id": consent.authorization_id, "scopes": ["PROFILE:READ"], "pin_base64": "eA"}

    assert (await app.client.call("POST", "/oauth/authorize", fields)).code == 403
    shown = (await phone.call("POST", "/oauth/authorize", fields)).data
    assert (shown["scopes"], len(shown["authorization_code"]) > 16) == (["PROFILE:READ"], True)
    assert (await phone.call("POST", "/oauth/authorize", fields)).code == 404
    assert (await app.exchange(shown["authorization_code"])).data["scope"] == "PROFILE:READ"


async def test_an_authorization_outlives_a_restart_and_not_a_reset(app: App) -> None:
    """What people allowed is kept with the rest; a reset forgets it, the client secret stays."""
    await app.connect()
    secret = app.client.sandbox.client_secret(app.app_id)
    app.client.sandbox.grants.load()
    assert (await app.call("GET", "/me")).code == 0
    await app.client.control("POST", "/reset")
    assert (await app.call("GET", "/me")).code == 401
    assert app.client.sandbox.client_secret(app.app_id) == secret


async def test_no_secret_is_in_the_log(app: App) -> None:
    """Tokens are shown as their claims; codes, secrets and verifiers of an exchange not at all."""
    secret = app.client.sandbox.client_secret(app.app_id)
    code = await app.code()
    answer = await app.exchange(code, client_secret=secret, code_verifier="", ed25519="")
    token = answer.data["access_token"]
    await app.client.plain("GET", "/me", headers={"Authorization": f"Bearer {token}"})
    text = json.dumps(await app.client.control("GET", "/frames?limit=2000"))
    assert [one for one in (token, secret, code, app.verifier_text) if one in text] == []


async def test_a_proof_can_be_wrong(app: App) -> None:
    """On demand an answer carries the proof of another one, as if somebody had changed it on the way."""
    await app.connect()
    await app.client.control("PUT", "/faults", kind="wrong_integrity", count=1)
    proofs = [app.proof(await app.call("GET", "/me"), "GET", "/me")["sig"] for _ in range(2)]
    assert proofs == [False, True]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'{"client_id": {}}', b'{"code": "\\ud800"}', b'{"client_secret": "\\udfff"}', b"\xff"],
)
async def test_nothing_breaks_an_exchange(app: App, body: bytes) -> None:
    """Whatever comes is refused in the documented form."""
    answer = await app.client.plain("POST", "/oauth/token", body)
    assert (answer.status, answer.code in (400, 10002)) == (200, True)


async def test_the_dashboard_is_edited(app: App) -> None:
    """Home and OAuth URL count from then on; what is no web address is refused."""
    changed = await app.client.control("POST", "/app", redirect_uri="https://bot.example/back", capabilities=["GROUP"])
    assert (changed["redirect_uri"], changed["capabilities"]) == ("https://bot.example/back", ["GROUP"])
    back = await app.decide(await app.ask())
    assert back.headers["Location"].startswith("https://bot.example/back?code=")
    assert (await app.client.call("GET", "/me")).data["app"]["redirect_uri"] == "https://bot.example/back"
    refused = await app.client.plain("POST", "/_sandbox/app", b'{"home_uri": "javascript:alert(1)"}')
    assert (refused.status, "home_uri" in refused.raw.decode()) == (400, True)


async def test_codes_are_taken_by_the_page(app: App) -> None:
    """A person's, a group's, a request's, and one that nobody has."""
    sandbox = app.client.sandbox
    group = next(one for one in sandbox.conversations if one.code_id)
    code_id = (await app.ask()).rpartition("/")[2]
    found = [
        (await app.client.control("GET", f"/codes/{one}"))["type"]
        for one in (sandbox.bot.code_id, group.code_id, code_id, "nothing")
    ]
    assert found == ["user", "conversation", "authorization", ""]
    joined = await app.client.control("POST", f"/codes/{group.code_id}/join", **{"as": "Noor"})
    assert sandbox.person("Noor").user_id in group.members
    assert joined["conversation_id"] == group.conversation_id
    assert (await app.client.plain("POST", "/_sandbox/codes/x/join", b'{"as": "Noor"}')).status == 404
