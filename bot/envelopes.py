"""Recipients of a broadcast into the bytes that are sent to them, in as few requests as they fit in; no I/O."""

from collections.abc import Iterator, MutableMapping, Sequence

from bot.broadcast import Broadcast, Kind, Recipient, contents_for, is_personal, message_id_of
from bot.errors import Unsupported
from bot.message import Content, Outgoing
from bot.platform import Platform
from bot.texts import Texts

Packed = tuple[Recipient, Sequence[bytes]]


class Envelopes:
    """For one broadcast. What is the same for all who speak a language is looked up once."""

    def __init__(self, broadcast: Broadcast, platform: Platform, texts: Texts, language: str) -> None:
        self._broadcast = broadcast
        self._platform = platform
        self._texts = texts
        self._language = language
        self._same_for_all: dict[str, Sequence[Content]] = {}
        self._groups = broadcast.audience.groups
        self._personal = broadcast.kind is not Kind.RECALL and is_personal(broadcast)

    def batches(
        self, claimed: Sequence[Recipient], failed: MutableMapping[int, str], skipped: MutableMapping[int, str]
    ) -> Iterator[list[Packed]]:
        """As many recipients as one request takes; one recipient's messages stay together.

        Who must not be sent to, or cannot, is noted in `skipped` and `failed`.
        """
        news, most, most_bytes = self._broadcast.kind is Kind.NEWS, self._platform.batch, self._platform.batch_bytes - 2
        batch: list[Packed] = []
        room, space = most, most_bytes
        for recipient in claimed:
            if recipient.skip and (news or not recipient.user_id):
                skipped[recipient.seq] = recipient.skip
                continue
            try:
                bodies = self._pack(recipient)
            except (ValueError, Unsupported) as error:
                failed[recipient.seq] = str(error)[:200]
                continue
            number = len(bodies)
            size = len(bodies[0]) + 1 if number == 1 else sum(map(len, bodies)) + number
            if batch and (number > room or size > space):
                yield batch
                batch, room, space = [], most, most_bytes
            batch.append((recipient, bodies))
            room -= number
            space -= size
        if batch:
            yield batch

    def _pack(self, recipient: Recipient) -> Sequence[bytes]:
        user_id, platform = recipient.user_id, self._platform
        conversation_id = user_id if self._groups else platform.conversation_with(user_id)
        contents = self._contents(recipient)
        first = platform.pack(Outgoing(recipient.message_id, conversation_id, user_id, contents[0]))
        if len(contents) == 1:
            return (first,)
        broadcast_id = self._broadcast.id
        rest = [
            platform.pack(Outgoing(message_id_of(broadcast_id, user_id, index), conversation_id, user_id, content))
            for index, content in enumerate(contents[1:], 1)
        ]
        return (first, *rest)

    def _contents(self, recipient: Recipient) -> Sequence[Content]:
        if self._broadcast.kind is Kind.RECALL:
            return contents_for(self._broadcast, recipient)
        language = recipient.language
        if self._personal:
            nameless = "" if recipient.name else self._texts.get(language or self._language, "broadcast.nameless")
            return contents_for(self._broadcast, recipient, nameless)
        found = self._same_for_all.get(language)
        if found is None:
            found = self._same_for_all[language] = contents_for(self._broadcast, recipient)
        return found
