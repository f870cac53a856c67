"""Tokens that the sandbox itself signs: a person's bearer token, and the proof that an answer is the server's.

Source: mixin.md 4.4 (the plain form: RS512, nobody but the server looks inside) and 4.7.
"""

import hashlib
import json
from functools import cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from bot.sandbox.base64s import to_url

INTEGRITY_LIFETIME_S = 60


def bearer_token(*, authorization_id: str, app_id: str, issued_s: int, expires_s: int) -> str:
    """Slow the first time: a key is made for it."""
    claims = {"aid": authorization_id, "iss": app_id, "iat": issued_s, "exp": expires_s}
    text = _text("RS512", claims)
    return f"{text}.{to_url(_server_key().sign(text.encode(), PKCS1v15(), hashes.SHA512()))}"


def integrity_token(seed: str, *, method: str, target: str, body: bytes, request_id: str, now_s: int) -> str:
    """Signed over the request's method and target and the answer's body."""
    digest = hashlib.sha256(method.upper().encode() + target.encode() + body).hexdigest()
    text = _text("EdDSA", {"jti": request_id, "iat": now_s, "exp": now_s + INTEGRITY_LIFETIME_S, "sig": digest})
    return f"{text}.{to_url(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).sign(text.encode()))}"


def _text(algorithm: str, claims: dict[str, object]) -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, claims)
    return ".".join(to_url(json.dumps(part, separators=(",", ":")).encode()) for part in parts)


@cache
def _server_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)
