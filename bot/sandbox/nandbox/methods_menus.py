"""Menus of chats, inline search, links to files, and what is only recorded because no answer is known.

Source: nandbox.md 7.1, 7.5, 7.6, 7.7 and 13.
"""

from collections.abc import Callable

from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.menus import read_menus
from bot.sandbox.nandbox.methods_sends import talk_of
from bot.sandbox.nandbox.state import PERMANENT_PATH
from bot.sandbox.nandbox.wire import Frame, bad_content


def set_chat_menu(asked: Asked) -> list[Frame]:
    """The keypad of a chat, or of one person in it; replaces all menus."""
    chat_id = asked.text("chat_id")
    talk = talk_of(asked, chat_id)
    keypad = asked.nandbox.keypad(talk) | {"menus": read_menus(asked.frame.get("menus"))}
    asked.nandbox.set_keypad(talk, keypad)
    return [asked.answer("setChatMenu_ack", chat={"id": chat_id})]


def set_navigation_button(asked: Asked) -> list[Frame]:
    """Which menu the keypad begins with."""
    button = asked.frame.get("navigation_button")
    if not isinstance(button, str) and not isinstance(asked.frame.get("navigation_buttons"), list):
        raise bad_content("navigation_button is missing")
    talk = talk_of(asked, asked.text("chat_id"))
    keypad = {"first": button or "", "open": asked.whole("menu_open")}
    asked.nandbox.set_keypad(talk, asked.nandbox.keypad(talk) | keypad)
    return []


def inline_search_answer(asked: Asked) -> list[Frame]:
    """What the bot found goes to the page of whoever searched."""
    results = [one for one in asked.rows("results") if isinstance(one, dict)]
    asked.nandbox.events.publish(
        "nandbox_results", frozenset({asked.text("to_user_id")}), search_id=asked.whole("search_id"),
        results=results, next_offset=asked.maybe_text("next_offset") or "",
    )  # fmt: skip
    return []


def permanent_url(asked: Asked) -> list[Frame]:
    file_id = asked.text("file")
    found = {"url": f"{asked.nandbox.url}{PERMANENT_PATH}{file_id}", "file": file_id}
    return [asked.answer("permanentUrl", **found, param1=asked.frame.get("param1"))]


def recorded(*needed: str) -> Callable[[Asked], list[Frame]]:
    """Checked, shown in the inspector like every frame, and not answered."""

    def record(asked: Asked) -> list[Frame]:
        for name in needed:
            asked.text(name)
        if "cells" in asked.frame:
            asked.rows("cells")
        return []

    return record


METHODS = {
    "setChatMenu": set_chat_menu, "setNavigationButton": set_navigation_button,
    "setAdminChatMenu": recorded("chat_id"), "setAdminNavigationButton": recorded("chat_id"),
    "inlineSearchAnswer": inline_search_answer, "generatePermanentUrl": permanent_url,
    "updateMenuCell": recorded("user_id", "menu_id"), "setWorkflowAction": recorded("user_id", "vapp_id", "screen_id"),
    "sendUserNotification": recorded("account_id", "message"),
}  # fmt: skip
