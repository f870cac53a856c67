"""Who may do more with the bot than talk to it, whether or not they ever wrote."""

from sqlalchemy import Connection, bindparam, delete, select

from bot.store.bulk import Insert, PerEngine, Words
from bot.store.tables import admins
from bot.users import Role

_ALL = select(admins.c.user_id, admins.c.role).where(admins.c.bot_id == bindparam("bot"))


def _give(words: Words) -> Insert:
    insert = words.insert(admins)
    return insert.on_conflict_do_update(index_elements=["bot_id", "user_id"], set_={"role": insert.excluded.role})


_GIVE = PerEngine(_give)
_TAKE = delete(admins).where(admins.c.bot_id == bindparam("bot"), admins.c.user_id == bindparam("who"))


def roles(connection: Connection, bot_id: str) -> dict[str, Role]:
    return {user_id: Role(role) for user_id, role in connection.execute(_ALL, {"bot": bot_id})}


def set_role(connection: Connection, bot_id: str, user_id: str, role: Role) -> None:
    if role is Role.NONE:
        connection.execute(_TAKE, {"bot": bot_id, "who": user_id})
    else:
        row = {"bot_id": bot_id, "user_id": user_id, "role": role.value}
        connection.execute(_GIVE.on(connection), row)
