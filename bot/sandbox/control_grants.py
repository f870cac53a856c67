"""What people allowed apps, seen and ended from outside; and what the app's owner sets in the dashboard."""

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.grants import Grant
from bot.sandbox.tables import transaction

URLS = ("home_uri", "redirect_uri")


async def grants(ask: Ask) -> Any:
    """Those of one person, or of everybody; no token and no key among them."""
    wanted = ask.sandbox.person(ask.query("as")).user_id if ask.query("as") else ""
    return [_shown(ask, one) for one in ask.sandbox.grants if wanted in ("", one.user_id)]


async def revoke(ask: Ask) -> Any:
    """As in the messenger's settings: the app is answered 401 from now on."""
    found = ask.sandbox.grants.get(ask.part("id"))
    if found is None:
        raise ControlError(404, "there is no such authorization")
    return {"revoked": ask.sandbox.revoke(found.user_id, found.app_id)}


async def expire(ask: Ask) -> Any:
    """As if `seconds` of its year were left (0: it is over)."""
    left = ask.number("seconds", 0)
    with transaction(ask.sandbox.db):
        changed = ask.sandbox.grants.change(ask.part("id"), expires_at=ask.sandbox.clock.seconds() + left)
    ask.sandbox.events.publish("grants", frozenset({changed.user_id}), user_id=changed.user_id)
    return _shown(ask, changed)


async def reduce(ask: Ask) -> Any:
    """Other scopes than the person chose: what is taken away is answered 403 from now on."""
    scopes = ask.names("scopes")
    with transaction(ask.sandbox.db):
        changed = ask.sandbox.grants.change(ask.part("id"), scope=" ".join(scopes))
    ask.sandbox.events.publish("grants", frozenset({changed.user_id}), user_id=changed.user_id)
    return _shown(ask, changed)


async def decide(ask: Ask) -> Any:
    """What somebody says to a request whose code they scanned; `scopes` left out: to all of it."""
    consents, person = ask.sandbox.consents, ask.sandbox.person(ask.text("as"))
    consent = consents.by_code_id(ask.part("code_id"))
    if consent is None or consent.decided:
        raise ControlError(404, "there is no such request, or it was decided before")
    if ask.fields.get("refuse"):
        consents.refuse(consent, person.user_id)
    else:
        scopes = tuple(ask.names("scopes")) or consent.asked
        consents.approve(consent, person.user_id, scopes, ask.sandbox.clock.seconds())
    return {"code_id": consent.code_id, "scopes": list(consent.granted), "refused": consent.refused}


async def app(ask: Ask) -> Any:
    """The bot's entry in the dashboard, with the client secret that an app of its owner would be given."""
    return _app(ask)


async def change_app(ask: Ask) -> Any:
    """Change what is given; the rest stays."""
    changes: dict[str, Any] = {name: ask.text(name) for name in URLS if name in ask.fields}
    for name, url in changes.items():
        if urlsplit(url).scheme not in ("http", "https"):
            raise ControlError(400, f"{name} is not an http or https address")
    for name in ("resource_patterns", "capabilities"):
        if name in ask.fields:
            changes[name] = ask.names(name)
    ask.sandbox.change_app(**changes)
    return _app(ask)


def _app(ask: Ask) -> dict[str, Any]:
    made = dict(ask.sandbox.bot.app or {})
    return made | {"client_secret": ask.sandbox.client_secret(ask.sandbox.bot_id)}


def _shown(ask: Ask, grant: Grant) -> dict[str, Any]:
    people, now_s = ask.sandbox.people, ask.sandbox.clock.seconds()
    bot, person = people.get(grant.app_id), people.get(grant.user_id)
    return {
        "authorization_id": grant.authorization_id, "app_id": grant.app_id, "user_id": grant.user_id,
        "app_name": bot.full_name if bot else "", "user_name": person.full_name if person else "",
        "scopes": grant.scope.split(), "form": "ed25519" if grant.public_key else "bearer",
        "created_at": grant.created_at, "accessed_at": grant.accessed_at, "expires_at": grant.expires_at,
        "expired": grant.expired(now_s),
    }  # fmt: skip


CONTROLS = (
    Control("GET", "/authorizations", grants, "What people allowed apps", ("as",)),
    Control("DELETE", "/authorizations/{id}", revoke, "Take back what an app may"),
    Control(
        "POST", "/authorizations/{id}/expire", expire, "Let an authorization run out", body={"seconds?": "left, 0: now"}
    ),
    Control("POST", "/authorizations/{id}/scopes", reduce, "Change its scopes", body={"scopes": "list of scopes"}),
    Control(
        "POST", "/consents/{code_id}", decide, "Answer a request whose code was scanned",
        body={"as": "who", "scopes?": "list of scopes, all if left out", "refuse?": "true: nothing at all"},
    ),
    Control("GET", "/app", app, "The bot's entry in the dashboard"),
    Control(
        "POST", "/app", change_app, "Change the bot's entry in the dashboard",
        body={"home_uri?": "http(s) address", "redirect_uri?": "the OAuth URL", "resource_patterns?": "a list",
              "capabilities?": "list"},
    ),
)  # fmt: skip
