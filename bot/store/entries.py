"""The ways into one bot's console: `bot.entrance.Logins`, whose methods say what is one transaction."""

from datetime import datetime

from bot.entrance import Login, Session
from bot.store import logins
from bot.store.one_bot import OneBot
from bot.wire import replace


class LoginRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(self, bot: OneBot) -> None:
        self._bot = bot

    async def keep_login(self, login: Login, since: datetime) -> None:
        await self._bot.write(logins.keep, login, since)

    async def login(self, key: str) -> Login | None:
        return await self._bot.read(logins.find, key)

    async def use_login(self, key: str, since: datetime, at: datetime) -> Login | None:
        return await self._bot.write(logins.use, key, since, at)

    async def begin_session(self, session: Session, key: str, since: datetime) -> Login | None:
        async with self._bot.transaction() as transaction:
            used = await transaction.write(logins.use, key, since, session.at)
            if used is not None and used.user_id:
                await transaction.write(logins.begin, replace(session, user_id=used.user_id))
            return used if used is not None and used.user_id else None

    async def add_session(self, session: Session) -> None:
        await self._bot.write(logins.begin, session)

    async def session(self, key: str, now: datetime) -> Session | None:
        return await self._bot.read(logins.session, key, now)

    async def end_session(self, key: str) -> None:
        await self._bot.write(logins.end, key)

    async def end_sessions(self, user_id: str) -> None:
        async with self._bot.transaction() as transaction:
            await transaction.write(logins.end_of, user_id)
            await transaction.write(logins.drop_of, user_id)
