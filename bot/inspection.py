"""The doctor's checks from within the running service, and its settings, for the console.

They run in a thread with a loop of its own: some of them read files and databases without giving way. A second line to
Blaze is not opened, since it would get a part of the messages.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from bot.backstage import Backstage, Look, SettingLine
from bot.checkup import CHECKS, Subject, examine
from bot.checkup.subject import OpenDirectory
from bot.mixin.keystore import Keystore
from bot.mixin.keystore_lookup import Found, find_keystore
from config.redact import inert
from config.schema import settings_of
from config.settings import Settings
from config.sources import sources

LEFT_OUT = frozenset({"blaze", "instance", "config"})
"""What the service itself shows better."""


class _Running(Subject):
    """What is in use, wherever it was found."""

    def __init__(self, settings: Settings, keystore: Keystore, directory: OpenDirectory) -> None:
        super().__init__(lambda: settings, _find, directory)
        self._keystore = keystore

    def read_keystore(self) -> Keystore:
        return self._keystore


def backstage_of(settings: Settings, keystore: Keystore, directory: OpenDirectory) -> Backstage:
    """What the console shows of one bot's set-up."""

    async def looks() -> Sequence[Look]:
        return await asyncio.to_thread(asyncio.run, _examined(settings, keystore, directory))

    return Backstage(looks, setting_lines(settings))


def setting_lines(settings: Settings) -> Sequence[SettingLine]:
    """All settings as they are in force, with secrets masked."""
    meanings = {one.name: one.meaning for one in settings_of(type(settings))}
    return [
        SettingLine(line.name, line.value, line.origin, line.variable, meanings[line.name])
        for line in sources(settings)
    ]


async def _examined(settings: Settings, keystore: Keystore, directory: OpenDirectory) -> Sequence[Look]:
    wanted = {check.id for check in CHECKS} - LEFT_OUT
    async with _Running(settings, keystore, directory) as subject:
        return [
            Look(
                one.check.id, one.check.group, str(one.finding.status), inert(one.finding.message), one.finding.code,
                inert(one.finding.fix), round(one.ms, 1),
            )
            async for one in examine(subject, wanted)
        ]  # fmt: skip


def _find(settings: Settings) -> Found:
    """The file or variable that the settings name.

    Raises:
        SetupError: There is none, as for a bot whose Keystore is sealed in the database.
    """
    if settings.mixin.keystore_path:
        return find_keystore(
            {"MIXIN_KEYSTORE_PATH": settings.mixin.keystore_path}, Path.cwd(), Path.home(), refuse_open=False
        )
    return find_keystore(os.environ, Path.cwd(), Path.home(), refuse_open=False)
