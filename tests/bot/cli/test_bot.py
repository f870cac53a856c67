"""`mixbot bot` and `mixbot fleet`: bots come into the database sealed, rest, and go."""

import asyncio
import json
import os
import pwd
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.ledger import AuditEntry, AuditQuery
from bot.store import open_store
from bot.vault import new_keyring
from tests.bot.programs import Mixbot, mixbot
from tests.e2e.herd import bot_of, write_keystores

__all__ = ["mixbot"]

ONE, OTHER = bot_of(1), bot_of(2)


@pytest.fixture
def key() -> str:
    return new_keyring()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    write_keystores(tmp_path / "files", [ONE, OTHER])
    return tmp_path / "files"


def test_a_bot_is_added_rests_and_goes(mixbot: Mixbot, key: str, files: Path) -> None:
    """Each step is said and seen in the list; the Keystore is in the database, and not in clear."""
    known = {"MIXBOT_SECRET_KEY": key}
    added = mixbot("bot", "add", str(files / f"{ONE}.json"), "--name", "Helpdesk", "--admin", "25566", **known)
    listed = mixbot("bot", "list", "--json", **known).json
    paused = mixbot("bot", "pause", "helpdesk", **known)
    resting = mixbot("bot", "list", "--json", **known).json
    back = mixbot("bot", "resume", ONE[:8], **known)
    gone = mixbot("bot", "remove", "Helpdesk", "--yes", **known)

    assert (added.code, paused.code, back.code, gone.code) == (0, 0, 0, 0)
    assert added.out.startswith("Added Helpdesk.")
    assert [(one["name"], one["app_id"], one["keystore"], one["state"]) for one in listed] == [
        ("Helpdesk", ONE, "the database", "waiting")
    ]
    assert [one["state"] for one in resting] == ["paused"]
    assert [(entry.actor_id, entry.action) for entry in audited()] == [
        ("cli", "bot.remove"), ("cli", "bot.resume"), ("cli", "bot.pause"), ("cli", "bot.add"),
    ]  # fmt: skip
    assert {entry.detail for entry in audited()} == {f"{pwd.getpwuid(os.getuid()).pw_name} on {socket.gethostname()}"}
    assert mixbot("bot", "list", "--json", **known).json == []
    secret = json.loads((files / f"{ONE}.json").read_text())["session_private_key"]
    assert not any(secret.encode() in file.read_bytes() for file in Path("data").iterdir())


def audited() -> Sequence[AuditEntry]:
    """What the console of the bot shows of it, newest first."""

    async def asked() -> Sequence[AuditEntry]:
        async with open_store("sqlite:///data/bot.db") as database:
            return await database.bot(ONE).ledger.audited(AuditQuery(action="bot."))

    return asyncio.run(asked())


def test_bots_are_spoken_of_in_chinese(mixbot: Mixbot, key: str, files: Path) -> None:
    """What people read comes in their language; names and ids stay as they are."""
    known = {"MIXBOT_SECRET_KEY": key, "MIXBOT_LANG": "zh"}
    added = mixbot("bot", "add", str(files / f"{ONE}.json"), "--name", "Helpdesk", **known).out

    assert added.startswith("已添加 Helpdesk。")
    assert mixbot("bot", "pause", "Helpdesk", **known).out == "服务察觉后，Helpdesk 即暂停。\n"
    assert "没有这个机器人" in mixbot("bot", "resume", "Nobody", **known).err
    assert mixbot("bot", "remove", "Helpdesk", "--yes", **known).out == "Helpdesk 已移除。\n"


def test_files_and_the_database_make_one_list(mixbot: Mixbot, key: str, files: Path) -> None:
    """Bots of the folder stand beside those of the database; one that is in a file is taken out there."""
    known = {"MIXBOT_SECRET_KEY": key, "MIXBOT_KEYSTORES": str(files)}
    mixbot("bot", "add", str(files / f"{ONE}.json"), "--name", "Helpdesk", **known)
    mixbot("bot", "pause", OTHER, **known)

    listed = mixbot("bot", "list", "--json", **known).json
    refused = mixbot("bot", "remove", OTHER, "--yes", **known)

    assert [(one["app_id"], one["keystore"], one["state"]) for one in listed] == [
        (ONE, "the database", "waiting"), (OTHER, f"{OTHER}.json", "paused"),
    ]  # fmt: skip
    assert refused.code == 2
    assert "MB353" in refused.err


def test_what_cannot_be_is_explained(mixbot: Mixbot, key: str, files: Path) -> None:
    """No key, another key, options that make no sense, a name that nobody has: one sentence each, with its code."""
    file = str(files / f"{ONE}.json")
    Path("wrong.toml").write_text('nme = "Helpdesk"')

    assert "MB146" in mixbot("bot", "add", file).err
    assert "MB350  wrong.toml: " in mixbot("bot", "add", file, "--options", "wrong.toml", MIXBOT_SECRET_KEY=key).err
    assert "MB101" in mixbot("bot", "add", "none.json", MIXBOT_SECRET_KEY=key).err
    assert mixbot("bot", "add", file, MIXBOT_SECRET_KEY=key).code == 0
    assert "MB353  No bot is called Nobody." in mixbot("bot", "pause", "Nobody", MIXBOT_SECRET_KEY=key).err
    other = mixbot("bot", "list", MIXBOT_SECRET_KEY=new_keyring())
    assert "MB351" in other.err


def test_the_keys_of_bots_are_changed_with_the_others(mixbot: Mixbot, key: str, files: Path) -> None:
    """`mixbot keys` counts and seals anew the Keystores of all bots, so that an old key can go."""
    mixbot("bot", "add", str(files / f"{ONE}.json"), MIXBOT_SECRET_KEY=key)
    mixbot("bot", "add", str(files / f"{OTHER}.json"), MIXBOT_SECRET_KEY=key)
    both = mixbot("keys", "new", MIXBOT_SECRET_KEY=key).out.strip()

    before = mixbot("keys", "status", "--json", MIXBOT_SECRET_KEY=both).json
    rotated = mixbot("keys", "rotate", MIXBOT_SECRET_KEY=both)
    after = mixbot("keys", "status", "--json", MIXBOT_SECRET_KEY=both).json
    alone = mixbot("bot", "list", "--json", MIXBOT_SECRET_KEY=both.partition(",")[0]).json

    assert [(row["key"], row["sealed"]) for row in before] == [(2, 0), (1, 2)]
    assert rotated.code == 0, rotated.err
    assert [(row["key"], row["sealed"]) for row in after] == [(2, 2), (1, 0)]
    assert [one["app_id"] for one in alone] == [ONE, OTHER]


def test_the_status_of_a_fleet_that_rests(mixbot: Mixbot, key: str, files: Path) -> None:
    """Where nothing runs, nothing is said to run."""
    mixbot("bot", "add", str(files / f"{ONE}.json"), MIXBOT_SECRET_KEY=key)

    found = mixbot("fleet", "status", "--json", MIXBOT_SECRET_KEY=key).json

    assert found["processes"] == []
    assert [(one["app_id"], one["state"], one["where"]) for one in found["bots"]] == [(ONE, "waiting", "")]
    assert mixbot("fleet", "moves", "--json", MIXBOT_SECRET_KEY=key).json == []
