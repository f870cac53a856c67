"""Who is asking: tokens checked in the order of the documents, over exactly the bytes that came.

Source: mixin.md 3, 4.5 and 13.1, 13.2.
"""

import hashlib
import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

from bot.sandbox.base64s import from_any
from bot.sandbox.envelope import ApiError
from bot.sandbox.grants import Grant, Grants
from bot.sandbox.keys import Verifier
from bot.sandbox.people import People

MAX_SKEW_S = 300
KEPT_IDS = 100_000
ALGORITHMS = ("EdDSA", "RS512")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it was: a bot's own (`scopes` None: everything), or a person's who allowed `app_id` some scopes."""

    user_id: str
    app_id: str
    session_id: str
    scopes: frozenset[str] | None
    claims: dict[str, Any]
    grant: Grant | None = None

    def may(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came over the wire: `target` is path and query unchanged, `body` the raw bytes."""

    method: str
    target: str
    body: bytes
    authorization: str
    request_id: str


class UsedIds:
    """The `jti` of tokens seen lately, the oldest forgotten first."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, jti: str) -> bool:
        """False where it was seen before."""
        if jti in self._ids:
            return False
        self._ids[jti] = None
        if len(self._ids) > KEPT_IDS:
            self._ids.popitem(last=False)
        return True


class Known(Protocol):
    """Whom the sandbox knows."""

    people: People
    grants: Grants


def authenticate(known: Known, asked: Asked, *, now_s: float, used: UsedIds) -> Caller:
    """Check a request's token; a person's bearer token is compared, all others are signed for just this request.

    Raises:
        ApiError: 401; its text says why, for the sandbox's log only.
    """
    if asked.authorization.startswith("Bearer ") and (grant := known.grants.by_token(asked.authorization[7:].strip())):
        return _bearer(grant, claims_of(asked.authorization) or {}, now_s)
    header, claims, signed, signature = _parse(asked.authorization)
    caller, verifier = _known(known, claims)
    if header.get("alg") != verifier.algorithm:
        raise _refused(f"alg is {header.get('alg')!r}, this key signs {verifier.algorithm}")
    if not verifier.accepts(signature, signed):
        raise _refused("the signature is not by the registered key")
    _check_times(claims, now_s)
    wanted = hashlib.sha256(asked.method.upper().encode() + asked.target.encode() + asked.body).hexdigest()
    if claims.get("sig") != wanted:
        raise _refused(f"sig does not fit {asked.method} {asked.target} with {len(asked.body)} bytes of body")
    _check_id(claims, asked.request_id, used, strict=caller.scopes is not None)
    if caller.grant is not None and caller.grant.expired(now_s):
        raise _refused("the authorization has expired")
    return caller


def claims_of(authorization: str) -> dict[str, Any] | None:
    """What a token says, unchecked; this is all of it that may be shown."""
    try:
        return _parse(authorization)[1]
    except ApiError:
        return None


def _parse(authorization: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if scheme != "Bearer" or len(parts) != 3:
        raise _refused("no bearer token of three parts")
    try:
        header, claims = (json.loads(from_any(part)) for part in parts[:2])
        signature = from_any(parts[2])
    except (ValueError, RecursionError):
        raise _refused("the token is not base64 of JSON") from None
    if not isinstance(header, dict) or not isinstance(claims, dict) or header.get("alg") not in ALGORITHMS:
        raise _refused("the token's header or claims are not what they should be")
    return header, claims, f"{parts[0]}.{parts[1]}".encode(), signature


def _bearer(grant: Grant, claims: dict[str, Any], now_s: float) -> Caller:
    if grant.expired(now_s):
        raise _refused("the authorization has expired")
    return Caller(grant.user_id, grant.app_id, "", grant.scopes, claims, grant)


def _known(known: Known, claims: dict[str, Any]) -> tuple[Caller, Verifier]:
    if "aid" in claims:
        grant = known.grants.get(str(claims["aid"]))
        if grant is None or grant.app_id != claims.get("iss") or not grant.public_key:
            raise _refused("no such authorization")
        claimed = frozenset(str(claims.get("scp", "")).split())
        caller = Caller(grant.user_id, grant.app_id, "", grant.scopes & claimed, claims, grant)
        return caller, Verifier("EdDSA", grant.public_key)
    session = known.people.session(str(claims.get("sid")))
    if session is None or not session.text or session.user_id != claims.get("uid"):
        raise _refused("no such session of that user")
    return Caller(session.user_id, session.user_id, session.session_id, None, claims), known.people.verifier(session)


def _check_times(claims: dict[str, Any], now_s: float) -> None:
    issued, expires = claims.get("iat"), claims.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise _refused("iat and exp must be whole seconds")
    if abs(now_s - issued) > MAX_SKEW_S:
        raise _refused(f"iat is {issued - now_s:+.0f} s from the sandbox's clock, allowed are {MAX_SKEW_S}")
    if expires <= now_s:
        raise _refused(f"expired {now_s - expires:.0f} s ago")


def _check_id(claims: dict[str, Any], request_id: str, used: UsedIds, *, strict: bool) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise _refused("no jti")
    if (request_id or strict) and jti != request_id:
        raise _refused("jti is not the X-Request-Id")
    if used.add(jti):
        return
    if strict:
        raise _refused("this jti was used before")
    log.warning("sandbox.token_replayed jti=%s", jti)


def _refused(why: str) -> ApiError:
    return ApiError(401, why=why)
