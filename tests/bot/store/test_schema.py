"""Migrations up and down, and what a database of another version gets to hear."""

import asyncio
import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from bot.errors import SetupError
from bot.message import Message, Outgoing, Text
from bot.records import DeadLetter, Sighting
from bot.store import (
    backup_database,
    check_database,
    open_store,
    restore_database,
    schema,
    schema_status,
    upgrade_schema,
)
from bot.store.engine import open_sync
from bot.store.location import locate
from bot.store.tables import metadata

from .conftest import BOT, NOON

HEAD = schema.head()


def move(url: str, revision: str) -> None:
    """Bring a database to a revision, up or down."""
    location = locate(url)
    if location.path is not None:
        location.path.parent.mkdir(exist_ok=True)
    with open_sync(location).begin() as connection:
        schema.migrate(connection, location, revision)


def pretend(url: str, revision: str) -> None:
    with open_sync(locate(url)).begin() as connection:
        connection.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '{revision}'"))


async def fill(url: str) -> None:
    async with open_store(url) as database:
        store = database.bot(BOT)
        await store.meet([Sighting("anna", "c", "m0", NOON)])
        await store.keep_mark("m1", [Outgoing("r", "c", "anna", Text("kept"))])
        await store.begin_attempts(["m2"])
        message = Message("m3", "c", "anna", Text("boom"), NOON)
        await store.quarantine(DeadLetter("R1", message, "ping", "error", 3, NOON))


async def assert_filled(url: str) -> None:
    async with open_store(url) as database:
        store = database.bot(BOT)
        assert (await store.counts(NOON))["people"] == 1
        mark = await store.mark("m1")
        assert mark is not None
        assert mark.replies == (Outgoing("r", "c", "anna", Text("kept")),)
        assert await store.begin_attempts(["m2"]) == {"m2": 1}
        assert [letter.reference for letter in await store.dead_letters()] == ["R1"]


