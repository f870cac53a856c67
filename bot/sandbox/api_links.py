"""What codes and short links stand for, and apps as everybody sees them.

Source: mixin.md 5.10 and 5.11.
"""

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox import views
from bot.sandbox.endpoint import ANY, APP_ONLY, PUBLIC, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import new_id
from bot.sandbox.people import Person
from bot.sandbox.tables import transaction

MAX_FAVORITES = 3
MAX_TARGET = 4096
SCHEMES = ("mixin", "http", "https")


async def get_code(call: Call) -> Any:
    """A person, a group, or what an app asks for; without its code, which only the one who waits for it gets."""
    code_id, sandbox = call.part("id"), call.sandbox
    if (consent := sandbox.consents.by_code_id(code_id)) is not None:
        return views.consent(consent, sandbox.people) | {"authorization_code": ""}
    if (group := sandbox.conversations.by_code(code_id)) is not None:
        return views.conversation(group, "", sandbox.people)
    for person in sandbox.people:
        if person.code_id == code_id:
            return views.user(person, "")
    raise ApiError(404)


async def post_schemes(call: Call) -> Any:
    """A short link for a long one; the same target again gives the same."""
    target = call.fields().get("target")
    if not isinstance(target, str) or len(target) > MAX_TARGET or urlsplit(target).scheme not in SCHEMES:
        raise bad_field("target", f"a link of {', '.join(SCHEMES)} with at most {MAX_TARGET} characters")
    db = call.sandbox.db
    with transaction(db):
        db.execute("INSERT OR IGNORE INTO schemes VALUES (?, ?)", (new_id(), target))
    return _scheme(*db.execute("SELECT scheme_id, target FROM schemes WHERE target = ?", (target,)).fetchone())


async def get_scheme(call: Call) -> Any:
    row = call.sandbox.db.execute("SELECT * FROM schemes WHERE scheme_id = ?", (call.part("id"),)).fetchone()
    if row is None:
        raise ApiError(404)
    return _scheme(*row)


async def get_app(call: Call) -> Any:
    """One's own; others' are in GET /users/:id."""
    app = _app(call)
    if app.user_id != call.who.user_id and (app.app or {}).get("creator_id") != call.who.user_id:
        raise ApiError(403, why="somebody else's app")
    return dict(app.app or {}) | {"has_safe": True}


async def get_favorites(call: Call) -> Any:
    person = call.sandbox.people.get(call.part("id"))
    if person is None:
        raise ApiError(404)
    return [_favorite(person.user_id, one, at) for one, at in person.favorites.items()]


async def post_favorite(call: Call) -> Any:
    """Show an app in one's profile, three at most."""
    app, mine = _app(call), dict(call.who.favorites)
    if app.user_id not in mine and len(mine) >= MAX_FAVORITES:
        raise ApiError(20132)
    mine.setdefault(app.user_id, call.sandbox.clock.text())
    _keep_favorites(call, mine)
    return [_favorite(call.who.user_id, one, at) for one, at in mine.items()]


async def post_unfavorite(call: Call) -> Any:
    _keep_favorites(call, {one: at for one, at in call.who.favorites.items() if one != call.part("id")})


def _keep_favorites(call: Call, favorites: dict[str, str]) -> None:
    with transaction(call.sandbox.db):
        call.sandbox.people.change(call.who.user_id, favorites=favorites)


def _favorite(user_id: str, app_id: str, at: str) -> dict[str, Any]:
    return {"type": "favorite_app", "user_id": user_id, "app_id": app_id, "created_at": at}


def _scheme(scheme_id: str, target: str) -> dict[str, Any]:
    return {"type": "scheme", "scheme_id": scheme_id, "target": target}


def _app(call: Call) -> Person:
    found = call.sandbox.people.get(call.part("id"))
    if found is None or not found.is_bot:
        raise ApiError(404)
    return found


ENDPOINTS = (
    Endpoint("GET", "/codes/{id}", get_code, PUBLIC, "What a code stands for"),
    Endpoint("POST", "/schemes", post_schemes, APP_ONLY, "A short link", body={"type": "object"}),
    Endpoint("GET", "/schemes/{id}", get_scheme, PUBLIC, "What a short link stands for"),
    Endpoint("GET", "/apps/{id}", get_app, ANY, "One's own app"),
    Endpoint("GET", "/users/{id}/apps/favorite", get_favorites, ANY, "The apps in somebody's profile"),
    Endpoint("POST", "/apps/{id}/favorite", post_favorite, APP_ONLY, "Put an app there"),
    Endpoint("POST", "/apps/{id}/unfavorite", post_unfavorite, APP_ONLY, "Take it away"),
)
