"""Read the settings again while the service runs, and take up those that can change in between."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import structlog

from bot.backstage import BadSettings, Reloaded, SettingLine
from bot.inspection import setting_lines
from bot.parts import limits_of
from bot.services import Services
from config.errors import SettingsError
from config.schema import settings_of
from config.settings import Settings
from config.sources import load_settings

log = structlog.get_logger()

LIVE = frozenset(
    {
        "bot.privacy_url",
        "bot.source_url",
        "broadcast.confirm_over",
        "broadcast.per_admin_per_day",
        "broadcast.rate_per_minute",
        "broadcast.second_admin_over",
        "broadcast.undo_seconds",
    }
)
"""What takes hold at once; all else was built in at the start."""


class Reloading:
    """Of one bot. `load` reads all sources, as the start did."""

    def __init__(self, settings: Settings, services: Services, load: Callable[[], Settings] = load_settings) -> None:
        self._settings = settings
        self._services = services
        self._load = load

    def reload(self) -> Reloaded:
        """What changed since the start or the last time. What the command line said stays, and so do secrets.

        Raises:
            BadSettings: Some file or variable is wrong: nothing changes.
        """
        try:
            new = self._load()
        except SettingsError as error:
            log.error("settings.refused", code=error.code, reason=error.args[0])
            raise BadSettings(error.args[0]) from None
        changed = self._changed(new)
        taken = tuple(name for name in changed if name in LIVE)
        later = tuple(name for name in changed if name not in LIVE)
        for name in taken:
            self._take(name, new)
        log.info("settings.reloaded", taken=" ".join(taken), later=" ".join(later))
        return Reloaded(taken, later)

    def _changed(self, new: Settings) -> list[str]:
        secret = {one.name for one in settings_of(Settings) if one.secret}
        before = {line.name: line for line in setting_lines(self._settings)}
        return [
            line.name
            for line in setting_lines(new)
            if line.value != before[line.name].value and line.name not in secret and not _fixed(before[line.name])
        ]

    def _take(self, name: str, new: Settings) -> None:
        """Into the settings that are compared with next time, and to whoever goes by them."""
        group, _, field = name.partition(".")
        part = getattr(self._settings, group).model_copy(update={field: getattr(getattr(new, group), field)})
        self._settings = self._settings.model_copy(update={group: part})
        settings, services = self._settings, self._services
        services.source_url, services.privacy_url = settings.bot.source_url, settings.bot.privacy_url
        services.undo_s, services.limits = settings.broadcast.undo_seconds, limits_of(settings)
        services.rate_per_minute = settings.broadcast.rate_per_minute
        if services.backstage is not None:
            services.backstage.settings = setting_lines(settings)


_heard_by: list[Callable[[], Reloaded]] = []
"""A signal is of the whole process, and so is this."""


@contextmanager
def on_hangup(reload: Callable[[], Reloaded] | None) -> Iterator[None]:
    """While the block runs, let SIGHUP do the same as an owner in the chat: for each bot of the process that can."""
    if reload is None:
        yield
        return
    loop = asyncio.get_running_loop()
    _heard_by.append(reload)
    loop.add_signal_handler(signal.SIGHUP, _hangup)
    try:
        yield
    finally:
        _heard_by.remove(reload)
        if not _heard_by:
            loop.remove_signal_handler(signal.SIGHUP)


def _hangup() -> None:
    for reload in tuple(_heard_by):
        with suppress(BadSettings):  # it is logged, and nobody waits for an answer
            reload()


def _fixed(line: SettingLine) -> bool:
    """Whether where it came from is gone: the command line, or a variable that nobody else was to see."""
    return line.source == "command line" or (line.source == line.variable and line.source not in os.environ)
