"""The last Blaze frames and HTTP calls, for people to look at; a token is shown as its claims, never as itself."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

KEPT = 2000
MAX_SHOWN_BYTES = 16 * 1024
HIDDEN = "(not shown)"
SECRETS = frozenset({"access_token", "authorization_code", "client_secret", "code", "code_verifier", "pin_base64"})


class Inspector:
    """A bounded log. `told` hears of every entry if somebody is listening."""

    def __init__(self, now_text: Callable[[], str], told: Callable[[dict[str, Any]], None]) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._now_text = now_text
        self._told = told
        self.seq = 0

    def frame(self, direction: str, frame: dict[str, Any], size: int) -> None:
        """`direction`: "in" is from the bot to the sandbox; `size` in bytes as it went over the wire."""
        shown: Any = frame if size <= MAX_SHOWN_BYTES else {"id": frame.get("id"), "action": frame.get("action")}
        self._add(
            {"kind": "frame", "direction": direction, "action": frame.get("action"), "size": size, "frame": shown}
        )

    def http(
        self, *, method: str, path: str, claims: dict[str, Any] | None, request_id: str, body: bytes, status: int,
        response: bytes, elapsed_ms: float,
    ) -> None:  # fmt: skip
        self._add(
            {
                "kind": "http", "direction": "in", "method": method, "path": path, "status": status,
                "claims": claims, "request_id": request_id, "size": len(body), "elapsed_ms": round(elapsed_ms, 1),
                "body": body[:MAX_SHOWN_BYTES], "response": response[:MAX_SHOWN_BYTES],
            }
        )  # fmt: skip

    def note(self, text: str) -> None:
        """Something that a person should know and that no frame tells."""
        self._add({"kind": "note", "direction": "in", "summary": text, "size": 0})

    def after(self, seq: int, limit: int) -> list[dict[str, Any]]:
        """The newest `limit` entries later than `seq`, oldest first."""
        newer = [one for one in self._entries if one["seq"] > seq]
        return [readable(one) for one in newer[-limit:]]

    def clear(self) -> None:
        self._entries.clear()

    def _add(self, entry: dict[str, Any]) -> None:
        self.seq += 1
        entry["seq"] = self.seq
        entry["at"] = self._now_text()
        self._entries.append(entry)
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


def readable(entry: dict[str, Any]) -> dict[str, Any]:
    """The same with bodies as JSON where they are JSON, else as text."""
    return {key: _shown(value) if isinstance(value, bytes) else value for key, value in entry.items()}


def _shown(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
    except RecursionError:
        return "(JSON nested too deeply to show)"
