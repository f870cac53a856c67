"""What nandbox says no with: numbers, most of which no document explains; no I/O.

Source: protocol/nandbox.md 5
"""

from bot.errors import Forbidden, NotFound, Rejected

SUPERSEDED = 199992
NO_PRIVILEGE = 160017
NO_MEMBER = 160024
NO_APP = 160015
MISSING_APP = 400
GOES_ON = frozenset({NO_PRIVILEGE, NO_MEMBER, NO_APP, MISSING_APP})
"""Errors after which the line is as good as before."""


def refusal(code: int) -> Rejected:
    """What an error code means for the one question that it is about."""
    if code in (NO_PRIVILEGE, NO_MEMBER):
        return Forbidden("nandbox does not allow the bot to do that", code=code)
    if code in (NO_APP, MISSING_APP):
        return Rejected("nandbox does not know the app", code=code)
    return NotFound("nandbox could not make anything of the question", code=code)
