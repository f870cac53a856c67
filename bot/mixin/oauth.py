"""OAuth as Mixin has it: the link on which a person allows something, and the exchange of the code that comes back.

The challenge hashes the raw bytes of the verifier, not its text as RFC 7636 does. Of the two forms of the answer the
one with a key of our own is asked for: then nothing that Mixin ever saw could be used by a thief.

Source: protocol/mixin.md 4
"""

import hashlib
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.errors import Forbidden, Rejected, Unauthorized, Unavailable
from bot.mixin.credentials import Credential, Nobody, PersonalKey, PersonalToken, read_server_key
from bot.mixin.http import Exchange, Http
from bot.wire import Value, WireError, decoder, encode

PAGE_URL = "https://mixin.one"
BASIC_SCOPE = "PROFILE:READ"
"""Without it nothing else can be asked for."""


class Proof(Value, frozen=True):
    """What shows that a person granted something. Either `private_key` (64 hex digits) or `access_token` is there."""

    private_key: str = ""
    authorization_id: str = ""
    server_key: str = ""
    access_token: str = ""


@dataclass(frozen=True, slots=True)
class Granted:
    """What a code was exchanged for. `scope` is as the server wrote it; `expires` where it can be known."""

    proof: Proof
    scope: str
    expires: datetime | None = None


class _Answer(Value, frozen=True):
    scope: str | None = None
    authorization_id: str | None = None
    ed25519: str | None = None
    access_token: str | None = None


_answer = decoder(_Answer)
read_proof = decoder(Proof)


def new_verifier() -> str:
    """32 random bytes in 43 characters."""
    return _text(secrets.token_bytes(32))


def challenge_of(verifier: str) -> str:
    """What is told of the verifier beforehand."""
    return _text(hashlib.sha256(urlsafe_b64decode(verifier + "=" * (-len(verifier) % 4))).digest())


def authorize_url(page_url: str, app_id: str, scopes: Sequence[str], state: str, challenge: str) -> str:
    """Where the person is asked; the callback is the one registered for the bot, and cannot be named here."""
    query = {
        "client_id": app_id,
        "scope": " ".join(scopes),
        "response_type": "code",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "SHA256",
    }
    return f"{page_url}/oauth/authorize?{urlencode(query, quote_via=quote)}"


def with_basic(scopes: Sequence[str]) -> tuple[str, ...]:
    """Each once, and the one that has to be among them first."""
    return tuple(dict.fromkeys((BASIC_SCOPE, *scopes)))


async def exchange_code(http: Http, app_id: str, code: str, verifier: str, client_secret: str = "") -> Granted:
    """Exchange a code, once: by its verifier, and only if that is refused and there is a secret, by the secret.

    Raises:
        Rejected: The code is used up, too old, or not for us.
        Unavailable: The outcome is unknown, and the code may be used up; it is not sent again.
    """
    key = Ed25519PrivateKey.generate()
    content = {
        "client_id": app_id,
        "code": code,
        "client_secret": "",
        "code_verifier": verifier,
        "ed25519": _text(key.public_key().public_bytes_raw()),
    }
    try:
        data = await http.send(Exchange("POST", "/oauth/token", encode(content)), Nobody())
    except (Unauthorized, Forbidden):
        if not client_secret:
            raise
        content |= {"client_secret": client_secret, "code_verifier": ""}
        data = await http.send(Exchange("POST", "/oauth/token", encode(content)), Nobody())
    try:
        answer = _answer(data)
    except WireError:
        raise Unavailable("the answer to the exchange makes no sense") from None
    return _granted(answer, key)


def cancelling(app_id: str) -> Exchange:
    """The request, in a person's name, that ends what they granted to this app."""
    return Exchange("POST", "/oauth/cancel", encode({"client_id": app_id}))


def _granted(answer: _Answer, key: Ed25519PrivateKey) -> Granted:
    scope = (answer.scope or "").strip()
    if BASIC_SCOPE not in scope.split():
        raise Rejected("the grant does not even allow to know whose it is", code=403)
    if answer.access_token:
        return Granted(Proof(access_token=answer.access_token), scope, _end_of(answer.access_token))
    if not answer.authorization_id:
        raise Unavailable("the answer to the exchange has neither a token nor an id")
    proof = Proof(key.private_bytes_raw().hex(), answer.authorization_id, answer.ed25519 or "")
    return Granted(proof, scope)


def _end_of(token: str) -> datetime | None:
    """When a token says that it ends; a hint, since only the server could check its signature."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def credential_of(proof: Proof, app_id: str, scope: str, *, wants_signed: bool = False) -> Credential:
    """What requests in the person's name are made with."""
    if proof.access_token:
        return PersonalToken(proof.access_token)
    return PersonalKey(
        Ed25519PrivateKey.from_private_bytes(bytes.fromhex(proof.private_key)),
        app_id=app_id,
        authorization_id=proof.authorization_id,
        scope=scope,
        server_key=read_server_key(proof.server_key),
        wants_signed=wants_signed,
    )


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
