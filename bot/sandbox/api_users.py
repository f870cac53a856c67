"""GET /me, people, friends, blocks, sessions.

Source: mixin.md 5.1 to 5.3; https://developers.mixin.one/docs/api/users/user
"""

from typing import Any

from bot.sandbox import views
from bot.sandbox.endpoint import APP_ONLY, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.ids import is_id, new_id
from bot.sandbox.people import BLOCKING, FRIEND, Person
from bot.sandbox.tables import transaction

PROFILE = "PROFILE:READ"
CONTACTS = "CONTACTS:READ"
RELATIONS = {"ADD": FRIEND, "UPDATE": FRIEND, "REMOVE": "", "BLOCK": BLOCKING, "UNBLOCK": ""}
PREFERENCES = (
    "receive_message_source", "accept_conversation_source", "accept_search_source", "fiat_currency",
    "transfer_notification_threshold", "transfer_confirmation_threshold",
)  # fmt: skip


async def get_me(call: Call) -> Any:
    return _me(call, call.who)


async def post_me(call: Call) -> Any:
    fields = call.fields()
    changes = {name: fields[name] for name in ("full_name", "biography") if isinstance(fields.get(name), str)}
    with transaction(call.sandbox.db):
        return _me(call, call.sandbox.people.change(call.who.user_id, **changes))


async def post_preferences(call: Call) -> Any:
    chosen = {name: value for name, value in call.fields().items() if name in PREFERENCES}
    with transaction(call.sandbox.db):
        return _me(call, call.sandbox.people.change(call.who.user_id, preferences={**call.who.preferences, **chosen}))


async def get_code(call: Call) -> Any:
    """A GET that changes state: every call makes a new code."""
    with transaction(call.sandbox.db):
        return _me(call, call.sandbox.people.change(call.who.user_id, code_id=new_id()))


async def get_user(call: Call) -> Any:
    asked = call.part("id")
    if not is_id(asked) and not asked.isdigit():
        raise bad_field("id", "not a UUID in lower case")
    return _user(call, call.sandbox.people.get(asked) or call.sandbox.people.by_number(asked))


async def fetch_users(call: Call) -> Any:
    found = [call.sandbox.people.get(one) for one in dict.fromkeys(call.ids())]
    return [_user(call, one) for one in found if one is not None]


async def search(call: Call) -> Any:
    return _user(call, call.sandbox.people.by_number(call.part("q")))


async def get_friends(call: Call) -> Any:
    return [_user(call, one) for one in call.sandbox.people.related(call.who.user_id, FRIEND)]


async def get_blocking(call: Call) -> Any:
    return [_user(call, one) for one in call.sandbox.people.related(call.who.user_id, BLOCKING)]


async def post_relationships(call: Call) -> Any:
    fields = call.fields()
    other = call.sandbox.people.get(str(fields.get("user_id")))
    if fields.get("action") not in RELATIONS:
        raise bad_field("action", f"expected one of {', '.join(RELATIONS)}")
    if other is None:
        raise ApiError(404)
    with transaction(call.sandbox.db):
        call.sandbox.people.relate(call.who.user_id, other.user_id, RELATIONS[fields["action"]])
    return _user(call, other)


async def fetch_sessions(call: Call) -> Any:
    return [views.session(one) for user_id in call.ids() for one in call.sandbox.people.sessions_of(user_id)]


def _me(call: Call, person: Person) -> dict[str, Any]:
    session_id = call.caller.session_id if call.caller is not None else ""
    return views.me(person, session_id, phone=call.caller is not None and call.caller.may("PHONE:READ"))


def _user(call: Call, person: Person | None) -> dict[str, Any]:
    if person is None:
        raise ApiError(404)
    return views.user(person, call.sandbox.people.relation(call.who.user_id, person.user_id))


_IDS = {"type": "array", "items": {"type": "string", "format": "uuid"}}

ENDPOINTS = (
    Endpoint("GET", "/me", get_me, PROFILE, "The caller"),
    Endpoint("GET", "/safe/me", get_me, APP_ONLY, "The caller, with Safe members"),
    Endpoint("POST", "/me", post_me, APP_ONLY, "Change name and biography", body={"type": "object"}),
    Endpoint("POST", "/me/preferences", post_preferences, APP_ONLY, "Change preferences", body={"type": "object"}),
    Endpoint("GET", "/me/code", get_code, APP_ONLY, "Make a new contact code"),
    Endpoint("GET", "/users/{id}", get_user, PROFILE, "A user by id or Mixin number"),
    Endpoint("POST", "/users/fetch", fetch_users, PROFILE, "Users by id; unknown ones are left out", body=_IDS),
    Endpoint("GET", "/search/{q}", search, PROFILE, "A user by Mixin number or phone"),
    Endpoint("GET", "/friends", get_friends, CONTACTS, "The caller's friends"),
    Endpoint("GET", "/blocking_users", get_blocking, CONTACTS, "Whom the caller blocks"),
    Endpoint("POST", "/relationships", post_relationships, APP_ONLY, "Befriend or block", body={"type": "object"}),
    Endpoint("POST", "/sessions/fetch", fetch_sessions, APP_ONLY, "Sessions of users", body=_IDS),
)
