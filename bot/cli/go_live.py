"""`mixbot go-live`: from the dashboard to a bot that answers, in ten steps, with the values to paste."""

import asyncio
from typing import Annotated

import typer

from bot.checkup import Finding, Status, Subject, examine
from bot.cli.doctor import SIGNS
from bot.cli.output import say
from bot.cli.setup import KeystoreOption, find, settings_for_command
from bot.errors import EXIT_SETUP
from bot.parts import open_directory

app = typer.Typer(rich_markup_mode=None)

NO_URL = "https://HOST"

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("On a computer, open developers.mixin.one/dashboard and scan the code with Mixin Messenger.\n"
     "(Inside Mixin's own browser secrets cannot be downloaded.)", ()),
    ("New App.", ()),
    ("Information:\n"
     "  Icon               at least 500 × 500 pixels\n"
     "  Name               2 to 64 characters\n"
     "  Category           any\n"
     "  Home URL           {url}/\n"
     "  OAuth URL          {url}/oauth/callback\n"
     "  Description        16 to 128 characters\n"
     "  Resource Patterns  {url}/\n"
     "  Message Encryption off or on, as you like; on is for ever: docs/explanation/message-encryption.md\n"
     "Save. Changes count only after Save.", ("oauth", "encryption", "patterns")),
    ("Secret → App Session → Generate a new key → OK → Download, and put the file here.\n"
     "Generating another key later stops whatever uses this one.", ("keystore", "keystore-shape")),
    ("Secret → OAuth Client Secret: not needed. If you want it, put it into .env as MIXIN_CLIENT_SECRET.", ()),
    ("Wallet, Register Wallet, Spend Key: skip. This service never moves money.", ()),
    ("Code URL → Show: the code with which people find the bot. Billing: nothing to do.", ()),
    ("On the server: chmod 600 on the Keystore, mixbot keystore check, mixbot doctor, mixbot run.",
     ("keystore-safety", "identity", "database")),
    ("In Mixin, search {number}, Add, write Hi. Your own Mixin ID is what /id says: mixbot admin add YOUR-MIXIN-ID",
     ("console",)),
    ("Write /connect to the bot, agree, and see that it answers.", ()),
)  # fmt: skip


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
    for place, (text, checks) in enumerate(STEPS, 1):
        first, *more = text.format(url=url, number=number).splitlines()
        say(f"{place:>2}  {first}")
        for line in more:
            say(f"    {line}")
        for check in checks:
            _show(findings[check])
    if url == NO_URL:
        say("\nHOST is the name under which people's phones reach this service: set MIXBOT_PUBLIC_URL=https://HOST.")
    if any(finding.status == Status.FAILED for finding in findings.values()):
        raise typer.Exit(EXIT_SETUP)


async def _look(keystore: str, offline: bool) -> dict[str, Finding]:
    subject = Subject(
        lambda: settings_for_command(keystore, level="critical"), lambda settings: find(settings, refuse_open=False),
        open_directory, offline=offline,
    )  # fmt: skip
    wanted = {check for _, checks in STEPS for check in checks}
    async with subject:
        return {one.check.id: one.finding async for one in examine(subject, wanted)}


def _facts(keystore: str, findings: dict[str, Finding]) -> tuple[str, str]:
    settings = settings_for_command(keystore, level="critical")
    url = settings.web.public_url.rstrip("/") or NO_URL
    identity = findings["identity"]
    number = identity.message.split(" · ")[1] if identity.status == Status.OK else "the bot's ten-digit number"
    return url, number


def _show(finding: Finding) -> None:
    if finding.status == Status.SKIPPED:
        return
    say(f"      {SIGNS[finding.status]} {finding.message}" + (f"  {finding.code}" if finding.code else ""))
    if finding.fix:
        say(f"        → {finding.fix}")
