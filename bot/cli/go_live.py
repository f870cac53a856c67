"""`mixbot go-live`: from the dashboard to a bot that answers, in ten steps, with the values to paste."""

import asyncio
from typing import Annotated

import typer

from bot.checkup import Finding, Status, Subject, examine
from bot.cli.doctor import SIGNS
from bot.cli.language import text
from bot.cli.output import say
from bot.cli.setup import KeystoreOption, find, settings_for_command
from bot.errors import EXIT_SETUP
from bot.parts import open_directory

app = typer.Typer(rich_markup_mode=None)

NO_URL = "https://HOST"

STEPS: tuple[tuple[str, ...], ...] = (
    (), (), ("oauth", "encryption", "patterns"), ("keystore", "keystore-shape"), (), (), (),
    ("keystore-safety", "identity", "database"), ("console",), (),
)  # fmt: skip
"""The checks of each step; its words are `golive.N` in the locales."""


@app.command(name="go-live")
def go_live(
    keystore: KeystoreOption = "",
    offline: Annotated[bool, typer.Option("--offline", help="Only print; ask Mixin nothing.")] = False,
) -> None:
    """Print the ten steps to a bot of your own, with what to paste in the dashboard, and check what can be checked.

    Exit codes: 0 every check is fine · 2 something is not yet as it should be.

    Examples:  mixbot go-live  ·  MIXBOT_PUBLIC_URL=https://bot.example.com mixbot go-live --offline
    """
    findings = asyncio.run(_look(keystore, offline))
    url, number = _facts(keystore, findings)
    for place, checks in enumerate(STEPS, 1):
        first, *more = text(f"golive.{place}", url=url, number=number).splitlines()
        say(f"{place:>2}  {first}")
        for line in more:
            say(f"    {line}")
        for check in checks:
            _show(findings[check])
    if url == NO_URL:
        say("\n" + text("golive.host"))
    if any(finding.status == Status.FAILED for finding in findings.values()):
        raise typer.Exit(EXIT_SETUP)


async def _look(keystore: str, offline: bool) -> dict[str, Finding]:
    subject = Subject(
        lambda: settings_for_command(keystore, level="critical"), lambda settings: find(settings, refuse_open=False),
        open_directory, offline=offline,
    )  # fmt: skip
    wanted = {check for checks in STEPS for check in checks}
    async with subject:
        return {one.check.id: one.finding async for one in examine(subject, wanted)}


def _facts(keystore: str, findings: dict[str, Finding]) -> tuple[str, str]:
    settings = settings_for_command(keystore, level="critical")
    url = settings.web.public_url.rstrip("/") or NO_URL
    identity = findings["identity"]
    number = identity.message.split(" · ")[1] if identity.status == Status.OK else text("golive.number")
    return url, number


def _show(finding: Finding) -> None:
    if finding.status == Status.SKIPPED:
        return
    say(f"      {SIGNS[finding.status]} {finding.message}" + (f"  {finding.code}" if finding.code else ""))
    if finding.fix:
        say(f"        → {finding.fix}")
