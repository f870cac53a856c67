"""nandbox's people, chats and members, asked for once where many want to know the same, and remembered for a moment.

Source: protocol/nandbox.md 7.1 and 7.2
"""

import asyncio
import base64
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from bot.directory import Chat, Entry, Member
from bot.errors import NotFound, Rejected, Unavailable, Unclear
from bot.nandbox.account import is_id
from bot.nandbox.connection import Connection
from bot.nandbox.files import NandboxFiles
from bot.nandbox.views import chat, entry, member

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DirectoryOptions:
    """How long and how many are remembered; that there is nobody of an id is remembered, too."""

    keep_s: float = 60.0
    most: int = 500
    picture_bytes: int = 5 * 1024 * 1024


class NandboxDirectory:
    """See `bot.directory.Directory`, which this is one of."""

    def __init__(self, connection: Connection, files: NandboxFiles, options: DirectoryOptions | None = None) -> None:
        self._connection = connection
        self._files = files
        self._options = options or DirectoryOptions()
        self._known: OrderedDict[str, tuple[float, Entry | NotFound]] = OrderedDict()
        self._asking: dict[str, asyncio.Task[Entry]] = {}

    async def user(self, user_id: str) -> Entry:
        _require_id(user_id)
        until, known = self._known.get(user_id, (0.0, None))
        if known is not None and until > asyncio.get_running_loop().time():
            if isinstance(known, NotFound):
                raise NotFound(str(known), code=known.code)
            return known
        task = self._asking.get(user_id)
        if task is None:
            task = self._asking[user_id] = asyncio.create_task(self._ask_user(user_id))
            task.add_done_callback(lambda done: self._done(user_id, done))
        return await asyncio.shield(task)

    async def picture(self, entry: Entry) -> bytes:
        """The picture itself, or else its thumbnail, or else the preview that came with the answer."""
        photo = entry.photo
        for file_id in (photo.id, photo.thumbnail.id if photo.thumbnail is not None else "") if photo else ():
            try:
                if file_id:
                    return await self._files.fetch(file_id, self._options.picture_bytes)
            except Unavailable:
                break
            except Rejected:
                continue
        try:
            preview = base64.b64decode(entry.image, validate=True)
        except ValueError:
            preview = b""
        if not preview:
            raise NotFound("no picture", code=404)
        return preview

    async def chat(self, chat_id: str) -> Chat:
        _require_id(chat_id)
        answer = await self._connection.ask("getChat", {"chat_id": chat_id}, "chatDetails", chat_id)
        return _read(chat(answer.body.get("chat"), answer.app_id))

    async def member(self, chat_id: str, user_id: str) -> Member:
        _require_id(chat_id)
        _require_id(user_id)
        answer = await self._connection.ask(
            "getChatMember", {"chat_id": chat_id, "user_id": user_id}, "chatMember", chat_id, user_id
        )
        return _read(member(answer.body.get("chatMember"), answer.app_id))

    async def me(self) -> Entry:
        answer = await self._connection.ask("getMyProfiles", {}, "myProfile")
        return _read(entry(answer.body.get("user"), answer.app_id))

    async def _ask_user(self, user_id: str) -> Entry:
        answer = await self._connection.ask("getUser", {"user_id": user_id}, "userDetails", user_id)
        return _read(entry(answer.body.get("user"), answer.app_id))

    def _done(self, user_id: str, task: "asyncio.Task[Entry]") -> None:
        del self._asking[user_id]
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._keep(user_id, task.result())
        elif isinstance(error, NotFound):
            self._keep(user_id, error)

    def _keep(self, user_id: str, found: Entry | NotFound) -> None:
        self._known[user_id] = (asyncio.get_running_loop().time() + self._options.keep_s, found)
        self._known.move_to_end(user_id)
        while len(self._known) > self._options.most:
            self._known.popitem(last=False)


def _require_id(wanted: str) -> None:
    if not is_id(wanted):
        raise NotFound("ids of nandbox are digits only", code=404)


def _read(found: T | None) -> T:
    if found is None:
        raise Unclear("nandbox answered without saying whom it means")
    return found
