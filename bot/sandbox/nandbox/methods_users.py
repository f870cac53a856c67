"""What bots ask of accounts.

Source: nandbox.md 7.1 and 9.1.
"""

from bot.sandbox.nandbox.accounts import LOGIN_ID, MANAGE_USERS, User, details, new_version
from bot.sandbox.nandbox.asked import Asked
from bot.sandbox.nandbox.wire import NOT_A_MEMBER, Frame, Refused, bad_content

PROFILES = ("other", "friend", "work", "family")


def get_user(asked: Asked) -> list[Frame]:
    """Whoever it is: a person or a bot."""
    app_id = asked.app_id
    user_id = asked.text("user_id")
    asked.need(MANAGE_USERS)
    if app_id != asked.bot.app_id:
        raise Refused(NOT_A_MEMBER, f"the bot is no member of app {app_id}")
    user = asked.nandbox.accounts.user(user_id)
    if user is None:
        return unknown(asked, f"there is no user {user_id}")
    return [asked.answer("userDetails", user=details(user, login_id=asked.bot.may(LOGIN_ID)))]


def get_my_profiles(asked: Asked) -> list[Frame]:
    return [asked.answer("myProfile", user=details(me(asked)))]


def set_my_profile(asked: Asked) -> list[Frame]:
    """What is null, stays."""
    wanted = asked.part("user")
    changes = {name: wanted[name] for name in ("name", "status", "profile") if wanted.get(name) is not None}
    if not all(isinstance(value, str) for value in changes.values()) or changes.get("name") == "":
        raise bad_content("a part of the profile is no text")
    if (photo := wanted.get("photo")) is not None:
        if not isinstance(photo, dict) or not isinstance(photo.get("id"), str):
            raise bad_content("photo has no id")
        changes["photo"] = photo["id"]
    user = asked.nandbox.accounts.change(me(asked), version=new_version(), **changes)
    asked.nandbox.tell_people()
    return [asked.answer("myProfile", user=details(user))]


def me(asked: Asked) -> User:
    found = asked.nandbox.accounts.user(asked.bot_id)
    if found is None:
        raise bad_content("the bot is gone")
    return found


def unknown(asked: Asked, why: str) -> list[Frame]:
    """Nobody knows what the live service answers; both ways are on offer."""
    if asked.nandbox.settings.unknown_is_silent:
        return []
    raise bad_content(why)


METHODS = {"getUser": get_user, "getMyProfiles": get_my_profiles, "setMyProfile": set_my_profile}
