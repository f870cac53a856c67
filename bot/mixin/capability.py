"""Whether the bot's owner has switched Message Encryption on: what its own profile says, looked at now and then.

It cannot be switched off again, so what was on stays on. Source: protocol/mixin.md 5.1 and 6.9
"""

import asyncio

import structlog

from bot.errors import ServiceError, SetupError
from bot.mixin.api import Api
from bot.mixin.contents import Unseal

ENCRYPTED = "ENCRYPTED"
AGAIN_S = 60.0
"""After a look that failed, and at least between two looks that a sealed message gives reason to."""

SOON_S = 10.0
"""After the first look failed: until then nothing is sealed, unless somebody wrote sealed."""

PATIENCE_S = 2.0
"""How long a message waits for a look that it can do without."""

log = structlog.get_logger()


class Capability:
    """`every_s`: how often is looked; None for never, and then nothing is sealed."""

    def __init__(self, api: Api, every_s: float | None, *, can_seal: bool) -> None:
        self._api = api
        self._every_s = every_s
        self._can_seal = can_seal
        self._on: bool | None = False if every_s is None else None
        self._hinted = False
        self._look_at = float("inf") if every_s is None else 0.0
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    async def encrypted(self) -> bool:
        """Whether what the bot says has to be sealed.

        Raises:
            ServiceError: Nobody knows yet, and somebody wrote sealed.
            SetupError: MB160, it has to be, and the keystore has no key that could; others as of GET /me.
        """
        if asyncio.get_running_loop().time() >= self._look_at:
            async with self._looking:
                if asyncio.get_running_loop().time() >= self._look_at:
                    await self._look()
        return bool(self._on)

    def hint(self) -> None:
        """A sealed message came: if nothing is to be sealed as far as known, that may have changed."""
        if self._on or self._every_s is None:
            return
        self._hinted = True
        self._look_at = min(self._look_at, self._looked_at + (AGAIN_S if self._on is False else 0.0))

    def hinted(self, unseal: Unseal) -> Unseal:
        """The same, noticing that something sealed came."""

        def noticing(payload: bytes) -> bytes:
            self.hint()
            return unseal(payload)

        return noticing

    async def _look(self) -> None:
        self._looked_at = asyncio.get_running_loop().time()
        urgent = self._on is None and self._hinted
        try:
            async with asyncio.timeout(None if urgent else PATIENCE_S):
                app = (await self._api.me()).app
        except (ServiceError, TimeoutError) as error:
            if urgent:
                raise
            self._look_at = asyncio.get_running_loop().time() + (SOON_S if self._on is None else AGAIN_S)
            log.warning("capability.unknown", code=error.code if isinstance(error, ServiceError) else 0)
            return
        on = app is not None and ENCRYPTED in (app.capabilities or ())
        if on and not self._can_seal:
            raise cannot_seal()
        if on and not self._on:
            log.info("capability.encrypted")
        self._on = on or bool(self._on)
        self._look_at = float("inf") if on else self._looked_at + (self._every_s or AGAIN_S)


def cannot_seal() -> SetupError:
    """MB160."""
    return SetupError(
        "MB160",
        "Message Encryption is on, and this keystore holds an RSA key, with which nothing can be sealed or opened. "
        "Download the keystore again: dashboard → Secret → App Session → Generate a new key.",
    )
