"""Codes for tokens, and what a person allowed whom.

Source: mixin.md 4.4 and 4.9.
"""

import asyncio
from typing import Any

from bot.sandbox import views
from bot.sandbox.consents import Consent, read_exchange, server_key, with_token
from bot.sandbox.endpoint import ANY, APP_ONLY, PUBLIC, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id
from bot.sandbox.tokens import bearer_token


async def post_token(call: Call) -> Any:
    """Two forms: with `ed25519` the app signs each request for that person, without it there is a bearer token."""
    asked, sandbox = read_exchange(call.fields()), call.sandbox
    secret = sandbox.client_secret(asked.client_id)
    grant = sandbox.consents.exchange(asked, secret=secret, at=sandbox.clock.text(), now_s=sandbox.clock.seconds())
    if not grant.public_key:
        token = await asyncio.to_thread(
            bearer_token, authorization_id=grant.authorization_id, app_id=grant.app_id,
            issued_s=int(sandbox.clock.seconds()), expires_s=int(grant.expires_at),
        )  # fmt: skip
        grant = with_token(grant, token)
    sandbox.authorize(grant)
    facts = {"scope": grant.scope, "authorization_id": grant.authorization_id}
    return facts | ({"ed25519": server_key(grant)} if grant.public_key else {"access_token": grant.token})


async def post_authorize(call: Call) -> Any:
    """The messenger itself says what its person allows; no scopes is a refusal."""
    if call.who.is_bot:
        raise ApiError(403, why="only a person's messenger may do that")
    fields = call.fields()
    scopes = fields.get("scopes")
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise bad_field("scopes", "expected a list of scopes")
    consent = call.sandbox.consents.get(str(fields.get("authorization_id")))
    if consent is None:
        raise ApiError(404)
    if scopes:
        call.sandbox.consents.approve(consent, call.who.user_id, tuple(scopes), call.sandbox.clock.seconds())
    else:
        call.sandbox.consents.refuse(consent, call.who.user_id)
    return consent_view(call, consent)


async def post_cancel(call: Call) -> Any:
    """The caller takes back what was allowed to an app."""
    client_id = call.fields().get("client_id")
    if not is_id(client_id):
        raise bad_field("client_id", "not a UUID in lower case")
    call.sandbox.revoke(call.who.user_id, str(client_id))


async def get_authorizations(call: Call) -> Any:
    grants = call.sandbox.grants.of(call.who.user_id, call.query("app"))
    return [views.authorization(one, call.sandbox.people, call.sandbox.clock.seconds()) for one in grants]


def consent_view(call: Call, consent: Consent) -> dict[str, Any]:
    return views.consent(consent, call.sandbox.people)


ENDPOINTS = (
    Endpoint("POST", "/oauth/token", post_token, PUBLIC, "A code for a token", body={"type": "object"}),
    Endpoint("POST", "/oauth/authorize", post_authorize, APP_ONLY, "A messenger approves", body={"type": "object"}),
    Endpoint("POST", "/oauth/cancel", post_cancel, ANY, "Take back what an app may", body={"type": "object"}),
    Endpoint("GET", "/authorizations", get_authorizations, ANY, "What the caller allowed", ("app",)),
)
