"""What a handler is given: the message, whoever wrote it, and whatever it may ask for."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.account import Account, Grants, PersonalAccount
from bot.directory import Directory
from bot.errors import NotFound, NotHere, RateLimited, ServiceError, Unsupported, UserError
from bot.harmless import inert
from bot.incoming import MOST_BYTES, TOO_LARGE, WITHIN_S, Media, Refused, fetch
from bot.ledger import AuditEntry
from bot.message import Audio, Button, Buttons, Content, File, Image, Message, Outgoing, Video, reply_id
from bot.parser import Parsed
from bot.records import Store
from bot.services import Services
from bot.shelf import NoRoom
from bot.steering import Steering
from bot.users import Person, Role, User
from bot.wire import Record, replace

MAX_WHO = 64
MAX_SAID = 200
"""Characters of a text that a button says."""


class Context(Record):
    """One run of one command. For a command that writes, `store` is the transaction that its mark is part of."""

    message: Message
    person: Person
    language: str
    parsed: Parsed
    services: Services
    store: Store

    @property
    def args(self) -> list[str]:
        """The words after the command; quoted words are one."""
        return self.parsed.args

    @property
    def rest(self) -> str:
        """All that was written after the command."""
        return self.parsed.rest

    @property
    def is_admin(self) -> bool:
        """Whether admin commands work here: said by an operator or owner in person, in the conversation of two."""
        return may_administer(self.message, self.person)

    @property
    def account(self) -> Account:
        """The bot's account at Mixin, for commands declared `only="mixin"`."""
        if self.services.account is None:
            raise Unsupported("this messenger has no account to ask")
        return self.services.account

    @property
    def steering(self) -> Steering:
        """What whoever asks may do with broadcasts, in the same transaction as the command's mark."""
        return Steering(self.store.ledger, self.message.user_id, datetime.now(UTC), self.services.limits)

    @property
    def grants(self) -> Grants:
        """Who allowed the bot to read what, for commands declared `only="mixin"`."""
        if self.services.grants is None:
            raise UserError(self.text("consent.off"))
        return self.services.grants

    @property
    def mine(self) -> PersonalAccount:
        """The account of whoever asks, as far as they allow: where they do not, they are asked to.

        Raises:
            NotHere: Others could read the answer.
        """
        self.require_private()
        return self.grants.account(self.message.user_id)

    @property
    def directory(self) -> Directory:
        """Who knows the people of nandbox.

        Raises:
            UserError: Nobody does: there is no token.
        """
        if self.services.directory is None:
            raise UserError(self.text("directory.off"))
        return self.services.directory

    async def show(self, content: bytes, name: str) -> Image:
        """A picture from elsewhere, made anew and handed over, ready to be said.

        Raises:
            ValueError: It is no picture, or too large.
            Unsupported: Pictures cannot be handed over here.
        """
        from bot.pictures import read_picture  # loaded with the first picture: it takes half a second and 9 MiB

        attachments = self.services.attachments
        if attachments is None:
            raise Unsupported("there is nowhere to hand a picture over")
        picture = await read_picture(content)
        file = await attachments.upload(
            picture.content, name=name, mime_type=picture.mime_type, group=not self.message.direct
        )
        return Image(
            file.attachment_id,
            picture.mime_type,
            picture.width,
            picture.height,
            len(picture.content),
            thumbnail=picture.thumbnail,
            key=file.key,
            digest=file.digest,
        )

    async def fetch(
        self, media: Media | None = None, *, types: Sequence[str] = (), most_bytes: int = 0, within_s: float = 0.0
    ) -> bytes:
        """The file that came with the message, or with an entry of a transcript, opened if it was sealed.

        Nothing is fetched unless a handler asks, and nothing is kept: see `keep`. `types` are beginnings such as
        `image/` or `application/pdf`; limits of 0 are those of `bot.incoming`.

        Raises:
            UserError: There is none, it is too large, of another type, gone, or came too slowly.
            Unsupported: Files cannot be had here.
        """
        attachments = self.services.attachments
        if attachments is None:
            raise Unsupported("there is nowhere to get a file from")
        content = self.message.content if media is None else media
        if not isinstance(content, Image | Video | Audio | File):
            raise UserError(self.text("file.none"))
        most_bytes, within_s = most_bytes or MOST_BYTES, within_s or WITHIN_S
        try:
            return await fetch(attachments, content, types=types, most_bytes=most_bytes, within_s=within_s)
        except Refused as refused:
            most = f"{most_bytes / 1024**2:g}"
            raise UserError(self.text(f"file.{refused}", most=most, types=", ".join(types))) from None

    async def keep(
        self, media: Media | None = None, *, types: Sequence[str] = (), most_bytes: int = 0, within_s: float = 0.0
    ) -> Path:
        """Fetch a file as `fetch` does, and keep it on the disk of this machine; where it lies.

        It goes after `bot.file_days` days, when more than `bot.file_mb` are kept and it is the oldest, and when its
        sender is forgotten. The same file of the same message lies in the same place.

        Raises:
            UserError: As `fetch`, and where it is larger than all that may be kept.
            Unsupported: Files cannot be had or kept here.
            Unavailable: The disk does not take it now.
        """
        if self.services.shelf is None:
            raise Unsupported("there is nowhere to keep a file")
        content = await self.fetch(media, types=types, most_bytes=most_bytes, within_s=within_s)
        source = self.message.content if media is None else media
        assert isinstance(source, Image | Video | Audio | File)
        name = f"{self.message.id} {source.attachment_id}"
        try:
            return await self.services.shelf.put(self.message.user_id, name, content, source.mime_type)
        except NoRoom:
            most = f"{self.services.shelf.most_bytes / 1024**2:g}"
            raise UserError(self.text(f"file.{TOO_LARGE}", most=most)) from None

    def require_private(self) -> None:
        """Go on only in the conversation of two, with the person themselves.

        Raises:
            NotHere: Others could read the answer, or somebody else asks in the person's name.
        """
        if not self.message.direct or self.message.representative_id:
            raise NotHere("personal data is for the conversation of two")

    def text(self, key: str, /, **values: object) -> str:
        """A sentence of the catalog in the person's language."""
        return self.services.texts.get(self.language, key, **values)

    def count(self, key: str, number: int, /, **values: object) -> str:
        """A sentence with the number's plural."""
        return self.services.texts.count(self.language, key, number, **values)

    def once(self, what: str, every_s: float) -> bool:
        """Whether this person was not told so in the last `every_s` seconds."""
        message = self.message
        written_at = message.created_at.timestamp()
        return self.services.recently.first(message.user_id, what, message.id, written_at, time.monotonic(), every_s)

    def find(self, key: str) -> str | None:
        """A sentence of the catalog as it stands, or None."""
        return self.services.texts.find(self.language, key)

    def buttons(self, *names: str) -> Buttons:
        """Buttons that say commands; `"whois 7000"` says one with arguments. Labels are `button.<first word>`.

        A command that this messenger does not have is left out, unless there is no other.
        """
        known = [name for name in names if self.services.commands.find(name.partition(" ")[0]) is not None]
        return Buttons(tuple(self._button(name) for name in known or names))

    def _button(self, name: str) -> Button:
        word = name.split(" ", 1)[0]
        label = self.find(f"button.{name}") or self.find(f"button.{word}") or name
        mention = "" if self.message.direct else f"@{self.services.number} "
        return Button(label[:36], f"input:{mention}/{name}")

    def saying(self, label: str, text: str, color: str = "") -> Button:
        """A button that says a command with a label of its own; the text is one line, whatever is in it."""
        mention = "" if self.message.direct else f"@{self.services.number} "
        button = Button(label[:36], f"input:{mention}/{inert(text, MAX_SAID)}")
        return Button(button.label, button.action, color) if color else button

    async def names(self, user_ids: Iterable[str]) -> Mapping[str, User]:
        """Who people are, up to 100 of them; whoever is unknown is missing, and everybody if Mixin is in trouble."""
        wanted = list(dict.fromkeys(filter(None, user_ids)))[:100]
        try:
            return {user.id: user for user in await self.services.platform.users(wanted)} if wanted else {}
        except ServiceError:
            return {}

    def to(self, user_id: str, content: Content, what: str, *, quote_id: str = "") -> Outgoing:
        """Something to say to somebody else, in the conversation of two with them, to be returned with the reply.

        `what` tells it from all else that this message makes the bot say.
        """
        conversation_id = self.services.platform.conversation_with(user_id)
        return Outgoing(reply_id(self.message.id, what), conversation_id, user_id, content, quote_id)

    def entry(self, action: str, subject: str, detail: str = "") -> AuditEntry:
        """What whoever asks does, for the audit."""
        return AuditEntry(datetime.now(UTC), self.message.user_id, action, subject, detail)

    async def note(self, action: str, subject: str, detail: str = "") -> None:
        """Write down in the audit what whoever asks did, in the same transaction as the command's mark."""
        await self.store.ledger.note(self.entry(action, subject, detail))

    async def forget_me(self) -> None:
        """Delete all that is kept of whoever asks."""
        await self.services.store.forget(self.message.user_id)
        self.services.forgotten(self.message.user_id)
        self.services.recently.forget(self.message.user_id)
        if self.services.shelf is not None:
            await self.services.shelf.forget(self.message.user_id)

    async def user(self, who: str) -> User:
        """Look somebody up by user id or public number; what they call themselves is made harmless to show.

        Raises:
            UserError: There is nobody of that id, or look-ups are used up for now.
        """
        try:
            user = await self.services.platform.user(who[:MAX_WHO])
        except NotFound:
            raise UserError(self.text("user.unknown", who=inert(who, MAX_WHO))) from None
        except RateLimited:
            raise UserError(self.text("user.later")) from None
        return replace(user, name=inert(user.name) or "–", biography=inert(user.biography, MAX_SAID))


def may_administer(message: Message, person: Person) -> bool:
    """Exactly: an admin, in person, in the conversation of two, by a typed text."""
    return (
        person.role in (Role.OPERATOR, Role.OWNER)
        and message.direct
        and not message.representative_id
        and message.category in ("PLAIN_TEXT", "ENCRYPTED_TEXT")
    )
