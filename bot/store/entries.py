"""The ways into one bot's console: `bot.entrance.Logins`, whose methods say what is one transaction."""

from datetime import datetime

from bot.entrance import Login, Session
from bot.store import logins
from bot.store.database import Connections
from bot.wire import replace


class LoginRows:
    """Every method raises `NotKept` where the database does not do its work."""

    def __init__(self, connections: Connections, bot_id: str) -> None:
        self._connections = connections
        self._bot_id = bot_id

    async def keep_login(self, login: Login, since: datetime) -> None:
        await self._connections.write(logins.keep, self._bot_id, login, since)

    async def login(self, key: str) -> Login | None:
        return await self._connections.read(logins.find, self._bot_id, key)

    async def use_login(self, key: str, since: datetime, at: datetime) -> Login | None:
        return await self._connections.write(logins.use, self._bot_id, key, since, at)

    async def begin_session(self, session: Session, key: str, since: datetime) -> Login | None:
        async with self._connections.transaction() as transaction:
            used = await transaction.write(logins.use, self._bot_id, key, since, session.at)
            if used is not None and used.user_id:
                await transaction.write(logins.begin, self._bot_id, replace(session, user_id=used.user_id))
            return used if used is not None and used.user_id else None

    async def add_session(self, session: Session) -> None:
        await self._connections.write(logins.begin, self._bot_id, session)

    async def session(self, key: str, now: datetime) -> Session | None:
        return await self._connections.read(logins.session, self._bot_id, key, now)

    async def end_session(self, key: str) -> None:
        await self._connections.write(logins.end, self._bot_id, key)

    async def end_sessions(self, user_id: str) -> None:
        async with self._connections.transaction() as transaction:
            await transaction.write(logins.end_of, self._bot_id, user_id)
            await transaction.write(logins.drop_of, self._bot_id, user_id)
