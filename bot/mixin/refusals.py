"""What the server's answers mean for the caller, by what the caller should do; no I/O.

Source: protocol/mixin.md 1.3 and 1.5
"""

from typing import Any

from bot.errors import Forbidden, NotFound, RateLimited, Rejected, ServiceError, Unauthorized, Unavailable, Unclear
from bot.wire import Raw, Value, WireError, decoder

NULL = Raw(b"null")

_LATER = frozenset({500, 7000, 7001, 10001, 10104, 10105, 10106, 20137, 30100, 30103})
_FINAL = frozenset(
    {400, 10002, 10003, 10004, 10005, 10006, 10404}
    | set(range(20110, 20136))
    | {20140, 20150, 20160, 30101, 30102, 2000001, 2000002, 2000003}
)
_MOST_RETRY_AFTER_S = 24 * 3600.0


class _Error(Value, frozen=True):
    code: int = 0
    status: int = 0
    description: str | None = None
    extra: Any = None


class _Envelope(Value, frozen=True):
    data: Raw = NULL
    error: _Error | None = None


_read = decoder(_Envelope)


class EmptyAnswer(Unavailable):
    """Success without a word: the documents allow it, and a proxy that gave up looks the same."""


def answer_data(status: int, body: bytes, *, retry_after: str = "", request_id: str = "") -> Raw:
    """The `data` of an answer, `null` where it has none.

    The body decides, whatever the HTTP status says; an answer that cannot be read leaves the outcome unknown.

    Raises:
        ServiceError: In the kind that says what to do.
    """
    try:
        envelope = _read(body)
    except WireError:
        envelope = None
    if envelope is not None and envelope.error is not None:
        raise refusal(envelope.error, retry_after, request_id)
    if status >= 500:
        raise Unavailable(f"HTTP {status}", code=status, request_id=request_id)
    if not 200 <= status < 300:
        raise http_refusal(status, retry_after, request_id)
    if not body.strip():
        raise EmptyAnswer(f"HTTP {status} without a body", request_id=request_id)
    if envelope is None:
        raise Unavailable(f"HTTP {status} with {len(body)} bytes that are no JSON object", request_id=request_id)
    return envelope.data


def refusal(error: _Error, retry_after: str = "", request_id: str = "") -> ServiceError:
    """The exception for an error object of the server."""
    code = error.code
    text = f"code {code}: {(error.description or 'no description')[:200]}"
    if code == 429:
        return RateLimited(text, retry_after_s=seconds(retry_after), request_id=request_id)
    kind = _KINDS.get(code)
    if kind is None:
        kind = Unavailable if code in _LATER else Rejected if code in _FINAL else Unclear
    return kind(text, code=code, extra=error.extra, request_id=request_id)


def http_refusal(status: int, retry_after: str = "", request_id: str = "") -> ServiceError:
    """The exception for an answer of the proxy in front of the server, which knows no codes."""
    text = f"HTTP {status}"
    if status == 429:
        return RateLimited(text, retry_after_s=seconds(retry_after), request_id=request_id)
    error = _KINDS.get(status, Unclear)(text, code=status, request_id=request_id)
    error.by_proxy = True
    return error


def seconds(text: str) -> float | None:
    """A `Retry-After` in seconds, at most a day; nothing where it makes no sense."""
    try:
        found = float(text)
    except ValueError:
        return None
    return min(found, _MOST_RETRY_AFTER_S) if found >= 0 else None


_KINDS: dict[int, type[ServiceError]] = {401: Unauthorized, 403: Forbidden, 404: NotFound}
