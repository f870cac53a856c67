from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import Unavailable
from bot.mixin.credentials import PersonalKey, read_server_key, signed_by
from bot.mixin.oauth import authorize_url, challenge_of, new_verifier, with_basic
from tests.bot.mixin.vectors import BOT_ID, case_id, cases, vectors


@pytest.mark.parametrize("case", cases("pkce"), ids=case_id)
def test_challenge_hashes_the_raw_bytes(case: dict[str, str]) -> None:
    """As Mixin's own clients do, and not as RFC 7636 says."""
    assert challenge_of(case["code_verifier"]) == case["expected_code_challenge"]


def test_verifiers_are_random() -> None:
    """32 bytes each, none like another."""
    found = {new_verifier() for _ in range(100)}

    assert len(found) == 100
    assert {len(each) for each in found} == {43}


def test_authorize_url_asks_for_exactly_what_it_was_given() -> None:
    """Every value is one parameter, whatever is in it, and the callback is not named."""
    url = urlsplit(authorize_url("https://mixin.one", BOT_ID, ["PROFILE:READ", "A&B=C"], "st ate&x=1#y", "ch+allenge"))

    assert (url.scheme, url.netloc, url.path, url.fragment) == ("https", "mixin.one", "/oauth/authorize", "")
    assert parse_qs(url.query) == {
        "client_id": [BOT_ID],
        "scope": ["PROFILE:READ A&B=C"],
        "response_type": ["code"],
        "state": ["st ate&x=1#y"],
        "code_challenge": ["ch+allenge"],
        "code_challenge_method": ["SHA256"],
    }


def test_the_profile_goes_with_everything() -> None:
    """Mixin asks nobody without it; nothing is asked for twice."""
    assert with_basic(["ASSETS:READ", "PROFILE:READ", "ASSETS:READ"]) == ("PROFILE:READ", "ASSETS:READ")


@pytest.mark.parametrize("case", cases("integrity_tokens"), ids=case_id)
def test_T10_integrity_token(case: dict[str, Any]) -> None:
    """The server's signature covers the request and every byte of the answer."""
    given = case["input"]
    server_key = read_server_key(vectors("integrity_tokens")["verify_key_base64rawurl"])
    assert server_key is not None
    valid = signed_by(
        server_key,
        given["x_integrity_token"],
        given["method"],
        given["uri"],
        given["response_body"].encode(),
        now=given["now"],
        request_id=given["response_x_request_id"],
    )

    assert valid is case["expected_valid"]


@pytest.mark.parametrize("integrity", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "é" * 9])
def test_T10_garbage_signs_nothing(integrity: str) -> None:
    """A header that is no token is a wrong signature, and nothing worse."""
    server_key = Ed25519PrivateKey.generate().public_key()
    credential = PersonalKey(
        Ed25519PrivateKey.generate(), app_id=BOT_ID, authorization_id="x", scope="y", server_key=server_key
    )

    with pytest.raises(Unavailable, match="signature"):
        credential.check("GET", "/me", b"{}", integrity, now=0.0, request_id="r")


@pytest.mark.parametrize("encoded", ["", "AAAA", "!", "é", "A" * 44])
def test_a_server_key_that_is_none(encoded: str) -> None:
    """Whoever gives no usable key signs nothing."""
    assert read_server_key(encoded) is None
