"""`mixbot sandbox` and `mixbot chat`: the sandbox from scripts and in a terminal."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.faults import KINDS
from bot.sandbox.world import XIN
from tests.bot.programs import Program, bot_environment, clean_environment, program


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


async def mixbot(*words: str, cwd: Path) -> Program:
    async with program(*words, cwd=cwd, environ=clean_environment()) as ran:
        await ran.ends()
    return ran


async def test_people_are_listed(sandbox: Sandbox, tmp_path: Path) -> None:
    """Name, number and id of everybody, tab-separated for a pipe."""
    ran = await mixbot("sandbox", "people", "--url", sandbox.page_url, cwd=tmp_path)

    assert ran.lines[0] == "full_name\tidentity_number\tuser_id\n"
    assert ran.lines[1].startswith("Alice\t40001\t")


async def test_say_speaks_for_somebody(sandbox: Sandbox, tmp_path: Path) -> None:
    """What is said arrives in that person's conversation with the bot."""
    ran = await mixbot("sandbox", "say", "bob", "/ping", "--url", sandbox.page_url, cwd=tmp_path)

    assert ran.process.returncode == 0, ran.text
    assert [message.data for message in sandbox.history("Bob")] == [b"/ping"]


async def test_nandbox_is_driven_from_a_terminal_too(sandbox: Sandbox, tmp_path: Path) -> None:
    """Its people are listed, one of them speaks, and its line can be cut."""
    where = ("--nandbox", "--url", sandbox.page_url)
    listed = await mixbot("sandbox", "people", *where, cwd=tmp_path)
    spoke = await mixbot("sandbox", "say", "nadia", "/ping", *where, cwd=tmp_path)
    cut = await mixbot("sandbox", "drop", *where, cwd=tmp_path)
    wrong = await mixbot("sandbox", "say", "Zoe", "Hi", *where, cwd=tmp_path)

    assert listed.lines[:2] == ["name\tid\tbot\n", "Nadia Farouk\t90089584000000899\tstarted\n"]
    assert spoke.process.returncode == 0, spoke.text
    assert [one.body["text"] for one in sandbox.nandbox.history("nadia")] == ["/ping"]
    assert cut.text == "The line is cut.\n"
    assert (wrong.process.returncode, "nobody on nandbox is 'Zoe'" in wrong.text) == (2, True)


async def test_coins_are_transferred(sandbox: Sandbox, tmp_path: Path) -> None:
    """From somebody to the bot or to somebody else; what cannot be paid is said and moves nothing."""
    words = ("sandbox", "transfer", "--url", sandbox.page_url)
    paid = await mixbot(*words, "Alice", "bot", "0.05", "BTC", "--memo", "lunch", "--json", cwd=tmp_path)
    assert paid.process.returncode == 0, paid.text
    received = json.loads(paid.text)["received"]
    assert (received["user_id"], received["amount"]) == (sandbox.bot_id, "0.05")
    told = await mixbot(*words, "Olivia", "Bob", "2", "XIN", cwd=tmp_path)
    assert told.text.startswith("Olivia paid Bob 2 XIN.")
    assert sandbox.wallet.balances(sandbox.person("Bob").user_id) == {XIN: "2"}
    poor = await mixbot(*words, "Noor", "bot", "1", "BTC", cwd=tmp_path)
    assert (poor.process.returncode != 0, "0 is all there is" in poor.text) == (True, True)


async def test_nobody_of_that_name(sandbox: Sandbox, tmp_path: Path) -> None:
    """The error says who there is."""
    ran = await mixbot("sandbox", "say", "Zoe", "Hi", "--url", sandbox.page_url, cwd=tmp_path)

    assert ran.process.returncode == 2
    assert ran.text.startswith("MB151  Nobody in the sandbox is called “Zoe”. There are:")
    assert "Alice" in ran.text


