"""A bot on the official Python SDK: says on standard output, one JSON object a line, what its callbacks were given.

Runs in its own environment, two folders below the `config.json` that the SDK wants.
"""

import json
import os
import sys
from typing import Any

from nandboxbots.nandbox import Nandbox  # type: ignore[import-not-found]
from nandboxbots.NandboxClient import NandboxClient  # type: ignore[import-not-found]

USER, APP, REFERENCE = os.environ["USER_ID"], os.environ["APP_ID"], 48913256797508938


def tell(what: str, **facts: Any) -> None:
    sys.stdout.write(json.dumps({"what": what, **facts}) + "\n")
    sys.stdout.flush()


class Visitor(Nandbox.Callback):  # type: ignore[misc]
    """Asks for somebody, greets them, and repeats what it hears."""

    api: Any = None

    def on_connect(self, api: Any) -> None:
        self.api = api
        tell("connected", bot=NandboxClient.BOT_ID)
        api.get_user(user_id=USER, app_id=APP, reference="132456789")

    def on_user_details(self, user: Any, app_id: Any) -> None:
        tell(
            "user", app=app_id, id=user.id, name=user.name, is_bot=user.is_bot, status=user.status, photo=user.photo.id
        )
        self.api.send_text(USER, "Good morning", REFERENCE, app_id=APP)

    def on_message_ack_callback(self, msg_ack: Any) -> None:
        tell("ack", reference=msg_ack.reference, message=msg_ack.message_id)

    def on_receive(self, incoming_msg: Any) -> None:
        tell("heard", text=incoming_msg.text, sender=incoming_msg.from_.id, chat=str(incoming_msg.chat.id))

    def on_receive_obj(self, obj: Any) -> None:
        tell(str(obj.get("method")), frame=obj)

    def on_close(self) -> None:
        tell("closed")


NandboxClient.get({"URI": os.environ["NANDBOX_URI"]}).connect(os.environ["NANDBOX_TOKEN"], Visitor())
