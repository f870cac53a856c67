"""`mixbot init` and `mixbot go-live`: from nothing to settings, and to the values for the dashboard."""

import asyncio
import os
import pty
import re
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from bot.cli.settings_files import change_dotenv, change_toml
from bot.sandbox import Sandbox, open_sandbox
from bot.vault import new_keyring
from config.example import example
from config.sources import load_settings
from tests.bot.programs import Mixbot, bot_environment, clean_environment, mixbot, program

__all__ = ["mixbot"]

pytestmark = pytest.mark.timeout(240)
"""Most tests here start the program several times, which takes long where much else goes on."""

KEYSTORE = "keystore-7000999001.json"
URL = "https://bot.example.com"


def beside(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """A folder with a Keystore and nothing else, and the variables that lead to the sandbox instead of Mixin."""
    bot_environment(sandbox, folder)
    (folder / "keystore.json").rename(folder / KEYSTORE)
    return clean_environment(MIXIN_API_URL=sandbox.url, MIXIN_BLAZE_URL=sandbox.url.replace("http", "ws", 1))


async def run(folder: Path, environ: dict[str, str], *words: str) -> tuple[int, str]:
    async with program(*words, cwd=folder, environ=environ) as running:
        return await running.ends(), running.text


def written(folder: Path) -> str:
    return (folder / "config" / "bot.toml").read_text() + (folder / ".env").read_text()


async def test_init_without_a_terminal_writes_settings_that_run(tmp_path: Path) -> None:
    """Options and defaults answer: the only Keystore, the app's creator as owner; the service then starts with it."""
    async with open_sandbox() as sandbox:
        environ = beside(sandbox, tmp_path)
        code, text = await run(tmp_path, environ, "init", "--public-url", URL + "/")
        settings = load_settings(environ={}, dotenv=tmp_path / ".env", toml=tmp_path / "config" / "bot.toml")
        async with program("run", "--port", "0", cwd=tmp_path, environ=environ) as service:
            await service.says("bot.started")
        files = written(tmp_path)

    assert code == 0, text
    assert "It is Demo Bot (7000999001)." in text
    assert "Olivia (40006) becomes the first owner" in text
    assert [line.partition("  ")[0] for line in text.splitlines() if re.match(r"\d/6", line)] == [
        f"{number}/6" for number in range(1, 7)
    ]
    assert (settings.mixin.keystore_path, settings.web.public_url, settings.bot.admins) == (KEYSTORE, URL, ("40006",))
    assert settings.db.url == "sqlite:///data/bot.db"
    assert settings.web.secret_key.get_secret_value().startswith("1:")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert sandbox.keystore["session_private_key"] not in files + text


async def test_init_again_keeps_what_is_there(tmp_path: Path) -> None:
    """A second run offers what the first has written; the key that seals stays the same, and other lines too."""
    async with open_sandbox() as sandbox:
        environ = beside(sandbox, tmp_path)
        await run(tmp_path, environ, "init", "--public-url", URL, "--admin", "40001")
        toml = tmp_path / "config" / "bot.toml"
        toml.write_text(toml.read_text().replace("# drain_s = 8.0", "drain_s = 5.0  # quick"))
        before = written(tmp_path)
        code, _ = await run(tmp_path, environ, "init")

    assert code == 0
    assert written(tmp_path) == before
    assert "drain_s = 5.0  # quick" in before


async def test_init_keeps_secrets_out_of_the_settings_file(tmp_path: Path) -> None:
    """The OAuth secret and an address with a password go into .env, and are not printed."""
    async with open_sandbox() as sandbox:
        environ = beside(sandbox, tmp_path)
        (tmp_path / "secret").write_text("ab" * 32 + "\n")
        database = "postgresql://bot:hunter2@db.example.com/bot"
        words = ("init", "--no-check", "--client-secret-file", "secret", "--database", database)
        code, text = await run(tmp_path, environ, *words)

    assert code == 0, text
    assert "ab" * 32 not in text + (tmp_path / "config" / "bot.toml").read_text()
    assert "hunter2" not in (tmp_path / "config" / "bot.toml").read_text()
    assert f"MIXBOT_DB_URL='{database}'" in (tmp_path / ".env").read_text()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--public-url", "bot.example.com"), "MB402"),
        (("--keystore", "nowhere.json"), "MB101"),
        (("--database", "mysql://x"), "MB204"),
    ],
)
async def test_init_writes_nothing_where_an_answer_cannot_be(words: tuple[str, str], code: str, tmp_path: Path) -> None:
    """A wrong answer is named with its code, and no file is half written."""
    async with open_sandbox() as sandbox:
        ended, text = await run(tmp_path, beside(sandbox, tmp_path), "init", "--no-check", *words)

    assert ended == 2
    assert code in text
    assert not (tmp_path / "config").exists()
    assert not (tmp_path / ".env").exists()


