"""Devices of people, each with a session and a key of its own, and whether the bot's messages are encrypted."""

from typing import Any

from bot.sandbox import views
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.devices import named
from bot.sandbox.people import ENCRYPTED, PHONE, Person
from bot.sandbox.tables import transaction

PLATFORMS = (PHONE, "iOS", "Desktop")
MAX_DEVICES = 5


async def devices(ask: Ask) -> Any:
    return _shown(ask, ask.sandbox.person(ask.part("id")))


async def add(ask: Ask) -> Any:
    """`keyless`: an app that is too old to encrypt."""
    person, platform = _person(ask), ask.text("platform", PHONE)
    if platform not in PLATFORMS:
        raise ControlError(400, f"platform is {platform!r}, expected one of {', '.join(PLATFORMS)}")
    if len(ask.sandbox.people.sessions_of(person.user_id)) >= MAX_DEVICES:
        raise ControlError(400, f"nobody has more than {MAX_DEVICES} devices")
    with transaction(ask.sandbox.db):
        ask.sandbox.people.add_device(person.user_id, platform, keyless=bool(ask.fields.get("keyless")))
    return _told(ask, person)


async def rotate(ask: Ask) -> Any:
    """The app was installed anew: what was encrypted for the old session, the device cannot open."""
    person = _person(ask)
    session = named(ask.sandbox.people.sessions_of(person.user_id), ask.part("session_id"))
    with transaction(ask.sandbox.db):
        ask.sandbox.people.rotate(session)
    return _told(ask, person)


async def remove(ask: Ask) -> Any:
    """Log out; somebody without any device can be reached by nothing that is encrypted."""
    person = _person(ask)
    session = named(ask.sandbox.people.sessions_of(person.user_id), ask.part("session_id"))
    with transaction(ask.sandbox.db):
        ask.sandbox.people.drop_session(session.session_id)
    return _told(ask, person)


async def switch(ask: Ask) -> Any:
    """As the owner does in the dashboard, except that there it cannot be switched off again."""
    wanted = ask.fields.get("encrypted")
    if not isinstance(wanted, bool):
        raise ControlError(400, "encrypted is missing, expected true or false")
    ask.sandbox.switch_encryption(wanted)
    return {"encrypted": wanted, "capabilities": (ask.sandbox.bot.app or {}).get("capabilities", [])}


def _person(ask: Ask) -> Person:
    person = ask.sandbox.person(ask.part("id"))
    if person.is_bot:
        raise ControlError(400, "a bot has the session of its Keystore, and no devices")
    return person


def _shown(ask: Ask, person: Person) -> list[dict[str, Any]]:
    return [views.session(one) for one in ask.sandbox.people.sessions_of(person.user_id)]


def _told(ask: Ask, person: Person) -> list[dict[str, Any]]:
    ask.sandbox.events.publish("people")
    return _shown(ask, person)


_ONE = "/people/{id}/devices/{session_id}"

CONTROLS = (
    Control("GET", "/people/{id}/devices", devices, "Somebody's devices; the first is the one they write with"),
    Control(
        "POST", "/people/{id}/devices", add, "One more device",
        body={"platform?": ", ".join(PLATFORMS), "keyless?": "true: an app too old to encrypt"},
    ),
    Control("POST", f"{_ONE}/rotate", rotate, "Install the app anew: another session with another key"),
    Control("DELETE", _ONE, remove, "Log a device out"),
    Control(
        "POST", "/encryption", switch, f"Give the bot the capability {ENCRYPTED}, or take it away",
        body={"encrypted": "true or false"},
    ),
)  # fmt: skip
