"""`mixbot nandbox`: what nandbox says, for people and for programs."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.message import Message, Text
from bot.nandbox.account import Account
from bot.records import DeadLetter, Sighting
from bot.store import open_store
from bot.users import User
from tests.bot.nandbox.server import APP, BOT, NADIA, NOBODY, TOKEN, FakeNandbox, open_nandbox
from tests.bot.programs import ROOT, Answer


async def mixbot(folder: Path, account: Account, *words: str, **variables: str) -> Answer:
    """Run a command line as a process of its own, beside the server of the test."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MIXIN_", "MIXBOT_"))}
    environ |= {"PYTHONPATH": str(ROOT), "NANDBOX_TOKEN": TOKEN, "NANDBOX_URI": account.uri, "NANDBOX_APP_ID": APP}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=folder, env=environ | variables,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Answer(process.returncode, out.decode(), err.decode())


async def test_get_user_as_json_has_every_field(tmp_path: Path) -> None:
    """A program gets everything that nandbox says, ids as text."""
    async with open_nandbox() as nandbox:
        said = await mixbot(tmp_path, nandbox.account, "nandbox", "get-user", NADIA, "--json")

    found = json.loads(said.out)
    assert said.code == 0
    assert (found["id"], found["name"], found["is_bot"], found["status"]) == (NADIA, "Nadia Farouk", False, "At sea")
    assert found["photo"]["thumbnail"]["width"] == 120


async def test_get_user_for_people(tmp_path: Path) -> None:
    """A person gets what there is, a line each."""
    async with open_nandbox() as nandbox:
        said = await mixbot(tmp_path, nandbox.account, "nandbox", "get-user", NADIA)

    assert said.code == 0
    assert "name\tNadia Farouk" in said.out.splitlines()


async def test_the_config_of_nandboxs_own_tools_is_enough(tmp_path: Path) -> None:
    """The file as nandbox hands it out, named by a variable: token and address are found in it."""
    async with open_nandbox() as nandbox:
        config = {"Token": TOKEN, "URI": nandbox.uri, "MaxLogSize": "5mb", "NumberOfLogFiles": "2"}
        (tmp_path / "config.json").write_text(json.dumps(config))
        said = await mixbot(
            tmp_path, nandbox.account, "nandbox", "get-user", NADIA, "--json",
            NANDBOX_TOKEN="", NANDBOX_URI="", NANDBOX_CONFIG_FILE="config.json",
        )  # fmt: skip

    assert (said.code, json.loads(said.out)["name"]) == (0, "Nadia Farouk")


async def test_dead_letters_of_nandbox_are_apart(tmp_path: Path) -> None:
    """Messages of people there that could not be handled are listed, shown, replayed and dropped with `--nandbox`."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    message = Message("5d2f0c1e-6170", NADIA, NADIA, Text("/ping"), moment)
    async with open_store(url) as database:
        await database.bot(BOT).quarantine(DeadLetter("5d2f0c1e", message, "ping", "RuntimeError: no", 3, moment))

    async with open_nandbox() as nandbox:
        account = nandbox.account
    listed = await mixbot(tmp_path, account, "dead", "list", "--nandbox", "--json", MIXBOT_DB_URL=url)
    dropped = await mixbot(tmp_path, account, "dead", "drop", "5d2f0c1e", "--nandbox", "--yes", MIXBOT_DB_URL=url)
    without = await mixbot(tmp_path, account, "dead", "list", "--nandbox", MIXBOT_DB_URL=url, NANDBOX_TOKEN="")

    assert [each["reference"] for each in json.loads(listed.out)] == ["5d2f0c1e"]
    assert (dropped.code, dropped.out) == (0, "5d2f0c1e is forgotten.\n")
    assert (without.code, "MB155" in without.err) == (2, True)


async def test_admins_of_nandbox_are_its_own(tmp_path: Path) -> None:
    """Given and taken with `--nandbox`, without a login, which would end the line of the service."""
    url = f"sqlite:///{tmp_path / 'bot.db'}"
    async with open_store(url) as database:
        store = database.bot(BOT)
        await store.meet([Sighting(NADIA, NADIA, "m", datetime(2026, 1, 2, tzinfo=UTC))])
        await store.set_profiles([User(NADIA, NADIA, "Nadia Farouk")])
    async with open_nandbox() as nandbox:
        account = nandbox.account
        added = await mixbot(tmp_path, account, "admin", "add", NADIA, "--nandbox", MIXBOT_DB_URL=url)
        listed = await mixbot(tmp_path, account, "admin", "list", "--nandbox", "--json", MIXBOT_DB_URL=url)
        taken = await mixbot(tmp_path, account, "admin", "remove", NADIA, "--nandbox", MIXBOT_DB_URL=url)
        wrong = await mixbot(tmp_path, account, "admin", "add", "nadia", "--nandbox", MIXBOT_DB_URL=url)
        assert nandbox.logins == 0

    assert (added.code, added.out) == (0, f"Nadia Farouk ({NADIA}) is owner now.\n")
    assert json.loads(listed.out) == [
        {"number": NADIA, "name": "Nadia Farouk", "role": "owner", "user_id": NADIA}
    ]  # fmt: skip
    assert (taken.code, "has no role any more" in taken.out) == (0, True)
    assert (wrong.code, "digits only" in wrong.err) == (1, True)


@pytest.mark.parametrize("case", ["nobody", "away", "no token", "wrong token"])
async def test_what_is_the_matter_is_one_sentence(tmp_path: Path, case: str) -> None:
    """Not found, away, not set, not a token: one line on standard error, without the token, and an exit code."""
    nandbox: FakeNandbox
    async with open_nandbox() as nandbox:
        account = nandbox.account
        if case == "nobody":
            said = await mixbot(tmp_path, account, "nandbox", "get-user", NOBODY)
    if case == "away":
        said = await mixbot(tmp_path, account, "nandbox", "get-user", NADIA)
    if case == "no token":
        said = await mixbot(tmp_path, account, "nandbox", "get-user", NADIA, NANDBOX_TOKEN="")
    if case == "wrong token":
        said = await mixbot(tmp_path, account, "nandbox", "get-user", NADIA, NANDBOX_TOKEN="90091783000000101:0:")

    last = said.err.strip().splitlines()[-1]
    expected = {
        "nobody": (1, f"There is nobody on nandbox under the id {NOBODY}."),
        "away": (1, "nandbox did not do it: nandbox cannot be reached"),
        "no token": (2, "MB155  No nandbox token is set."),
        "wrong token": (2, "MB155  NANDBOX_TOKEN is not a token"),
    }[case]
    assert (said.code, last[: len(expected[1])]) == expected
    assert "AAAAbbbb" not in said.err
