"""People of another messenger, looked up by id: as values, and the Protocol of who knows them."""

from typing import Protocol

from bot.wire import Value


class Photo(Value, frozen=True):
    """A picture kept by the messenger; sizes in pixels, 0 where unknown, and `size` in bytes."""

    id: str
    width: int = 0
    height: int = 0
    size: int = 0
    thumbnail: "Photo | None" = None


class Entry(Value, frozen=True):
    """What the directory says of a person or a bot.

    `status` is their status line, `image` a tiny JPEG in base64, `version` the version of their profile, `profile`
    which of their profiles it is. `login_id` is the address or number they signed up with, where the bot may know.
    """

    id: str
    name: str = ""
    is_bot: bool = False
    status: str = ""
    version: str = ""
    photo: Photo | None = None
    image: str = ""
    profile: str = ""
    short_name: str = ""
    last_seen: str = ""
    terminal: str = ""
    type: str = ""
    login_id: str = ""
    app_id: str = ""


class Chat(Value, frozen=True):
    """A group, a channel or a conversation of two; `type` is the messenger's word for it."""

    id: str
    title: str = ""
    type: str = ""
    description: str = ""
    member_count: int = 0
    invite_link: str = ""
    language_code: str = ""
    version: str = ""
    photo: Photo | None = None
    app_id: str = ""


class Member(Value, frozen=True):
    """Somebody's part in a chat; `status` is lower case, `member_since_ms` in Unix milliseconds."""

    user_id: str
    chat_id: str
    type: str = ""
    status: str = ""
    member_since_ms: int = 0
    tags: tuple[str, ...] = ()
    account_type: str = ""
    login_id: str = ""
    privileges: tuple[str, ...] = ()
    app_id: str = ""


class Directory(Protocol):
    """Every method raises `Unavailable` where there was no answer to be had, and `Unclear`, one of those, where the
    messenger is there and said nothing to just this question.
    """

    async def user(self, user_id: str) -> Entry:
        """
        Raises:
            NotFound: The messenger cannot make anything of that id.
            Forbidden: The bot may not look people up.
        """
        ...

    async def picture(self, entry: Entry) -> bytes:
        """Their picture as the messenger keeps it: opaque, and no more than a few MiB.

        Raises:
            NotFound: There is none, or none that can be had.
        """
        ...

    async def chat(self, chat_id: str) -> Chat: ...

    async def member(self, chat_id: str, user_id: str) -> Member: ...

    async def me(self) -> Entry:
        """The bot itself."""
        ...
