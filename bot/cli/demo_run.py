"""One run of the demo: the sandbox in this process, the real service as a child, a terminal that tells what happens.

The child knows nothing of a sandbox: it runs `python -m bot run`, in a folder without settings of its own, and only
its environment differs.
"""

import asyncio
import os
import socket
import sys
import webbrowser
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.control import RUNNING, note_running
from bot.cli.demo_bot import BotProcess, EarlyBot
from bot.cli.demo_reload import saved, try_out
from bot.cli.demo_screen import Screen, hot_keys
from bot.cli.language import text
from bot.cli.sandbox import write_keystore
from bot.errors import EXIT_PORT, SetupError
from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.crowd import fill
from bot.store.schema import head
from bot.vault import new_keyring

CHAT_PORT, BOT_PORT = 7001, 7002
READY_S = 120.0


@dataclass(frozen=True)
class DemoOptions:
    """`people`: so many live in the sandbox, at least; `seed`: who they are, and which way chance goes.

    `host`: where both listen; any but a loopback address is for a container.
    """

    open_browser: bool = True
    people: int = 0
    seed: int = 0
    host: str = "127.0.0.1"


class Demo:
    """One run of the demo. Ctrl-C and `q` end it gracefully, a second time at once."""

    def __init__(self, home: Path, started: float, options: DemoOptions, early: EarlyBot) -> None:
        self._home = home
        self._started = started
        self._options = options
        self._early = early
        self._screen = Screen()
        self._open_browser = options.open_browser and self._screen.interactive and "SSH_CONNECTION" not in os.environ
        self._end = asyncio.Event()
        self._restart = asyncio.Event()
        self._chat_url = ""
        self._links: asyncio.Future[None] | None = None

    async def run(self) -> int:
        """Returns the exit code."""
        async with self._sandbox() as sandbox:
            with hot_keys(self._key, self._interrupt, enabled=self._screen.interactive):
                self._bot = self._bot_for(sandbox)
                async with asyncio.TaskGroup() as tasks:
                    watches = [
                        tasks.create_task(self._screen.tell(sandbox)),
                        tasks.create_task(self._reload()),
                        tasks.create_task(self._screen.tell_idleness()),
                    ]
                    code = await self._keep_running(sandbox)
                    for watch in watches:
                        watch.cancel()
                return code

    @asynccontextmanager
    async def _sandbox(self) -> AsyncIterator[Sandbox]:
        port = free_port(CHAT_PORT)
        path, chance = self._home / "sandbox.db", self._options.seed or None
        async with open_sandbox(
            path=path, host=self._options.host, port=port, random_seed=chance, allow_bind=True
        ) as sandbox:
            keystore = self._home / "keystore-7000999001.json"
            state = text("demo.kept" if keystore.exists() else "demo.new")
            self._screen.step(text("demo.identity"), state, self._shown(keystore))
            write_keystore(self._home, sandbox.keystore)
            moved = "" if port == CHAT_PORT else text("demo.taken", port=CHAT_PORT)
            self._chat_url = sandbox.page_url
            self._screen.step(text("demo.sandbox"), text("demo.up"), sandbox.url + moved)
            if fill(sandbox, self._options.people, self._options.seed):
                living = sum(not one.is_bot for one in sandbox.people)
                self._screen.step(text("demo.people"), text("demo.new"), text("demo.living", count=living))
            yield sandbox

    def _bot_for(self, sandbox: Sandbox) -> BotProcess:
        database = self._home / "bot.db"
        port = free_port(BOT_PORT)
        state = text("demo.kept" if database.exists() else "demo.new")
        self._screen.step(text("demo.database"), state, text("demo.schema", file=self._shown(database), schema=head()))
        admins = [person.user_id for person in sandbox.people if person.admin]
        environ = {
            "MIXIN_KEYSTORE_PATH": str(self._home / "keystore-7000999001.json"),
            "MIXIN_API_URL": sandbox.url,
            "MIXIN_BLAZE_URL": sandbox.url.replace("http", "ws", 1) + "/",
            "MIXIN_OAUTH_URL": sandbox.url,
            "NANDBOX_TOKEN": sandbox.nandbox.token,
            "NANDBOX_URI": sandbox.nandbox_uri,
            "NANDBOX_APP_ID": sandbox.nandbox.app_id,
            "MIXBOT_DB_URL": f"sqlite:///{database}",
            "MIXBOT_AUTO_MIGRATE": "true",
            "MIXBOT_ADMINS": ",".join(admins),
            "MIXBOT_HOST": self._options.host,
            "MIXBOT_PORT": str(port),
            "MIXBOT_PUBLIC_URL": f"http://localhost:{port}",
            "MIXBOT_SECRET_KEY_FILE": str(keyring_file(self._home)),
            "MIXBOT_MESSAGE_DAYS": "30",
            "MIXBOT_LOG_FORMAT": "json",
        }
        sandbox.settle_bot(f"http://localhost:{port}")
        note_running(sandbox.page_url, f"http://localhost:{port}", where=self._home / RUNNING.name)

        def heard(event: dict[str, Any]) -> None:
            self._screen.heard(event)
            sandbox.bot_log.hear(event)

        return BotProcess(self._home, environ, port, heard, self._early)

    async def _keep_running(self, sandbox: Sandbox) -> int:
        """Start the bot, and again whenever that is asked for; until the end is."""
        while True:
            self._restart.clear()
            await self._bot.start()
            if not await self._is_ready(sandbox):
                if self._beaten():
                    self._bot = self._bot_for(sandbox)
                    continue
                if self._started or self._end.is_set():
                    return await self._bot.stop() or 1
                await self._bot.stop()
                self._screen.line(text("demo.repair"))
                await _first(self._end.wait(), self._restart.wait())
                if self._end.is_set():
                    return 1
                continue
            ended = await _first(self._end.wait(), self._restart.wait(), self._bot.wait())
            if ended == 2:
                self._screen.line(text("demo.ended", code=self._bot.code))
                continue
            self._screen.ending = True
            self._screen.line(self._screen.farewell() if ended == 0 else text("demo.restarting"))
            await self._bot.stop()
            if self._end.is_set():
                return 0

    def _beaten(self) -> bool:
        """Whether somebody else took the port between our look at it and the bot's first start."""
        return bool(self._started) and self._bot.code == EXIT_PORT and not self._end.is_set()

    async def _is_ready(self, sandbox: Sandbox) -> bool:
        """Wait until the bot is on Blaze and serves; then say so, the first time in a box."""
        try:
            async with asyncio.timeout(READY_S):
                ended = await _first(self._bot.ready.wait(), self._end.wait(), self._bot.wait())
        except TimeoutError:
            ended = 3
        if ended == 1:
            return False
        if self._beaten():
            return False
        if ended != 0:
            self._screen.line(text("demo.down", log=self._bot.log_path))
            for line in self._bot.last_words():
                self._screen.line(f"  {line}")
            return False
        if self._started:
            self._screen.step(text("demo.service"), text("demo.up"), f"{self._bot.url}{self._bot_moved()}")
            self._screen.step("Blaze", text("demo.connected", ms=round(self._bot.connected_ms)), "")
            opened = self._open_browser
            bot = sandbox.bot
            self._screen.ready(f"{bot.full_name} ({bot.identity_number})", self._chat_url, self._bot.url, opened)
            if opened:
                await asyncio.to_thread(webbrowser.open, self._chat_url)
            self._started = 0.0
        self._screen.ending = False
        return True

    def _bot_moved(self) -> str:
        return "" if self._bot.port == BOT_PORT else text("demo.taken", port=BOT_PORT)

    async def _reload(self) -> None:
        """Start the bot anew when a command or a text was saved, unless it cannot be loaded; the chat stays."""
        async for names in saved():
            trial = await try_out()
            what = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
            if trial.good:
                self._screen.line(text("demo.saved", what=what))
                self._restart.set()
            else:
                self._screen.line(text("demo.unloadable", what=what))
            for line in trial.lines:
                self._screen.line(f"  {line}")

    async def _console(self) -> None:
        """A link into the console, on the screen and in the browser, as whoever looks after a server gets it."""
        code, said = await self._bot.ask("console", "url")
        self._screen.line(text("demo.consoleLink" if code == 0 else "demo.noLink", what=said))
        if code == 0 and self._open_browser:
            await asyncio.to_thread(webbrowser.open, said)

    def _key(self, key: str) -> None:
        if key == "o":
            webbrowser.open(self._chat_url)
        elif key == "w":
            self._screen.next_weather()
        elif key == "r":
            self._restart.set()
        elif key == "c":
            self._screen.clear()
        elif key in ("q", "\x03"):
            self._interrupt()
        elif key == "k":
            self._links = asyncio.ensure_future(self._console())
        elif key in ("?", "h"):
            self._screen.line(text("demo.keys"))

    def _interrupt(self) -> None:
        if self._end.is_set():
            self._screen.line(text("demo.atOnce"))
            self._bot.kill()
        self._end.set()

    def _shown(self, path: Path) -> str:
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def keyring_file(home: Path) -> Path:
    """The key that seals what people allow in the demo: made once, for this user's eyes, and kept beside the rest."""
    path = home / "secret.key"
    if not path.exists():
        path.touch(mode=0o600)
    if not path.read_text().strip():
        path.write_text(new_keyring() + "\n")
    return path


def free_port(wanted: int) -> int:
    """That port, or the next one that nobody listens on.

    Raises:
        SetupError: MB301, a hundred ports in a row are taken.
    """
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SetupError("MB301", f"Ports {wanted} to {wanted + 99} are all taken.", exit_code=5)


async def _first(*waits: Awaitable[object]) -> int:
    """Which of several comes first; the others are given up."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(place for place, task in enumerate(tasks) if task.done())
    finally:
        for task in tasks:
            task.cancel()
