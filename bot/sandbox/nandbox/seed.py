"""Fills an empty nandbox: an app, the bot, people, a group and a channel."""

from bot.sandbox.nandbox.accounts import NEVER, STARTED, Accounts, Bot, User, new_secret
from bot.sandbox.nandbox.chats import ADMIN, CHANNEL, GROUP, Chat, Chats, Member
from bot.sandbox.nandbox.world import (
    APP_ID,
    APP_NAME,
    BOT_ID,
    BOT_NAME,
    BOT_STATUS,
    CHANNEL_ABOUT,
    CHANNEL_ID,
    CHANNEL_MEMBERS,
    CHANNEL_TITLE,
    GROUP_ABOUT,
    GROUP_ID,
    GROUP_MEMBERS,
    GROUP_TITLE,
    OTHER_APP_ID,
    SEED_USERS,
    STRANGERS,
)


def seed(accounts: Accounts, chats: Chats, now_ms: int, *, people: bool, secret: str = "") -> None:
    """The bot, and with `people` everybody else; the caller holds the transaction."""
    accounts.add_app(APP_ID, APP_NAME)
    accounts.add_app(OTHER_APP_ID, "Somebody else's app")
    accounts.save(User(BOT_ID, BOT_NAME, BOT_STATUS, "0btm", is_bot=True, short_name="demobot"))
    accounts.save_bot(Bot(BOT_ID, APP_ID, secret or new_secret()))
    if not people:
        return
    for number, (user_id, name, status, handle) in enumerate(SEED_USERS):
        accounts.save(
            User(
                user_id, name, status, f"0F9{number}", short_name=handle, login_id=f"20100000000{number}",
                with_bot={BOT_ID: NEVER if user_id in STRANGERS else STARTED},
            )
        )  # fmt: skip
    for chat_id, title, kind, about, members in (
        (GROUP_ID, GROUP_TITLE, GROUP, GROUP_ABOUT, GROUP_MEMBERS),
        (CHANNEL_ID, CHANNEL_TITLE, CHANNEL, CHANNEL_ABOUT, CHANNEL_MEMBERS),
    ):
        inside = {user_id: Member(since=now_ms) for user_id in (*members, BOT_ID)}
        inside[members[0]].type = inside[BOT_ID].type = ADMIN
        chats.save(Chat(chat_id, title, kind, APP_ID, members[0], about, members=inside))
