"""What people do on nandbox, as the frames that it sends."""

from itertools import count
from typing import Any

from tests.bot.nandbox.server import APP, BOT, GROUP, NADIA

_numbers = count(126202)


def message(
    text: str = "Hello", *, user_id: str = NADIA, group: bool = False, sender: Any = "Nadia", **members: Any
) -> dict[str, Any]:
    """Somebody says something, to the bot or in a group."""
    version = "('0n1a','1lVh','2KX8','3Qwf')"
    nadia = {"name": "Nadia Farouk", "id": user_id, "terminal": "Mobile", "type": "Contact", "version": version}
    said = {
        "date": 1774000100001, "reference": 1101, "message_id": f"api1_58sQ75uQ{next(_numbers)}", "style": 0,
        "chat": {"id": GROUP, "title": "Dock Crew", "type": "Group"} if group else nadia,
        "from": nadia if sender == "Nadia" else sender,
        "sent_to": {"id": BOT}, "text": text, "type": "text",
    }  # fmt: skip
    return {"method": "message", "message": said | members, "app_id": int(APP)}


def press(callback: str, *, group: bool = False) -> dict[str, Any]:
    """Somebody presses a button below a message."""
    pressed = {
        "date": 1774000100027, "button_callback": callback, "menu_ref": "m", "message_id": "d1_EjO5X2S2126277",
        "chat": {"id": GROUP, "type": "Group"} if group else {"id": NADIA, "type": "Mobile"},
        "from": {"id": NADIA, "type": "Mobile"}, "button_query_result": None, "button_label": "Go", "next_menu": None,
    }  # fmt: skip
    return {"method": "inlineMessageCallback", "inlineMessageCallback": pressed, "app_id": APP}
