"""Tokens: the official ones are accepted, everything a little off is not."""

import hashlib
import json
import logging
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

import pytest

from bot.sandbox.auth import Asked, UsedIds, authenticate, claims_of
from bot.sandbox.envelope import ApiError
from bot.sandbox.grants import Grant, Grants
from bot.sandbox.keys import SessionKey, session_of
from bot.sandbox.people import People
from bot.sandbox.tables import SCHEMA
from tests.bot.sandbox.client import b64, sign, vectors

KEYSTORE = vectors("http_requests")["app_keystore"]
NOW = 1_767_225_600
JTI = "0d0d0d0d-0000-4000-8000-000000000001"


@dataclass
class Known:
    """Whom the sandbox knows."""

    people: People
    grants: Grants


@pytest.fixture
def known() -> Any:
    db = sqlite3.connect(":memory:")
    db.executescript(SCHEMA)
    yield Known(People(db), Grants(db))
    db.close()


def asked(token: Any, *, method: Any = "GET", target: Any = "/me", body: Any = b"", request_id: Any = JTI) -> Any:
    return Asked(method, target, body, f"Bearer {token}", request_id)


def check(known: Known, request: Any, now: Any = NOW, used: Any = None) -> Any:
    return authenticate(known, request, now_s=now, used=used or UsedIds())


def refusal(known: Known, request: Any, **options: Any) -> Any:
    with pytest.raises(ApiError) as caught:
        check(known, request, **options)
    assert caught.value.code == 401
    return str(caught.value)


@pytest.mark.parametrize("case", vectors("app_jwt")["cases"], ids=lambda case: case["id"])
def test_official_app_tokens_are_accepted(known: Known, case: Any) -> None:
    """Every token that the Node SDK signs is good for the request it was signed for."""
    given, expected = case["input"], case["expected"]
    keystore = given["keystore"]
    session = session_of(keystore)
    known.people.add_session(session)
    assert session.text == expected["public_key_hex"]

    request = Asked(
        given["method"], given["uri"], given["body"].encode(), f"Bearer {expected['token']}", given["request_id"]
    )
    caller = check(known, request, now=given["iat"])

    assert (caller.user_id, caller.session_id, caller.scopes) == (keystore["app_id"], keystore["session_id"], None)
    assert caller.claims == expected["claims"]


@pytest.mark.parametrize("case", vectors("legacy_rs512_jwt")["cases"], ids=lambda case: case["id"])
def test_legacy_rsa_tokens_are_accepted(known: Known, case: Any) -> None:
    """A Keystore of the oldest kind signs RS512; its public half is read from the PEM."""
    given, expected = case["input"], case["expected"]
    pem = vectors("legacy_rs512_jwt")["rsa_private_key_pem"]
    known.people.add_session(
        session_of({"client_id": given["client_id"], "session_id": given["session_id"], "private_key": pem})
    )
    request = Asked(
        given["method"], given["uri"], given["body"].encode(), f"Bearer {expected['token']}", given["request_id"]
    )

    assert check(known, request, now=given["iat"]).user_id == given["client_id"]


@pytest.mark.parametrize("case", vectors("oauth_jwt")["cases"], ids=lambda case: case["id"])
def test_official_oauth_tokens_are_accepted_once(known: Known, case: Any) -> None:
    """A person's token carries the scopes that were granted, and is good for one request."""
    given, expected = case["input"], case["expected"]
    keystore = given["oauth_keystore"]
    user_id = str(uuid.uuid4())
    key = expected["public_key_hex"]
    known.grants.add(Grant(keystore["authorization_id"], keystore["app_id"], user_id, keystore["scope"], key))
    request = Asked(
        given["method"], given["uri"], given["body"].encode(), f"Bearer {expected['token']}", given["request_id"]
    )
    used = UsedIds()

    caller = check(known, request, now=given["iat"], used=used)

    assert (caller.user_id, caller.app_id) == (user_id, keystore["app_id"])
    assert caller.scopes == frozenset(keystore["scope"].split())
    assert "used before" in refusal(known, request, now=given["iat"], used=used)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iat": NOW - 301, "exp": NOW + 60}, "iat"),
        ({"iat": NOW + 301, "exp": NOW + 600}, "iat"),
        ({"exp": NOW}, "expired"),
        ({"iat": float(NOW)}, "whole seconds"),
        ({"exp": None}, "whole seconds"),
        ({"uid": str(uuid.uuid4())}, "session"),
        ({"sid": str(uuid.uuid4())}, "session"),
        ({"sig": "0" * 64}, "sig"),
        ({"jti": str(uuid.uuid4())}, "X-Request-Id"),
        ({"aid": str(uuid.uuid4())}, "authorization"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_claim_that_does_not_fit_is_refused(known: Known, changes: Any, why: str) -> None:
    """Time, session, request and request id are each checked, and the log says which was wrong."""
    known.people.add_session(session_of(KEYSTORE))
    changed = {"now": NOW, "jti": JTI} | changes
    assert why in refusal(known, asked(sign(KEYSTORE, "GET", "/me", **changed)))


@pytest.mark.parametrize("offset", [-300, 300])
def test_five_minutes_of_skew_are_allowed(known: Known, offset: Any) -> None:
    """A clock that is off by 300 s, either way, is still good."""
    known.people.add_session(session_of(KEYSTORE))
    token = sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW + offset, exp=NOW + 400)
    assert check(known, asked(token)).user_id == KEYSTORE["app_id"]


