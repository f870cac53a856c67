"""Tells people in the chat what became of their permission: that it works, what is missing, when it is about to end.

What to tell is kept with the permission, so that it is told once, by whoever runs the bot, whichever process heard it.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.amounts import format_time
from bot.dispatch import Dispatcher
from bot.errors import NotFound, Rejected, ServiceError
from bot.message import Button, Buttons, Content, Message, Outgoing, Text, reply_id
from bot.records import Authorization
from bot.services import Services

log = structlog.get_logger()

CONNECTED, EXPIRING = "connected", "expiring"
WARN_BEFORE = timedelta(days=14)
SHOWN = {"PROFILE:READ": "me", "ASSETS:READ": "assets", "SNAPSHOTS:READ": "snapshots", "CONTACTS:READ": "friends"}
"""A command for each scope, to try it with."""
MOST_BUTTONS = 4


def utc_now() -> datetime:
    return datetime.now(UTC)


class Notices:
    """Looks every `every_s` for what is due, until cancelled."""

    def __init__(
        self,
        services: Services,
        dispatcher: Dispatcher,
        *,
        every_s: float = 1.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._services = services
        self._dispatcher = dispatcher
        self._every_s = every_s
        self._now = now

    async def run(self) -> None:
        while True:
            try:
                await self.tell_all()
            except ServiceError as error:
                log.warning("notices.failed", error_code=error.code)
            await asyncio.sleep(self._every_s)

    async def tell_all(self) -> None:
        """Everything that is due now. What the messenger does not take is told the next time."""
        for authorization in await self._services.store.due_notices(self._now()):
            self._services.forgotten(authorization.user_id)  # their language may have been learned with the permission
            contents = await self._contents(authorization)
            try:
                await self._say(authorization, contents)
            except Rejected as error:
                log.warning("notices.refused", user_id=authorization.user_id, error_code=error.code)
            await self._services.store.set_notice(authorization, *self._after(authorization))
            if authorization.then and not _missing(authorization):
                again = self._again(authorization)
                self._dispatcher.replay(again, again.id)  # like a dead letter, it is not the messenger's to acknowledge

    def _after(self, authorization: Authorization) -> tuple[str, datetime | None]:
        """What comes next: a grant that ends so soon that it was new a moment ago is not announced."""
        at = authorization.expires_at - WARN_BEFORE
        if authorization.notice == CONNECTED and at > self._now():
            return EXPIRING, at
        return "", None

    def _again(self, authorization: Authorization) -> Message:
        """The command that could not go on for lack of this permission, under an id of its own."""
        platform, user_id = self._services.platform, authorization.user_id
        return Message(
            reply_id(authorization.grant_id, "then"),
            platform.conversation_with(user_id),
            user_id,
            Text(authorization.then),
            self._now(),
        )

    async def _contents(self, authorization: Authorization) -> Sequence[Content]:
        person = await self._services.store.person(authorization.user_id)
        language = (person.language if person is not None else "") or self._services.language
        granted = authorization.scope.split()
        texts = self._services.texts

        def names(scopes: Sequence[str]) -> str:
            found = [texts.find(language, f"scope.{one}") or one for one in scopes]
            return texts.get(language, "consent.and").join(found)

        if authorization.notice == EXPIRING:
            day = format_time(authorization.expires_at, language)
            return [Text(texts.get(language, "connect.expiring", day=day)), self._buttons(language, ["connect"])]
        if missing := _missing(authorization):
            shared, what = names(granted), names(missing)
            text = texts.get(language, "connect.partial", shared=shared, missing=what)
            allow = Button(texts.get(language, "consent.allow", what=what)[:36], "input:/connect " + " ".join(missing))
            return [Text(text), Buttons((allow, *self._commands(language, granted)[: MOST_BUTTONS - 1]))]
        text = texts.get(language, "connect.done", shared=names(granted))
        if authorization.then:
            return [Text(text)]
        return [Text(text), Buttons(tuple(self._commands(language, granted)[:MOST_BUTTONS]))]

    def _commands(self, language: str, granted: Sequence[str]) -> list[Button]:
        newest = [SHOWN[scope] for scope in reversed(granted) if scope in SHOWN]
        known = [name for name in newest if self._services.commands.find(name) is not None]
        return list(self._buttons(language, known or ["help"]).buttons)

    def _buttons(self, language: str, names: Sequence[str]) -> Buttons:
        labels = {name: self._services.texts.find(language, f"button.{name}") or name.capitalize() for name in names}
        return Buttons(tuple(Button(label, f"input:/{name}") for name, label in labels.items()))

    async def _say(self, authorization: Authorization, contents: Sequence[Content]) -> None:
        """Repeating it is harmless: the ids follow from the grant and from what is told."""
        platform, user_id = self._services.platform, authorization.user_id
        said = [
            Outgoing(
                reply_id(authorization.grant_id, f"{authorization.notice} {index}"),
                platform.conversation_with(user_id),
                user_id,
                content,
            )
            for index, content in enumerate(contents)
        ]
        packed = [platform.pack(one) for one in said]
        try:
            await platform.send(packed)
        except (NotFound, Rejected):
            await platform.reach(said[0])
            await platform.send(packed)


def _missing(authorization: Authorization) -> list[str]:
    granted = authorization.scope.split()
    return [one for one in authorization.asked.split() if one not in granted]
