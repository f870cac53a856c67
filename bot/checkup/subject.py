"""What is examined: settings, Keystore, the bot at Mixin. Each is got once, when the first check asks for it."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from bot.checkup.finding import Skip
from bot.directory import Directory
from bot.errors import ServiceError, SetupError
from bot.lockfile import holder_of
from bot.mixin.hosts import Hosts, choose_hosts
from bot.mixin.keystore import Keystore, load_keystore
from bot.mixin.keystore_lookup import Found
from bot.mixin.options import MixinOptions
from bot.mixin.platform import Mixin, open_mixin
from bot.mixin.views import UserView
from bot.store import lock_of
from config.errors import SettingsError
from config.settings import Settings

T = TypeVar("T")

OpenDirectory = Callable[[Settings], AbstractAsyncContextManager[Directory | None]]


class Subject:
    """One set-up. `offline`: no other machine is asked anything. `unreachable`: Mixin was looked for, and not found."""

    def __init__(
        self,
        load: Callable[[], Settings],
        find: Callable[[Settings], Found],
        directory: OpenDirectory,
        *,
        offline: bool = False,
    ) -> None:
        self.offline = offline
        self.unreachable = False
        self.directory = directory
        self._load = load
        self._find = find
        self._got: dict[str, Any] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Subject":
        await self._stack.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    # Raising what is wrong, for the check whose business it is

    def load_settings(self) -> Settings:
        """
        Raises:
            SettingsError: As everywhere.
        """
        return self._once("settings", self._load)

    def find_keystore(self) -> Found:
        """
        Raises:
            SetupError: MB101 or MB103.
        """
        return self._once("found", lambda: self._find(self.settings()))

    def read_keystore(self) -> Keystore:
        """
        Raises:
            SetupError: MB102, MB104 or MB108.
        """
        found = self.found()
        return self._once("keystore", lambda: load_keystore(found.text, source=found.source))

    async def ask_who(self) -> UserView:
        """The bot, as Mixin describes it.

        Raises:
            SetupError: MB105, MB110, MB111 or MB120.
            ServiceError: Mixin did not answer, or not that.
        """
        mixin = await self.mixin()
        return await self._once_async("me", mixin.api.me)

    # Skipping, for all others

    def settings(self) -> Settings:
        try:
            return self.load_settings()
        except SettingsError:
            raise Skip("the settings cannot be used") from None

    def found(self) -> Found:
        try:
            return self.find_keystore()
        except SetupError:
            raise Skip("there is no Keystore") from None

    def keystore(self) -> Keystore:
        try:
            return self.read_keystore()
        except SetupError:
            raise Skip("the Keystore cannot be used") from None

    def online(self) -> None:
        """Skips the rest of a check that has to ask other machines, where that is not wanted."""
        if self.offline:
            raise Skip("needs the network")

    def hosts(self) -> Hosts:
        mixin = self.settings().mixin
        try:
            return choose_hosts(
                mixin.route, api_url=mixin.api_url, blaze_url=mixin.blaze_url, allow_plain=mixin.allow_insecure
            )
        except SetupError as error:
            raise Skip(f"{error.code}: {error.args[0]}") from None

    async def mixin(self) -> Mixin:
        """Mixin's API as this bot; Blaze is not connected."""
        self.online()
        keystore, hosts = self.keystore(), self.hosts()
        options = MixinOptions(request_timeout_s=self.settings().mixin.http_timeout_s, attempts=2)
        return await self._once_async(
            "mixin", lambda: self._stack.enter_async_context(open_mixin(keystore, hosts, options))
        )

    async def me(self) -> UserView:
        try:
            return await self.ask_who()
        except SetupError as error:
            raise Skip(f"Mixin does not accept the Keystore ({error.code})") from None
        except ServiceError:
            raise Skip("Mixin did not say who the bot is") from None

    def service(self) -> str:
        """Which process serves this database, such as `pid 4121 since 08:02`; empty where none does."""
        where = lock_of(self.settings().db.url)
        return holder_of(where) if isinstance(where, Path) else ""

    def _once(self, name: str, get: Callable[[], T]) -> T:
        if name not in self._got:
            try:
                self._got[name] = get()
            except (SetupError, SettingsError) as error:
                self._got[name] = error
        given: T = _given(self._got[name])
        return given

    async def _once_async(self, name: str, get: Callable[[], Awaitable[T]]) -> T:
        if name not in self._got:
            try:
                self._got[name] = await get()
            except (SetupError, ServiceError) as error:
                self._got[name] = error
        given: T = _given(self._got[name])
        return given


def _given(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value
