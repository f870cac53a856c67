"""POST /messages and POST /acknowledgements.

Source: mixin.md 5.7, 6 and 13.6; https://developers.mixin.one/docs/api/messages/send
"""

import json
import math
from typing import Any

from bot.sandbox import views
from bot.sandbox.endpoint import APP_ONLY, Call, Endpoint
from bot.sandbox.envelope import ApiError, bad_field
from bot.sandbox.faults import QUOTA
from bot.sandbox.ids import contact_id, is_id
from bot.sandbox.items import MAX_BODY_BYTES, read_item, read_list
from bot.sandbox.messages import DELIVERED, READ
from bot.sandbox.patterns import note_strays
from bot.sandbox.sandbox import Sandbox

MAX_LOOKED_AT = 1000


async def post_messages(call: Call) -> Any:
    if len(call.body) > MAX_BODY_BYTES:
        raise bad_field("", f"the body has {len(call.body)} bytes, allowed are {MAX_BODY_BYTES}")
    items = [read_item(one) for one in read_list(call.json())]
    admit(call.sandbox, len(items))
    call.sandbox.delivery.accept(call.who, items, recipient_needed=True)
    note_strays(call.sandbox, call.who.user_id, items)


async def post_acknowledgements(call: Call) -> Any:
    rows = read_list(call.json())
    call.sandbox.delivery.acknowledge(call.who.user_id, [read_acknowledgement(one) for one in rows])
    return rows


def read_acknowledgement(raw: Any) -> tuple[str, str]:
    """Message id and status.

    Raises:
        ApiError: 10002.
    """
    if not isinstance(raw, dict) or not is_id(raw.get("message_id")):
        raise bad_field("message_id", "not a UUID in lower case")
    if raw.get("status") not in (READ, DELIVERED):
        raise bad_field("status", "expected READ or DELIVERED")
    return str(raw["message_id"]), str(raw["status"])


def admit(sandbox: Sandbox, messages: int) -> None:
    """Count messages against the quota of a minute.

    Raises:
        ApiError: 429 with the seconds to wait.
    """
    buckets = [sandbox.bucket, *(one.bucket for one in sandbox.faults.standing(QUOTA) if sandbox.faults.hits(one))]
    wait_s = max(bucket.take(messages) for bucket in buckets if bucket is not None)
    if wait_s:
        raise ApiError(429, retry_after_s=max(1, math.ceil(wait_s)))


_MESSAGES = {"oneOf": [{"type": "object"}, {"type": "array", "minItems": 1, "maxItems": 100}]}
_ACKNOWLEDGEMENTS = {"type": "array", "minItems": 1, "maxItems": 100, "items": {"type": "object"}}


async def notify_receiver(call: Call) -> Any:
    """The notice of a transfer that the caller has made: it is in the chat already, so this only shows it."""
    fields = call.fields()
    receiver = call.sandbox.people.get(str(fields.get("receiver_id")))
    if receiver is None:
        raise ApiError(404)
    conversation_id = contact_id(call.who.user_id, receiver.user_id)
    for message in reversed(call.sandbox.messages.newest(conversation_id, MAX_LOOKED_AT)):
        if message.category != "SYSTEM_SAFE_SNAPSHOT" or message.user_id != call.who.user_id:
            continue
        content = json.loads(message.data)
        if (content["user_id"], content["transaction_hash"]) == (receiver.user_id, fields.get("transaction_hash")):
            return views.incoming(message, "CREATE_MESSAGE")
    raise ApiError(404)


ENDPOINTS = (
    Endpoint(
        "POST", "/safe/snapshots/notifications", notify_receiver, APP_ONLY, "Tell who was paid", body={"type": "object"}
    ),
    Endpoint("POST", "/messages", post_messages, APP_ONLY, "Send 1 to 100 messages", body=_MESSAGES),
    Endpoint(
        "POST", "/acknowledgements", post_acknowledgements, APP_ONLY, "Acknowledge 1 to 100 messages",
        body=_ACKNOWLEDGEMENTS,
    ),
)  # fmt: skip
