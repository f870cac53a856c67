"""What the sandbox itself signs, held against what others read."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.sandbox.keys import public_hex
from bot.sandbox.tokens import bearer_token, integrity_token
from tests.bot.sandbox.client import vectors
from tests.bot.sandbox.person import raw

VECTORS = vectors("integrity_tokens")
SEED = "11" * 32


def claims_of(token: str) -> Any:
    return json.loads(raw(token.split(".")[1]))


@pytest.mark.parametrize(
    "case", [one for one in VECTORS["cases"] if one["expected_valid"]], ids=lambda case: str(case["id"])
)
def test_a_proof_says_what_the_official_check_wants(case: Any) -> None:
    """Method, target and body under one hash, the request's id, a minute to live: claim for claim as in the vectors."""
    given = case["input"]
    theirs = claims_of(given["x_integrity_token"])
    ours = integrity_token(
        SEED, method=given["method"], target=given["uri"], body=given["response_body"].encode(),
        request_id=given["response_x_request_id"], now_s=theirs["iat"],
    )  # fmt: skip
    assert claims_of(ours) == theirs
    text, _, signature = ours.rpartition(".")
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_hex(bytes.fromhex(SEED)))).verify(
        raw(signature), text.encode()
    )


def test_a_bearer_token_is_the_servers() -> None:
    """Signed RS512 as Mixin's was; nobody but the server needs to look inside."""
    token = bearer_token(authorization_id="a", app_id="b", issued_s=1, expires_s=2)
    assert json.loads(raw(token.split(".")[0])) == {"alg": "RS512", "typ": "JWT"}
    assert claims_of(token) == {"aid": "a", "iss": "b", "iat": 1, "exp": 2}
    assert len(raw(token.split(".")[2])) == 256
