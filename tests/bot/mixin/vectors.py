"""The protocol's test vectors, and the small things that the tests of Mixin share."""

import json
import zlib
from pathlib import Path
from typing import Any

from bot.mixin.keystore import Keystore, load_keystore

FOLDER = Path(__file__).parents[2] / "vectors" / "mixin"

BOT_ID = "53f776d5-272f-4997-94a0-a85834982363"
SEED = "9de7b8ccdd47b4e6f60c57ba5a7b985c6ae1d15d5c2a014258ea6aae351d2e87"
ANN = "c7ff86bf-f06c-4ce9-aefb-007ef19887fc"
CHAT = "39f41d3e-2c16-3ef3-8192-1de0ab241263"
"""The conversation of the bot and Ann."""


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def cases(name: str) -> list[Any]:
    """The cases of a file, to parametrize a test with."""
    found: list[Any] = vectors(name)["cases"]
    return found


def case_id(case: dict[str, Any]) -> str:
    return str(case["id"])


def bot_keystore() -> Keystore:
    members = {
        "app_id": BOT_ID,
        "session_id": "c8b17964-0141-4ccd-afc5-6ae08f5e7895",
        "server_public_key": "2783221a649110a614d8f69406381a319afe83f454848605c7ced0d527c1331e",
        "session_private_key": SEED,
    }
    return load_keystore(json.dumps(members), source="keystore.json")


def gzip(content: object) -> bytes:
    """A frame: JSON in one gzip member."""
    return gzip_text(json.dumps(content).encode())


def gzip_text(text: bytes) -> bytes:
    member = zlib.compressobj(6, zlib.DEFLATED, 31)
    return member.compress(text) + member.flush()


def view(**members: object) -> dict[str, object]:
    """The data of a message from Ann, as the server pushes it."""
    return {
        "type": "message",
        "representative_id": "",
        "quote_message_id": "",
        "conversation_id": CHAT,
        "user_id": ANN,
        "session_id": "8ff6ea91-fb7a-45ac-8b44-c8c415512ba0",
        "message_id": "a9df0e04-f3a0-4f7d-ac01-14f427812f3d",
        "category": "PLAIN_TEXT",
        "data": "SGk=",
        "data_base64": "SGk",
        "status": "SENT",
        "source": "CREATE_MESSAGE",
        "silent": False,
        "expire_in": 0,
        "created_at": "2026-01-01T00:00:00.000001Z",
        "updated_at": "2026-01-01T00:00:00.000001Z",
    } | members


def pushed(action: str = "CREATE_MESSAGE", **members: object) -> dict[str, object]:
    """A frame's content with such a message in it."""
    return {"id": "eb7fb9de-5788-4176-b472-a8aeafcf6daa", "action": action, "data": view(**members)}
