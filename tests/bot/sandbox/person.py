"""An app in the sandbox's tests: asks a person for scopes, exchanges the code, calls with either form of token."""

import base64
import hashlib
import json
import os
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.sandbox.world import ALICE
from tests.bot.sandbox.client import Answer, Client, b64, sign

EVERYTHING = "PROFILE:READ PHONE:READ CONTACTS:READ ASSETS:READ SNAPSHOTS:READ"


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class App:
    """The bot's side of OAuth, with nothing of `bot`."""

    client: Client
    seed: bytes = field(default_factory=lambda: os.urandom(32))
    verifier: bytes = field(default_factory=lambda: os.urandom(32))
    granted: dict[str, Any] = field(default_factory=dict)

    @property
    def app_id(self) -> str:
        return self.client.sandbox.bot_id

    @property
    def public_key(self) -> str:
        key = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return b64(key.public_bytes(Encoding.Raw, PublicFormat.Raw))

    @property
    def verifier_text(self) -> str:
        return b64(self.verifier)

    def link(self, scope: str = EVERYTHING, **more: str) -> str:
        """Where the app sends a person."""
        facts = {
            "client_id": self.app_id, "scope": scope, "response_type": "code", "state": "st/a te",
            "code_challenge": b64(hashlib.sha256(self.verifier).digest()), "code_challenge_method": "SHA256",
        } | more  # fmt: skip
        return "/oauth/authorize?" + urlencode(facts)

    async def visit(self, target: str, form: list[tuple[str, str]] | None = None) -> Answer:
        """As a browser does, but without following where it is sent."""
        url = self.client.sandbox.url + target
        headers = {"Accept-Language": "en"} | ({} if form is None else {"Origin": self.client.sandbox.url})
        method = "GET" if form is None else "POST"
        async with self.client.http.request(
            method, url, data=None if form is None else aiohttp.FormData(form), headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers.copy(), await response.read())

    async def ask(self, scope: str = EVERYTHING, **more: str) -> str:
        """Send a person there; gives the path of the page."""
        answer = await self.visit(self.link(scope, **more))
        assert answer.status == 303, answer.raw
        return answer.headers["Location"]

    async def decide(
        self, path: str, *scopes: str, person: str = ALICE, pin: str = "123456", answer: str = "authorize"
    ) -> Answer:
        """What the sheet sends when a button is pressed on the phone that goes on itself."""
        form = [("as", person), ("pin", pin), ("answer", answer), ("back", "1"), *(("scope", one) for one in scopes)]
        return await self.visit(path + "/phone?back=1", form)

    async def code(self, scope: str = EVERYTHING, person: str = ALICE) -> str:
        """A person allows everything that is asked for."""
        answer = await self.decide(await self.ask(scope), *scope.split(), person=person)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    async def exchange(self, code: str, /, **changed: Any) -> Answer:
        """Without `changed`: by PKCE, for the signed form."""
        fields = {
            "client_id": self.app_id, "code": code, "client_secret": "", "code_verifier": self.verifier_text,
            "ed25519": self.public_key,
        } | changed  # fmt: skip
        return await self.client.plain("POST", "/oauth/token", json.dumps(fields).encode())

    async def connect(self, scope: str = EVERYTHING, person: str = ALICE) -> "App":
        """The whole way to a grant in the signed form."""
        self.granted = (await self.exchange(await self.code(scope, person))).data
        return self

    async def call(self, method: str, target: str, body: Any = None, **claims: Any) -> Answer:
        """Signed for the person; `claims` replaces some, a request id may be given as `jti`."""
        content = b"" if body is None else json.dumps(body).encode()
        jti = claims.pop("jti", str(uuid.uuid4()))
        made = {
            "uid": None, "sid": None, "iss": self.app_id, "aid": self.granted["authorization_id"],
            "scp": self.granted["scope"],
        } | claims  # fmt: skip
        keystore = {"app_id": self.app_id, "session_id": "", "session_private_key": self.seed.hex()}
        token = sign(keystore, method, target, content, jti=jti, now=self.client.now, **made)
        return await self.client.plain(
            method, target, content, {"Authorization": f"Bearer {token}", "X-Request-Id": jti}
        )

    def proof(self, answer: Answer, method: str, target: str) -> dict[str, Any]:
        """The claims of the answer's X-Integrity-Token, its signature checked; `sig` becomes whether it fits."""
        text, _, signature = answer.headers["X-Integrity-Token"].rpartition(".")
        Ed25519PublicKey.from_public_bytes(raw(self.granted["ed25519"])).verify(raw(signature), text.encode())
        claims: dict[str, Any] = json.loads(raw(text.partition(".")[2]))
        return claims | {"sig": claims["sig"] == hashlib.sha256(f"{method}{target}".encode() + answer.raw).hexdigest()}
