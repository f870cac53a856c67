"""Fixtures for tests of handlers and of bots, enabled by one line in `conftest.py`.

    pytest_plugins = ["bot.cli.testing"]

`mixin_sandbox` is a Mixin of the test's own; `mixin_bot` is the same with this project's service connected to it. Both
are synchronous, and work in tests of any kind. docs/how-to/test-with-the-sandbox.md
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.dialogue import PATIENCE_S, Answer, Dialogue, Silence
from bot.cli.world import World

__all__ = ["Answer", "MixinSandbox", "Silence", "mixin_bot", "mixin_sandbox"]


class MixinSandbox:
    """Mixin's side of the wire, people included. `url` is API and Blaze, `page_url` the chat page.

    `keystore_path` and `environ` are for the bot: a file, and the variables that lead this project's service here.
    `control` reaches everything else: `/_sandbox/openapi.json` says what there is.
    """

    def __init__(self, world: World) -> None:
        self.url = world.url
        self.page_url = world.page_url
        self.keystore_path = world.keystore_path
        self.environ = world.environ
        self.control = world.control
        self._world = world
        self._dialogue = Dialogue(world.control)

    def ask(
        self, who: str, text: str = "", *, category: str = "PLAIN_TEXT", data: Any = None, place: str = "",
        within_s: float = PATIENCE_S,
    ) -> list[Answer]:  # fmt: skip
        """Somebody says something to the bot, or in the group `place`; gives the bot's answers once it is done.

        Raises:
            Silence: The bot does not acknowledge the message in time.
        """
        return self._dialogue.ask(who, text, category=category, data=data, place=place, within_s=within_s)

    def press(self, who: str, label: str, *, place: str = "") -> list[Answer]:
        """Somebody presses the newest button of that label; gives the bot's answers."""
        return self._dialogue.press(who, label, place=place)

    def weather(self, kind: str, **how: Any) -> None:
        """Put a fault in force, such as `weather("rate_limited", path="/messages", count=3)`."""
        self.control.put("/faults", {"kind": kind} | how)

    def clear(self) -> None:
        """Clear weather."""
        self.control.delete("/faults")

    def start_bot(self, **variables: str) -> None:
        """Start this project's service, with settings of the test's own such as `MIXBOT_LOCALE="zh"`."""
        self._world.start_bot(**variables)

    def stop_bot(self) -> None:
        """Stop it; what people say then waits for it."""
        self._world.stop_bot()


@pytest.fixture
def mixin_sandbox(tmp_path: Path) -> Iterator[MixinSandbox]:
    """A sandbox that nobody else uses, gone after the test."""
    home = tmp_path / "sandbox"
    home.mkdir(mode=0o700)
    with World(home) as world:
        yield MixinSandbox(world)


@pytest.fixture
def mixin_bot(mixin_sandbox: MixinSandbox) -> MixinSandbox:
    """The same sandbox with this project's service on it, ready to answer."""
    mixin_sandbox.start_bot()
    return mixin_sandbox