async def test_weather_comes_and_goes(sandbox: Sandbox, tmp_path: Path) -> None:
    """A fault is put in force, listed, and cleared."""
    words = ("sandbox", "weather", "--url", sandbox.page_url, "--json")
    put = await mixbot(*words, "rate_limited", "--path", "/messages", "--seconds", "60", cwd=tmp_path)
    in_force = [fault.kind for fault in sandbox.faults.standing("rate_limited")]
    cleared = await mixbot(*words, "clear", cwd=tmp_path)

    assert [fault["path"] for fault in json.loads(put.text)] == ["/messages"]
    assert in_force == ["rate_limited"]
    assert json.loads(cleared.text) == []


async def test_without_a_sandbox_it_says_how_to_start_one(tmp_path: Path) -> None:
    """MB150 names the address that was tried."""
    ran = await mixbot("sandbox", "people", "--url", "http://127.0.0.1:9", cwd=tmp_path)

    assert ran.process.returncode == 2
    assert ran.text.startswith("MB150  No sandbox answers at http://127.0.0.1:9")
    assert "mixbot demo" in ran.text


async def test_drop_and_disconnect_cut_the_line_and_the_bot_comes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """Cut once, and cut for a while: each time the bot connects again and answers what was said meanwhile."""
    async with program("run", cwd=tmp_path, environ=bot_environment(sandbox, tmp_path)) as service:
        await service.says("blaze.connected")
        before = len(service.lines)
        assert (await mixbot("sandbox", "drop", "--url", sandbox.page_url, cwd=tmp_path)).process.returncode == 0
        await service.says("blaze.connected", after=before)
        before = len(service.lines)
        await mixbot("sandbox", "disconnect", "--seconds", "1", "--url", sandbox.page_url, cwd=tmp_path)
        sandbox.say("Alice", "/ping meanwhile")
        await service.says("message.handled", after=before)
        service.process.terminate()
        assert await service.ends() == 0

    answers = [message.data for message in sandbox.history("Alice") if message.user_id == sandbox.bot_id]
    assert answers.count(b"pong meanwhile") == 1


