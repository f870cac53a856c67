"""`mixbot demo`: a stranger's first minute, without a terminal and without a browser."""

import asyncio
import os
import re
import signal
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from bot.cli.control import Control
from bot.cli.demo_bot import STOP_S
from tests.bot.programs import Program, clean_environment, program

READY = "Ready. Demo Bot (7000999001) is listening."


async def ready(demo: Program) -> None:
    """Until the box is complete."""
    await demo.says(READY)
    await demo.says("Ctrl-C ends it.")


def chat_url(demo: Program) -> str:
    found = re.search(r"Chat +(http://127\.0\.0\.1:\d+/#[\w-]+)", demo.text)
    assert found, demo.text
    return found[1]


async def ask(url: str, text: str) -> None:
    """Alice says something to the bot."""

    def say() -> None:
        control = Control(url)
        alice = control.person("Alice")
        control.post(f"/conversations/{control.conversation(alice)}/messages", {"as": alice["user_id"], "text": text})

    await asyncio.to_thread(say)


async def said(url: str) -> list[str]:
    """What stands in Alice's conversation with the bot."""

    def read() -> list[str]:
        control = Control(url)
        alice = control.person("Alice")
        path = f"/conversations/{control.conversation(alice)}/messages"
        return [one["data"] for one in control.get(path, as_=alice["user_id"]) if isinstance(one["data"], str)]

    return await asyncio.to_thread(read)


def children(pid: int) -> set[int]:
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z"


