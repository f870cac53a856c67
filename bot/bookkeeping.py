"""What is kept of messages on their way: tries, accepted replies, dead letters; many notes in few transactions.

Nothing here gives up: what is not kept is not acknowledged, so whoever asks waits until the database answers.
"""

import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import structlog

from bot.collect import Collector
from bot.message import Message
from bot.records import DeadLetter, Mark, Store
from bot.retry import until_kept
from bot.vitals import Vitals

log = structlog.get_logger()

MAX_ERROR = 500


class Books:
    """The notes of one bot's store. Those that are called `…_soon` do not wait; `idle()` waits for them all."""

    def __init__(self, store: Store, vitals: Vitals) -> None:
        self._store = store
        self._vitals = vitals
        self.tries = Collector(self._tries, str)
        """How often the message of that id was tried before."""
        self.begin = Collector(self._begin, str)
        """Count one more try, kept before this returns; gives how many there were before."""
        self._end = Collector(self._clear, str)
        self._accept = Collector(self._accepted, str)
        self._drop = Collector(self._dropped, str)

    def end_soon(self, message_id: str) -> None:
        """Forget the tries of a message: it has its answer."""
        self._end.soon(message_id)

    def accepted_soon(self, message_id: str) -> None:
        """Note that the replies of a command that wrote are out, so that they are never sent again."""
        self._accept.soon(message_id)

    def drop_soon(self, reference: str) -> None:
        """Delete a dead letter: it has its answer."""
        self._drop.soon(reference)

    async def idle(self) -> None:
        """Wait until everything that is to be kept is kept."""
        for collector in (self._end, self._accept, self._drop):
            await collector.idle()

    async def mark(self, message_id: str) -> Mark | None:
        """What a command that wrote has left for this message."""
        return await until_kept(lambda: self._store.mark(message_id), self._vitals, "books.mark_retry")

    async def quarantine(self, message: Message, command: str, error: BaseException, tries: int) -> str:
        """Keep a message that could not be handled, or whose reply nobody takes; gives the letter's reference."""
        kept = "".join(traceback.format_exception_only(error)).strip()[:MAX_ERROR]
        letter = DeadLetter(reference_of(message), message, command, kept, tries, datetime.now(UTC))
        await until_kept(lambda: self._store.quarantine(letter), self._vitals, "books.quarantine_retry")
        self._vitals.quarantined += 1
        log.error(
            "message.quarantined", command=command, message_id=message.id, reference=letter.reference, tries=tries
        )
        return letter.reference

    async def _tries(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        found = await until_kept(lambda: self._store.attempts(message_ids), self._vitals, "books.attempts_retry")
        return {message_id: found.get(message_id, 0) for message_id in message_ids}

    async def _begin(self, message_ids: Sequence[str]) -> Mapping[str, int]:
        return await until_kept(lambda: self._store.begin_attempts(message_ids), self._vitals, "books.attempts_retry")

    async def _clear(self, message_ids: Sequence[str]) -> Mapping[str, None]:
        await until_kept(lambda: self._store.clear_attempts(message_ids), self._vitals, "books.attempts_retry")
        return dict.fromkeys(message_ids)

    async def _accepted(self, message_ids: Sequence[str]) -> Mapping[str, None]:
        await until_kept(lambda: self._store.mark_accepted(message_ids), self._vitals, "books.mark_retry")
        return dict.fromkeys(message_ids)

    async def _dropped(self, references: Sequence[str]) -> Mapping[str, None]:
        for reference in references:
            await until_kept(partial(self._store.drop_dead_letter, reference), self._vitals, "books.letter_retry")
        return dict.fromkeys(references)


def reference_of(message: Message) -> str:
    """The short number by which people and admins speak of a message that failed."""
    return message.id[:8]
