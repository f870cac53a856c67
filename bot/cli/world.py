"""A sandbox of one's own in a thread, with or without the service: for commands and tests that wait for answers."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from bot.cli.control import Control
from bot.cli.demo_bot import BotProcess
from bot.errors import SetupError
from bot.sandbox import Sandbox, open_sandbox

START_S = 30.0
T = TypeVar("T")


class World:
    """Open it with `with`. `home` is for the Keystore's file and for the service's data; the sandbox is in memory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._loop = asyncio.new_event_loop()
        self._opened: Future[Sandbox] = Future()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name="sandbox", daemon=True)
        self._bot: BotProcess | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        sandbox = self._opened.result()
        self.sandbox = sandbox
        self.url, self.page_url = sandbox.url, sandbox.page_url
        self.control = Control(sandbox.page_url)
        self.keystore_path = self.home / "keystore.json"
        self.keystore_path.touch(mode=0o600)
        self.keystore_path.write_text(json.dumps(sandbox.keystore), encoding="utf-8")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop_bot()
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def environ(self) -> dict[str, str]:
        """The variables with which a bot finds this sandbox."""
        return {
            "MIXIN_KEYSTORE_PATH": str(self.keystore_path),
            "MIXIN_API_URL": self.url,
            "MIXIN_BLAZE_URL": self.url.replace("http", "ws", 1) + "/",
            "MIXIN_OAUTH_URL": self.url,
        }

    def start_bot(self, **variables: str) -> None:
        """Start the service of this project, and wait until it listens; `variables` are settings of it.

        Raises:
            SetupError: MB322, it does not come up; the text ends with its last words.
        """
        admins = ",".join(person.user_id for person in self.sandbox.people if person.admin)
        settings = {
            "MIXBOT_DB_URL": f"sqlite:///{self.home / 'bot.db'}",
            "MIXBOT_AUTO_MIGRATE": "true",
            "MIXBOT_ADMINS": admins,
            "MIXBOT_PORT": "0",
            "MIXBOT_LOG_FORMAT": "json",
            "MIXIN_ACK_LINGER_MS": "40",  # whoever speaks here waits for that
        }
        self._do(self._start_bot(self.environ | settings | variables))

    def stop_bot(self) -> None:
        """Let the service finish what it began."""
        if self._bot is not None:
            self._do(self._bot.stop())
            self._bot = None

    async def _start_bot(self, environ: Mapping[str, str]) -> None:
        bot = self._bot = BotProcess(self.home, environ, 0, self.sandbox.bot_log.hear)
        await bot.start()
        waits = [asyncio.ensure_future(bot.ready.wait()), asyncio.ensure_future(bot.wait())]
        await asyncio.wait(waits, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()
        if not bot.ready.is_set():
            await bot.stop()
            raise SetupError("MB322", "The bot does not come up. " + " · ".join(bot.last_words()))

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        try:
            async with open_sandbox() as sandbox:
                self._opened.set_result(sandbox)
                await self._end.wait()
        except BaseException as error:
            if not self._opened.done():
                self._opened.set_exception(error)
                return
            raise
