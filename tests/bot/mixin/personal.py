"""One person's account over a server on a real socket; the token is the bot's, since only the questions matter here."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.mixin.access import Access
from bot.mixin.api import Api
from bot.mixin.auth import Clock
from bot.mixin.coins import Coins
from bot.mixin.hosts import Route
from bot.mixin.http import Http, open_session
from bot.mixin.personal import MixinPersonalAccount
from bot.wire import Raw
from tests.bot.mixin.servers import FAST
from tests.bot.mixin.vectors import BOT_ID, bot_keystore
from tests.fakes import EVERYTHING


@dataclass
class Granted:
    """Implements bot.mixin.personal.PersonalAccess."""

    access: Access
    granted: Collection[str]

    async def get(self, path: str) -> Raw:
        return await self.access.get(path)

    async def scopes(self) -> Collection[str]:
        return self.granted


@asynccontextmanager
async def open_personal(url: str, *scopes: str) -> AsyncIterator[MixinPersonalAccount]:
    """Somebody's account who granted these scopes, all if none are named."""
    async with open_session(FAST) as session:
        access = Access(Http(session, bot_keystore(), Route([url]), Clock(), FAST), FAST)
        yield MixinPersonalAccount(Granted(access, scopes or EVERYTHING), Coins(Api(access, BOT_ID, FAST)))
