"""Requests in a person's name: signed with what they granted, and what it means when that is refused.

401 is the end of a grant: it is deleted at once, and never used again. What 403 means is for whoever knows what was
asked for.

Source: protocol/mixin.md 4.5, 4.6, 4.8 and 4.9
"""

import asyncio
from collections.abc import Collection

import structlog

from bot.account import Ending
from bot.errors import CannotOpen, Forbidden, NotConnected, ServiceError, Unauthorized, Unavailable
from bot.mixin.access import corrected, patiently
from bot.mixin.credentials import Credential
from bot.mixin.http import Exchange
from bot.mixin.oauth import cancelling, credential_of, read_proof
from bot.mixin.platform import Mixin
from bot.records import Authorization, Store, about_authorization
from bot.vault import Vault
from bot.wire import Raw

CANCEL_S = 4.0
"""How long Mixin is waited for when a grant is given back; whoever asked for it waits, too."""

log = structlog.get_logger()


class GrantAccess:
    """One person's way to the API for the time of one command; the grant is read with the first request.

    Every request raises `NotConnected` where there is no grant, or none any more, or another `ServiceError`.
    """

    def __init__(self, user_id: str, mixin: Mixin, store: Store, vault: Vault) -> None:
        self._user_id = user_id
        self._mixin = mixin
        self._store = store
        self._vault = vault
        self._found: tuple[Authorization, Credential] | None = None

    async def scopes(self) -> Collection[str]:
        """What this person granted.

        Raises:
            NotConnected: Nothing, or no longer.
        """
        authorization, _ = await self._grant()
        return authorization.scope.split()

    async def get(self, path: str) -> Raw:
        """The `data` at a path, which has its query, escaped. Repeated while the outcome is unknown."""
        return await patiently(lambda: self._once(Exchange("GET", path)), self._mixin.options)

    async def give_back(self) -> Ending:
        """Delete the grant here, and then end it at Mixin with what was just deleted: asked once, since whatever the
        answer is, the bot can use the grant no more.
        """
        try:
            _, credential = await self._grant()
        except NotConnected:
            return Ending.HERE if await self._store.disconnect(self._user_id) else Ending.NOTHING
        self._found = None
        ending = Ending.HERE if await self._store.disconnect(self._user_id) else Ending.NOTHING
        if ending and await self._cancelled(credential):
            ending = Ending.EVERYWHERE
        return ending

    async def _cancelled(self, credential: Credential) -> bool:
        """Whether Mixin says that the grant is over; that it does not know it any more is one way to say so."""
        exchange = cancelling(self._mixin.bot_id)
        try:
            async with asyncio.timeout(CANCEL_S):
                await self._mixin.http.send(exchange, credential)
        except Unauthorized as error:
            return not error.by_proxy and not corrected(self._mixin.http.clock, exchange, self._mixin.options)
        except (ServiceError, TimeoutError) as error:
            log.warning("grant.not_cancelled", user_id=self._user_id, reason=str(error) or "no answer in time")
            return False
        return True

    async def _once(self, exchange: Exchange) -> Raw:
        authorization, credential = await self._grant()
        try:
            try:
                return await self._mixin.http.send(exchange, credential)
            except Unauthorized as error:
                if error.by_proxy or not await self._clock_was_wrong(exchange):
                    raise
                return await self._mixin.http.send(exchange, credential)
        except (Unauthorized, Forbidden) as error:
            if error.by_proxy:
                raise Unavailable(str(error), code=error.code, request_id=error.request_id) from None
            if isinstance(error, Unauthorized):
                raise await self._end(authorization, error) from None
            raise

    async def _grant(self) -> tuple[Authorization, Credential]:
        if self._found is None:
            authorization = await self._store.authorization(self._user_id)
            if authorization is None:
                raise NotConnected
            self._found = authorization, self._open(authorization)
        return self._found

    def _open(self, authorization: Authorization) -> Credential:
        about = about_authorization(self._mixin.bot_id, self._user_id)
        try:
            proof = read_proof(self._vault.open(authorization.sealed, about))
        except (CannotOpen, ValueError) as error:
            log.error("grant.cannot_open", code="MB144", user_id=self._user_id, reason=str(error))
            raise NotConnected from None
        return credential_of(
            proof, self._mixin.bot_id, authorization.scope, wants_signed=self._mixin.options.signed_answers
        )

    async def _clock_was_wrong(self, exchange: Exchange) -> bool:
        """A grant is dead only if our clock cannot be what was wrong; an answer that does not tell the time is
        compared with one to the bot.
        """
        if exchange.skew_s is None and exchange.offset_s == self._mixin.http.clock.offset_s:
            before = self._mixin.http.clock.offset_s
            await self._mixin.access.once("GET", "/me")
            return self._mixin.http.clock.offset_s != before
        return corrected(self._mixin.http.clock, exchange, self._mixin.options)

    async def _end(self, authorization: Authorization, error: Unauthorized) -> NotConnected:
        self._found = None
        ended = await self._store.drop_authorization(self._user_id, authorization.grant_id)
        log.info("grant.ended", user_id=self._user_id, request_id=error.request_id)
        return NotConnected(ended=ended)
