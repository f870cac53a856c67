"""Looks at nandbox, which is optional."""

from bot.checkup.finding import Finding, Skip
from bot.checkup.subject import Subject


async def nandbox(subject: Subject) -> Finding:
    """The token, and whether it may look people up."""
    subject.settings()
    raise Skip("no NANDBOX_TOKEN can be set yet: nandbox is not part of this version")
