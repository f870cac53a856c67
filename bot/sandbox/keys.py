"""Keys of both sides: the Keystore that the sandbox issues, and public keys of those it is told about.

Source: mixin.md 2 and 9.4.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from bot.sandbox.base64s import from_any, to_url
from bot.sandbox.ids import new_id

SANDBOX_PREFIX = "5a4db0c5-"
KEYLESS = "none"
KEPT_SECRETS = 65_536
_P = 2**255 - 19


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What is known of one registered session: `text` is 64 hex digits (EdDSA), a PEM (RS512) or nothing."""

    session_id: str
    user_id: str
    algorithm: str
    text: str
    platform: str = ""

    def curve_key(self) -> str:
        """The session's X25519 key in base64, or "" where the session cannot encrypt."""
        return to_url(self.curve_bytes())

    def curve_bytes(self) -> bytes:
        return montgomery(bytes.fromhex(self.text)) if self.algorithm == "EdDSA" else b""


class Verifier:
    """A public key that says whether a signature is its own."""

    def __init__(self, algorithm: str, text: str) -> None:
        self.algorithm = algorithm
        self._key: Ed25519PublicKey | RSAPublicKey
        if algorithm == "EdDSA":
            self._key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
        else:
            loaded = serialization.load_pem_public_key(text.encode())
            if not isinstance(loaded, RSAPublicKey):
                raise ValueError("the PEM holds no RSA key")
            self._key = loaded

    def accepts(self, signature: bytes, signed: bytes) -> bool:
        try:
            if isinstance(self._key, RSAPublicKey):
                self._key.verify(signature, signed, PKCS1v15(), hashes.SHA512())
            else:
                self._key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True


class Signer:
    """A private key, as a Keystore of any shape has it.

    Raises:
        ValueError: The private key is of no known form.
        KeyError: A member is missing.
    """

    def __init__(self, keystore: dict[str, Any]) -> None:
        self._key: Ed25519PrivateKey | RSAPrivateKey
        text = str(keystore.get("session_private_key") or keystore["private_key"])
        if text.startswith("-----BEGIN"):
            loaded = serialization.load_pem_private_key(text.encode(), password=None)
            if not isinstance(loaded, RSAPrivateKey):
                raise ValueError("the PEM holds no RSA key")
            self.algorithm, self._key = "RS512", loaded
            return
        try:
            seed = bytes.fromhex(text)
        except ValueError:
            seed = from_any(text)
        if len(seed) not in (32, 64):
            raise ValueError(f"the private key has {len(seed)} bytes, expected 32 or 64")
        self.algorithm, self._key = "EdDSA", Ed25519PrivateKey.from_private_bytes(seed[:32])

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), hashes.SHA512())
        return self._key.sign(data)

    @property
    def public_text(self) -> str:
        """64 hex digits (EdDSA) or a PEM (RS512)."""
        public = self._key.public_key()
        if isinstance(public, RSAPublicKey):
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            return public.public_bytes(serialization.Encoding.PEM, form).decode()
        return public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def new_keystore(app_id: str) -> dict[str, str]:
    """A Keystore in the dashboard's shape, with fresh keys that only this sandbox knows."""
    return {
        "app_id": app_id,
        "session_id": new_id(),
        "server_public_key": public_hex(os.urandom(32)),
        "session_private_key": os.urandom(32).hex(),
    }


def session_of(keystore: dict[str, Any]) -> SessionKey:
    """The public half of a Keystore: any of the dashboard's, the older Ed25519 and the RSA shapes.

    Raises:
        ValueError: The private key is of no known form.
        KeyError: A member is missing.
    """
    user_id = str(keystore.get("app_id") or keystore.get("client_id") or keystore["user_id"])
    session_id, signer = str(keystore["session_id"]), Signer(keystore)
    return SessionKey(session_id, user_id, signer.algorithm, signer.public_text)


def public_hex(seed: bytes) -> str:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def device_seed(session_id: str) -> bytes:
    """The private key of a simulated person's device; nothing secret depends on it, so it follows from the id."""
    return hashlib.sha256(f"sandbox device of {session_id}".encode()).digest()


@lru_cache(maxsize=KEPT_SECRETS)
def montgomery(edwards: bytes) -> bytes:
    """The X25519 form of an Ed25519 public key: u = (1 + y) / (1 - y)."""
    y = int.from_bytes(edwards, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, _P - 2, _P) % _P).to_bytes(32, "little")


@lru_cache(maxsize=KEPT_SECRETS)
def curve_public(seed: bytes) -> bytes:
    """The X25519 public key that belongs to an Ed25519 seed."""
    return montgomery(bytes.fromhex(public_hex(seed)))


def montgomery_private(seed: bytes) -> bytes:
    """The X25519 form of an Ed25519 private key: the first half of its SHA-512, clamped."""
    half = bytearray(hashlib.sha512(seed).digest()[:32])
    half[0] &= 248
    half[31] = half[31] & 127 | 64
    return bytes(half)


@lru_cache(maxsize=KEPT_SECRETS)
def shared_secret(seed: bytes, curve_public: bytes) -> bytes:
    """What the owner of an Ed25519 seed and of an X25519 key have in common, raw.

    Raises:
        ValueError: The other key is none, or one that gives everybody the same secret.
    """
    own = X25519PrivateKey.from_private_bytes(montgomery_private(seed))
    return own.exchange(X25519PublicKey.from_public_bytes(curve_public))