async def test_demo_answers_and_tells_what_happens(tmp_path: Path) -> None:
    """From one command to an answered “Hi”: the steps, the box, and a line for what each side said."""
    async with program("demo", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        await ask(chat_url(demo), "Hi")
        await demo.says("bot      ◂")
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0

    steps = re.findall(r"(?m)^  ▸ (\w+.*?)  +(new|up|connected)", demo.text)
    assert [step for step, _ in steps] == [
        "sandbox identity for the bot",
        "fake Mixin + fake nandbox",
        "database",
        "bot service",
        "Blaze",
    ]
    assert re.search(r"Alice    ▸  PLAIN_TEXT  “Hi”", demo.text)
    assert re.search(r"bot      ◂  \d messages +\d+ ms  start", demo.text)
    assert "Traceback" not in demo.text
    assert "\x1b" not in demo.text


async def test_the_demo_answers_on_nandbox_too(tmp_path: Path) -> None:
    """The bot is logged in there with the sandbox's token, and answers whoever writes; the terminal tells of both."""

    def texts(control: Control) -> list[str]:
        return [one["text"] for one in control.get("/nandbox/chats/bot/messages", as_="nadia")]

    async with program("demo", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        control = Control(chat_url(demo))
        async with asyncio.timeout(30):
            while not (await asyncio.to_thread(control.get, "/nandbox/state"))["line"]["connected"]:
                await asyncio.sleep(0.05)
            await asyncio.to_thread(control.post, "/nandbox/chats/bot/messages", {"as": "nadia", "text": "/ping there"})
            while not any("pong there" in one for one in await asyncio.to_thread(texts, control)):
                await asyncio.sleep(0.05)
        await demo.says("Nadia Farouk ▸  nandbox text  “/ping there”")
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0


async def test_demo_ignores_the_settings_of_a_real_bot(tmp_path: Path) -> None:
    """A real Keystore and settings that lie about do not reach the demo's bot."""
    (tmp_path / ".env").write_text("MIXIN_KEYSTORE={}\nMIXBOT_PORT=1\n")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "bot.toml").write_text("[mixin]\nroute = 'global'\n")
    environ = clean_environment(MIXIN_KEYSTORE_PATH="/nowhere.json", MIXIN_API_URL="https://api.invalid")

    async with program("demo", "--ephemeral", cwd=tmp_path, environ=environ) as demo:
        await ready(demo)
        demo.process.send_signal(signal.SIGTERM)
        assert await demo.ends() == 0

    assert not (tmp_path / ".sandbox").exists()


async def held(port: int) -> socket.socket:
    """That port, listened on; other tests have demos, too, and theirs leave it again."""
    async with asyncio.timeout(100):
        while True:
            with suppress(OSError):
                return socket.create_server(("127.0.0.1", port))
            await asyncio.sleep(0.1)


async def test_check_06_demo_moves_where_ports_are_taken(tmp_path: Path) -> None:
    """Both usual ports taken: the demo takes others, says so, and works."""
    with ExitStack() as taken:
        for port in (7001, 7002):
            taken.enter_context(await held(port))
        async with program("demo", "--ephemeral", cwd=tmp_path, environ=clean_environment()) as demo:
            await ready(demo)
            assert (await asyncio.to_thread(Control(chat_url(demo)).get, "/state"))["blaze"]["connected"]

    assert "(7001 is taken)" in demo.text
    assert "(7002 is taken)" in demo.text
    assert ":7001/" not in chat_url(demo)


async def test_check_09_ctrl_c_ends_everything_and_the_next_run_remembers(tmp_path: Path) -> None:
    """One Ctrl-C: gone within seconds, nothing left behind; the conversation is there again; reset clears it."""
    async with program("demo", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        await ask(chat_url(demo), "/ping remembered")
        await demo.says("bot      ◂")
        left = children(demo.process.pid)
        assert left
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0
    assert all(gone(pid) for pid in left)
    assert "Traceback" not in demo.text + (tmp_path / ".sandbox" / "bot.log").read_text()

    async with program("demo", cwd=tmp_path, environ=clean_environment()) as again:
        await ready(again)
        assert "pong remembered" in await said(chat_url(again))
        async with program("sandbox", "reset", "--yes", cwd=tmp_path, environ=clean_environment()) as reset:
            assert await reset.ends() == 0
        assert await said(chat_url(again)) == []


async def test_check_09_a_second_ctrl_c_does_not_wait_for_the_bot(tmp_path: Path) -> None:
    """A bot that does not end when asked is killed by the second Ctrl-C."""
    if not Path("/proc/self/task").exists():
        pytest.skip("this system has no /proc")
    async with program("demo", "--ephemeral", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        (bot,) = children(demo.process.pid)
        os.kill(bot, signal.SIGSTOP)
        demo.process.send_signal(signal.SIGINT)
        await demo.says("finishing what was begun")
        began = time.monotonic()
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0
        took_s = time.monotonic() - began

    assert gone(bot)
    assert "ending at once" in demo.text
    assert "Traceback" not in demo.text
    assert took_s < STOP_S


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk"])
async def test_a_terminal_that_is_not_utf8_breaks_nothing(encoding: str, tmp_path: Path) -> None:
    """Signs that the terminal lacks are replaced by plain ones, also in what people say."""
    environ = clean_environment(PYTHONIOENCODING=encoding)
    async with program("demo", "--ephemeral", cwd=tmp_path, environ=environ) as demo:
        demo.encoding = encoding
        await ready(demo)
        await ask(chat_url(demo), "/ping café 你好 🙂")
        await demo.says("/ping")
        await demo.says(" ping")
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0

    assert "Traceback" not in demo.text
    assert re.search(r"Alice +[>▸]  PLAIN_TEXT  [\"“]/ping caf[eé] (你好|\?\?) \?[\"”]", demo.text), demo.text


async def test_the_same_seed_gives_the_same_people(tmp_path: Path) -> None:
    """`--people` fills the sandbox up to so many, and `--seed` says who they are."""

    async def names(seed: str) -> list[str]:
        words = ("demo", "--ephemeral", "--people", "12", "--seed", seed)
        async with program(*words, cwd=tmp_path, environ=clean_environment()) as demo:
            await ready(demo)
            there = await asyncio.to_thread(Control(chat_url(demo)).get, "/state")
            return [person["full_name"] for person in there["people"]]

    first, again, other = await names("7"), await names("7"), await names("8")

    assert len(first) >= 12
    assert first == again
    assert first != other


async def test_a_killed_demo_leaves_no_bot_behind(tmp_path: Path) -> None:
    """Even kill -9 ends the bot that the demo started."""
    if not Path("/proc/self/task").exists():
        pytest.skip("this system has no /proc")
    async with program("demo", "--ephemeral", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        left = children(demo.process.pid)
        demo.process.kill()
        await demo.ends()
        async with asyncio.timeout(30):
            while not all(gone(pid) for pid in left):
                await asyncio.sleep(0.05)

    assert left


async def test_a_second_demo_points_to_the_first(tmp_path: Path) -> None:
    """In the same folder there can be one; the second one says where the first is."""
    async with program("demo", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        async with program("demo", cwd=tmp_path, environ=clean_environment()) as second:
            assert await second.ends() == 6

    assert second.text.startswith(f"MB131  The demo runs here already: {chat_url(demo)} · Stop it")


async def test_a_killed_bot_comes_back_and_answers_what_waited(tmp_path: Path) -> None:
    """Kill -9 of the bot costs the demo nothing: it starts again, and a message said meanwhile is answered."""
    if not Path("/proc/self/task").exists():
        pytest.skip("this system has no /proc")
    async with program("demo", "--ephemeral", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        (bot,) = children(demo.process.pid)
        os.kill(bot, signal.SIGKILL)
        await ask(chat_url(demo), "/ping after the kill")
        await demo.says("The bot ended by itself (exit code -9); starting it again")
        await demo.says("bot      ◂")
        async with asyncio.timeout(10):
            while "pong after the kill" not in await said(chat_url(demo)):
                await asyncio.sleep(0.1)


async def test_T31_in_a_container_the_demo_listens_beyond_it_only_when_told(tmp_path: Path) -> None:
    """With --allow-bind both ports are open to the container's own network; the chat's address is that of a browser."""
    async with program("demo", "--ephemeral", "--allow-bind", cwd=tmp_path, environ=clean_environment()) as demo:
        await ready(demo)
        url = chat_url(demo)
        port = int(url.split(":")[2].split("/")[0])
        await ask(url, "/ping inside")
        await demo.says("bot      ◂")
        listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
        demo.process.send_signal(signal.SIGINT)
        assert await demo.ends() == 0

    assert f"00000000:{port:04X}" in listening
