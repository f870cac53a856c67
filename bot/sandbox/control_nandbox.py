"""The sandbox's nandbox, for its page and for tools: who is there, what they say and press, what the bot may do."""

import base64
import binascii
from typing import Any

from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.control_events import stream
from bot.sandbox.nandbox import announcements
from bot.sandbox.nandbox.accounts import NEVER, PERMISSIONS, User
from bot.sandbox.nandbox.messages import view
from bot.sandbox.nandbox.world import BOT_ID

DIRECT = "bot"
"""The id of somebody's talk with the bot, in paths."""
MAX_LISTED = 1000
MAX_TEXT = 100_000
SWITCHES = ("unknown_is_silent", "strict", "list_acks_with_nulls")
TIMES = ("login_s", "idle_s", "receipt_s")


async def state(ask: Ask) -> Any:
    nandbox = ask.sandbox.nandbox
    bot = nandbox.bot
    return {
        "bot": user_view(nandbox.user(bot.id)) | {
            "app_id": bot.app_id, "local_id": bot.local_id,
            "permissions": {name: bot.may(name) for name in PERMISSIONS},
        },
        "people": [user_view(one) for one in nandbox.accounts if not one.is_bot],
        "chats": [
            {"id": one.id, "title": one.title, "type": one.type, "members": one.active()} for one in nandbox.chats
        ],
        "line": {"connected": nandbox.lines.connected(bot.id)},
        "settings": _settings(ask),
        "uri": ask.sandbox.nandbox_uri,
        "seq": ask.sandbox.events.seq,
    }  # fmt: skip


async def chats(ask: Ask) -> Any:
    """Somebody's talk with the bot, then their groups and channels."""
    nandbox = ask.sandbox.nandbox
    user = nandbox.user(ask.query("as"))
    rows: list[dict[str, Any]] = [
        {"id": DIRECT, "title": nandbox.user(BOT_ID).name, "type": "Bot", "state": _state(user)}
    ]
    rows += [
        {"id": one.id, "title": one.title, "type": one.type, "state": "", "members": len(one.active())}
        for one in nandbox.chats.of(user.id)
    ]
    for row in rows:
        last = nandbox.history(user.id, _chat(row["id"]), 1)
        row["last_message"] = view(last[0]) if last else None
    return rows


async def history(ask: Ask) -> Any:
    before = ask.sandbox.nandbox.messages.get(ask.query("before")) if ask.query("before") else None
    limit = ask.whole("limit", 200, MAX_LISTED)
    found = ask.sandbox.nandbox.history(
        ask.query("as"), _chat(ask.part("id")), limit, before.seq if before is not None else None
    )
    return [view(one) for one in found]


async def say(ask: Ask) -> Any:
    """A text, or a picture as base64 with its name."""
    nandbox, text = ask.sandbox.nandbox, ask.text("text", "")
    content: dict[str, Any] = {}
    if "picture_base64" in ask.fields:
        name = ask.text("name", "picture.jpg")
        file = nandbox.files.add(name, _decoded(ask.text("picture_base64")))
        content = {"gif" if name.lower().endswith(".gif") else "photo": nandbox.files.photo(file.file_id)}
        content |= {"caption": text} if text else {}
    elif not 0 < len(text) <= MAX_TEXT:
        raise ControlError(400, f"the text is empty or longer than {MAX_TEXT} characters")
    chat_id = _chat(ask.part("id"))
    return view(nandbox.say(ask.text("as"), text, chat_id, reply_to=ask.text("reply_to", ""), **content))


async def press(ask: Ask) -> Any:
    """A button below a message, or one of the chat's keypad where no message is named."""
    nandbox, who, callback = ask.sandbox.nandbox, ask.text("as"), ask.text("callback")
    menu_ref, query = ask.text("menu_ref", ""), ask.fields.get("query")
    if "message_id" in ask.fields:
        return {"opens": nandbox.press(who, ask.text("message_id"), callback, menu_ref, query)}
    return {"opens": nandbox.press_keypad(who, _chat(ask.text("chat")), callback, menu_ref, query)}


