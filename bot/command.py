"""A command is a function from a Context to a Reply, with a few facts about it; `Commands` finds the right one."""

import difflib
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from bot.message import Content, Reply
from bot.parser import Parsed
from bot.texts import Texts

Run = Callable[[Any], Awaitable[Reply]]
"""A handler: it is given a `bot.context.Context`."""

LONGEST_WORD = 32


@dataclass(frozen=True, slots=True)
class Command:
    """What a handler module defines with `@command` or `@on`; the fields are the decorators' arguments.

    `kinds` are the contents that it answers when no command was called; Text among them means any other text.
    """

    run: Run
    name: str = ""
    kinds: tuple[type[Content], ...] = ()
    next: tuple[str, ...] = ()
    writes: bool = False
    admin: bool = False
    only: str = ""
    welcome: bool = False
    needs: tuple[str, ...] = ()
    quoting: bool = False
    reads: tuple[str, ...] = ()
    always: bool = False
    moderates: bool = False

    def writing(self, parsed: Parsed) -> bool:
        """Whether it changes something when it is called so."""
        return self.writes and not (parsed.args and parsed.args[0].lower() in self.reads)


def command(
    name: str,
    *,
    next: Sequence[str] = (),  # noqa: A002 - the natural word, and nobody iterates here
    writes: bool = False,
    admin: bool = False,
    only: str = "",
    welcome: bool = False,
    needs: Sequence[str] = (),
    quoting: bool = False,
    reads: Sequence[str] = (),
    always: bool = False,
    moderates: bool = False,
) -> Callable[[Run], Command]:
    """Make a function the command of that name; its help and aliases are `<name>.help` and `<name>.aliases`.

    Args:
        name: One word, lower case.
        next: Names of commands that are offered as buttons below the reply.
        writes: It changes something: it runs in one transaction with the mark of the message, so that it is never run
            twice for one message. It must not wait for anything but the store.
        admin: Only for operators and owners, in the conversation of two; to everybody else it does not exist.
        only: The one messenger that can serve it, such as `mixin`.
        welcome: Its reply is also what somebody new is greeted with.
        needs: Scopes, such as `ASSETS:READ`, that the person is asked for where they are missing.
        quoting: It is also called by any text that quotes what the bot passed on from somebody, see `bot.feedback`.
        reads: First arguments with which a command that writes changes nothing, and may wait for others.
        always: It is answered also to those who are muted, and during maintenance: nobody is kept from leaving.
        moderates: Of texts that quote what the bot passed on, its name alone or with a number calls it, not `quoting`.
    """

    def define(run: Run) -> Command:
        return Command(
            run, name, (), tuple(next), writes=writes, admin=admin, only=only, welcome=welcome, needs=tuple(needs),
            quoting=quoting, reads=tuple(reads), always=always, moderates=moderates,
        )  # fmt: skip

    return define


def on(*kinds: type[Content], next: Sequence[str] = ()) -> Callable[[Run], Command]:  # noqa: A002
    """Make a function the answer to contents of these kinds."""

    def define(run: Run) -> Command:
        return Command(run, kinds=kinds, next=tuple(next))

    return define


class Commands:
    """All commands of one bot, on one messenger, by every name that they go by."""

    def __init__(self, commands: Sequence[Command], texts: Texts, platform: str) -> None:
        served = [each for each in commands if each.only in ("", platform)]
        self._by_name = {each.name: each for each in served if each.name}
        self._by_kind = {kind: each for each in served for kind in each.kinds}
        self._by_word = dict(self._by_name)
        for each in self._by_name.values():
            for aliases in texts.everywhere(f"{each.name}.aliases"):
                for alias in aliases.split(","):
                    self._by_word.setdefault(alias.strip().lower(), each)
        self.welcome = next((each for each in self._by_name.values() if each.welcome), None)
        self.quoting = next((each for each in self._by_name.values() if each.quoting), None)

    def __iter__(self) -> Iterator[Command]:
        return iter(self._by_name.values())

    def find(self, word: str) -> Command | None:
        """The command of a name or alias."""
        return self._by_word.get(word)

    def answers(self, kind: type[Content]) -> Command | None:
        """What answers a content of this kind."""
        return self._by_kind.get(kind)

    def closest(self, word: str, *, admin: bool) -> Command | None:
        """The command that was probably meant."""
        words = [known for known, each in self._by_word.items() if admin or not each.admin]
        near = difflib.get_close_matches(word[:LONGEST_WORD], words, n=1, cutoff=0.7)
        return self._by_word[near[0]] if near else None


def discover(package_name: str) -> Sequence[Command]:
    """The commands of every module of a package, by name of module.

    Raises:
        ValueError: Two modules define the same command.
    """
    package = importlib.import_module(package_name)
    found: dict[str, Command] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__, f"{package_name}."), key=lambda each: each.name):
        for each in _defined(importlib.import_module(info.name)):
            key = each.name or f"{info.name}:{each.kinds}"
            if key in found:
                raise ValueError(f"{info.name} defines the command {key} a second time")
            found[key] = each
    return tuple(found.values())


def _defined(module: ModuleType) -> Iterator[Command]:
    return (value for value in vars(module).values() if isinstance(value, Command))
