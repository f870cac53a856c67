"""`python -m tests.benchmarks.broadcast.ours RECIPIENTS RATE [again] [watched]`: the bot's sender with its ledger.

`resume` instead of a number goes on with what another one left. RATE 0 lifts Mixin's quota, which the service never
does. `again`: a second broadcast to the same people follows. Says in lines of JSON when the audience is frozen and when
all is sent, each time waiting for a line. `watched`: the receipts of everybody come, and a page looks on.
"""

import asyncio
import json
import os
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from bot.broadcast import Audience, Broadcast, Kind, State, message_id_of
from bot.command import Commands
from bot.ledger import AuditEntry, Ledger
from bot.lifetime import beside
from bot.message import Text
from bot.mixin.codec import Receipt, decode, pack_frame
from bot.mixin.hosts import Hosts
from bot.mixin.keystore import load_keystore
from bot.mixin.platform import open_mixin
from bot.outbox import OutboxOptions, open_outbox
from bot.pace import HARD_CAP, Pace
from bot.receipts import Receipts
from bot.records import Sighting, Store
from bot.sender import Sender, SenderOptions
from bot.services import Services
from bot.store import open_store
from bot.texts import load_texts
from bot.vitals import Vitals
from bot.web.console.live import view_of
from config import logs
from tests.benchmarks.processes import memory
from tests.benchmarks.rig import ROOT
from tests.benchmarks.server import fast_runner

UNLIMITED = 10**9
REQUESTS = 16
PORTION = 10_000
LOOK_S, LOOK_PACED_S = 0.05, 0.5
"""How often it is looked whether all is sent; seldom where that would be much of what is measured."""


def tell(**facts: object) -> None:
    """Where this process is, and what it has cost by now."""
    cost = {"cpu": time.process_time(), "at": time.monotonic(), "rss": memory(os.getpid()).rss}
    print(json.dumps(facts | cost), flush=True)


async def main() -> None:
    logs.configure(format="json", level="info", stream=sys.stderr)
    resuming = sys.argv[1] == "resume"
    count, rate = 0 if resuming else int(sys.argv[1]), int(sys.argv[2])
    watched = "watched" in sys.argv
    api = os.environ["MIXIN_API_URL"]
    keystore = load_keystore(Path(os.environ["MIXIN_KEYSTORE_PATH"]).read_text(), source="the benchmark")
    async with (
        open_store(os.environ["MIXBOT_DB_URL"], auto_migrate=True) as database,
        open_mixin(keystore, Hosts((api,), (os.environ["MIXIN_BLAZE_URL"],))) as mixin,
    ):
        store, vitals, texts = database.bot(keystore.app_id), Vitals(), load_texts(ROOT / "config" / "locales")
        known = (await store.counts(datetime.now(UTC)))["people"]
        for start in range(known, count, PORTION):
            now = datetime.now(UTC)
            ids = [str(uuid.uuid4()) for _ in range(min(PORTION, count - start))]
            await store.meet([Sighting(one, mixin.conversation_with(one), "m", now) for one in ids])
        services = Services(texts, Commands([], texts, "mixin"), mixin, store, vitals)
        pace = Pace(rate, cap=HARD_CAP) if rate else Pace(UNLIMITED, cap=UNLIMITED)
        async with open_outbox(mixin, vitals, OutboxOptions(requests=REQUESTS), pace) as outbox:
            sender = Sender(services, outbox, SenderOptions(requests=REQUESTS, poll_s=0.05))
            for _ in range(2 if "again" in sys.argv else 1):
                if resuming:
                    (news,) = await store.ledger.due(datetime.now(UTC))
                    tell(did="ready")
                else:
                    news = await frozen(store.ledger)
                frames = await receipts_of(store.ledger, news) if watched else []
                sys.stdin.readline()
                tell(did="begin")
                async with beside(sender.run()):
                    if watched:
                        await look_on(store, news, mixin.bot_id, frames)
                    else:
                        while (await store.ledger.broadcast_by_id(news.id)).state is not State.FINISHED:
                            await asyncio.sleep(LOOK_PACED_S if rate else LOOK_S)
                    tell(did="sent", tally=(await store.ledger.broadcast_by_id(news.id)).tally.sent)


async def frozen(ledger: Ledger) -> Broadcast:
    """A broadcast to everybody, begun and written down."""
    now = datetime.now(UTC)
    news = await ledger.add(
        Broadcast(
            str(uuid.uuid4()), 0, Kind.NEWS, State.RUNNING, {"": (Text("Hello friend, " + "news " * 20),)}, Audience(),
            str(uuid.uuid4()), now, started_at=now,
        ),
        AuditEntry(now, "", "broadcast.new", "1"),
    )  # fmt: skip
    tell(did="ready")
    sys.stdin.readline()
    tell(did="begin")
    while not await ledger.freeze(news):
        pass
    tell(did="frozen")
    return news


async def receipts_of(ledger: Ledger, news: Broadcast) -> list[list[bytes]]:
    """The frames that tell of each recipient, in order: all are reached, and every third reads it."""
    frames: list[list[bytes]] = []
    while lines := await ledger.report(news.id, len(frames), PORTION):
        for line in lines:
            statuses = ("DELIVERED", "READ") if line.seq % 3 == 0 else ("DELIVERED",)
            message_id = message_id_of(news.id, line.user_id)
            frames.append([receipt(message_id, status) for status in statuses])
    return frames


def receipt(message_id: str, status: str) -> bytes:
    data = {"message_id": message_id, "status": status, "source": "ACKNOWLEDGE_MESSAGE_RECEIPT"}
    return pack_frame({"id": str(uuid.uuid4()), "action": "ACKNOWLEDGE_MESSAGE_RECEIPT", "data": data})


async def look_on(store: Store, news: Broadcast, bot_id: str, frames: list[list[bytes]]) -> None:
    """Until it is finished: once a second what a page shows of it, and the receipts of who was sent to by then."""
    receipts, told = Receipts(store.ledger), 0
    async with beside(receipts.run()):
        while (now := await store.ledger.broadcast_by_id(news.id)).state is not State.FINISHED:
            await view_of(store, now, "en", datetime.now(UTC))
            for frame in (each for some in frames[told : now.tally.sent] for each in some):
                for part in decode(frame, bot_id):
                    if isinstance(part, Receipt):
                        receipts.note(part.message_id, part.status)
            told = now.tally.sent
            await asyncio.sleep(1)


if __name__ == "__main__":
    fast_runner()(main())