async def keypad(ask: Ask) -> Any:
    nandbox = ask.sandbox.nandbox
    return nandbox.keypad(nandbox.talk(nandbox.user(ask.query("as")), _chat(ask.part("id"))))


async def search(ask: Ask) -> Any:
    found = ask.sandbox.nandbox.search(ask.text("as"), ask.text("keywords"), _chat(ask.text("chat", DIRECT)))
    return {"search_id": found}


async def add_person(ask: Ask) -> Any:
    """Somebody new, who has started the bot unless said otherwise."""
    nandbox, name = ask.sandbox.nandbox, ask.text("name").strip()
    user_id = ask.text("user_id", "") or str(max(int(one.id) for one in nandbox.accounts if not one.is_bot) + 1)
    if not name or not (user_id.isascii() and user_id.isdigit() and len(user_id) <= 20):
        raise ControlError(400, "a name is needed, and an id of digits")
    if nandbox.accounts.user(user_id) is not None:
        raise ControlError(409, "somebody has that id")
    user = nandbox.add_user(user_id, name, status=ask.text("status", ""))
    if ask.fields.get("started", True):
        user = nandbox.start(user.id)
    nandbox.tell_people()
    return user_view(user)


async def change_person(ask: Ask) -> Any:
    nandbox = ask.sandbox.nandbox
    user = nandbox.user(ask.part("id"))
    if "online" in ask.fields:
        user = nandbox.switch_phone(user.id, bool(ask.fields["online"]))
    if "bot" in ask.fields:
        wish = ask.text("bot")
        if wish not in ("started", "stopped", "left"):
            raise ControlError(400, "bot is one of started, stopped, left")
        user = nandbox.start(user.id) if wish == "started" else nandbox.stop(user.id, leave=wish == "left")
    return user_view(user)


async def members(ask: Ask) -> Any:
    """`leave` true: somebody goes."""
    chat = ask.sandbox.nandbox.enter(ask.text("as"), ask.part("id"), leave=bool(ask.fields.get("leave")))
    return {"id": chat.id, "members": chat.active()}


async def permissions(ask: Ask) -> Any:
    """Those named are ticked or not; the rest stays."""
    for name, allowed in ask.fields.items():
        if name not in PERMISSIONS:
            raise ControlError(400, f"there is no permission {name!r}; there are: {', '.join(PERMISSIONS)}")
        ask.sandbox.nandbox.permit(name, bool(allowed))
    ask.sandbox.nandbox.tell_people()
    return {name: ask.sandbox.nandbox.bot.may(name) for name in PERMISSIONS}


async def token(ask: Ask) -> Any:
    return {"token": ask.sandbox.nandbox.new_token()}


async def drop(ask: Ask) -> Any:
    return {"dropped": ask.sandbox.nandbox.lines.cut_all()}


async def announce(ask: Ask) -> Any:
    """What comes to the bot from outside of chats. `told` says whether it was there to hear of it."""
    nandbox, kind, fields = ask.sandbox.nandbox, ask.text("kind"), ask.fields.get("fields", {})
    if kind not in announcements.KINDS or not isinstance(fields, dict):
        raise ControlError(400, f"kind is one of {', '.join(announcements.KINDS)}, and fields an object")
    user = (
        nandbox.user(ask.text("as")) if "as" in ask.fields else next(one for one in nandbox.accounts if not one.is_bot)
    )
    try:
        frame = announcements.KINDS[kind](nandbox, nandbox.bot, user, fields)
    except ValueError as error:
        raise ControlError(409, str(error)) from error
    return {"told": nandbox.lines.push(nandbox.bot.id, frame), "frame": frame}


async def payments(ask: Ask) -> Any:
    """Without their secrets."""
    return [one.view() for one in ask.sandbox.nandbox.payments.values()]


async def settings(ask: Ask) -> Any:
    for name in (*SWITCHES, *TIMES):
        if name in ask.fields:
            value: Any = bool(ask.fields[name]) if name in SWITCHES else ask.number(name)
            if name in TIMES and value <= 0:
                raise ControlError(400, f"{name} must be positive")
            setattr(ask.sandbox.nandbox.settings, name, value)
    return _settings(ask)


