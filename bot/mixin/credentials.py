"""What a request is made with: the bot's own key, or what a person granted; no I/O, and the time is an argument.

Source: protocol/mixin.md 3, 4.5 and 4.7
"""

import hmac
from base64 import urlsafe_b64decode
from typing import Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.errors import Unavailable
from bot.mixin.auth import app_token, oauth_token, signature
from bot.mixin.keystore import Keystore


class Credential(Protocol):
    """Who asks. `wants_signed`: an answer that the server did not sign is no answer."""

    @property
    def wants_signed(self) -> bool: ...

    def token(self, method: str, uri: str, body: bytes, *, now: float, request_id: str) -> str:
        """What stands behind `Bearer`; nothing where nobody in particular asks."""
        ...

    def check(self, method: str, uri: str, answer: bytes, integrity: str, *, now: float, request_id: str) -> None:
        """Look at the server's signature of its answer.

        Raises:
            Unavailable: It does not belong to this answer.
        """
        ...


class Unsigned:
    """A credential whose answers bear no signature that it could look at."""

    wants_signed = False

    def check(self, method: str, uri: str, answer: bytes, integrity: str, *, now: float, request_id: str) -> None:
        """Nothing to look at."""


class BotKey(Unsigned):
    """The bot itself."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore

    def token(self, method: str, uri: str, body: bytes, *, now: float, request_id: str) -> str:
        """Signed for this request."""
        return app_token(self._keystore, method, uri, body, now=now, request_id=request_id)


class Nobody(Unsigned):
    """A request that needs no token, such as POST /oauth/token."""

    def token(self, method: str, uri: str, body: bytes, *, now: float, request_id: str) -> str:
        """None."""
        return ""


class PersonalToken(Unsigned):
    """A person's token as Mixin gave it, sent with each request: what the older form of OAuth has."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self, method: str, uri: str, body: bytes, *, now: float, request_id: str) -> str:
        """Always the same."""
        return self._token


class PersonalKey:
    """The key that was made for one person's grant; `server_key` is the one that Mixin signs its answers with."""

    def __init__(
        self,
        key: Ed25519PrivateKey,
        *,
        app_id: str,
        authorization_id: str,
        scope: str,
        server_key: Ed25519PublicKey | None,
        wants_signed: bool = False,
    ) -> None:
        self._key = key
        self._app_id = app_id
        self._authorization_id = authorization_id
        self._scope = scope
        self._server_key = server_key
        self.wants_signed = wants_signed

    def token(self, method: str, uri: str, body: bytes, *, now: float, request_id: str) -> str:
        """Signed for this request."""
        return oauth_token(
            self._key,
            method,
            uri,
            body,
            app_id=self._app_id,
            authorization_id=self._authorization_id,
            scope=self._scope,
            now=now,
            request_id=request_id,
        )

    def check(self, method: str, uri: str, answer: bytes, integrity: str, *, now: float, request_id: str) -> None:
        """Signature, time, request id, and every byte of the answer."""
        if self._server_key is not None and not signed_by(
            self._server_key, integrity, method, uri, answer, now=now, request_id=request_id
        ):
            raise Unavailable("the signature of the answer is wrong", request_id=request_id)


def signed_by(
    server_key: Ed25519PublicKey, integrity: str, method: str, uri: str, answer: bytes, *, now: float, request_id: str
) -> bool:
    """Whether an `X-Integrity-Token` is the server's word for this answer to this request."""
    try:
        claims = jwt.decode(
            integrity,
            server_key,
            algorithms=["EdDSA"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
    except jwt.InvalidTokenError:
        return False
    expires = claims.get("exp")
    if expires is not None and not (isinstance(expires, int | float) and now < expires):
        return False
    wanted = {"jti": request_id, "sig": signature(method, uri, answer)}
    return all(hmac.compare_digest(str(claims.get(name)).encode(), text.encode()) for name, text in wanted.items())


def read_server_key(encoded: str) -> Ed25519PublicKey | None:
    """The key as POST /oauth/token gives it; nothing where it makes no sense."""
    try:
        return Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:
        return None
