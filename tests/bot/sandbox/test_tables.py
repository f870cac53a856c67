"""The file in which a sandbox keeps its state."""

import logging
import sqlite3
from pathlib import Path

import pytest

from bot.sandbox import open_sandbox
from bot.sandbox.world import BTC


async def test_a_file_of_another_version_starts_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What an older sandbox left is play: it makes way, with a word in the log, and the new one begins as usual."""
    path = tmp_path / "sandbox.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE snapshots (seq INTEGER PRIMARY KEY, snapshot_id TEXT)")
    db.execute("INSERT INTO snapshots VALUES (1, 'old')")
    db.commit()
    db.close()

    with caplog.at_level(logging.WARNING):
        async with open_sandbox(path=path) as sandbox:
            assert len(sandbox.wallet.snapshots("")) > 6
    assert "sandbox.started_anew" in caplog.text


async def test_a_file_of_this_version_is_kept(tmp_path: Path) -> None:
    """People, coins and what was said are there again."""
    path = tmp_path / "sandbox.db"
    async with open_sandbox(path=path) as sandbox:
        sandbox.say("Alice", "remember me")
        sandbox.transfer("Alice", "Bob", "BTC", "0.1")
        keystore = sandbox.keystore
    async with open_sandbox(path=path) as sandbox:
        assert [one.data for one in sandbox.history("Alice")] == [b"remember me"]
        assert sandbox.wallet.balances(sandbox.person("Bob").user_id) == {BTC: "0.1"}
        assert sandbox.keystore == keystore
