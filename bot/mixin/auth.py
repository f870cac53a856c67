"""Sign requests to Mixin; no I/O, and the time is an argument.

A token covers exactly one request: the method, the path and query as they stand on the request line, and the bytes of
the body. It is made anew for every attempt.

Source: protocol/mixin.md 3 and 4.5; https://developers.mixin.one/docs/api/guide#signing
"""

import hashlib
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.mixin.keystore import Keystore
from bot.wire import Value, encode

TOKEN_LIFETIME_S = 120
"""Longer than the 60 s of clock error that are put up with, plus the longest request."""


class _AppClaims(Value, frozen=True):
    uid: str
    sid: str
    iat: int
    exp: int
    jti: str
    sig: str
    scp: str = "FULL"


class _OAuthClaims(Value, frozen=True):
    iss: str
    aid: str
    iat: int
    exp: int
    jti: str
    sig: str
    scp: str


@dataclass(slots=True)
class Clock:
    """The server's time as far as known: the machine's, plus `offset_s` learned from `X-Server-Time`."""

    read: Callable[[], float] = time.time
    offset_s: float = field(default=0.0)

    def now(self) -> float:
        """Seconds since 1970."""
        return self.read() + self.offset_s

    def skew(self, server_s: float) -> float:
        """How far the server is ahead of what this clock says, in seconds."""
        return server_s - self.now()

    def follow(self, server_s: float) -> None:
        self.offset_s = server_s - self.read()


def sign_preimage(method: str, uri: str, body: bytes = b"") -> bytes:
    """What the claim `sig` is the SHA-256 of; `uri` is everything after host and port, as sent."""
    return method.upper().encode() + uri.encode() + body


def signature(method: str, uri: str, body: bytes = b"") -> str:
    """The claim `sig`: 64 hex digits."""
    return hashlib.sha256(sign_preimage(method, uri, body)).hexdigest()


def app_token(
    keystore: Keystore,
    method: str,
    uri: str,
    body: bytes = b"",
    *,
    now: float,
    request_id: str,
    lifetime_s: int = TOKEN_LIFETIME_S,
) -> str:
    """The bot's own token, for one request. `request_id` is a new UUID, and is also sent as `X-Request-Id`."""
    issued = int(now)
    claims = _AppClaims(
        keystore.app_id,
        keystore.session_id,
        issued,
        issued + lifetime_s,
        request_id,
        signature(method, uri, body),
    )
    return _token(_HEADERS[keystore.algorithm], encode(claims), keystore.sign)


def oauth_token(
    key: Ed25519PrivateKey,
    method: str,
    uri: str,
    body: bytes = b"",
    *,
    app_id: str,
    authorization_id: str,
    scope: str,
    now: float,
    request_id: str,
    lifetime_s: int = TOKEN_LIFETIME_S,
) -> str:
    """A person's token, for one request, signed with the key made for their grant; `scope` exactly as granted."""
    issued = int(now)
    claims = _OAuthClaims(
        app_id,
        authorization_id,
        issued,
        issued + lifetime_s,
        request_id,
        signature(method, uri, body),
        scope,
    )
    return _token(_HEADERS["EdDSA"], encode(claims), key.sign)


def _token(header: bytes, claims: bytes, sign: Callable[[bytes], bytes]) -> str:
    signing_input = header + b"." + _base64url(claims)
    return (signing_input + b"." + _base64url(sign(signing_input))).decode()


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


_HEADERS = {name: _base64url(encode({"alg": name, "typ": "JWT"})) for name in ("EdDSA", "RS512")}
