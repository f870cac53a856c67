"""What a check has found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import SetupError
from config.errors import SettingsError


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """`code` is the entry in docs/reference/errors.md; `repair` does what `fix` says, and tells what it did."""

    status: Status
    message: str
    code: str = ""
    fix: str = ""
    repair: Callable[[], str] | None = None


class Skip(Exception):
    """The check cannot be made; the text says why."""


def ok(message: str) -> Finding:
    return Finding(Status.OK, message)


def warning(message: str, *, code: str = "", fix: str = "", repair: Callable[[], str] | None = None) -> Finding:
    return Finding(Status.WARNING, message, code, fix, repair)


def failed(message: str, *, code: str = "", fix: str = "", repair: Callable[[], str] | None = None) -> Finding:
    return Finding(Status.FAILED, message, code, fix, repair)


def of_error(error: SetupError | SettingsError) -> Finding:
    """An error's first sentence, or half of it, is what was found; the rest is what to do."""
    text = str(error.args[0])
    found, _, remedy = text.partition(". ") if ". " in text else text.partition("; ")
    return failed(found.rstrip(".") + ".", code=error.code, fix=remedy)
