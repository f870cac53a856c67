"""Somebody without a browser in front of the whole thing: says texts, presses buttons, allows what is asked for."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.sandbox.messages import Message
from tests.e2e.connecting import Rig

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Reply:
    """Everything that the bot said to one message."""

    messages: Sequence[Message]

    @property
    def text(self) -> str:
        """The texts and posts, one below the other."""
        kinds = ("PLAIN_TEXT", "PLAIN_POST")
        return "\n".join(each.data.decode() for each in self.messages if each.category in kinds)

    @property
    def kinds(self) -> list[str]:
        return [each.category for each in self.messages]

    @property
    def actions(self) -> list[str]:
        """What the buttons do."""
        groups = [json.loads(each.data) for each in self.messages if each.category == "APP_BUTTON_GROUP"]
        return [button["action"] for group in groups for button in group]

    def file(self) -> dict[str, Any]:
        """The one file among them."""
        (found,) = [json.loads(each.data) for each in self.messages if each.category == "PLAIN_DATA"]
        assert isinstance(found, dict)
        return found


@dataclass
class Asker:
    """One person of the sandbox, by name or id, in the conversation with the bot."""

    rig: Rig
    name: str
    http: aiohttp.ClientSession

    async def ask(self, text: str, **how: Any) -> Reply:
        """Say something, and wait until the bot has done with it."""
        before = {each.message_id for each in self.rig.sandbox.history(self.name)}
        said = self.rig.sandbox.say(self.name, text, **how)
        await self.settled(said.message_id)
        return self._since({*before, said.message_id})

    async def pay(self, amount: str, symbol: str, *, safe: bool = True) -> Reply:
        """Transfer coins to the bot; it hears of it in the chat."""
        sandbox = self.rig.sandbox
        before = {each.message_id for each in sandbox.history(self.name)}
        sandbox.transfer(self.name, sandbox.bot_id, symbol, amount, memo="for you", safe=safe)
        told = [each for each in sandbox.history(self.name) if each.message_id not in before]
        notices = [each.message_id for each in told if each.category.startswith("SYSTEM_")]
        for message_id in notices:
            await self.settled(message_id)
        return self._since({*before, *notices})

    async def allow(self, link: str, *scopes: str) -> str:
        """Follow a link to the sheet that asks, tick these scopes, agree; gives where that ends."""
        sandbox = self.rig.sandbox
        async with self.http.get(link) as page:
            assert page.url.path.startswith("/oauth/authorize/"), await page.text()
            path = page.url.path
        form = aiohttp.FormData(
            [("as", self._id), ("pin", "123456"), ("answer", "authorize"), ("back", "1"),
             *(("scope", scope) for scope in scopes)]
        )  # fmt: skip
        origin = {"Origin": sandbox.url}
        async with self.http.post(f"{sandbox.url}{path}/phone?back=1", data=form, headers=origin) as page:
            return page.url.path

    @asynccontextmanager
    async def hearing(self, words: str) -> AsyncIterator[None]:
        """Wait at the end of the block until the bot has said these words, which were not asked for with a message."""
        sandbox = self.rig.sandbox
        before = {each.message_id for each in sandbox.history(self.name)}
        listener = sandbox.events.listen("", None, frames=True)
        try:
            yield
            async with asyncio.timeout(PATIENCE_S):
                while words not in self._since(before).text:
                    await listener.get()
        finally:
            sandbox.events.leave(listener)

    @property
    def _id(self) -> str:
        return self.rig.sandbox.person(self.name).user_id

    def _since(self, known: set[str]) -> Reply:
        said = [each for each in self.rig.sandbox.history(self.name) if each.message_id not in known]
        return Reply([each for each in said if each.user_id == self.rig.sandbox.bot_id])

    async def settled(self, message_id: str) -> None:
        sandbox = self.rig.sandbox
        listener = sandbox.events.listen("", None, frames=True)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not sandbox.queue.is_acknowledged(sandbox.bot_id, message_id):
                    await listener.get()
        finally:
            sandbox.events.leave(listener)


@asynccontextmanager
async def asking(rig: Rig, name: str) -> AsyncIterator[Asker]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Asker(rig, name, http)