async def test_init_at_a_terminal_asks_six_questions(tmp_path: Path) -> None:
    """Each question shows its default; what is typed counts, and the secret is not shown while it is typed."""
    secret = "cd" * 32
    async with open_sandbox() as sandbox:
        environ = beside(sandbox, tmp_path) | {"TERM": "dumb"}
        answers = ["", "y", URL, secret, "", "40002"]
        ours, theirs = pty.openpty()
        command = (sys.executable, "-m", "bot", "init")
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        said = ""
        for number, answer in enumerate(answers, 1):
            while not re.search(rf"{number}/6 [^\n]*: $", said):
                said += (await asyncio.to_thread(os.read, ours, 4096)).decode()
            os.write(ours, f"{answer}\n".encode())
        said += await asyncio.to_thread(_rest, ours)
        assert await process.wait() == 0, said
        os.close(ours)
    settings = load_settings(environ={}, dotenv=tmp_path / ".env", toml=tmp_path / "config" / "bot.toml")

    assert f"[{KEYSTORE}]" in said
    assert settings.bot.admins == ("40002",)
    assert settings.mixin.client_secret.get_secret_value() == secret
    assert secret not in said


def _rest(terminal: int) -> str:
    """What is said until nobody can say anything any more."""
    said = b""
    try:
        while more := os.read(terminal, 4096):
            said += more
    except OSError:
        pass
    return said.decode()


async def test_go_live_prints_ten_steps_with_the_values_and_checks_them(tmp_path: Path) -> None:
    """The addresses to paste are this service's; a callback that differs is named, and none once it is the same."""
    async with open_sandbox() as sandbox:
        told_all = {"MIXBOT_PUBLIC_URL": URL, "MIXBOT_ADMINS": "40006", "MIXBOT_SECRET_KEY": new_keyring()}
        environ = bot_environment(sandbox, tmp_path, **told_all)
        before, told = await run(tmp_path, environ, "go-live")
        sandbox.settle_bot(URL)
        after, text = await run(tmp_path, environ, "go-live")

    assert [int(step) for step in re.findall(r"(?m)^ ?(\d+)  ", text)] == list(range(1, 11))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for pasted in (f"Home URL {URL}/", f"OAuth URL {URL}/oauth/callback", f"Resource Patterns {URL}/"):
        assert pasted in lines
    assert "search 7000999001, Add" in text
    assert "✘ OAuth callback mismatch." in told
    assert "MB141" in told
    assert (before, after) == (2, 0), text


def test_go_live_offline_needs_no_network(mixbot: Mixbot) -> None:
    """Without a public address the place for it is shown, and what it is for."""
    said = mixbot("go-live", "--offline")

    assert re.search("OAuth URL +https://HOST/oauth/callback", said.out)
    assert "set MIXBOT_PUBLIC_URL=https://HOST" in said.out


def test_settings_files_change_one_line_at_a_time(tmp_path: Path) -> None:
    """A commented default is replaced where it stands, a set value too, a missing table is added; comments stay."""
    toml, dotenv = tmp_path / "bot.toml", tmp_path / ".env"
    change_toml(toml, {"web.port": "1", "bot.admins": ["1", "2"]})
    change_toml(toml, {"web.port": "2"})
    dotenv.write_text("# mine\nexport A=1\n")
    change_dotenv(dotenv, {"A": "2", "B": "3"})

    assert tomllib.loads(toml.read_text()) == {
        **{table: {} for table in tomllib.loads(example())}, "web": {"port": "2"}, "bot": {"admins": ["1", "2"]},
    }  # fmt: skip
    assert toml.read_text().count("port = ") == 1
    assert dotenv.read_text() == "# mine\nA='2'\nB='3'\n"
    assert stat.S_IMODE(dotenv.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["[web]\nport = 1\n", "[web]\n", "", "[bot]\nname = 'x'\n\n[web] # here\n#port = 7\n"])
def test_a_value_lands_in_its_table(text: str, tmp_path: Path) -> None:
    """Whatever stands in the file before."""
    path = tmp_path / "bot.toml"
    path.write_text(text or "# nothing\n")
    change_toml(path, {"web.public_url": URL})

    assert tomllib.loads(path.read_text())["web"]["public_url"] == URL
