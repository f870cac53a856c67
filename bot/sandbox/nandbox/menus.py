"""Menus: rows of buttons, below a message or in place of the keyboard.

Source: nandbox.md 10.
"""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.nandbox.wire import bad_content

MAX_BUTTONS = 200


def read_menus(value: Any) -> list[dict[str, Any]]:
    """Menus as a bot sends them, checked.

    Raises:
        Refused: A list, an object or a callback is missing where one belongs.
    """
    if not isinstance(value, list):
        raise bad_content("menus are no list")
    for menu in value:
        if not isinstance(menu, dict) or not isinstance(menu.get("menu_ref"), str):
            raise bad_content("a menu without menu_ref")
        for row in _list(menu, "rows"):
            for button in _list(row, "buttons"):
                if not isinstance(button, dict) or not isinstance(button.get("button_callback"), str):
                    raise bad_content("a button without button_callback")
    if sum(1 for _ in _buttons(value)) > MAX_BUTTONS:
        raise bad_content(f"more than {MAX_BUTTONS} buttons")
    return value


def find_button(menus: list[Any], menu_ref: str, callback: str) -> dict[str, Any] | None:
    """The button of that callback, in that menu where one is named."""
    return next(
        (
            button for ref, button in _buttons(menus)
            if button["button_callback"] == callback and menu_ref in ("", ref)
        ),
        None,
    )  # fmt: skip


def pressed(button: dict[str, Any], menu_ref: str, user_id: str, chat_id: str, now_ms: int) -> dict[str, Any]:
    """What a callback of either kind tells of the button."""
    return {
        "date": now_ms, "button_callback": button["button_callback"],
        "button_label": button.get("button_label"), "next_menu": button.get("next_menu"), "menu_ref": menu_ref,
        "chat": {"id": chat_id, "type": "Mobile"}, "from": {"id": user_id, "type": "Mobile"},
    }  # fmt: skip


def _buttons(menus: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for menu in menus:
        for row in menu["rows"]:
            for button in row["buttons"]:
                yield menu["menu_ref"], button


def _list(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(value, list):
        raise bad_content(f"{name} is no list")
    return value
