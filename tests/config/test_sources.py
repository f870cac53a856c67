"""Where settings come from, who wins, and what is said about a mistake."""

from pathlib import Path

import pytest

from config.errors import SettingsError
from config.settings import Settings
from config.sources import load_settings, sources

EVERY_NAME_OTHERS_RELY_ON = {
    "MIXIN_KEYSTORE_PATH": ("mixin.keystore_path", "k.json"),
    "MIXIN_API_URL": ("mixin.api_url", "https://api.example"),
    "MIXIN_BLAZE_URL": ("mixin.blaze_url", "wss://blaze.example"),
    "MIXIN_OAUTH_URL": ("mixin.oauth_url", "https://oauth.example"),
    "MIXIN_ROUTE": ("mixin.route", "zeromesh"),
    "MIXBOT_DB_URL": ("db.url", "sqlite:///x.db"),
    "MIXBOT_HOST": ("web.host", "::1"),
    "MIXBOT_PORT": ("web.port", "8002"),
    "MIXBOT_PUBLIC_URL": ("web.public_url", "https://bot.example"),
    "MIXBOT_ADMINS": ("bot.admins", "7000, 25566"),
    "MIXBOT_AUTO_MIGRATE": ("db.auto_migrate", "true"),
    "MIXBOT_LOG_FORMAT": ("log.format", "json"),
    "MIXBOT_LOG_LEVEL": ("log.level", "debug"),
}


def load(
    environ: dict[str, str] | None = None, *, tmp_path: Path, toml: str = "", dotenv: str = "", **cli: str
) -> Settings:
    (tmp_path / "bot.toml").write_text(toml)
    (tmp_path / ".env").write_text(dotenv)
    overrides = {name.replace("__", "."): value for name, value in cli.items()}
    return load_settings(overrides, environ=environ or {}, dotenv=tmp_path / ".env", toml=tmp_path / "bot.toml")


def value(settings: Settings, name: str) -> object:
    group, key = name.split(".")
    return getattr(getattr(settings, group), key)


@pytest.mark.parametrize("variable", EVERY_NAME_OTHERS_RELY_ON)
def test_every_variable_that_others_rely_on_also_works_as_a_file(variable: str, tmp_path: Path) -> None:
    """`X` and `X_FILE` give the same value, and the line break at a file's end does not count."""
    name, text = EVERY_NAME_OTHERS_RELY_ON[variable]
    (tmp_path / "value").write_text(f"{text}\n")

    direct = load({variable: text}, tmp_path=tmp_path)
    by_file = load({f"{variable}_FILE": str(tmp_path / "value")}, tmp_path=tmp_path)

    assert value(direct, name) == value(by_file, name) != value(Settings(), name)
    assert direct.origins[name] == variable
    assert by_file.origins[name] == f"{variable}_FILE"


@pytest.mark.parametrize(
    ("variable", "group", "key"),
    [
        ("MIXIN_KEYSTORE", "mixin", "keystore"),
        ("MIXIN_CLIENT_SECRET", "mixin", "client_secret"),
        ("MIXIN_SESSION_PRIVATE_KEY", "mixin", "session_private_key"),
        ("MIXBOT_SECRET_KEY", "web", "secret_key"),
    ],
)
def test_a_secret_is_wrapped(variable: str, group: str, key: str, tmp_path: Path) -> None:
    """A secret cannot be printed by accident: neither its repr, nor the settings', nor `sources` shows it."""
    settings = load({variable: "top-secret-canary"}, tmp_path=tmp_path)

    assert getattr(getattr(settings, group), key).get_secret_value() == "top-secret-canary"
    assert "canary" not in repr(settings) + str(sources(settings))


def test_first_wins_command_line_environment_dotenv_toml_default(tmp_path: Path) -> None:
    """Each source yields to the one before it."""
    toml, dotenv, environ = "[web]\nport = 1", "MIXBOT_PORT=2", {"MIXBOT_PORT": "3"}

    ports = [
        load(tmp_path=tmp_path).web.port,
        load(tmp_path=tmp_path, toml=toml).web.port,
        load(tmp_path=tmp_path, toml=toml, dotenv=dotenv).web.port,
        load(environ, tmp_path=tmp_path, toml=toml, dotenv=dotenv).web.port,
        load(environ, tmp_path=tmp_path, toml=toml, dotenv=dotenv, web__port="4").web.port,
    ]

    assert ports == [7002, 1, 2, 3, 4]


def test_sources_name_where_each_value_came_from(tmp_path: Path) -> None:
    """`config show --sources` tells the line, the variable or the default."""
    settings = load(
        {"MIXBOT_LOG_LEVEL": "debug"}, tmp_path=tmp_path, toml="[bot]\n\nname = 'Ada'", dotenv="MIXBOT_LOCALE=zh"
    )

    origins = {line.name: line.origin for line in sources(settings)}

    assert origins["bot.name"].endswith("bot.toml line 3")
    assert origins["bot.locale"] == ".env: MIXBOT_LOCALE"
    assert origins["log.level"] == "MIXBOT_LOG_LEVEL"
    assert origins["web.port"] == "default"


