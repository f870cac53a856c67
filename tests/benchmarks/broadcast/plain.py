"""`python -m tests.benchmarks.broadcast.plain RECIPIENTS`: what one would write in an afternoon: a loop over a list.

aiohttp, a signed POST for a hundred messages, sixteen at a time; no ledger, no pace, no retry, nothing to resume.
"""

import asyncio
import os
import sys
import uuid
from binascii import b2a_base64
from pathlib import Path

import aiohttp
import msgspec

from bot.mixin.conversation import conversation_id
from tests.benchmarks.broadcast.ours import REQUESTS, tell
from tests.benchmarks.ceiling import BATCH, Client
from tests.benchmarks.server import fast_runner


async def main() -> None:
    keystore = msgspec.json.decode(Path(os.environ["MIXIN_KEYSTORE_PATH"]).read_bytes(), type=dict[str, str])
    people = [str(uuid.uuid4()) for _ in range(int(sys.argv[1]))]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), auto_decompress=False) as http:
        client, slots = Client(http, keystore, os.environ["MIXIN_API_URL"]), asyncio.Semaphore(REQUESTS)
        tell(did="ready")
        sys.stdin.readline()
        tell(did="begin")
        async with asyncio.TaskGroup() as tasks:
            for start in range(0, len(people), BATCH):
                await slots.acquire()
                body = msgspec.json.encode([item(keystore["app_id"], one) for one in people[start : start + BATCH]])
                task = tasks.create_task(client.call("/messages", body.decode()))
                task.add_done_callback(lambda _: slots.release())
        tell(did="sent")


def item(bot_id: str, user_id: str) -> dict[str, str]:
    return {
        "conversation_id": conversation_id(bot_id, user_id), "recipient_id": user_id, "message_id": str(uuid.uuid4()),
        "category": "PLAIN_TEXT", "data_base64": b2a_base64(b"Hello friend, " + b"news " * 20, newline=False).decode(),
    }  # fmt: skip


if __name__ == "__main__":
    fast_runner()(main())
