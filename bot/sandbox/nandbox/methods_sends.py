"""Sending, changing and taking back messages.

Source: nandbox.md 7.3, 7.4, 8.2 and 13.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.accounts import DELETE_MESSAGE, REPLY_TO_MESSAGE, SEND_MESSAGE, STARTED
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.chats import CHANNEL
from bot.sandbox.nandbox.menus import read_menus
from bot.sandbox.nandbox.messages import DELETED, MAX_TEXT, SCHEDULED, UPDATED, Message, ack, talk_key
from bot.sandbox.nandbox.wire import NO_PRIVILEGE, NOT_A_MEMBER, Frame, Refused, bad_content

SECONDS_BELOW = 10**11
Content = tuple[str, dict[str, Any]]
ALONG = ("caption", "bg_color", "reply_to_message_id", "tab")


def text(asked: Asked) -> Content:
    """More than 1800 characters travel as a file."""
    said = asked.text("text")
    if len(said) <= MAX_TEXT:
        return "text", {"text": said}
    file = asked.nandbox.files.add("message.txt", said.encode(), "text/plain")
    return "text_file", {"text_file": {"id": file.file_id, "size": len(file.content)}}


def photo(asked: Asked) -> Content:
    """GIF pictures are sent as photos and arrive as `gif`."""
    file_id = asked.text("photo")
    kind = "gif" if file_id.lower().endswith(".gif") else "photo"
    return kind, {kind: asked.nandbox.files.photo(file_id)}


def video(asked: Asked) -> Content:
    return "video", {"video": asked.nandbox.files.photo(asked.text("video")) | {"duration": 0}}


def audio(asked: Asked) -> Content:
    file_id = asked.text("audio")
    facts = {name: asked.maybe_text(name) or "" for name in ("title", "performer")}
    return "audio", {"audio": {"id": file_id, **facts, "size": asked.nandbox.files.size(file_id), "duration": 0}}


def voice(asked: Asked) -> Content:
    file_id = asked.text("voice")
    size = asked.whole("size", asked.nandbox.files.size(file_id))
    return "voice", {"voice": {"id": file_id, "size": size, "duration": 0}}


def document(asked: Asked) -> Content:
    file_id = asked.text("document")
    name = asked.maybe_text("name") or asked.nandbox.files.name(file_id)
    size = asked.whole("size", asked.nandbox.files.size(file_id))
    return "document", {"document": {"id": file_id, "name": name, "size": size}}


def location(asked: Asked) -> Content:
    """Numbers are accepted; both Node SDKs forget the coordinates."""
    names = ("longitude", "latitude", "name", "details")
    values = {name: asked.frame.get(name) for name in names}
    if not all(value is None or isinstance(value, str | int | float) for value in values.values()):
        raise bad_content("a part of the location is no text")
    return "location", {"location": {name: "" if value is None else str(value) for name, value in values.items()}}


def contact(asked: Asked) -> Content:
    return "contact", {"contact": {"phone_number": asked.text("phone_number"), "name": asked.text("name")}}


def article(asked: Asked) -> Content:
    facts = {name: found for name in ("url", "title", "description", "photo_url") if (found := asked.maybe_text(name))}
    return "article", {"article": asked.nandbox.files.photo(asked.maybe_text("photo") or ""), **facts}


def sending(content: Callable[[Asked], Content], chat_key: str = "chat_id") -> Callable[[Asked], list[Frame]]:
    """The handler of one kind of message."""

    def send(asked: Asked) -> list[Frame]:
        _ = asked.app_id
        asked.need(SEND_MESSAGE)
        if asked.maybe_text("reply_to_message_id"):
            asked.need(REPLY_TO_MESSAGE)
        talk = talk_of(asked, asked.text(chat_key))
        kind, body = content(asked)
        reference = asked.reference
        known = None if reference is None else asked.nandbox.messages.by_reference(asked.bot_id, reference)
        if known is not None:
            return [ack(reference, known.date, known.message_id, known.gmid)]
        body |= {name: one for name in ALONG if (one := asked.maybe_text(name))}
        if asked.whole("chat_settings") == 1:
            body["chat_settings"] = 1
        return accept(asked, talk, kind, body)

    return send


def accept(asked: Asked, talk: str, kind: str, body: dict[str, Any]) -> list[Frame]:
    """Keep it, remember its reference, acknowledge it; then whatever follows from it."""
    nandbox, now_ms = asked.nandbox, asked.nandbox.now_ms()
    message = Message(
        nandbox.messages.next_id("d1"), talk, asked.bot_id, kind, now_ms, body, asked.reference,
        to_user_id=asked.maybe_text("to_user_id") or "", tags=tags(asked), menus=inline_menus(asked),
        menu_ref=asked.maybe_text("menu_ref") or "", schedule_date=due_ms(asked),
    )  # fmt: skip
    if message.schedule_date > now_ms:
        message.status = SCHEDULED
        nandbox.messages.add(message)
        nandbox.delivery.later((message.schedule_date - now_ms) / 1000, nandbox.publish_scheduled, message.message_id)
        frames = [ack(asked.reference, now_ms, message.message_id, message.gmid)]
        return [*frames, nandbox.delivery.message_frame(message, asked.bot_id, "scheduledMessage")]
    message.schedule_date = 0
    nandbox.delivery.add(message)
    remember(asked)
    frames = [ack(asked.reference, now_ms, message.message_id, message.gmid)]
    if asked.whole("echo") == 1:
        frames.append(nandbox.delivery.message_frame(message, asked.bot_id))
    nandbox.delivery.to_bots(message, but=asked.bot_id)
    nandbox.delivery.follow(message, asked.bot_id, nandbox.settings.receipt_s)
    return frames


def talk_of(asked: Asked, chat_id: str) -> str:
    """Where it goes, if the bot may.

    Raises:
        Refused: No such chat, the person has not started the bot, the bot is no member, or no admin of a channel.
    """
    chat = asked.nandbox.chats.get(chat_id)
    if chat is not None:
        if not chat.is_member(asked.bot_id):
            raise Refused(NOT_A_MEMBER, f"the bot is not in {chat.title!r}")
        if chat.type == CHANNEL and not chat.is_admin(asked.bot_id):
            raise Refused(NO_PRIVILEGE, f"the bot is no admin of the channel {chat.title!r}")
        return chat.id
    user = asked.nandbox.accounts.user(chat_id)
    if user is None:
        raise bad_content(f"there is no chat {chat_id}")
    if user.with_bot.get(asked.bot_id) != STARTED:
        raise Refused(NO_PRIVILEGE, f"{user.name} has not started the bot")
    return talk_key(user.id, asked.bot_id)


def inline_menus(asked: Asked) -> list[Any]:
    return read_menus(asked.frame["inline_menu"]) if asked.frame.get("inline_menu") is not None else []


def tags(asked: Asked) -> list[str]:
    """Only members with one of these tags are meant."""
    found = asked.rows("tags") if asked.frame.get("tags") is not None else []
    if not all(isinstance(one, str | int) for one in found):
        raise bad_content("a tag that is no text")
    return [str(one) for one in found]


def due_ms(asked: Asked) -> int:
    """Small values are seconds."""
    due = asked.whole("schedule_date")
    return due * 1000 if due < SECONDS_BELOW else due


def remember(asked: Asked) -> None:
    """The reference that the next login shows as `localId`."""
    reference = str(asked.reference or "")
    if reference.isascii() and reference.isdigit():
        asked.nandbox.accounts.change_bot(asked.bot_id, local_id=int(reference))


def update(asked: Asked) -> list[Frame]:
    """A message that nobody knows is acknowledged and nothing else."""
    message = asked.nandbox.messages.get(asked.text("message_id"))
    acknowledged = _acknowledged(asked, message)
    if message is None:
        return acknowledged
    if message.sender_id != asked.bot_id:
        raise Refused(NO_PRIVILEGE, "the message is somebody else's")
    for name in ("text", "caption"):
        if (said := asked.maybe_text(name)) is not None:
            message.body[name] = said
    if asked.frame.get("inline_menu") is not None:
        message.menus = inline_menus(asked)
    if (menu_ref := asked.maybe_text("menu_ref")) is not None:
        message.menu_ref = menu_ref
        message.menus = message.menus if menu_ref else []
    return [*acknowledged, _changed(asked, message, UPDATED)]


def recall(asked: Asked) -> list[Frame]:
    """In a direct talk only the bot's own; in a group anybody's, if the bot is an admin there."""
    asked.need(DELETE_MESSAGE)
    message = asked.nandbox.messages.get(asked.text("message_id"))
    acknowledged = _acknowledged(asked, message)
    if message is None:
        return acknowledged
    chat = asked.nandbox.chats.get(message.talk)
    if message.sender_id != asked.bot_id and (chat is None or not chat.is_admin(asked.bot_id)):
        raise Refused(NO_PRIVILEGE, "the message is somebody else's")
    message.body, message.menus = ({"text": ""} if message.type == "text" else {}), []
    return [*acknowledged, _changed(asked, message, DELETED)]


def cancel_schedule(asked: Asked) -> list[Frame]:
    message = asked.nandbox.messages.get(asked.text("message_id"))
    if message is not None and message.sender_id == asked.bot_id and message.status == SCHEDULED:
        asked.nandbox.messages.drop(message)
    return []


def _acknowledged(asked: Asked, message: Message | None) -> list[Frame]:
    remember(asked)
    gmid = message.gmid if message is not None else 0
    return [ack(asked.reference, asked.nandbox.now_ms(), asked.text("message_id"), gmid)]


def _changed(asked: Asked, message: Message, status: str) -> Frame:
    message.status = status
    asked.nandbox.messages.save(message)
    asked.nandbox.delivery.show(message)
    asked.nandbox.delivery.to_bots(message, but=asked.bot_id)
    return asked.nandbox.delivery.message_frame(message, asked.bot_id)


METHODS = {
    "sendMessage": sending(text), "sendPhoto": sending(photo), "sendVideo": sending(video),
    "sendAudio": sending(audio), "sendVoice": sending(voice), "sendDocument": sending(document),
    "sendLocation": sending(location), "sendContact": sending(contact), "sendArticle": sending(article),
    "sendCellMessage": sending(text, "user_id"), "sendCellPhoto": sending(photo, "user_id"),
    "sendCellVideo": sending(video, "user_id"), "updateMessage": update, "recallMessage": recall,
    "cancelMessageSchedule": cancel_schedule,
}  # fmt: skip
