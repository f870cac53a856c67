"""Mixin's side of OAuth, as small as a test needs it: codes and grants of people, tokens checked as Mixin would."""

import hashlib
import json
import secrets
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.mixin.auth import signature
from tests.bot.mixin.vectors import BOT_ID


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def data(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))


@dataclass
class Given:
    """What somebody allowed: the answer to a code, and what later requests are judged by."""

    user_id: str
    scope: str
    authorization_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: Ed25519PublicKey | None = None
    token: str = ""
    alive: bool = True
    used: set[str] = field(default_factory=set)


@dataclass
class OAuthServer:
    """`exchanges` are the bodies of POST /oauth/token; `secrets_used` is all that must be written down nowhere."""

    url: str = ""
    bearer: bool = False
    """Give plain tokens, whatever was asked for."""
    accepts_pkce: bool = True
    client_secret: str = ""
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """By code: the person, the scope, and the challenge."""
    grants: list[Given] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[Given | None], web.Response]] = field(default_factory=dict)
    """By path: what is answered instead of the usual."""
    slow_answers: dict[str, Callable[[Given | None], Awaitable[web.Response]]] = field(default_factory=dict)
    """The same, of those that have to look something up first."""
    bodies: dict[str, list[bytes]] = field(default_factory=dict)
    """By path: what was sent."""
    integrity: str = "right"
    clock_ahead_s: float = 0.0
    tells_time: bool = True
    secrets_used: set[str] = field(default_factory=set)
    server_key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def agree(self, user_id: str, scope: str, challenge: str) -> str:
        """Somebody agrees on the page; gives the code that they are sent back with."""
        code = secrets.token_hex(32)
        self.codes[code] = (user_id, scope, challenge)
        self.secrets_used.add(code)
        return code

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        body = await request.read()
        self.bodies.setdefault(request.path, []).append(body)
        if request.path == "/oauth/token":
            return self._mark(request, self._token(json.loads(body)))
        given = self._who(request, body)
        if request.path in self.slow_answers:
            return self._mark(request, await self.slow_answers[request.path](given), given)
        if request.path in self.answers:
            return self._mark(request, self.answers[request.path](given), given)
        if given is None or not given.alive:
            return self._mark(request, refuse(401))
        if request.path == "/me":
            answer = {"data": {"user_id": given.user_id, "identity_number": "40001", "full_name": "Ann"}}
            return self._mark(request, web.json_response(answer), given)
        return self._mark(request, web.json_response({"data": []}), given)

    def _token(self, body: dict[str, Any]) -> web.Response:
        self.exchanges.append(body)
        if "/oauth/token" in self.answers:
            return self.answers["/oauth/token"](None)
        user_id, scope, challenge = self.codes.get(body["code"], ("", "", ""))
        by_pkce = self.accepts_pkce and bool(body["code_verifier"]) and _challenge(body["code_verifier"]) == challenge
        by_secret = bool(self.client_secret) and body["client_secret"] == self.client_secret
        self.secrets_used |= {body["code_verifier"], body["client_secret"]} - {""}
        if body["client_id"] != BOT_ID or not user_id or not (by_pkce or by_secret):
            return refuse(401)
        del self.codes[body["code"]]
        given = Given(user_id, scope)
        self.grants.append(given)
        if self.bearer:
            claims = {"aid": given.authorization_id, "iss": BOT_ID, "exp": int(time.time()) + 100 * 86_400}
            given.token = jwt.encode(claims, self.server_key, algorithm="EdDSA")
            self.secrets_used |= {given.token, given.token.rpartition(".")[2]}
            return web.json_response({"data": {"access_token": given.token, "scope": scope}})
        given.key = Ed25519PublicKey.from_public_bytes(data(body["ed25519"]))
        answer = {
            "ed25519": text(self.server_key.public_key().public_bytes_raw()),
            "authorization_id": given.authorization_id,
            "scope": scope,
        }
        return web.json_response({"data": answer})

    def _who(self, request: web.BaseRequest, body: bytes) -> Given | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for given in self.grants:
            if given.token and given.token == token:
                return given
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return None
        found = next((each for each in self.grants if each.authorization_id == claims.get("aid")), None)
        if found is None or found.key is None:
            return None
        jwt.decode(token, found.key, algorithms=["EdDSA"], options={"verify_exp": False, "verify_iat": False})
        assert claims["jti"] == request.headers["X-Request-Id"]
        assert claims["jti"] not in found.used
        assert claims["sig"] == signature(request.method, request.raw_path, body)
        assert (claims["iss"], claims["scp"], "uid" in claims) == (BOT_ID, found.scope, False)
        found.used.add(claims["jti"])
        return found if abs(claims["iat"] - time.time() - self.clock_ahead_s) <= 300 else None

    def _mark(self, request: web.BaseRequest, answer: web.Response, given: Given | None = None) -> web.Response:
        request_id = request.headers["X-Request-Id"]
        answer.headers["X-Request-Id"] = request_id
        now = time.time() + self.clock_ahead_s
        if self.tells_time:
            answer.headers["X-Server-Time"] = str(int(now * 1e9))
        if given is not None and given.key is not None and self.integrity:
            assert isinstance(answer.body, bytes)
            claims = {
                "jti": request_id,
                "iat": int(now),
                "exp": int(now) + 60,
                "sig": signature(request.method, request.raw_path, answer.body),
            }
            key = self.server_key if self.integrity == "right" else Ed25519PrivateKey.generate()
            answer.headers["X-Integrity-Token"] = jwt.encode(claims, key, algorithm="EdDSA")
        return answer


def refuse(code: int) -> web.Response:
    return web.json_response({"error": {"status": 202, "code": code, "description": f"code {code}"}}, status=202)


def _challenge(verifier: str) -> str:
    return text(hashlib.sha256(data(verifier)).digest())


@asynccontextmanager
async def serve_oauth() -> AsyncIterator[OAuthServer]:
    server = OAuthServer()
    runner = web.ServerRunner(web.Server(server.handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
