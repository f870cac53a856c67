"""The samples in deploy/ are what systemd and compose read, and say what the service needs."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from bot.cli import app
from bot.errors import EXIT_AGAIN
from config.sources import BY_VARIABLE

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "deploy" / "mixbot@.service").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze here")
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, check=False)


def test_systemd_understands_every_line_of_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` has nothing to say about it, once the program is where the unit expects it."""
    unit = tmp_path / "mixbot@main.service"
    text = UNIT.replace("/opt/mixbot/.venv/bin/mixbot", "/bin/true").replace("/opt/mixbot", "/tmp")
    unit.write_text(text)

    ended = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))

    said = [line for line in ended.stderr.splitlines() if "mixbot" in line]
    assert (ended.returncode, said) == (0, [])


def test_the_unit_is_well_hardened(tmp_path: Path) -> None:
    """What `systemd-analyze security` thinks of it: exposed by less than 2 of 10."""
    unit = tmp_path / "mixbot@main.service"
    unit.write_text(UNIT)

    ended = analyze("security", "--offline=yes", "--threshold=20", str(unit))

    assert ended.returncode == 0, ended.stdout[-500:] + ended.stderr


def test_the_unit_calls_commands_and_variables_that_exist() -> None:
    """Each `mixbot …` in it can be typed, each variable is a setting, and only what a person must mend stays down."""
    command = typer.main.get_command(app)
    called = re.findall(r"(?m)^ExecStart\w*=/opt/mixbot/\.venv/bin/mixbot (.*)$", UNIT)
    variables = re.findall(r"(?m)^Environment=(\w+)=", UNIT)

    for words in called:
        found: object = command
        for word in (word for word in words.split() if not word.startswith("-")):
            found = found.get_command(None, word)  # type: ignore[attr-defined]
            assert found is not None, words
    assert called == ["db upgrade --yes --backup", "run"]
    assert set(variables) <= set(BY_VARIABLE)
    assert "RestartPreventExitStatus=2 3 4" in UNIT


def test_a_process_that_ends_itself_is_started_again() -> None:
    """Exit code 7, a role that could not be let go, needs nobody: whatever runs the service begins anew."""
    restart = re.search(r"(?m)^RestartPreventExitStatus=(.*)$", UNIT)
    pods = yaml.safe_load((ROOT / "deploy" / "k8s" / "base" / "deployment.yaml").read_text(encoding="utf-8"))

    assert restart is not None
    assert str(EXIT_AGAIN) not in restart[1].split()
    assert "Restart=on-failure\n" in UNIT
    assert COMPOSE["services"]["bot"]["restart"] == "on-failure"
    assert pods["spec"]["template"]["spec"].get("restartPolicy", "Always") == "Always"


def test_the_unit_waits_for_what_the_service_tells() -> None:
    """Ready, alive, stopping: it says all three (tests/e2e/test_end.py), and the unit listens for them."""
    assert "Type=notify\n" in UNIT
    assert re.search(r"(?m)^WatchdogSec=\d+$", UNIT)
    assert "NotifyAccess=main\n" in UNIT


@pytest.mark.parametrize("name", ["bot", "bot-postgres"])
def test_compose_gives_the_container_what_the_image_expects(name: str) -> None:
    """Read-only but for /data, no rights, a Keystore that is mounted, time to finish, and a port for this machine."""
    bot = COMPOSE["services"][name]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    if name == "bot":
        assert [volume.split(":")[1] for volume in bot["volumes"]] == re.findall(r"(?m)^VOLUME (\S+)$", dockerfile)
    assert bot["environment"]["MIXIN_KEYSTORE_PATH"] == "/run/secrets/keystore"
    assert {each.removesuffix("_FILE") for each in bot["environment"]} <= {*BY_VARIABLE, "MIXIN_KEYSTORE_PATH"}
    assert set(bot["secrets"]) <= set(COMPOSE["secrets"])
    assert bot["ports"] == ["127.0.0.1:7002:7002"]
    assert (ROOT / "deploy" / bot["build"]).resolve() == ROOT
    assert bot["stop_grace_period"] == "15s"


def test_compose_is_compose() -> None:
    """Only members that the specification has, for each service; and no image without a version."""
    known = {
        "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "logging", "mem_limit",
        "pids_limit", "ports", "profiles", "read_only", "restart", "secrets", "security_opt", "stop_grace_period",
        "tmpfs", "volumes",
    }  # fmt: skip
    for service in COMPOSE["services"].values():
        assert set(service) <= known
        name, _, tag = service["image"].partition(":")
        assert tag not in ("", "latest"), name
    volumes = {
        volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])
    }
    assert volumes == set(COMPOSE["volumes"])
    assert {secret for service in COMPOSE["services"].values() for secret in service.get("secrets", [])} == set(
        COMPOSE["secrets"]
    )


def test_compose_waits_for_the_database() -> None:
    """The bot of that profile begins when PostgreSQL answers, and reads its address from a file."""
    services = COMPOSE["services"]

    assert services["bot-postgres"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"
    assert services["bot-postgres"]["environment"]["MIXBOT_DB_URL_FILE"] == "/run/secrets/database-url"
    assert services["bot-postgres"]["environment"]["MIXBOT_DB_URL"] == ""


def test_the_demo_of_compose_needs_no_key_and_is_open_to_this_machine_alone() -> None:
    """Its command can be typed, its ports lead to loopback, and it is started only when it is asked for."""
    demo = COMPOSE["services"]["demo"]
    command = typer.main.get_command(app).get_command(None, demo["command"][0])  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}

    assert set(demo["command"][1:]) <= options
    assert all(port.startswith("127.0.0.1:") for port in demo["ports"])
    assert demo["profiles"] == ["demo"]
    assert "secrets" not in demo
    assert demo["tmpfs"] == ["/tmp"]
