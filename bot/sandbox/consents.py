"""An app asks a person for scopes: asked, then approved or refused, then exchanged for a grant, once.

Source: mixin.md 4.1 to 4.4, 4.9. Not documented, so chosen: a code lives five minutes; wrong credentials do not use it
up; a code that was used already is answered like one that expired.
"""

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.base64s import from_any, to_url
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.grants import YEAR_S, Grant
from bot.sandbox.ids import is_id, new_id
from bot.sandbox.keys import public_hex
from bot.sandbox.scopes import KNOWN, PROFILE

KEPT = 10_000
CODE_LIFETIME_S = 300.0
VERIFIER_BYTES = 32
KEY_BYTES = 32
MAX_STATE = 4096


@dataclass(slots=True)
class Consent:
    """One request for scopes. `challenge` as the app sent it; `code` is there once a person has approved.

    `device`: the app itself waits for the code, on a WebSocket. `returned`: a browser took the code to the app.
    """

    authorization_id: str
    code_id: str
    app_id: str
    asked: tuple[str, ...]
    created_at: str
    challenge: str = ""
    state: str = ""
    return_to: str = ""
    user_id: str = ""
    granted: tuple[str, ...] = ()
    refused: bool = False
    code: str = ""
    code_until: float = 0.0
    used: bool = False
    device: bool = False
    returned: bool = False

    @property
    def decided(self) -> bool:
        return self.refused or bool(self.code)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What an app gives for a grant: a code, and its secret or the verifier; `ed25519` asks for the signed form."""

    client_id: str
    code: str
    client_secret: str
    code_verifier: str
    ed25519: str


class Consents:
    """Those of late; the oldest are forgotten."""

    def __init__(self) -> None:
        self._by_code_id: OrderedDict[str, Consent] = OrderedDict()
        self._by_id: dict[str, Consent] = {}
        self._by_code: dict[str, Consent] = {}

    def __iter__(self) -> Iterator[Consent]:
        return iter(list(self._by_code_id.values()))

    def clear(self) -> None:
        for kept in (self._by_code_id, self._by_id, self._by_code):
            kept.clear()

    def ask(
        self, app_id: str, scope: str, at: str, *, challenge: str = "", state: str = "", return_to: str = "",
        device: bool = False,
    ) -> Consent:  # fmt: skip
        """Remember what an app asks for.

        Raises:
            ApiError: 10002: no such scope, or PROFILE:READ is missing.
        """
        asked = tuple(dict.fromkeys(scope.split()))
        unknown = [one for one in asked if one not in KNOWN]
        if unknown or PROFILE not in asked:
            raise bad_field("scope", f"there is no {unknown[0][:64]}" if unknown else f"{PROFILE} is missing")
        if len(state) > MAX_STATE or len(return_to) > MAX_STATE or len(challenge) > MAX_STATE:
            raise bad_field("state", f"longer than {MAX_STATE} characters")
        consent = Consent(new_id(), new_id(), app_id, asked, at, challenge, state, return_to, device=device)
        self._by_code_id[consent.code_id] = self._by_id[consent.authorization_id] = consent
        while len(self._by_code_id) > KEPT:
            _, oldest = self._by_code_id.popitem(last=False)
            del self._by_id[oldest.authorization_id]
            self._by_code.pop(oldest.code, None)
        return consent

    def by_code_id(self, code_id: str) -> Consent | None:
        return self._by_code_id.get(code_id)

    def get(self, authorization_id: str) -> Consent | None:
        return self._by_id.get(authorization_id)

    def approve(self, consent: Consent, user_id: str, scopes: tuple[str, ...], now_s: float) -> None:
        """A person allows some of what was asked; PROFILE:READ always is.

        Raises:
            ApiError: 10002: not asked for. 404: it was decided before.
        """
        if consent.decided:
            raise ApiError(404, why="that was decided before")
        if foreign := [one for one in scopes if one not in consent.asked]:
            raise bad_field("scopes", f"{foreign[0][:64]} was not asked for")
        consent.user_id = user_id
        consent.granted = tuple(one for one in consent.asked if one in scopes or one == PROFILE)
        consent.code = secrets.token_hex(32)
        consent.code_until = now_s + CODE_LIFETIME_S
        self._by_code[consent.code] = consent

    def refuse(self, consent: Consent, user_id: str) -> None:
        """Raises: ApiError 404: it was decided before."""
        if consent.decided:
            raise ApiError(404, why="that was decided before")
        consent.user_id, consent.refused = user_id, True

    def exchange(self, asked: Exchange, *, secret: str, at: str, now_s: float) -> Grant:
        """The grant that a code stands for, with keys of both sides but without a bearer token yet.

        Raises:
            ApiError: 10002, 404: no such code, 403: another app's, 20121: too late or used, 401: wrong credentials.
        """
        key = b"" if not asked.ed25519 else _bytes("ed25519", asked.ed25519, KEY_BYTES)
        consent = self._by_code.get(asked.code)
        if consent is None:
            raise ApiError(404, why="there is no such code")
        if consent.app_id != asked.client_id:
            raise ApiError(403, why="the code is another app's")
        if consent.used or now_s > consent.code_until:
            raise ApiError(20121, why="the code was used before" if consent.used else "the code is too old")
        _check_credentials(asked, consent.challenge, secret)
        consent.used = True
        server_seed = secrets.token_bytes(32).hex()
        return Grant(
            consent.authorization_id, consent.app_id, consent.user_id, " ".join(consent.granted), key.hex(), "",
            server_seed if key else "", now_s + YEAR_S, consent.code_id, at, at,
        )  # fmt: skip


def challenge_of(verifier: bytes) -> str:
    """Unlike RFC 7636: the hash is over the bytes that the verifier encodes, not over its text."""
    return to_url(hashlib.sha256(verifier).digest())


def server_key(grant: Grant) -> str:
    """The public half of the key that signs answers, as it goes over the wire."""
    return to_url(bytes.fromhex(public_hex(bytes.fromhex(grant.server_seed))))


def with_token(grant: Grant, token: str) -> Grant:
    return replace(grant, token=token)


def read_exchange(fields: dict[str, Any]) -> Exchange:
    """Raises: ApiError 10002."""
    texts = {name: fields.get(name) or "" for name in Exchange.__slots__}
    for name, value in texts.items():
        if not isinstance(value, str) or len(value) > MAX_STATE:
            raise bad_field(name, "not a text, or too long")
    asked = Exchange(**texts)
    if not is_id(asked.client_id):
        raise bad_field("client_id", "not a UUID in lower case")
    if not asked.code:
        raise bad_field("code", "missing")
    return asked


def _check_credentials(asked: Exchange, challenge: str, secret: str) -> None:
    if asked.code_verifier:
        verifier = _bytes("code_verifier", asked.code_verifier, VERIFIER_BYTES)
        if not challenge or not hmac.compare_digest(challenge_of(verifier), challenge.rstrip("=")):
            raise ApiError(401, why="the verifier does not fit the challenge")
    elif not asked.client_secret:
        raise bad_field("client_secret", "one of client_secret and code_verifier is needed")
    elif not hmac.compare_digest(asked.client_secret.encode(errors="replace"), secret.encode()):
        raise ApiError(401, why="another client secret")


def _bytes(name: str, text: str, size: int) -> bytes:
    try:
        raw = from_any(text)
    except ValueError as error:
        raise bad_field(name, f"not base64: {error}") from error
    if len(raw) != size:
        raise bad_field(name, f"{len(raw)} bytes, expected {size}")
    return raw
