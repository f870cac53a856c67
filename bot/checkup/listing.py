"""All checks, in the order in which they are shown, and how they are run."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import NamedTuple

from bot.checkup import dashboard, data, keys, nandbox, system, wire
from bot.checkup.finding import Finding, Skip, Status, of_error, ok
from bot.checkup.subject import Subject
from bot.errors import ServiceError, SetupError
from config.errors import SettingsError


class Check(NamedTuple):
    """One look. `id` is for `--only` and for programs; `label` is for people."""

    id: str
    group: str
    label: str
    run: Callable[[Subject], Awaitable[Finding]]


class Examined(NamedTuple):
    """A check, what it found, and how long it took."""

    check: Check
    finding: Finding
    ms: float


async def config(subject: Subject) -> Finding:
    """Settings can be read, and every name in them is known."""
    try:
        settings = subject.load_settings()
        subject.hosts()
    except SettingsError as error:
        return of_error(error)
    count = len(settings.origins)
    return ok(f"{count} value{'' if count == 1 else 's'} set, none unknown")


CHECKS = (
    Check("python", "system", "python", system.python),
    Check("packages", "system", "packages", system.packages),
    Check("clock", "system", "clock", wire.clock),
    Check("timezone", "system", "time zones", system.timezone),
    Check("config", "config", "settings", config),
    Check("keystore", "config", "keystore", keys.keystore),
    Check("keystore-shape", "config", "its form", keys.shape),
    Check("keystore-safety", "config", "its safety", keys.safety),
    Check("reachability", "mixin", "reachability", wire.reachability),
    Check("identity", "mixin", "identity", dashboard.identity),
    Check("blaze", "mixin", "blaze", wire.blaze),
    Check("encryption", "mixin", "encryption", dashboard.encryption),
    Check("oauth", "mixin", "oauth", dashboard.oauth),
    Check("patterns", "mixin", "links", dashboard.patterns),
    Check("database", "data", "database", data.database),
    Check("instance", "data", "instance", data.instance),
    Check("outbox", "data", "broadcasts", data.outbox),
    Check("disk", "data", "disk", system.disk),
    Check("backup", "data", "backup", data.backup),
    Check("console", "web", "access", dashboard.console),
    Check("nandbox", "nandbox", "nandbox", nandbox.nandbox),
)


async def examine(subject: Subject, only: Collection[str] = ()) -> AsyncIterator[Examined]:
    """What each check finds, one after the other; `only` names those to run, empty: all."""
    for check in CHECKS:
        if not only or check.id in only:
            began = time.perf_counter()
            finding = await _find(check, subject)
            yield Examined(check, finding, (time.perf_counter() - began) * 1000)


async def _find(check: Check, subject: Subject) -> Finding:
    try:
        return await check.run(subject)
    except Skip as reason:
        return Finding(Status.SKIPPED, str(reason))
    except (SetupError, SettingsError) as error:
        return of_error(error)
    except ServiceError as error:
        return Finding(Status.FAILED, f"Mixin did not answer as expected: {error}", "MB130", "Try again later.")
