"""What the messengers share. A difference between them is a fact here, a verb that does nothing, or `Unsupported`."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from bot.message import Content, Message, Outgoing
from bot.users import User

Packer = Callable[[str, str], bytes]
"""Packs the same content for many: for a message id, and the id of a person, or of a group where it is for groups."""


class Platform(Protocol):
    """One bot's connection to one messenger."""

    @property
    def name(self) -> str:
        """`mixin` or `nandbox`."""
        ...

    @property
    def bot_id(self) -> str:
        """The bot's own user id."""
        ...

    @property
    def batch(self) -> int:
        """How many messages one `send` takes at most."""
        ...

    @property
    def batch_bytes(self) -> int:
        """How many bytes one `send` takes at most, separators included."""
        ...

    @property
    def only_calls(self) -> bool:
        """Whether of what is said in groups it gives only what calls this bot, with the call taken off."""
        ...

    @property
    def connected(self) -> bool:
        """Whether messages can arrive right now."""
        ...

    @property
    def last_frame_at(self) -> float | None:
        """When the messenger was last heard of, in monotonic seconds."""
        ...

    @property
    def reconnects(self) -> int:
        """How often the line was lost and found again."""
        ...

    @property
    def errors(self) -> Mapping[int, int]:
        """How often the messenger's API refused or failed, by code."""
        ...

    @property
    def clock_offset_s(self) -> float:
        """By how much the messenger's clock is ahead of ours."""
        ...

    def listen(self) -> AsyncIterator[Message]:
        """Messages as they arrive, over any number of reconnections; ends after `stop()`.

        Not reading stops the messenger from sending. A message that is not acknowledged comes again.

        Raises:
            AccessRefused: The messenger no longer knows this bot.
        """
        ...

    def join(self, replies: tuple[Outgoing, ...]) -> tuple[Outgoing, ...]:
        """The replies to one message, in as many messages as the messenger needs for them."""
        ...

    def pack(self, outgoing: Outgoing) -> bytes:
        """The bytes of one message as `send` wants them.

        Raises:
            Unsupported: The messenger has no such content.
            ValueError: The content breaks one of the messenger's limits.
        """
        ...

    def packer(self, content: Content, *, groups: bool) -> Packer:
        """What `pack` does, for whoever says the same to many: the content is looked at once.

        Raises:
            Unsupported, ValueError: As `pack`; what it gives raises them, too.
        """
        ...

    async def send(self, packed: Sequence[bytes]) -> None:
        """Hand 1 to `batch` messages over; returns once all are accepted.

        Raises:
            Unavailable: The outcome is unknown: send the same bytes again.
            PartlyRejected: All were taken but those that it names; a batch of one never raises this.
            Rejected: None was taken; one of them is at fault.
        """
        ...

    async def reach(self, outgoing: Outgoing) -> None:
        """Create the conversation that a message is meant for, where that is possible.

        Raises:
            Rejected: The person cannot be written to.
        """
        ...

    async def ack(self, message_ids: Sequence[str]) -> None:
        """Tell the messenger that 1 to 100 messages need not come again.

        Raises:
            Unavailable: The outcome is unknown: acknowledge again.
        """
        ...

    async def user(self, who: str) -> User:
        """Look somebody up by user id or by public number.

        Raises:
            NotFound: There is nobody of that id.
            RateLimited: Too many look-ups.
        """
        ...

    async def users(self, user_ids: Sequence[str]) -> Sequence[User]:
        """Look up to 100 people up by user id; whoever is unknown is missing from the answer."""
        ...

    def allow_links(self, patterns: Sequence[str]) -> None:
        """Let buttons open what the bot's owner allowed in the messenger's dashboard, beside the bot's own pages."""
        ...

    def conversation_with(self, user_id: str) -> str:
        """The id of the conversation of two with somebody, whether it exists or not."""
        ...

    def stop(self) -> None:
        """End `listen()`; what was handed over before still can be sent and acknowledged."""
        ...


def pack_each(platform: Platform, content: Content, *, groups: bool) -> Packer:
    """A `Packer` for contents of which nothing is the same for all."""

    def packed(message_id: str, to: str) -> bytes:
        return platform.pack(Outgoing(message_id, to if groups else platform.conversation_with(to), to, content))

    return packed