@pytest.mark.parametrize(
    ("environ", "name", "expected"),
    [
        ({"MIXIN_SDK_API_HOST": "https://mixin-api.zeromesh.net"}, "mixin.api_url", "https://mixin-api.zeromesh.net"),
        ({"MIXIN_SDK_BLAZE_HOST": "blaze.mixin.one"}, "mixin.blaze_url", "wss://blaze.mixin.one"),
        ({"MIXIN_SDK_BLAZE_URL": "wss://blaze.mixin.one/"}, "mixin.blaze_url", "wss://blaze.mixin.one"),
        ({"MIXIN_SDK_USE_ZEROMESH": "1"}, "mixin.route", "zeromesh"),
        ({"MIXIN_KEYSTORE_FILE": "k.json"}, "mixin.keystore_path", "k.json"),
        ({"MIXIN_CLIENT_ID": "abc"}, "mixin.app_id", "abc"),
        ({"MIXIN_PIN_TOKEN": "abc"}, "mixin.server_public_key", "abc"),
        ({"MIXIN_API_URL": "https://a", "MIXIN_SDK_API_HOST": "https://b"}, "mixin.api_url", "https://a"),
    ],
)
def test_names_that_other_tools_use_work_too(environ: dict[str, str], name: str, expected: str, tmp_path: Path) -> None:
    """An operator who comes from another SDK need not rename anything; our own name wins."""
    assert value(load(environ, tmp_path=tmp_path), name) == expected


@pytest.mark.parametrize(
    ("environ", "toml", "dotenv", "code", "words"),
    [
        ({"MIXBOT_PROT": "1"}, "", "", "MB401", "Did you mean MIXBOT_PORT?"),
        ({}, "", "MIXBOT_ADMIN=7000", "MB401", "Did you mean MIXBOT_ADMINS?"),
        ({}, "\n[web]\nprot = 1", "", "MB401", "line 3. Did you mean `web.port`?"),
        ({}, "[wbe]\nport = 1", "", "MB401", "`wbe.port`"),
        ({}, "port = 1", "", "MB401", "`port`"),
        ({"MIXBOT_PORT": "abc"}, "", "", "MB402", "`web.port` from MIXBOT_PORT is “abc”, expected whole number"),
        ({"MIXBOT_PORT": "70000"}, "", "", "MB402", "less than or equal to 65535"),
        ({"MIXIN_ROUTE": "moon"}, "", "", "MB402", "auto | global | zeromesh"),
        ({"MIXBOT_LOCALE": "English"}, "", "", "MB402", "pattern"),
        ({"MIXBOT_DRAIN_S": "-1"}, "", "", "MB402", "expected number (s)"),
        ({"MIXIN_API_URL": "ftp://x"}, "", "", "MB402", "expected https://HOST"),
        ({"MIXBOT_PORT_FILE": "/nowhere"}, "", "", "MB403", "MIXBOT_PORT_FILE names /nowhere"),
        ({}, "[web", "", "MB403", "bot.toml cannot be read"),
        ({"MIXBOT_PORT": "1", "MIXBOT_PORT_FILE": "x"}, "", "", "MB404", "Keep one of them"),
        ({"MIXIN_API_URL": "http://api.mixin.one"}, "", "", "MB405", "MIXIN_ALLOW_INSECURE"),
        ({"MIXIN_BLAZE_URL": "ws://192.0.2.1"}, "", "", "MB405", "Use wss://"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_the_way_out(
    environ: dict[str, str], toml: str, dotenv: str, code: str, words: str, tmp_path: Path
) -> None:
    """Unknown names, misfits and unreadable files stop the program with one sentence that helps."""
    with pytest.raises(SettingsError) as caught:
        load(environ, tmp_path=tmp_path, toml=toml, dotenv=dotenv)

    assert caught.value.code == code
    assert words in str(caught.value)


def test_check_16_unknown_key_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    """A misspelt key in the file is MB401 with the nearest match and the line."""
    with pytest.raises(SettingsError, match=r"MB401: .*`log.levle` in .* line 2. Did you mean `log.level`"):
        load(tmp_path=tmp_path, toml="[log]\nlevle = 'debug'")


@pytest.mark.parametrize("url", ["http://127.0.0.1:7001", "http://localhost:7001", "http://[::1]:7001"])
def test_plain_http_is_allowed_towards_this_machine(url: str, tmp_path: Path) -> None:
    """The sandbox runs here without TLS."""
    assert load({"MIXIN_API_URL": url}, tmp_path=tmp_path).mixin.api_url == url


def test_plain_http_elsewhere_needs_a_setting(tmp_path: Path) -> None:
    """A container network may be trusted, but only when somebody says so."""
    environ = {"MIXIN_API_URL": "http://sandbox:7001", "MIXIN_ALLOW_INSECURE": "true"}

    assert load(environ, tmp_path=tmp_path).mixin.api_url == "http://sandbox:7001"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://bot:hunter2@db/bot", "postgresql://bot:***@db/bot"),
        ("postgresql://db/bot?user=bot&password=hunter2", "postgresql://db/bot?user=bot&password=***"),
        ("sqlite:///data/bot.db", "sqlite:///data/bot.db"),
    ],
)
def test_a_password_in_an_address_is_masked(url: str, shown: str, tmp_path: Path) -> None:
    """The address of the database is shown, its password is not."""
    settings = load({"MIXBOT_DB_URL": url}, tmp_path=tmp_path)

    assert {line.name: line.value for line in sources(settings)}["db.url"] == shown
    assert "hunter2" not in repr(settings)


def test_a_wrong_secret_is_not_quoted(tmp_path: Path) -> None:
    """A misfit in a secret is reported without the value."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path=tmp_path, toml="[web]\nsecret_key = [1, 2]")

    assert "is a secret, expected secret text" in str(caught.value)


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    """Compose files pass on variables that nobody set, as empty texts."""
    settings = load({"MIXBOT_PORT": "", "MIXIN_CLIENT_SECRET": ""}, tmp_path=tmp_path)

    assert settings.model_dump() == Settings().model_dump()
    assert settings.origins == {}


def test_settings_are_read_only(tmp_path: Path) -> None:
    """Nobody changes settings behind somebody else's back."""
    with pytest.raises(ValueError, match="frozen"):
        load(tmp_path=tmp_path).web.port = 1
