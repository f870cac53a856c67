"""Recipients of a broadcast into the bytes that are sent to them, in as few requests as they fit in; no I/O."""

from collections.abc import Iterator, MutableMapping, Sequence

from bot.broadcast import Broadcast, Kind, Recipient, contents_for, is_personal, message_id_of
from bot.errors import Unsupported
from bot.platform import Packer, Platform
from bot.texts import Texts

Packed = tuple[Recipient, Sequence[bytes]]


class Envelopes:
    """For one broadcast. What is the same for all who speak a language is looked up once."""

    def __init__(self, broadcast: Broadcast, platform: Platform, texts: Texts, language: str) -> None:
        self._broadcast = broadcast
        self._platform = platform
        self._texts = texts
        self._language = language
        self._packers: dict[str, Sequence[Packer]] = {}
        self._personal = broadcast.kind is Kind.RECALL or is_personal(broadcast)

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
        user_id = recipient.user_id
        packers = None if self._personal else self._packers.get(recipient.language)
        if packers is None:
            packers = self._packers_for(recipient)
        first = packers[0](recipient.message_id, user_id)
        if len(packers) == 1:
            return (first,)
        rest = enumerate(packers[1:], 1)
        return (first, *(packer(message_id_of(self._broadcast.id, user_id, index), user_id) for index, packer in rest))

    def _packers_for(self, recipient: Recipient) -> Sequence[Packer]:
        broadcast, language = self._broadcast, recipient.language
        nameless = "" if recipient.name else self._texts.get(language or self._language, "broadcast.nameless")
        contents = contents_for(broadcast, recipient, nameless)
        packers = [self._platform.packer(content, groups=broadcast.audience.groups) for content in contents]
        self._packers[language] = packers
        return packers
