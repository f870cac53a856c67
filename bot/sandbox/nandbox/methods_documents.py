"""The document store of a bot, and its subscriptions to events.

Source: nandbox.md 7.8 and 7.9.
"""

import fnmatch
import json
from collections.abc import Callable
from typing import Any

from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.wire import Frame, bad_content, encode

PAGE_SIZE, MAX_PAGE_SIZE = 50, 200
EVENTS = ("product", "chat", "chatMember", "content", "order")
NO_SUCH_EVENT = 400


def set_document(asked: Asked) -> list[Frame]:
    """Create, or replace as a whole."""
    collection, document_id, document = asked.text("collection"), asked.text("document_id"), asked.part("document")
    asked.nandbox.db.execute(
        "REPLACE INTO nandbox_documents VALUES (?, ?, ?, ?)",
        (asked.bot_id, collection, document_id, json.dumps(document)),
    )
    return [_answer(asked, "setDocumentResponse", document_id=document_id, document=document, ack=1)]


def get_document(asked: Asked) -> list[Frame]:
    document_id = asked.text("document_id")
    found = _all(asked).get(document_id)
    return [_answer(asked, "getDocumentResponse", document_id=document_id, document=found, ack=int(found is not None))]


def delete_document(asked: Asked) -> list[Frame]:
    document_id = asked.text("document_id")
    gone = asked.nandbox.db.execute(
        "DELETE FROM nandbox_documents WHERE bot_id = ? AND collection = ? AND document_id = ?",
        (asked.bot_id, asked.text("collection"), document_id),
    ).rowcount
    return [_answer(asked, "deleteDocumentResponse", document_id=document_id, document=None, ack=gone)]


def list_documents(asked: Asked) -> list[Frame]:
    wanted, order = asked.frame.get("filter") or {}, asked.frame.get("sort") or {}
    if not isinstance(wanted, dict) or not isinstance(order, dict):
        raise bad_content("filter or sort is no object")
    page, size = asked.whole("page_number"), min(asked.whole("page_size", PAGE_SIZE), MAX_PAGE_SIZE)
    if page < 0 or size < 1:
        raise bad_content("there is no such page")
    rows = [(name, one) for name, one in _all(asked).items() if matches(one, wanted)]
    for key, direction in reversed(order.items()):
        rows.sort(key=lambda row: _rank(row[1].get(key)), reverse=direction == -1)
    part = rows[page * size : (page + 1) * size]
    documents = [{"document_id": name, "document": one} for name, one in part]
    facts = {"documents": documents, "ack": len(part), "page_number": page, "eop": len(rows) <= (page + 1) * size}
    return [_answer(asked, "listDocumentsResponse", **facts)]


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda found, wanted: bool(found == wanted),
    "$ne": lambda found, wanted: bool(found != wanted),
    "$gt": lambda found, wanted: _rank(found) > _rank(wanted),
    "$gte": lambda found, wanted: _rank(found) >= _rank(wanted),
    "$lt": lambda found, wanted: found is not None and _rank(found) < _rank(wanted),
    "$lte": lambda found, wanted: found is not None and _rank(found) <= _rank(wanted),
    "$in": lambda found, wanted: isinstance(wanted, list) and found in wanted,
    "$nin": lambda found, wanted: isinstance(wanted, list) and found not in wanted,
    "$exists": lambda found, wanted: (found is not None) == bool(wanted),
    "$contains": lambda found, wanted: isinstance(found, list | str) and str(wanted) in [str(one) for one in found],
    "$like": lambda found, wanted: fnmatch.fnmatchcase(str(found).lower(), str(wanted).lower().replace("%", "*")),
}


def matches(document: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a document is what a filter asks for; a bare value is `$eq`."""
    for key, condition in wanted.items():
        found = document.get(key)
        if not isinstance(condition, dict):
            condition = {"$eq": condition}
        for operator, value in condition.items():
            if operator not in OPERATORS:
                raise bad_content(f"unknown operator {operator!r}")
            if not OPERATORS[operator](found, value):
                return False
    return True


# Subscriptions


def subscribing(wanted: bool) -> Callable[[Asked], list[Frame]]:
    """Doing either twice is acknowledged as well."""

    def change(asked: Asked) -> list[Frame]:
        one, several = asked.maybe_text("event"), asked.frame.get("events")
        names = [str(name) for name in several] if isinstance(several, list) else [str(one)]
        named = {"events": several} if isinstance(several, list) else {"event": one}
        if not asked.maybe_text("app_id") or not set(names) <= set(EVENTS):
            return [_event_answer(asked, "eventResponse", ack=False, error=NO_SUCH_EVENT, **named)]
        kept = set(asked.bot.subscriptions)
        kept = kept | set(names) if wanted else kept - set(names)
        asked.nandbox.accounts.change_bot(asked.bot_id, subscriptions=tuple(sorted(kept)))
        return [_event_answer(asked, "eventResponse", ack=True, **named)]

    return change


def list_subscriptions(asked: Asked) -> list[Frame]:
    return [_event_answer(asked, "listEventSubscriptionsResponse", ack=True, events=list(asked.bot.subscriptions))]


def _event_answer(asked: Asked, method: str, **body: Any) -> Frame:
    account_id = asked.maybe_text("account_id") or asked.bot_id
    return _with_ref(asked, asked.answer(method, account_id=account_id, **body))


def _answer(asked: Asked, method: str, **body: Any) -> Frame:
    return _with_ref(asked, asked.answer(method, collection=asked.text("collection"), **body))


def _with_ref(asked: Asked, answer: Frame) -> Frame:
    return answer | {"ref": asked.frame["ref"]} if "ref" in asked.frame else answer


def _all(asked: Asked) -> dict[str, Any]:
    rows = asked.nandbox.db.execute(
        "SELECT document_id, value FROM nandbox_documents WHERE bot_id = ? AND collection = ? ORDER BY document_id",
        (asked.bot_id, asked.text("collection")),
    )
    return {document_id: json.loads(value) for document_id, value in rows}


def _rank(value: Any) -> tuple[int, float, str]:
    """Numbers before texts before the rest, so that anything can be put in order."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 2, 0.0, encode({"": value})
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, value)


METHODS = {
    "setDocument": set_document, "getDocument": get_document, "deleteDocument": delete_document,
    "listDocuments": list_documents, "subscribeToEvent": subscribing(True),
    "unsubscribeFromEvent": subscribing(False), "listEventSubscriptions": list_subscriptions,
}  # fmt: skip
