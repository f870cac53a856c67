"""Chores of one bot: old marks go, dead letters are handled again on request, its name and first admins are learned."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

import structlog

from bot.dispatch import Dispatcher
from bot.errors import NotFound, RateLimited, ServiceError, Unavailable, Unsupported
from bot.message import reply_id
from bot.services import Services
from bot.users import Role
from bot.wire import replace

log = structlog.get_logger()


HEED_OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class UpkeepOptions:
    """`keep_days`: marks are kept so long; the messenger repeats a message for seven days. `callback_url` is where
    people have to be sent back to who allowed something; empty where nobody can.
    """

    keep_days: int = 8
    prune_every_s: float = 3600.0
    replay_every_s: float = 2.0
    retry_s: float = 5.0
    callback_url: str = ""


class Upkeep:
    """Runs beside the dispatcher until cancelled."""

    def __init__(
        self, services: Services, dispatcher: Dispatcher, first_admins: Sequence[str], options: UpkeepOptions
    ) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._first_admins = first_admins
        self._options = options
        self._heeded_at = datetime.now(UTC)
        self._shelf_heeded_at = self._heeded_at
        if services.shelf is not None:  # somebody may have been forgotten while nothing ran
            self._shelf_heeded_at -= timedelta(days=services.shelf.keep_days)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._prune(), name="upkeep.prune")
            tasks.create_task(self._replay(), name="upkeep.replay")
            tasks.create_task(self._introduce(), name="upkeep.introduce")

    async def _prune(self) -> None:
        while True:
            try:
                await self._services.store.prune(datetime.now(UTC) - timedelta(days=self._options.keep_days))
            except Unavailable:
                log.warning("upkeep.prune_failed")
            if (shelf := self._services.shelf) is not None:
                await shelf.tidy()
            await asyncio.sleep(self._options.prune_every_s)

    async def _replay(self) -> None:
        for number in count():
            await asyncio.sleep(self._options.replay_every_s)
            self._dispatcher.observe()
            try:
                await self._heed()
                letters = await self._services.store.take_replays()
            except Unavailable:
                log.warning("upkeep.replay_failed")
                continue
            for letter in letters:
                # Another id: the apology took those that the replies would have had.
                message = letter.message
                again = replace(message, id=reply_id(message.id, f"replay {letter.at} {number}"), backlog=False)
                log.info("message.replayed", message_id=again.id, reference=letter.reference)
                self._dispatcher.replay(again, letter.reference)

    async def _heed(self) -> None:
        """Learn what other processes did: whom they blocked or muted, and whom they forgot."""
        services, now = self._services, datetime.now(UTC)
        roster = services.store.roster
        services.blocked, services.muted = await roster.silenced(now)
        for user_id in await roster.gone(self._heeded_at - HEED_OVERLAP, services.remembered()):
            services.forgotten(user_id)
        if (shelf := services.shelf) is not None and (owners := shelf.people()):
            for user_id in await services.store.roster.gone(self._shelf_heeded_at - HEED_OVERLAP, owners):
                await shelf.forget(user_id)
            self._shelf_heeded_at = now
        self._heeded_at = now

    async def _introduce(self) -> None:
        """Ask the messenger who the bot is, and who its first admins are, until it has answered."""
        while True:
            try:
                await self._learn_name()
                await self._seed_admins()
            except ServiceError as error:
                log.warning("upkeep.introduce_failed", code=error.code)
                wanted_s = error.retry_after_s if isinstance(error, RateLimited) else None
                await asyncio.sleep(max(self._options.retry_s, wanted_s or 0.0))
            else:
                return

    async def _learn_name(self) -> None:
        services = self._services
        if services.account is None:
            return
        profile = await services.account.profile()
        services.number = profile.user.identity_number
        services.name = services.name or profile.user.name
        services.patterns = profile.resource_patterns
        services.platform.allow_links(profile.resource_patterns)
        log.info("bot.identity", name=services.name, number=services.number)
        wanted = self._options.callback_url
        if wanted and profile.oauth_url != wanted:
            log.warning(
                "oauth.callback_differs",
                code="MB141",
                hint=f"OAuth callback mismatch. Dashboard: {profile.oauth_url or 'none'}. This service: {wanted}. "
                "Change one of them so they are identical.",
            )

    async def _seed_admins(self) -> None:
        services = self._services
        if not self._first_admins or await services.store.admins():
            return
        found: list[str] = []
        for who in self._first_admins:
            try:
                found.append((await services.platform.user(who)).id)
            except (NotFound, Unsupported):
                log.error("bot.admin_unknown", who=who)
        async with services.store.transaction() as store:
            for user_id in found:
                await store.set_role(user_id, Role.OWNER)
                log.info("bot.admin_added", user_id=user_id)