@pytest.mark.parametrize(
    "request_",
    [
        asked(sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW), target="/me?x=1"),
        asked(sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW), body=b" "),
        asked(sign(KEYSTORE, "POST", "/me", jti=JTI, now=NOW)),
    ],
    ids=["target", "body", "method"],
)
def test_a_token_is_for_one_method_target_and_body(known: Known, request_: Any) -> None:
    """The signature covers exactly the bytes on the wire."""
    known.people.add_session(session_of(KEYSTORE))
    assert "sig" in refusal(known, request_)


def test_another_key_is_refused(known: Known) -> None:
    """Whoever signs with a key that is not registered for the session is nobody."""
    known.people.add_session(SessionKey(KEYSTORE["session_id"], KEYSTORE["app_id"], "EdDSA", "ab" * 32))
    assert "signature" in refusal(known, asked(sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW)))


def test_the_algorithm_is_the_keys_own(known: Known) -> None:
    """A header that names another algorithm than the registered key's is not followed."""
    known.people.add_session(session_of(KEYSTORE))
    _, claims, signature = sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW).split(".")
    header = b64(json.dumps({"alg": "RS512", "typ": "JWT"}).encode())
    assert "alg" in refusal(known, asked(f"{header}.{claims}.{signature}"))


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic a.b.c", "Bearer a.b", "Bearer !.!.!", "Bearer e30.e30.e30", "Bearer W10.W10.e30"],
)
def test_garbage_is_no_token(known: Known, authorization: Any) -> None:
    """Whatever is in the header, the answer is 401."""
    refusal(known, Asked("GET", "/me", b"", authorization, ""))
    assert claims_of(authorization) is None


def test_an_app_token_may_come_again_with_a_word_in_the_log(known: Known, caplog: pytest.LogCaptureFixture) -> None:
    """Replay of a bot's own token is tolerated, as far as anybody knows the real server does, and noted."""
    known.people.add_session(session_of(KEYSTORE))
    request, used = asked(sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW)), UsedIds()
    check(known, request, used=used)
    with caplog.at_level(logging.WARNING):
        check(known, request, used=used)
    assert [record.getMessage() for record in caplog.records] == [f"sandbox.token_replayed jti={JTI}"]


def test_an_oauth_token_needs_its_request_id(known: Known) -> None:
    """For a person's token the header is mandatory; for a bot's own it may be left out."""
    grant = Grant(str(uuid.uuid4()), KEYSTORE["app_id"], str(uuid.uuid4()), "PROFILE:READ", session_of(KEYSTORE).text)
    known.grants.add(grant)
    known.people.add_session(session_of(KEYSTORE))
    person: dict[str, Any] = {
        "uid": None,
        "sid": None,
        "aid": grant.authorization_id,
        "iss": grant.app_id,
        "scp": "PROFILE:READ",
    }
    token = sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW, **person)
    assert "X-Request-Id" in refusal(known, asked(token, request_id=""))
    assert check(known, asked(sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW), request_id="")).scopes is None


def test_a_token_claims_no_more_than_was_granted(known: Known) -> None:
    """Scopes are those of the grant that the token also names."""
    grant = Grant(str(uuid.uuid4()), KEYSTORE["app_id"], str(uuid.uuid4()), "PROFILE:READ", session_of(KEYSTORE).text)
    known.grants.add(grant)
    person: dict[str, Any] = {"uid": None, "sid": None, "aid": grant.authorization_id, "iss": grant.app_id}
    token = sign(KEYSTORE, "GET", "/me", jti=JTI, now=NOW, scp="PROFILE:READ ASSETS:READ FULL", **person)
    caller = check(known, asked(token))
    assert (caller.may("PROFILE:READ"), caller.may("ASSETS:READ"), caller.may("FULL")) == (True, False, False)


def test_the_handshake_signature_is_always_the_same() -> None:
    """`GET /` without a body is what every Blaze token is for."""
    case = vectors("blaze_frames")["handshake"]
    assert (claims_of(case["authorization"]) or {})["sig"] == hashlib.sha256(b"GET/").hexdigest()
