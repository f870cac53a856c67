"""Messages on their way out, sealed for the devices of each receiver: POST /encrypted_messages.

Whatever fails is told for each receiver, and the rest goes through. Where somebody's sessions have changed, the same
message is sealed anew, under the same id, before anything that comes after it is sent. Groups are written to in plain,
and so is whoever has a device that cannot open what is sealed: Mixin has no other way.

Source: protocol/mixin.md 6.9, 9.6 and 9.7
"""

from collections import deque
from collections.abc import Mapping, Sequence

import structlog

from bot.errors import PartlyRejected, Rejected, Unclear, Unreachable
from bot.mixin.api import Api
from bot.mixin.contents import SEALED, base64_bytes
from bot.mixin.encryption import Sealer
from bot.mixin.packing import BATCH, BATCH_BYTES, Item, b64url
from bot.mixin.sessions import Receiver, Sessions
from bot.wire import Raw, Record, decoder, encode, replace

STALE = 20140
ROUNDS = 4
"""How often one message is sealed at most before everything is left to a later attempt."""

PLAIN = "PLAIN_"
MEDIA = frozenset({"PLAIN_IMAGE", "PLAIN_VIDEO", "PLAIN_AUDIO", "PLAIN_DATA"})

log = structlog.get_logger()


class SealedItem(Item, frozen=True, omit_defaults=True):
    """One item of POST /encrypted_messages."""

    checksum: str = ""
    recipient_sessions: Raw = Raw(b"[]")


_read = decoder(SealedItem)
_read_file = decoder(dict[str, Raw])


class _Waiting(Record):
    """A message that is to be sealed: its place in the batch, and how often it was sealed before."""

    place: int
    item: SealedItem
    rounds: int = 0
    silent: bool = False


class Sealing:
    """For a bot whose owner has switched Message Encryption on."""

    def __init__(self, api: Api, sealer: Sealer, sessions: Sessions) -> None:
        self._api = api
        self._sealer = sealer
        self._sessions = sessions

    async def send(self, packed: Sequence[bytes]) -> None:
        """Seal and hand over what `pack` has made, in order.

        Raises:
            PartlyRejected: All are taken but those that it names.
            Unreachable, Rejected: Of a single message.
            Unavailable: The outcome is unknown: send the same again.
        """
        items = [_read(body) for body in packed]
        plain = [body for body, item in zip(packed, items, strict=True) if not item.recipient_id]
        if plain:
            await self._api.post_messages(plain)
        waiting = deque(_Waiting(place, item) for place, item in enumerate(items) if item.recipient_id)
        refused: dict[int, Rejected] = {}
        receivers: dict[str, Receiver | None] = {**await self._sessions.of(one.item.recipient_id for one in waiting)}
        while waiting:
            under_way, bodies = self._fill(waiting, receivers, refused)
            if under_way:
                again = await self._post(under_way, bodies, receivers, refused)
                waiting.extendleft(reversed(again))
        if refused:
            raise next(iter(refused.values())) if len(items) == 1 else PartlyRejected(refused)

    def _fill(
        self, waiting: deque[_Waiting], receivers: Mapping[str, Receiver | None], refused: dict[int, Rejected]
    ) -> tuple[list[_Waiting], list[bytes]]:
        """Seal as many as one request takes."""
        under_way: list[_Waiting] = []
        bodies: list[bytes] = []
        space = BATCH_BYTES - 1
        while waiting and len(bodies) < BATCH:
            one = waiting[0]
            try:
                body = self._seal(one.item, receivers.get(one.item.recipient_id))
            except Rejected as error:
                refused[waiting.popleft().place] = error
                continue
            space -= len(body) + 1
            if space < 0 and bodies:
                break
            under_way.append(waiting.popleft())
            bodies.append(body)
        return under_way, bodies

    def _seal(self, item: SealedItem, receiver: Receiver | None) -> bytes:
        if receiver is None:
            raise Unreachable("the person has no session", code=0)
        envelopes = receiver.envelopes
        category, data = item.category, item.data_base64
        if category.startswith(PLAIN):
            if envelopes:
                category = SEALED + category[len(PLAIN) :]
                data = b64url(self._sealer.seal(base64_bytes(data), envelopes))
            elif category in MEDIA and "key" in _read_file(base64_bytes(data)):
                raise Rejected("the file is sealed, and a device of the person cannot open it")
        body = encode(
            replace(
                item,
                category=category,
                data_base64=data,
                checksum=receiver.checksum,
                recipient_sessions=receiver.listed,
            )
        )
        if len(body) > BATCH_BYTES - 2:
            raise Rejected(f"sealed, the message has {len(body)} bytes, expected at most {BATCH_BYTES - 2}")
        return body

    async def _post(
        self,
        under_way: Sequence[_Waiting],
        bodies: Sequence[bytes],
        receivers: dict[str, Receiver | None],
        refused: dict[int, Rejected],
    ) -> list[_Waiting]:
        """One request; gives what has to be sealed anew."""
        try:
            outcomes = {one.message_id: one for one in await self._api.post_encrypted(bodies)}
        except Rejected as error:
            if error.code != STALE:
                raise
            people = [one.item.recipient_id for one in under_way]
            fresh = await self._sessions.of(people, afresh=True)
            receivers.update({user_id: fresh.get(user_id) for user_id in people})
            return [self._once_more(one) for one in under_way]
        again: list[_Waiting] = []
        for one in under_way:
            outcome = outcomes.get(one.item.message_id)
            if outcome is None:
                if not one.silent:  # what nobody speaks of is believed the second time
                    one.silent = True
                    again.append(one)
            elif outcome.state != "SUCCESS":
                user_id = one.item.recipient_id
                receivers[user_id] = self._sessions.learn(user_id, outcome.sessions or ())
                if receivers[user_id] is None:
                    refused[one.place] = Unreachable("the person has no session any more")
                else:
                    again.append(self._once_more(one))
        if again:
            log.info("sealing.sessions_changed", messages=len(again))
        return again

    def _once_more(self, one: _Waiting) -> _Waiting:
        one.rounds += 1
        if one.rounds >= ROUNDS:
            raise Unclear("the person's sessions changed again and again", code=STALE)
        return one
