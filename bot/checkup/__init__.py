"""Twenty-one looks at a set-up, each with what to do about what it finds: `mixbot doctor`.

A check is a function that gives one finding. It asks the `Subject` for what it needs (settings, Keystore, the bot at
Mixin, …); where that is not to be had, because another check has found out so, the check is skipped with the reason.
"""

from bot.checkup.finding import Finding, Status
from bot.checkup.listing import CHECKS, examine
from bot.checkup.subject import Subject

__all__ = ["CHECKS", "Finding", "Status", "Subject", "examine"]
