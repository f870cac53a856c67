"""The last Blaze frames and HTTP calls, for people to look at; a token is shown as its claims, never as itself."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

KEPT = 2000
KEPT_BYTES = 16 * 1024 * 1024
MAX_KEPT_BODY_BYTES = 128 * 1024
MAX_SHOWN_BYTES = 16 * 1024
HIDDEN = "(not shown)"
SECRETS = frozenset({"access_token", "authorization_code", "client_secret", "code", "code_verifier", "pin_base64"})
SECRET_HEADERS = frozenset({"authorization", "cookie", "set-cookie", "x-integrity-token"})

Entry = dict[str, Any]


class Inspector:
    """A log bounded in entries and in bytes. `told` hears of every entry."""

    def __init__(self, now_text: Callable[[], str], told: Callable[[Entry], None]) -> None:
        self._entries: deque[Entry] = deque()
        self._now_text = now_text
        self._told = told
        self._bytes = 0
        self.seq = 0

    def __iter__(self) -> Iterator[Entry]:
        """The newest first."""
        return reversed(self._entries)

    def frame(self, direction: str, frame: dict[str, Any], size: int) -> None:
        """`direction`: "in" is from the bot to the sandbox; `size` in bytes as it went over the wire."""
        action = frame.get("action") or frame.get("method")
        shown: Any = frame if size <= MAX_SHOWN_BYTES else {"id": frame.get("id"), "action": action}
        entry = {"kind": "frame", "direction": direction, "action": action, "size": size, "frame": shown}
        self._add(entry, min(size, MAX_SHOWN_BYTES))

    def http(
        self, *, method: str, path: str, claims: dict[str, Any] | None, request_id: str, body: bytes, status: int,
        response: bytes, elapsed_ms: float, headers: Mapping[str, str] | None = None,
        response_headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        entry: Entry = {
            "kind": "http", "direction": "in", "method": method, "path": path, "status": status, "claims": claims,
            "request_id": request_id, "size": len(body), "elapsed_ms": round(elapsed_ms, 1),
            "headers": headers or {}, "response_headers": response_headers or {},
            "body": body[:MAX_KEPT_BODY_BYTES], "response": response[:MAX_KEPT_BODY_BYTES],
        }  # fmt: skip
        self._add(entry, len(entry["body"]) + len(entry["response"]))

    def note(self, text: str) -> None:
        """Something that a person should know and that no frame tells."""
        self._add({"kind": "note", "direction": "in", "summary": text, "size": 0}, len(text))

    def crash(self, summary: str, **facts: Any) -> None:
        """The bot failed on a message, by what its own log says."""
        self._add({"kind": "crash", "direction": "in", "summary": summary, "size": 0} | facts, len(str(facts)))

    def after(self, seq: int, limit: int) -> list[Entry]:
        """The newest `limit` entries later than `seq`, oldest first."""
        found: list[Entry] = []
        for one in self:
            if one["seq"] <= seq or len(found) == limit:
                break
            found.append(readable(one))
        return found[::-1]

    def get(self, seq: int) -> Entry | None:
        """One entry as it was kept."""
        return next((one for one in self if one["seq"] == seq), None)

    def clear(self) -> None:
        self._entries.clear()
        self._bytes = 0

    def _add(self, entry: Entry, weight: int) -> None:
        self.seq += 1
        entry["seq"] = self.seq
        entry["at"] = self._now_text()
        entry["weight"] = weight
        self._entries.append(entry)
        self._bytes += weight
        while len(self._entries) > KEPT or self._bytes > KEPT_BYTES:
            self._bytes -= self._entries.popleft()["weight"]
        self._told(entry)


def hidden(raw: bytes) -> bytes:
    """A JSON object, or one under `data`, without the values of what must not be shown."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    inner = value.get("data") if isinstance(value, dict) and isinstance(value.get("data"), dict) else value
    if isinstance(inner, dict):
        inner.update({name: HIDDEN for name in SECRETS & inner.keys() if inner[name]})
    return json.dumps(value, ensure_ascii=False).encode()


def readable(entry: Entry) -> Entry:
    """An entry as it is shown: bodies as the text they were, cut where they are long, and no secret in a header."""
    if entry["kind"] != "http":
        return {key: value for key, value in entry.items() if key != "weight"}
    made = {key: _shown(value) for key, value in entry.items() if key != "weight"}
    made["cut"] = max(len(entry["body"]), len(entry["response"])) > MAX_SHOWN_BYTES
    return made


def _shown(value: Any) -> Any:
    if isinstance(value, bytes):
        return value[:MAX_SHOWN_BYTES].decode(errors="replace")
    if isinstance(value, Mapping):
        return {name: "…" if name.lower() in SECRET_HEADERS else one for name, one in value.items()}
    return value
