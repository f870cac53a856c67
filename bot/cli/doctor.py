"""`mixbot doctor`: everything that can be wrong with a set-up, looked at in one go."""

import asyncio
import os
import sys
import textwrap
from typing import Annotated, Any

import typer

from bot.checkup import CHECKS, Finding, Status, Subject, examine
from bot.checkup.listing import Examined
from bot.cli.language import DEFAULT, catalog, language, plural, text, width
from bot.cli.output import JsonOption, as_json, say
from bot.cli.setup import KeystoreOption, find, settings_for_command
from bot.errors import EXIT_SETUP
from bot.parts import open_directory
from config.redact import inert

app = typer.Typer(rich_markup_mode=None)

SIGNS = {Status.OK: "✔", Status.WARNING: "!", Status.FAILED: "✘", Status.SKIPPED: "–"}
COLORS = {Status.OK: "32", Status.WARNING: "33", Status.FAILED: "31", Status.SKIPPED: "2"}
LABEL, WIDTH = 15, 100
ERRORS = "docs/reference/errors.md"

OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="ID", help="Only this check; may be given several times.")
]


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask no other machine anything.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what can be repaired without asking.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Warnings end with 1 instead of 0.")] = False,
    only: OnlyOption = None,
    keystore: KeystoreOption = "",
    json_wanted: JsonOption = False,
) -> None:
    """Look at everything that can be wrong: system, settings, Keystore, Mixin, data.

    Exit codes: 0 fine · 1 warnings, with --strict · 2 problems.

    Examples:  mixbot doctor  ·  mixbot doctor --offline --json  ·  mixbot doctor --only blaze --only clock
    """
    unknown = set(only or ()) - {check.id for check in CHECKS}
    if unknown:
        raise typer.BadParameter(f"no check is called {min(unknown)}; there are {', '.join(c.id for c in CHECKS)}")
    found = asyncio.run(_examine(keystore, offline, set(only or ()), fix, json_wanted))
    findings = [one.finding for one in found]
    if json_wanted:
        as_json([_as_object(one) for one in found])
    else:
        _summary(found)
    raise typer.Exit(exit_code(findings, strict=strict))


def exit_code(findings: list[Finding], *, strict: bool) -> int:
    statuses = {finding.status for finding in findings}
    if Status.FAILED in statuses:
        return EXIT_SETUP
    return 1 if strict and Status.WARNING in statuses else 0


async def _examine(keystore: str, offline: bool, only: set[str], fix: bool, quiet: bool) -> list[Examined]:
    subject = Subject(
        lambda: settings_for_command(keystore, level="critical"),
        lambda settings: find(settings, refuse_open=False),
        open_directory,
        offline=offline,
    )
    found, group = [], ""
    async with subject:
        async for one in examine(subject, only):
            done = one.finding.repair() if fix and one.finding.repair else ""
            result = one._replace(finding=Finding(Status.OK, text("doctor.repaired", what=done))) if done else one
            found.append(result)
            if not quiet:
                if one.check.group != group:
                    group = one.check.group
                    say(text(f"doctor.group.{group}"))
                _show(result)
    return found


def _show(one: Examined) -> None:
    finding = one.finding
    sign = _colored(SIGNS[finding.status], COLORS[finding.status])
    lines = textwrap.wrap(inert(finding.message), WIDTH - LABEL - 4, break_on_hyphens=False, break_long_words=False)
    first = lines[0] if lines else ""
    label = text(f"doctor.{one.check.id}")
    gap = " " * (LABEL - width(label))
    say(f"  {sign} {label}{gap} {first:<{WIDTH - LABEL - 14}} {finding.code}".rstrip())
    for line in lines[1:]:
        say(" " * (LABEL + 5) + line)
    said = catalog(language()).get(f"{finding.code}.what")
    if said and language() != DEFAULT:
        say(f"      {said}{catalog(language())[f'{finding.code}.remedy']}")
    if finding.fix:
        for line in textwrap.wrap(f"→ {inert(finding.fix)}", WIDTH - 6, break_on_hyphens=False):
            say(f"      {line}")


def _colored(text: str, color: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{color}m{text}\x1b[0m"


def _summary(found: list[Examined]) -> None:
    problems = [one for one in found if one.finding.status == Status.FAILED]
    warnings = [one for one in found if one.finding.status == Status.WARNING]
    repairable = [one.check.id for one in found if one.finding.repair]
    say()
    if not problems and not warnings:
        say(text("doctor.fine"))
        return
    code = next((one.finding.code for one in (*problems, *warnings) if one.finding.code), "")
    say(
        text(
            "doctor.count",
            problems=plural("doctor.problems", len(problems)),
            warnings=plural("doctor.warnings", len(warnings)),
        )
        + (text("doctor.details", place=f"{ERRORS}#{code.lower()}") if code else "")
        + text("doctor.repairable", names=", ".join(repairable) or text("doctor.none"))
    )


def _as_object(one: Examined) -> dict[str, Any]:
    finding = one.finding
    return {
        "id": one.check.id, "status": str(finding.status), "code": finding.code, "message": finding.message,
        "fix": finding.fix, "ms": round(one.ms, 1),
    }  # fmt: skip
