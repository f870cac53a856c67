"""The command line: what it offers, how it helps, and how it ends."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import COMMANDS
from bot.sandbox import open_sandbox
from tests.bot.programs import Mixbot, bot_environment, clean_environment, mixbot, program

__all__ = ["mixbot"]

GROUPS = ("keystore", "db", "dead", "admin", "users", "broadcast", "config", "sandbox", "nandbox")


def test_without_a_command_it_lists_all_of_them(mixbot: Mixbot) -> None:
    """One screen of 40 lines tells what there is, with two examples."""
    said = mixbot()
    text = said.out + said.err

    assert all(re.search(rf"(?m)^  {name} ", text) for name in COMMANDS)
    assert text.count("mixbot demo") == 1
    assert "mixbot run --keystore" in text
    assert text.count("\n") <= 40


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_has_two_examples_on_one_screen(group: str, mixbot: Mixbot) -> None:
    """Help shows what to type, twice, and fits in a terminal of 30 lines."""
    listed = mixbot(group, "--help").out
    commands = re.findall(r"(?m)^  ([a-z]+)  ", listed.partition("Commands:")[2])

    assert commands
    for words in ((group,), *((group, command) for command in commands)):
        text = mixbot(*words, "--help").out
        assert len(re.findall(r"(?<!`)\bmixbot " + words[0], text.partition("Examples:")[2])) >= 1, words
        assert "·" in text, words
        assert text.count("\n") <= 30, words


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in GROUPS])
def test_single_commands_have_examples_too(command: str, mixbot: Mixbot) -> None:
    """As for groups."""
    text = mixbot(command, "--help").out

    assert "Examples:" in text
    assert "·" in text.partition("Examples:")[2]
    assert text.count("\n") <= 30


@pytest.mark.parametrize(
    ("words", "hint"),
    [(["rnu"], "run"), (["keystor"], "keystore"), (["db", "backp"], "backup"), (["config", "shwo"], "show")],
)
def test_a_slip_is_answered_with_what_was_meant(words: list[str], hint: str, mixbot: Mixbot) -> None:
    """An unknown command suggests the nearest one."""
    said = mixbot(*words)

    assert said.code == 2
    assert f"Did you mean '{hint}'" in said.err


def test_a_mistake_is_one_sentence_with_its_code(mixbot: Mixbot) -> None:
    """Without a Keystore the service says where it looked and what to do, and shows no traceback."""
    said = mixbot("keystore", "show")

    assert said.code == 2
    assert said.err.startswith("MB101  No keystore found. Looked at: ./keystore.json")
    assert "make demo" in said.err
    assert said.err.count("\n") == 1


def test_debug_shows_where_a_mistake_came_from(mixbot: Mixbot) -> None:
    """`--debug` may stand anywhere, and lets the exception through."""
    with pytest.raises(Exception, match="MB101"):
        mixbot("keystore", "show", "--debug")


def test_version_names_program_schema_and_python(mixbot: Mixbot) -> None:
    """What a bug report needs."""
    facts = mixbot("version", "--json").json

    assert set(facts) == {"mixbot", "schema", "python"}
    assert mixbot("version").out == f"mixbot {facts['mixbot']}, schema {facts['schema']}, Python {facts['python']}\n"


def test_health_without_a_service_is_unhealthy(mixbot: Mixbot) -> None:
    """HEALTHCHECK fails with a reason where nothing answers."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        said = mixbot("health", MIXBOT_PORT=str(nobody.getsockname()[1]))

    assert said.code == 1
    assert said.out.startswith("not ready: no answer from port")


async def test_check_06_ports_taken_run_ends_with_the_name_of_the_process(tmp_path: Path) -> None:
    """`run` does not look for another port: it says who has this one, and ends with 5."""
    async with open_sandbox() as sandbox:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            environ = bot_environment(sandbox, tmp_path) | {"MIXBOT_PORT": str(port)}
            async with program("run", cwd=tmp_path, environ=environ) as service:
                assert await service.ends() == 5

    assert re.search(rf"MB301  Port {port} is in use by “.+” \(pid \d+\)\. Stop it or set MIXBOT_PORT\.", service.text)
    assert "Traceback" not in service.text


async def test_check_15_a_refused_key_stops_the_service(tmp_path: Path) -> None:
    """401 at login: after one look at the clock the service ends with 4 and the reason, and does not hammer."""
    async with open_sandbox() as sandbox:
        sandbox.revoke_session(sandbox.keystore["session_id"])
        async with program("run", cwd=tmp_path, environ=bot_environment(sandbox, tmp_path)) as service:
            assert await service.ends() == 4

    assert "MB110" in service.text
    assert "Traceback" not in service.text
    assert service.text.count("blaze.refused") <= 2


async def test_check_18_a_second_instance_is_refused_and_a_takeover_is_clean(tmp_path: Path) -> None:
    """The second copy gets MB131 and exit code 6; with --takeover the first ends with 0; nobody is answered twice."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
        async with program("run", cwd=tmp_path, environ=environ) as first:
            await first.says("blaze.connected")
            async with program("run", cwd=tmp_path, environ=environ) as second:
                assert await second.ends() == 6
            assert re.search(rf"MB131  Another copy of this bot is connected \(pid {first.process.pid}", second.text)

            sandbox.say("Alice", "/ping one")
            await first.says("message.handled")
            async with program("run", "--takeover", cwd=tmp_path, environ=environ) as third:
                assert await first.ends() == 0
                await third.says("blaze.connected")
                sandbox.say("Alice", "/ping two")
                await third.says("message.handled")
                third.process.terminate()
                assert await third.ends() == 0

        answers = [message.data.decode() for message in sandbox.history("Alice") if message.user_id == sandbox.bot_id]
    assert sum("pong one" in answer for answer in answers) == 1
    assert sum("pong two" in answer for answer in answers) == 1


async def test_T27_no_secret_in_the_list_of_processes(tmp_path: Path) -> None:
    """What `ps` shows of the service holds no part of its key, and no child would inherit it."""
    if not Path("/proc/self/cmdline").exists():
        pytest.skip("this system has no /proc")
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path) | {"MIXIN_KEYSTORE": json.dumps(sandbox.keystore)}
        async with program("run", cwd=tmp_path, environ=environ) as service:
            await service.says("blaze.connected")
            shown = Path(f"/proc/{service.process.pid}/cmdline").read_bytes()
            limits = Path(f"/proc/{service.process.pid}/limits").read_text()

    assert shown.split(b"\0")[1:-1] == [b"-m", b"bot", b"run"]
    assert re.search(r"Max core file size +0 +0 ", limits)
    assert sandbox.keystore["session_private_key"] not in service.text


async def test_T27_a_keystore_that_everybody_can_read_is_refused(tmp_path: Path) -> None:
    """Mode 0644 ends the start with a clear line; 0640 is a warning."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
        (tmp_path / "keystore.json").chmod(0o644)
        async with program("run", cwd=tmp_path, environ=environ) as refused:
            assert await refused.ends() == 2
        (tmp_path / "keystore.json").chmod(0o640)
        async with program("run", cwd=tmp_path, environ=environ) as warned:
            await warned.says("blaze.connected")

    assert "  keystore.json can be read by everybody" in refused.text
    assert '"level":"warning","event":"keystore.group_readable"' in warned.text


def test_starting_does_not_load_what_is_not_needed() -> None:
    """The check of health, which runs every few seconds, loads neither database nor sandbox nor web server."""
    script = "import sys, bot.cli, bot.cli.health; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    ended = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)

    assert set(ended.stdout.split()) & {"sqlalchemy", "bot.sandbox", "bot.app", "rich.table"} == set()