def test_the_file_names_agree_with_alembic() -> None:
    """The steps that are read off the file names are the ones that Alembic would take, in the same order."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    known = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]

    assert [step.revision for step in schema.steps()] == known
    assert known == [f"{number:04}" for number in range(1, len(known) + 1)]
    assert all(step.does for step in schema.steps())


def test_the_migrations_make_the_tables_that_the_statements_use(empty_url: str) -> None:
    """After all steps nothing is left that Alembic would change."""
    move(empty_url, HEAD)

    with open_sync(locate(empty_url)).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_F44_every_step_up_and_down(empty_url: str) -> None:
    """Each revision can be reached from the one before, left again, and reached once more."""
    revisions = [step.revision for step in schema.steps()]
    before = "base"
    for revision in revisions:
        move(empty_url, revision)
        assert schema_status(empty_url).current == revision
        move(empty_url, before)
        move(empty_url, revision)
        before = revision
    for revision in [*revisions[-2::-1], "base"]:
        move(empty_url, revision)

    with open_sync(locate(empty_url)).connect() as connection:
        assert tables(connection) == {schema.VERSION_TABLE}


@pytest.mark.parametrize("revision", [step.revision for step in schema.steps()][:-1])
async def test_F44_rows_of_every_earlier_version_survive(url: str, revision: str) -> None:
    """Pending rows written under an earlier schema are all there, and usable, after the upgrade."""
    await fill(url)
    await asyncio.to_thread(move, url, revision)
    assert schema_status(url).current == revision

    before = upgrade_schema(url)

    assert before.current == revision
    assert upgrade_schema(url).pending == ()
    await assert_filled(url)


async def test_an_upgrade_creates_what_is_missing(empty_url: str) -> None:
    """Before the first start an upgrade makes the database, private as the service would, and says what it did."""
    before = upgrade_schema(empty_url)

    assert before == schema.SchemaStatus("", HEAD, schema.steps())
    assert schema_status(empty_url) == schema.SchemaStatus(HEAD, HEAD, ())
    assert check_database(empty_url) == ()
    await fill(empty_url)
    await assert_filled(empty_url)


async def test_a_failed_upgrade_changes_nothing(url: str) -> None:
    """A step that fails takes the steps before it back with it, on both engines."""
    await fill(url)
    await asyncio.to_thread(move, url, "0001")
    with open_sync(locate(url)).begin() as connection:
        connection.execute(text("ALTER TABLE dead_letters ADD COLUMN replay BOOLEAN"))

    with pytest.raises(SetupError):
        upgrade_schema(url)

    assert schema_status(url).current == "0001"


async def test_check_13_an_older_database_is_refused_with_the_command(url: str, engine: str, tmp_path: Path) -> None:
    """Pending steps: exit code 3 and the exact command; backup and upgrade then work, restore brings the old back."""
    await fill(url)
    await asyncio.to_thread(move, url, "0001")

    with pytest.raises(SetupError) as refused:
        async with open_store(url):
            pass
    assert refused.value.exit_code == 3
    assert str(refused.value) == (
        f"MB201: Database schema is 0001, this version needs {HEAD}. Back up and upgrade: "
        "`mixbot db backup && mixbot db upgrade`. (Or set MIXBOT_AUTO_MIGRATE=true.)"
    )
    assert [step.revision for step in schema_status(url).pending] == [step.revision for step in schema.steps()][1:]

    saved = backup_database(url)
    upgrade_schema(url)
    await assert_filled(url)
    async with open_store(url) as database:
        await database.bot(BOT).meet([Sighting("ben", "c", "m9", NOON)])

    restore_database(url, saved)
    assert schema_status(url).current == "0001"
    upgrade_schema(url)
    async with open_store(url) as database:
        assert await database.bot(BOT).person("ben") is None
    if engine == "sqlite":
        assert saved.parent == tmp_path / "data" / "backups"


async def test_auto_migrate_backs_up_and_upgrades(url: str, engine: str) -> None:
    """Told to, the service upgrades by itself, with a backup of the file before."""
    await fill(url)
    await asyncio.to_thread(move, url, "0001")

    async with open_store(url, auto_migrate=True):
        pass

    assert schema_status(url).pending == ()
    await assert_filled(url)
    if engine == "sqlite":
        assert [re.sub("-.*-", "-", file.name) for file in locate(url).backups()] == ["bot-0001.db"]


@pytest.mark.parametrize("auto_migrate", [False, True])
async def test_a_newer_database_is_refused(url: str, auto_migrate: bool) -> None:
    """A database that a newer program wrote is left alone, whatever the settings say: MB202 and exit code 3."""
    await fill(url)
    pretend(url, "0099")

    with pytest.raises(SetupError, match=f"MB202: Database schema 0099 is newer than this program .{HEAD}.") as refused:
        async with open_store(url, auto_migrate=auto_migrate):
            pass
    with pytest.raises(SetupError, match="MB202"):
        upgrade_schema(url)

    assert refused.value.exit_code == 3
    assert schema_status(url).current == "0099"


async def test_eight_start_at_once_on_an_empty_database(empty_url: str) -> None:
    """Whoever is first creates the tables, under a lock; the others find them."""

    async def start() -> None:
        async with open_store(empty_url) as database:
            await database.bot(BOT).meet([Sighting("anna", "c", "m0", NOON)])

    await asyncio.gather(*(start() for _ in range(8)))

    assert schema_status(empty_url).current == HEAD


async def test_check_20_ten_thousand_people_come_through_an_upgrade(url: str) -> None:
    """Everybody an earlier version remembered is remembered by this one, with language and wish for news."""
    everybody = [Sighting(f"user-{number:05}", f"chat-{number}", f"m-{number}", NOON) for number in range(10_000)]
    async with open_store(url) as database:
        store = database.bot(BOT)
        await store.meet(everybody)
        await store.set_language("user-00007", "zh")
        await store.set_subscribed("user-09999", False)
        before = [await store.person(one.user_id) for one in everybody[::997]]
    await asyncio.to_thread(move, url, schema.steps()[0].revision)

    upgrade_schema(url)

    async with open_store(url) as database:
        store = database.bot(BOT)
        assert dict(await store.counts(NOON))["people"] == 10_000
        assert [await store.person(one.user_id) for one in everybody[::997]] == before
        spoken, silenced = await store.person("user-00007"), await store.person("user-09999")
    assert spoken is not None
    assert silenced is not None
    assert (spoken.language, silenced.subscribed) == ("zh", False)