async def events(ask: Ask) -> Any:
    return await stream(ask, ask.sandbox.nandbox.user(ask.query("as")).id)


def user_view(user: User) -> dict[str, Any]:
    return {
        "id": user.id, "name": user.name, "status": user.status, "photo": user.photo_id, "is_bot": user.is_bot,
        "short_name": user.short_name, "online": user.online, "bot": _state(user),
    }  # fmt: skip


def _state(user: User) -> str:
    return user.with_bot.get(BOT_ID, NEVER)


def _settings(ask: Ask) -> dict[str, Any]:
    return {name: getattr(ask.sandbox.nandbox.settings, name) for name in (*SWITCHES, *TIMES)}


def _chat(chat_id: str) -> str:
    return "" if chat_id == DIRECT else chat_id


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ControlError(400, f"picture_base64: {error}") from error


_WHO = "id, handle or name"

CONTROLS = (
    Control("GET", "/nandbox/state", state, "nandbox: the bot and its permissions, the people, the chats"),
    Control("GET", "/nandbox/chats", chats, "nandbox: somebody's chats", ("as",)),
    Control(
        "GET", "/nandbox/chats/{id}/messages", history, "nandbox: the newest `limit` messages, oldest first",
        ("as", "before", "limit"),
    ),
    Control(
        "POST", "/nandbox/chats/{id}/messages", say, "nandbox: say something; `bot` is the talk with the bot",
        body={"as": _WHO, "text?": "what to say", "picture_base64?": "a picture", "name?": "its file name",
              "reply_to?": "message id"},
    ),
    Control("GET", "/nandbox/chats/{id}/keypad", keypad, "nandbox: the menus of a chat", ("as",)),
    Control(
        "POST", "/nandbox/chats/{id}/members", members, "nandbox: somebody joins a group or channel, or leaves it",
        body={"as": _WHO, "leave?": "true: leaves"},
    ),
    Control(
        "POST", "/nandbox/press", press, "nandbox: press a button below a message or of a chat's keypad",
        body={"as": _WHO, "callback": "button_callback", "message_id?": "the message", "chat?": "else the chat",
              "menu_ref?": "which of several menus", "query?": "what the button asks for"},
    ),
    Control(
        "POST", "/nandbox/search", search, "nandbox: type @bot and words",
        body={"as": _WHO, "keywords": "the words", "chat?": "bot unless said otherwise"},
    ),
    Control(
        "POST", "/nandbox/people", add_person, "nandbox: somebody new",
        body={"name": "text", "user_id?": "digits", "status?": "text", "started?": "false: has not started the bot"},
    ),
    Control(
        "POST", "/nandbox/people/{id}", change_person, "nandbox: change somebody",
        body={"online?": "false: the phone is off", "bot?": "started, stopped or left"},
    ),
    Control(
        "POST", "/nandbox/permissions", permissions, "nandbox: tick the bot's permissions, or untick them",
        body={f"{name}?": "true or false" for name in PERMISSIONS},
    ),
    Control(
        "POST", "/nandbox/announce", announce, "nandbox: a webhook, workflow, form, payment or subscribed event",
        body={"kind": ", ".join(announcements.KINDS), "as?": _WHO, "fields?": "members of the frame"},
    ),
    Control("GET", "/nandbox/payments", payments, "nandbox: payments that the bot was asked about, and its last word"),
    Control("POST", "/nandbox/token", token, "nandbox: a new token for the bot; the old one is worthless at once"),
    Control("POST", "/nandbox/drop", drop, "nandbox: cut the bot's line without a close frame"),
    Control(
        "POST", "/nandbox/settings", settings, "nandbox: what is not known of the real one, to choose",
        body={f"{name}?": "true or false" for name in SWITCHES} | {f"{name}?": "seconds" for name in TIMES},
    ),
    Control("GET", "/nandbox/events", events, "nandbox: WebSocket of what happens to somebody", ("as", "after")),
)  # fmt: skip
