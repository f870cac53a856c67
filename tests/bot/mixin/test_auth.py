"""Tokens: what they sign, what they claim, and that the signature holds."""

import hashlib
from base64 import urlsafe_b64decode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.types import Options

from bot.mixin.auth import Clock, app_token, oauth_token, sign_preimage, signature
from bot.mixin.keystore import Keystore, load_keystore
from bot.wire import decode, encode
from tests.bot.mixin.vectors import bot_keystore, case_id, cases, vectors

ANY_TIME: Options = {"verify_exp": False, "verify_iat": False, "verify_jti": False}


def keystore_of(members: dict[str, str]) -> Keystore:
    return load_keystore(encode(members).decode(), source="vector")


def header_of(token: str) -> Any:
    return decode(urlsafe_b64decode(token.split(".")[0] + "=="))


@pytest.mark.parametrize("case", cases("app_jwt"), ids=case_id)
def test_app_token(case: dict[str, Any]) -> None:
    """The bot's token has the claims of the Node SDK's, and the signature holds under the bot's public key."""
    given, expected = case["input"], case["expected"]
    body = given["body"].encode()
    token = app_token(
        keystore_of(given["keystore"]),
        given["method"],
        given["uri"],
        body,
        now=given["iat"],
        request_id=given["request_id"],
        lifetime_s=3600,
    )
    public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(expected["public_key_hex"]))

    assert sign_preimage(given["method"], given["uri"], body) == expected["sig_preimage"].encode()
    assert header_of(token) == expected["header"]
    assert jwt.decode(token, public_key, algorithms=["EdDSA"], options=ANY_TIME) == expected["claims"]
    assert token == expected["token"]


@pytest.mark.parametrize("case", cases("legacy_rs512_jwt"), ids=case_id)
def test_legacy_rsa_token(case: dict[str, Any]) -> None:
    """An RSA keystore signs RS512, as the Go library does."""
    given, expected = case["input"], case["expected"]
    members = {
        "client_id": given["client_id"],
        "session_id": given["session_id"],
        "private_key": vectors("legacy_rs512_jwt")[given["private_key_pem_ref"]],
    }
    token = app_token(
        keystore_of(members),
        given["method"],
        given["uri"],
        given["body"].encode(),
        now=given["iat"],
        request_id=given["request_id"],
        lifetime_s=given["exp"] - given["iat"],
    )
    public_key = load_pem_public_key(vectors("legacy_rs512_jwt")["rsa_public_key_pem"].encode())

    assert header_of(token) == expected["header"]
    claims = jwt.decode(token, public_key, algorithms=["RS512"], options=ANY_TIME)  # type: ignore[arg-type] # an RSA key
    assert claims == expected["claims"]


@pytest.mark.parametrize("case", cases("oauth_jwt"), ids=case_id)
def test_oauth_token(case: dict[str, Any]) -> None:
    """A person's token names the grant and its scope, and neither user nor session."""
    given, expected = case["input"], case["expected"]
    grant = given["oauth_keystore"]
    token = oauth_token(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(grant["session_private_key"])),
        given["method"],
        given["uri"],
        given["body"].encode(),
        app_id=grant["app_id"],
        authorization_id=grant["authorization_id"],
        scope=grant["scope"],
        now=given["iat"],
        request_id=given["request_id"],
        lifetime_s=3600,
    )
    assert token == expected["token"]


def test_token_of_the_handshake_signs_the_same_for_ever() -> None:
    """The `sig` of a Blaze handshake is the constant that the protocol names."""
    assert signature("GET", "/") == "f837ebeb4c2981ad9c64b70d0b0d18724c76c60781b9e4bf7a582510df7ada39"


def test_signature_covers_every_byte() -> None:
    """The body is signed as it is sent, byte by byte, not as JSON."""
    assert signature("POST", "/messages", b"[ ]") == hashlib.sha256(b"POST/messages[ ]").hexdigest()
    assert signature("POST", "/messages", b"[ ]") != signature("POST", "/messages", b"[]")


def test_token_lives_for_minutes() -> None:
    """A token is of no use to a thief after five minutes, and outlives a request of a clock one minute slow."""
    token = app_token(bot_keystore(), "GET", "/me", now=1000.9, request_id="x")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["iat"] == 1000
    assert 60 + 10 < claims["exp"] - claims["iat"] <= 300


def test_F30_clock_follows_the_server() -> None:
    """The server's time is the machine's plus what the server was ahead of it, wherever the machine's goes."""
    machine = [1000.0]
    clock = Clock(lambda: machine[0])
    assert clock.skew(1300.0) == 300.0
    clock.follow(1300.0)
    assert (clock.offset_s, clock.now()) == (300.0, 1300.0)
    machine[0] = 1300.0  # somebody turned NTP on
    assert clock.skew(1300.0) == -300.0
