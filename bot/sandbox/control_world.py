"""The whole sandbox at a glance, its weather, its clock, and events as they happen."""

from typing import Any

from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.control_events import events
from bot.sandbox.faults import KINDS
from bot.sandbox.lines import POLICIES
from bot.sandbox.people import BLOCKING, Person
from bot.sandbox.sandbox import LEGACY

VERSION = 1
ALL = "all"
SETTINGS = ("window", "ping_every_s", "silence_s", "error_status")


async def state(ask: Ask) -> Any:
    """`people`: only so many of them, and no conversations, for pages; `as`: that person too, as `me`."""
    sandbox, app = ask.sandbox, ask.sandbox.bot.app or {}
    people = [one for one in sandbox.people if not one.is_bot]
    shown = ask.whole("people", len(people), len(people))
    me = sandbox.people.get(ask.query("as"))
    return {
        "version": VERSION,
        "bot": person_view(ask, sandbox.bot) | {
            "waiting": sandbox.queue.waiting(sandbox.bot_id), "home_uri": app.get("home_uri", ""),
            "resource_patterns": app.get("resource_patterns") or [],
        },
        "people": [person_view(ask, one) for one in people[:shown]],
        "people_count": len(people),
        "me": person_view(ask, me) if me is not None else None,
        "conversations": [] if ask.query("people") else [
            {"conversation_id": one.conversation_id, "category": one.category, "name": one.name,
             "participants": list(one.members)}
            for one in sandbox.conversations
        ],
        "clock": {"now": sandbox.clock.seconds(), "offset_s": sandbox.clock.offset_s},
        "faults": sandbox.faults.view(),
        "fault_kinds": KINDS,
        "blaze": {
            "connected": sandbox.lines.connected(sandbox.bot_id), "since": sandbox.since,
            "lines": sandbox.lines.count(sandbox.bot_id),
        },
        "settings": _settings(ask),
        "seq": sandbox.events.seq,
    }  # fmt: skip


async def faults(ask: Ask) -> Any:
    return ask.sandbox.faults.view()


async def add_fault(ask: Ask) -> Any:
    count, seconds, value = (ask.fields.get(name) for name in ("count", "seconds", "value"))
    try:
        ask.sandbox.faults.add(
            ask.text("kind"), probability=ask.number("probability", 1.0),
            count=None if count is None else int(count), seconds=None if seconds is None else float(seconds),
            path=ask.text("path", "*"), value=None if value is None else float(value),
        )  # fmt: skip
    except (ValueError, TypeError) as error:
        raise ControlError(400, str(error)) from error
    ask.sandbox.settle_clock()
    return ask.sandbox.faults.view()


async def clear_faults(ask: Ask) -> Any:
    ask.sandbox.faults.clear(kind=ask.query("kind"), fault_id=ask.query("id"))
    return ask.sandbox.faults.view()


async def drop(ask: Ask) -> Any:
    return {"dropped": ask.sandbox.lines.cut_all()}


async def clock(ask: Ask) -> Any:
    ask.sandbox.set_clock(ask.number("offset_s"))
    return {"now": ask.sandbox.clock.seconds(), "offset_s": ask.sandbox.clock.offset_s}


async def time_(ask: Ask) -> Any:
    """As the sandbox's next message would bear it."""
    return {"now": ask.sandbox.clock.text()}


async def reset(ask: Ask) -> Any:
    """`only` names a part; without it everything goes."""
    sandbox, only = ask.sandbox, ask.text("only", ALL)
    parts = {
        ALL: sandbox.reset, "messages": sandbox.forget_messages, "frames": sandbox.inspector.clear,
        "weather": sandbox.calm,
    }  # fmt: skip
    if only not in parts:
        raise ControlError(400, f"only is {only!r}, expected one of {', '.join(parts)}")
    parts[only]()
    return {"reset": only}


async def settings(ask: Ask) -> Any:
    """Change what is given; the rest stays."""
    policy = ask.fields.get("second_line", ask.sandbox.lines.policy)
    if policy not in POLICIES:
        raise ControlError(400, f"second_line is {policy!r}, expected one of {', '.join(POLICIES)}")
    legacy = ask.fields.get("legacy", ask.sandbox.options.legacy)
    if legacy not in LEGACY:
        raise ControlError(400, f"legacy is {legacy!r}, expected one of {', '.join(LEGACY)}")
    for name in SETTINGS:
        if name in ask.fields:
            kind = type(getattr(ask.sandbox.options, name))
            if ask.number(name) <= 0:
                raise ControlError(400, f"{name} must be positive")
            setattr(ask.sandbox.options, name, kind(ask.number(name)))
    ask.sandbox.lines.policy = policy
    ask.sandbox.options.legacy = legacy
    return _settings(ask)


def person_view(ask: Ask, person: Person) -> dict[str, Any]:
    return {
        "user_id": person.user_id, "identity_number": person.identity_number, "full_name": person.full_name,
        "biography": person.biography, "admin": person.admin, "away": person.away, "is_bot": person.is_bot,
        "encrypted": person.encrypts,
        "blocked": ask.sandbox.people.relation(person.user_id, ask.sandbox.bot_id) == BLOCKING,
        "created_at": person.created_at,
    }  # fmt: skip


def _settings(ask: Ask) -> dict[str, Any]:
    options = ask.sandbox.options
    return {"second_line": ask.sandbox.lines.policy, "legacy": options.legacy} | {
        name: getattr(options, name) for name in SETTINGS
    }


_FAULT = {
    "kind": f"one of {', '.join(KINDS)}", "probability?": "0 to 1", "count?": "how often", "seconds?": "how long",
    "path?": "glob over the path, /blaze for Blaze", "value?": "see fault_kinds in GET /_sandbox/state",
}  # fmt: skip

CONTROLS = (
    Control("GET", "/state", state, "The bot, the people, the conversations, the weather", ("people", "as")),
    Control("GET", "/faults", faults, "The faults in force, with the time they have left"),
    Control("PUT", "/faults", add_fault, "Put a fault in force; answers all that are", body=_FAULT),
    Control("DELETE", "/faults", clear_faults, "Clear the weather; answers what is left", ("kind", "id")),
    Control("POST", "/drop", drop, "Cut every Blaze line without a close frame"),
    Control("POST", "/clock", clock, "Set the clock off", body={"offset_s": "seconds ahead, negative: behind"}),
    Control("GET", "/time", time_, "The sandbox's time"),
    Control(
        "POST", "/reset", reset, "Forget everything that was said and done, or a part of what there is",
        body={"only?": "all, messages, frames or weather"},
    ),
    Control(
        "POST", "/settings", settings, "Change settings",
        body={"second_line?": "replace, both or reject", "legacy?": f"the older API: {', '.join(LEGACY)}"}
        | {f"{name}?": "a number" for name in SETTINGS},
    ),
    Control("GET", "/events", events, "WebSocket: what happens, as it happens", ("as", "after", "frames")),
)  # fmt: skip
