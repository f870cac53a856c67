"""Every error, grouped by what the caller should do about it.

BotError
├── UserError             say its text to the person
├── NotHere               personal: ask again in the conversation of two
├── SetupError            stop: somebody has to change something
│   └── AccessRefused     stop: the messenger no longer knows this bot
├── Unsupported           this messenger cannot do that
├── CannotOpen            sealed with a key that is not ours, or changed since
└── ServiceError          a messenger or the database did not do what was asked
    ├── Unavailable       ask again later, with the same ids
    │   ├── RateLimited   … and slow every call down
    │   ├── NotKept       the database is locked, full or away: acknowledge nothing
    │   ├── TooLarge      … and what is read would be as large again: say so
    │   └── Unclear       an undocumented refusal: ask a few times, then give up
    └── Rejected          final: the same request would be refused again
        ├── PartlyRejected  … for some of what was handed over; the rest was taken
        ├── Unreachable   nobody is there who could read it: the person has no device left
        ├── NotConnected  this person has not let the bot read their account, or no longer does
        ├── ScopeMissing  … or not this part of it
        ├── Unauthorized  the token is dead
        ├── Forbidden     not allowed, not a member, or no such conversation
        └── NotFound      it does not exist, or no longer
"""

from typing import Any

EXIT_SETUP = 2
EXIT_MIGRATIONS = 3
EXIT_REFUSED = 4
EXIT_PORT = 5
EXIT_SECOND_INSTANCE = 6
EXIT_AGAIN = 7
"""Nobody has to do anything: whatever runs the service starts it again."""


class BotError(Exception):
    """Base of every error that this program raises on purpose."""


class UserError(BotError):
    """A person asked for something that cannot be done; the text is the reply."""


class NotHere(BotError):
    """Personal data was asked for where others can read the answer."""


class SetupError(BotError):
    """The service cannot run until somebody changes something.

    `code` is the stable name of the mistake (`MB101`), under which the documentation explains it.
    """

    exit_code = EXIT_SETUP

    def __init__(self, code: str, text: str, *, exit_code: int | None = None) -> None:
        super().__init__(text)
        self.code = code
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"


class AccessRefused(SetupError):
    """The messenger refuses this bot's own key; asking again would not help."""

    exit_code = EXIT_REFUSED


class Unsupported(BotError):
    """The messenger has no such feature."""


class CannotOpen(BotError):
    """Something in the database was sealed with a key that is not at hand, or was changed or moved since."""


class ServiceError(BotError):
    """A messenger or the database answered with an error, or did not answer.

    `code` is Mixin's error code, or the HTTP status where there is no other. `extra` is what the server said about
    the field at fault: opaque, and never shown to people. `request_id` is what an operator would look for.
    """

    def __init__(self, text: str, *, code: int = 0, extra: Any = None, request_id: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.extra = extra
        self.request_id = request_id
        self.by_proxy = False
        """Whether a bare HTTP status says so, from something on the way, and not the service itself."""


class Unavailable(ServiceError):
    """The outcome is unknown or the service is busy; repeating the request with the same ids is safe."""


class RateLimited(Unavailable):
    """Too many requests (code 429); `retry_after_s` is what the server asked for, if it said."""

    def __init__(self, text: str, *, retry_after_s: float | None = None, code: int = 429, request_id: str = "") -> None:
        super().__init__(text, code=code, request_id=request_id)
        self.retry_after_s = retry_after_s


class NotKept(Unavailable):
    """The database is locked, full, read-only or away; what was to be kept is not."""


class TooLarge(Unavailable):
    """There is an answer, and more of it than is ever read."""


class Unclear(Unavailable):
    """The server refused with a code that no document names."""


class Rejected(ServiceError):
    """The server understood and refused; the same request would be refused again."""


class PartlyRejected(Rejected):
    """Some of what was handed over is refused, by its place; all the rest was taken."""

    def __init__(self, refused: "dict[int, Rejected]") -> None:
        super().__init__(f"{len(refused)} refused, the rest taken", code=next(iter(refused.values())).code)
        self.refused = refused


class Unreachable(Rejected):
    """The person has no device left that a message could be for."""


class NotConnected(Rejected):
    """The person has granted nothing; `ended` means that there was a grant, which is deleted by now."""

    def __init__(self, text: str = "not connected", *, ended: bool = False) -> None:
        super().__init__(text, code=401)
        self.ended = ended


class ScopeMissing(Rejected):
    """The person has granted something, but not `scope`; where nobody can tell which it is empty."""

    def __init__(self, scope: str = "") -> None:
        super().__init__(f"scope {scope or 'unknown'} is missing", code=403)
        self.scope = scope


class Unauthorized(Rejected):
    """The token is expired, revoked, or signed with a wrong clock or key."""


class Forbidden(Rejected):
    """The token lives, but does not allow this: scope, membership, a block, or no such conversation."""


class NotFound(Rejected):
    """The object does not exist, or no longer."""