async def test_chat_is_a_conversation_in_a_terminal(sandbox: Sandbox, tmp_path: Path) -> None:
    """Lines go out, answers come in, `:1` taps a button, an empty line ends."""
    async with program("run", cwd=tmp_path, environ=bot_environment(sandbox, tmp_path)) as service:
        await service.says("blaze.connected")
        chat = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "chat", "--as", "Bob", "--url", sandbox.page_url, cwd=tmp_path,
            env=clean_environment(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert chat.stdin
        assert chat.stdout
        lines: list[str] = []
        chat.stdin.write(b"/help\n")
        while not (any("/ping" in one for one in lines) and ":1 [" in lines[-1]):
            lines.append((await chat.stdout.readline()).decode())
        chat.stdin.write(b":1\n\n")
        rest, _ = await chat.communicate()

    assert lines[0] == "You are Bob. An empty line ends.\n"
    assert " ◂ " in rest.decode()
    assert chat.returncode == 0


async def test_send_reaches_a_person(sandbox: Sandbox, tmp_path: Path) -> None:
    """The smallest proof that the bot can send: a text with a button, by number; and a kind word for a wrong number."""
    environ = bot_environment(sandbox, tmp_path)
    async with program("send", "40002", "Hello", "--button", "Help=input:/help", cwd=tmp_path, environ=environ) as sent:
        assert await sent.ends() == 0, sent.text
    async with program("send", "49999", "Hello", cwd=tmp_path, environ=environ) as nobody:
        assert await nobody.ends() == 1

    assert sent.text == "Mixin took 2 messages for Bob (40002).\n"
    assert [message.category for message in sandbox.history("Bob")] == ["PLAIN_TEXT", "APP_BUTTON_GROUP"]
    assert nobody.text == "There is nobody on Mixin with the number or id 49999.\n"


async def test_admins_are_named_listed_and_removed(sandbox: Sandbox, tmp_path: Path) -> None:
    """By the number that people know each other by."""
    environ = bot_environment(sandbox, tmp_path)
    said = []
    for words in (["add", "40006"], ["role", "40006", "viewer"], ["list", "--json"], ["remove", "40006"], ["list"]):
        async with program("admin", *words, cwd=tmp_path, environ=environ) as ran:
            assert await ran.ends() == 0, ran.text
        said.append(ran.text)

    assert said[0] == "Olivia (40006) is owner now.\n"
    assert said[1] == "Olivia (40006) is viewer now.\n"
    assert [(row["name"], row["role"]) for row in json.loads(said[2])] == [("Olivia", "viewer")]
    assert said[3] == "Olivia (40006) has no role any more.\n"
    assert said[4] == "number\tname\trole\tuser_id\n"


async def test_dead_letters_are_listed_by_an_empty_table(sandbox: Sandbox, tmp_path: Path) -> None:
    """Where nothing went wrong there is nothing to list; an unknown reference is said to be one."""
    environ = bot_environment(sandbox, tmp_path)
    async with program("dead", "list", "--json", cwd=tmp_path, environ=environ) as listed:
        assert await listed.ends() == 0, listed.text
    async with program("dead", "show", "NONE", cwd=tmp_path, environ=environ) as missing:
        assert await missing.ends() == 1

    assert json.loads(listed.text) == []
    assert "There is no dead letter NONE." in missing.text


async def test_say_waits_for_the_answers(sandbox: Sandbox, tmp_path: Path) -> None:
    """--wait prints them; where the bot is away the exit code says so; a group is named."""
    words = ("sandbox", "say", "--url", sandbox.page_url, "--wait")
    async with program("run", cwd=tmp_path, environ=bot_environment(sandbox, tmp_path)) as service:
        await service.says("blaze.connected")
        answered = await mixbot(*words, "20", "Bob", "/ping there", cwd=tmp_path)
        unheard = await mixbot(*words, "20", "Bob", "hello all", "--group", "Luma Lounge", cwd=tmp_path)
        service.process.terminate()
        await service.ends()
    away = await mixbot(*words, "0.1", "Bob", "/ping", cwd=tmp_path)

    assert answered.lines[-1] == " ◂ pong there\n"
    assert (unheard.process.returncode, len(unheard.lines)) == (1, 2)
    assert (away.process.returncode, away.lines[-1]) == (1, "The bot was not done with it after 0.1 s.\n")


async def test_weather_of_one_kind_ends_and_kinds_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """--clear ends one kind; `kinds` says what there is, and a wrong one is refused with that list."""
    words = ("sandbox", "weather", "--url", sandbox.page_url)
    sandbox.faults.add("html")
    sandbox.faults.add("delay")
    await mixbot(*words, "html", "--clear", cwd=tmp_path)
    left = [one["kind"] for one in sandbox.faults.view()]
    kinds = await mixbot(*words, "kinds", "--json", cwd=tmp_path)
    wrong = await mixbot(*words, "rain", cwd=tmp_path)

    assert left == ["delay"]
    assert [one["kind"] for one in json.loads(kinds.text)] == list(KINDS)
    assert wrong.process.returncode == 2
    assert "drop_blaze" in wrong.text


async def test_check_09_reset_of_a_part_and_somebody_new(sandbox: Sandbox, tmp_path: Path) -> None:
    """`people --add` lets somebody move in; `reset --only` asks only where something said would be lost."""
    words = ("--url", sandbox.page_url)
    added = await mixbot("sandbox", "people", "--add", "Zoë", "--hi", *words, cwd=tmp_path)
    sandbox.faults.add("html")
    weather = await mixbot("sandbox", "reset", "--only", "weather", *words, cwd=tmp_path)
    said = len(sandbox.history("Zoë"))
    asked = await mixbot("sandbox", "reset", "--only", "messages", *words, cwd=tmp_path)
    reset = await mixbot("sandbox", "reset", "--only", "messages", "--yes", *words, cwd=tmp_path)

    assert "Zoë" in added.text
    assert (weather.text, sandbox.faults.view(), said) == ("Forgotten: weather.\n", [], 1)
    assert asked.process.returncode == 2
    assert (reset.text, sandbox.history("Zoë")) == ("Forgotten: messages.\n", [])
