"""Objects as Mixin's API and Blaze show them, and messages as the sandbox's own pages do.

Source: mixin.md 5.1, 5.3, 5.6, 7.5, 7.6 and Appendix A.
"""

import json
from typing import Any

from bot.sandbox.base64s import to_standard, to_url
from bot.sandbox.clock import ZERO_TIME
from bot.sandbox.consents import Consent
from bot.sandbox.conversations import CONTACT, Conversation
from bot.sandbox.grants import Grant
from bot.sandbox.items import SEALED, TEXTS
from bot.sandbox.keys import SessionKey
from bot.sandbox.messages import SENT, Message
from bot.sandbox.people import People, Person

_CODES = "https://mixin.one/codes/"


def user(person: Person, relationship: str, *, phone: bool = False) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "user", "user_id": person.user_id, "identity_number": person.identity_number,
        "phone": person.phone if phone else "", "full_name": person.full_name, "biography": person.biography,
        "avatar_url": person.avatar_url, "relationship": relationship, "mute_until": ZERO_TIME,
        "created_at": person.created_at, "is_verified": False, "is_scam": False, "is_deactivated": False,
        "has_safe": True, "membership": {"plan": "none", "expired_at": ZERO_TIME},
    }  # fmt: skip
    return made if person.app is None else made | {"app": person.app}


def me(person: Person, session_id: str, *, phone: bool = True) -> dict[str, Any]:
    chosen = {
        "receive_message_source": "EVERYBODY", "accept_conversation_source": "EVERYBODY",
        "accept_search_source": "EVERYBODY", "fiat_currency": "USD", "transfer_notification_threshold": 0,
        "transfer_confirmation_threshold": 0,
    } | person.preferences  # fmt: skip
    return user(person, "ME", phone=phone) | chosen | {
        "session_id": session_id, "pin_token": "", "pin_token_base64": "", "code_id": person.code_id,
        "code_url": _CODES + person.code_id, "device_status": "ACTIVE", "has_pin": False,
        "has_emergency_contact": False, "tip_key_base64": "", "tip_counter": 0, "salt_base64": "", "features": [],
        "spend_public_key": "",
    }  # fmt: skip


def session(one: SessionKey) -> dict[str, Any]:
    return {
        "type": "session", "user_id": one.user_id, "session_id": one.session_id, "public_key": one.curve_key(),
        "platform": one.platform,
    }  # fmt: skip


def conversation(one: Conversation, asked_by: str, people: People) -> dict[str, Any]:
    group = one.category != CONTACT
    sessions = [session(key) | {"type": "participant"} for member in one.members for key in people.sessions_of(member)]
    return {
        "type": "conversation", "conversation_id": one.conversation_id, "creator_id": one.creator_id,
        "category": one.category, "name": one.name if group else "", "icon_url": one.icon_url,
        "announcement": one.announcement, "created_at": one.created_at, "code_id": one.code_id if group else "",
        "code_url": _CODES + one.code_id if group else "", "mute_until": one.muted.get(asked_by, ZERO_TIME),
        "expire_in": one.expire_in,
        "participants": [
            {"type": "participant", "user_id": member, "role": facts["role"], "created_at": facts["created_at"]}
            for member, facts in one.members.items()
        ],
        "participant_sessions": [{key: item for key, item in row.items() if key != "platform"} for row in sessions],
        "circles": [],
    }  # fmt: skip


def authorization(grant: Grant, people: People, now_s: float) -> dict[str, Any]:
    """What a person allowed an app."""
    return {
        "type": "authorization", "authorization_id": grant.authorization_id, "authorization_code": "",
        "scopes": [] if grant.expired(now_s) else grant.scope.split(), "code_id": grant.code_id,
        "app": _app(people, grant.app_id), "created_at": grant.created_at, "accessed_at": grant.accessed_at,
    }  # fmt: skip


def consent(one: Consent, people: People) -> dict[str, Any]:
    """What an app asks for: without a code until a person has approved, without scopes once one has refused."""
    scopes = () if one.refused else one.granted or one.asked
    made = {
        "type": "authorization", "authorization_id": one.authorization_id, "authorization_code": one.code,
        "scopes": list(scopes), "code_id": one.code_id, "app": _app(people, one.app_id),
        "created_at": one.created_at, "accessed_at": one.created_at,
    }  # fmt: skip
    person = people.get(one.user_id)
    return made if person is None else made | {"user": user(person, "")}


def _app(people: People, app_id: str) -> dict[str, Any]:
    found = people.get(app_id)
    return dict(found.app) if found is not None and found.app is not None else {"type": "app", "app_id": app_id}


def incoming(message: Message, source: str) -> dict[str, Any]:
    """A message as it is pushed to a bot."""
    return {
        "type": "message", "representative_id": message.representative_id,
        "quote_message_id": message.quote_message_id, "conversation_id": message.conversation_id,
        "user_id": message.user_id, "session_id": message.session_id, "message_id": message.message_id,
        "category": message.category, "data": to_standard(message.wire), "data_base64": to_url(message.wire),
        "status": SENT, "source": source, "silent": message.silent, "expire_in": message.expire_in,
        "created_at": message.created_at, "updated_at": message.created_at,
    }  # fmt: skip


def receipt(message_id: str, status: str, at: str) -> dict[str, Any]:
    """News of a message that the bot itself sent."""
    return _bare(message_id, "", "ACKNOWLEDGE_MESSAGE_RECEIPT", status, ZERO_TIME, at)


def own_send(message_id: str, user_id: str, at: str) -> dict[str, Any]:
    """The server's confirmation of a CREATE_MESSAGE over Blaze; its times have nine digits."""
    nine = at.removesuffix("Z") + "000Z"
    return _bare(message_id, user_id, "CREATE_MESSAGE", SENT, nine, nine)


def _bare(message_id: str, user_id: str, source: str, status: str, created_at: str, updated_at: str) -> dict[str, Any]:
    return {
        "type": "message", "representative_id": "", "quote_message_id": "", "conversation_id": "", "user_id": user_id,
        "session_id": "", "message_id": message_id, "category": "", "data": "", "status": status, "source": source,
        "created_at": created_at, "updated_at": updated_at,
    }  # fmt: skip


def shown(message: Message) -> dict[str, Any]:
    """A message as the control API gives it: `data` is text for texts, else the JSON inside, else base64.

    `trouble` is there where a device of the recipient could not open what was encrypted.
    """
    return {
        "message_id": message.message_id, "conversation_id": message.conversation_id, "user_id": message.user_id,
        "category": message.category, "data": _readable(message), "status": message.status,
        "quote_message_id": message.quote_message_id, "representative_id": message.representative_id,
        "silent": message.silent, "expire_in": message.expire_in, "created_at": message.created_at,
        "recalled": message.recalled,
    } | ({"trouble": message.trouble} if message.trouble else {})  # fmt: skip


def is_payers_notice(message: Message) -> bool:
    """Whether a message tells a bot of its own payment: people see the other side's notice."""
    if not message.category.endswith("_SNAPSHOT"):
        return False
    content = _readable(message)
    return isinstance(content, dict) and str(content.get("amount", "")).startswith("-")


def _readable(message: Message) -> Any:
    if message.recalled:
        return ""
    try:
        text = message.data.decode()
        return text if SEALED.get(message.category, message.category) in TEXTS else json.loads(text)
    except (ValueError, RecursionError):
        return to_url(message.data)
