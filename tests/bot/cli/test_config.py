"""`mixbot config`: the settings in force, and where they come from."""

import re
from pathlib import Path

import pytest

from bot.sandbox import open_sandbox
from config.example import example
from tests.bot.programs import Mixbot, bot_environment, mixbot, program

__all__ = ["mixbot"]


def test_check_16_config_show_masks_secrets_and_names_sources(mixbot: Mixbot, tmp_path: Path) -> None:
    """Every setting is shown with where it came from; secrets show four characters at most."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "bot.toml").write_text("[web]\n# the port\nport = 8123\n")
    (tmp_path / ".env").write_text("MIXBOT_LOCALE=zh\n")
    (tmp_path / "secret").write_text("canary-secret-key-canary-secret-key-1234\n")

    said = mixbot(
        "config", "show", "--sources",
        MIXIN_CLIENT_SECRET="canary-client-secret", MIXBOT_DB_URL="postgresql://bot:canary-password@db/bot",
        MIXBOT_SECRET_KEY_FILE="secret", MIXIN_KEYSTORE='{"private_key": "canary-private-key"}',
    )  # fmt: skip

    rows = {line.split("\t")[0]: line.split("\t")[1:3] for line in said.out.splitlines()}
    assert said.code == 0
    assert rows["web.port"] == ["8123", "config/bot.toml line 3"]
    assert rows["bot.locale"] == ["zh", ".env: MIXBOT_LOCALE"]
    assert rows["web.secret_key"] == ["…1234", "MIXBOT_SECRET_KEY_FILE"]
    assert rows["mixin.client_secret"] == ["***", "MIXIN_CLIENT_SECRET"]
    assert rows["mixin.keystore"] == ["***", "MIXIN_KEYSTORE"]
    assert rows["db.url"] == ["postgresql://bot:***@db/bot", "MIXBOT_DB_URL"]
    assert rows["log.level"] == ["info", "default"]
    assert "canary" not in said.out + said.err


def test_check_16_an_unknown_key_is_mb401_with_a_suggestion(mixbot: Mixbot, tmp_path: Path) -> None:
    """A slip in the file or in a variable stops every command with the nearest match, exit code 2."""
    by_variable = mixbot("config", "show", MIXBOT_LOG_LEVLE="debug")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "bot.toml").write_text("[web]\nprot = 1\n")
    by_file = mixbot("run")

    assert (by_variable.code, by_file.code) == (2, 2)
    assert by_variable.err == "MB401  Unknown setting MIXBOT_LOG_LEVLE. Did you mean MIXBOT_LOG_LEVEL?\n"
    assert by_file.err == "MB401  Unknown setting `web.prot` in config/bot.toml line 2. Did you mean `web.port`?\n"


def test_config_show_for_programs(mixbot: Mixbot) -> None:
    """JSON has name and value, and with --sources more."""
    rows = mixbot("config", "show", "--json", "--sources").json

    assert {"name": "web.port", "value": "7002", "source": "default", "variable": "MIXBOT_PORT"} in rows


def test_config_check_names_what_is_missing(mixbot: Mixbot) -> None:
    """Without a Keystore the settings are fine and the check is not."""
    said = mixbot("config", "check")

    assert said.code == 2
    assert said.out.startswith("settings   0 of")
    assert said.err.startswith("MB101")


def test_config_schema_is_the_example(mixbot: Mixbot) -> None:
    """It can be redirected into config/bot.toml."""
    assert mixbot("config", "schema").out == example() + "\n"


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"MIXBOT_HOST": "203.0.113.7"}, "MB303"),
        ({"MIXBOT_HOST": "no such host"}, "MB303"),
        ({"MIXBOT_ADMINS": "40001 olivia"}, "MB402"),
        ({"MIXBOT_SECRET_KEY": "canary"}, "MB145"),
        ({"MIXBOT_PUBLIC_URL": "http://localhost:7002"}, "MB146"),
    ],
)
async def test_config_check_finds_what_would_stop_run(variables: dict[str, str], code: str, tmp_path: Path) -> None:
    """An address of another machine, an admin that is nobody, a key that is none: named before the start."""
    async with open_sandbox() as sandbox:
        environ = bot_environment(sandbox, tmp_path)
    async with program("config", "check", cwd=tmp_path, environ=environ) as good:
        assert await good.ends() == 0, good.text
    async with program("config", "check", cwd=tmp_path, environ=environ | variables) as bad:
        assert await bad.ends() == 2

    assert f"\n{code}  " in bad.text
    assert "canary" not in bad.text
    assert "Traceback" not in bad.text
    assert re.search(r"(?m)^admins +none", good.text)
