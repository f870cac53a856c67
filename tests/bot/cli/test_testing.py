"""The fixtures `mixin_sandbox` and `mixin_bot`, as somebody outside this repository uses them."""

import re
import subprocess
import sys
from pathlib import Path

from tests.bot.programs import clean_environment

CONFTEST = 'pytest_plugins = ["bot.cli.testing"]\n'
TESTS = """
import json
import urllib.request

import pytest

from bot.cli.testing import Silence


@pytest.mark.parametrize("number", range(3))
def test_sandbox(mixin_sandbox, number):
    state = mixin_sandbox.control.get("/state")
    assert [one["full_name"] for one in state["people"]][:2] == ["Alice", "Bob"]
    assert not state["blaze"]["connected"]
    assert mixin_sandbox.environ["MIXIN_API_URL"] == mixin_sandbox.url
    assert json.loads(mixin_sandbox.keystore_path.read_text())["app_id"] == state["bot"]["user_id"]
    assert mixin_sandbox.ask("Alice", "not for the bot", place="Luma Lounge") == []


def test_bot(mixin_bot):
    hello = mixin_bot.ask("Bob", "Hi")
    assert "Demo Bot" in hello[0].text
    assert mixin_bot.press("Bob", next(iter(hello[-1].buttons)))
    mixin_bot.weather("rate_limited", path="/messages", count=1)
    assert [one.text for one in mixin_bot.ask("Bob", "/ping in the rain")] == ["pong in the rain"]
    mixin_bot.clear()
    mixin_bot.stop_bot()
    with pytest.raises(Silence, match="was not done with '/ping' after 0.2 s"):
        mixin_bot.ask("Bob", "/ping", within_s=0.2)
"""


def test_check_40_the_fixtures_work_outside_of_this_repository(tmp_path: Path) -> None:
    """One line enables them; the sandbox is there within 300 ms, the service answers, also in bad weather."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_mine.py").write_text(TESTS)
    command = (sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--durations=0", "-vv")
    environ = clean_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", PYTHONDONTWRITEBYTECODE="1")
    ran = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=55, check=False)

    assert ran.returncode == 0, ran.stdout
    assert "4 passed" in ran.stdout
    setups = [float(one) for one in re.findall(r"([\d.]+)s setup +test_mine.py::test_sandbox", ran.stdout)]
    assert len(setups) == 3
    assert min(setups) < 0.3, ran.stdout
