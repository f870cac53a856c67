"""Looks at what has to outlive the process: database, backups, and who else uses them."""

import time
from datetime import UTC, datetime, timedelta

from bot.broadcast import UNDER_WAY
from bot.checkup.finding import Finding, Skip, failed, of_error, ok, warning
from bot.checkup.subject import Subject
from bot.errors import ServiceError, SetupError
from bot.store import backups_of, database_facts, open_store, schema_status
from bot.store.location import locate

LOOK_BACK = 50
"""So many broadcasts are looked at."""
OLD_BACKUP = timedelta(days=8)


async def database(subject: Subject) -> Finding:
    """It can be opened and written, and its tables are those of this program."""
    url = subject.settings().db.url
    began = time.perf_counter()
    try:
        location = locate(url)
        if location.path is None:
            subject.online()
        elif not location.path.exists():
            return ok(f"{location} is not there yet; the first start creates it")
        status = schema_status(url)
        status.require_current()
        facts = database_facts(url)
    except SetupError as error:
        return of_error(error)
    took_ms = (time.perf_counter() - began) * 1000
    if not facts.writable:
        return failed(f"{location} cannot be written by this user", code="MB204", fix="give the file to this user")
    if facts.mode not in ("", "wal"):
        return warning(f"{location} is in {facts.mode} mode", fix="the next start of the service puts it into WAL mode")
    return ok(f"{facts.name} · schema {status.current} (head) · {took_ms:.0f} ms")


async def instance(subject: Subject) -> Finding:
    """One process serves one bot."""
    try:
        location = locate(subject.settings().db.url)
    except SetupError as error:
        raise Skip(f"{error.code}: the address of the database cannot be used") from None
    if location.path is None:
        raise Skip("PostgreSQL itself keeps a second copy out (MB131)")
    if holder := subject.service():
        return ok(f"the service runs: {holder}")
    return ok("no copy of this bot runs here")


async def outbox(subject: Subject) -> Finding:
    """Broadcasts that a crash has interrupted: they go on by themselves with the next start."""
    settings, keystore = subject.settings(), subject.keystore()
    location = locate(settings.db.url)
    if location.path is not None and not location.path.exists():
        return ok("there was none yet")
    try:
        async with open_store(settings.db.url) as opened:
            newest = await opened.bot(keystore.app_id).ledger.broadcasts(LOOK_BACK)
    except (SetupError, ServiceError):
        raise Skip("the database cannot be read") from None
    under_way = [f"#{one.number}" for one in newest if one.state in UNDER_WAY]
    if under_way and not subject.service():
        return warning(
            f"{', '.join(under_way)} not finished, and the service does not run", code="MB231",
            fix="The next start goes on with whom it has not reached yet; mixbot broadcast list shows them.",
        )  # fmt: skip
    return ok(f"{', '.join(under_way)} under way" if under_way else "none is interrupted")


async def backup(subject: Subject) -> Finding:
    """The age of the newest."""
    try:
        location = locate(subject.settings().db.url)
    except SetupError as error:
        raise Skip(f"{error.code}: the address of the database cannot be used") from None
    newest = next(iter(backups_of(location)), None)
    now = datetime.now(UTC)
    if newest is None:
        if location.path is None or not location.path.exists():
            raise Skip("there is nothing to back up yet" if location.path else "none was made from here")
        made = datetime.fromtimestamp(location.path.stat().st_ctime, UTC)
        if now - made < OLD_BACKUP:
            return ok("none yet; the database is new")
        return warning("there is no backup", code="MB230", fix="mixbot db backup")
    age = now - datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    if age > OLD_BACKUP:
        return warning(f"the newest backup is {age.days} days old", code="MB230", fix="mixbot db backup")
    return ok(f"the newest is {_age(age)} old")


def _age(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours // 24} d" if hours >= 48 else f"{hours} h" if hours else "less than 1 h"
