"""How many messages a second the sandbox takes from one bot, in batches, while a page looks on.

The sandbox is a process on one core, whoever sends is on the other. Each message is to another of many people, and the
bot's Blaze line hears the receipt of every one; the time ends with the last receipt.
"""

import asyncio
import base64
import gzip
import hashlib
import json
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.benchmarks.measurements import Bench
from tests.benchmarks.processes import cpu_s, pin
from tests.benchmarks.rig import CONTESTANTS_CORE, ROOT

WANTED_PER_S = 5_000
BATCH, AT_ONCE, PEOPLE = 100, 4, 200
START_S = 20.0


class Served(NamedTuple):
    """A running sandbox, and what it said of itself."""

    pid: int
    url: str
    token: str
    keystore: dict[str, str]


class Taken(NamedTuple):
    """One round: seconds from the first call to the last receipt, and the sandbox's CPU for it."""

    wall_s: float
    cpu_s: float


def sandbox(bench: Bench) -> None:
    """Seconds that 5,000 messages take, and what each costs."""
    count = max(BATCH, bench.plan.messages // BATCH * BATCH)
    with serving(bench.rig.work / "sandbox") as served:
        taken = asyncio.run(rounds(served, count, bench.plan.rounds))
    walls = sorted(one.wall_s * WANTED_PER_S / count for one in taken)
    note = f"{walls[0]:.2f} to {walls[-1]:.2f} s; {WANTED_PER_S / median(walls):,.0f} messages/s"
    bench.report.add("sandbox", f"{WANTED_PER_S:,} messages in batches", median(walls), "s", 1.0, note=note)
    cost = median(one.cpu_s * 1e6 / count for one in taken)
    bench.report.add("sandbox", "CPU per message", cost, "µs", 1e6 / WANTED_PER_S, note="with its receipt over Blaze")


@contextmanager
def serving(home: Path) -> Iterator[Served]:
    """`mixbot sandbox serve` on its core, with its state in a file as always."""
    home.mkdir()
    log = (home / "log").open("wb")
    process = subprocess.Popen(
        (sys.executable, "-m", "bot", "sandbox", "serve", "--port", "0", "--home", str(home)),
        cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
        preexec_fn=lambda: pin(CONTESTANTS_CORE),
    )  # fmt: skip
    try:
        until, word = time.monotonic() + START_S, home / "running.json"
        while not word.exists() or not word.read_text():
            if time.monotonic() > until or process.poll() is not None:
                raise RuntimeError(f"the sandbox does not come up: {(home / 'log').read_text()[-500:]}")
            time.sleep(0.05)
        said = json.loads(word.read_text())
        keystore = json.loads(next(home.glob("keystore-*.json")).read_text())
        yield Served(process.pid, said["url"], said["token"], keystore)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        log.close()


async def rounds(served: Served, count: int, number: int) -> list[Taken]:
    headers = {"X-Sandbox-Token": served.token}
    async with aiohttp.ClientSession() as http:
        people = [await _somebody(http, served, headers, one) for one in range(PEOPLE)]
        page_url = f"{served.url}/_sandbox/events?as={people[0][0]}&frames=1"
        async with http.ws_connect(page_url, headers=headers) as page, _blaze(http, served) as line:
            looking = asyncio.create_task(_look_on(page))
            taken = [await _round(http, served, line, people, count) for _ in range(number + 1)]
            looking.cancel()
    return taken[1:]


async def _somebody(
    http: aiohttp.ClientSession, served: Served, headers: dict[str, str], number: int
) -> tuple[str, str]:
    """Somebody new: user id and conversation id."""
    fields = {"name": f"Person {number}"}
    async with http.post(f"{served.url}/_sandbox/people", json=fields, headers=headers) as answer:
        user_id = str((await answer.json())["user_id"])
    async with http.get(f"{served.url}/_sandbox/conversations?as={user_id}", headers=headers) as answer:
        return user_id, str((await answer.json())[0]["conversation_id"])


async def _round(
    http: aiohttp.ClientSession, served: Served, line: aiohttp.ClientWebSocketResponse, people: list[tuple[str, str]],
    count: int,
) -> Taken:  # fmt: skip
    bodies = iter([_batch(people, start) for start in range(0, count, BATCH)])

    async def send() -> None:
        for body in bodies:
            request_id = str(uuid.uuid4())
            token = _token(served.keystore, "POST", "/messages", body, request_id)
            headers = {"Authorization": f"Bearer {token}", "X-Request-Id": request_id}
            async with http.post(served.url + "/messages", data=body, headers=headers) as answer:
                if answer.status != 200 or "error" in await answer.json():
                    raise RuntimeError(f"the sandbox refused a batch: {await answer.text()}")

    began, cpu = time.perf_counter(), cpu_s(served.pid)
    receipts = asyncio.create_task(_receipts(line, count))
    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    await receipts
    return Taken(time.perf_counter() - began, cpu_s(served.pid) - cpu)


def _batch(people: list[tuple[str, str]], start: int) -> bytes:
    items = []
    for number in range(start, start + BATCH):
        user_id, conversation_id = people[number % len(people)]
        text = base64.urlsafe_b64encode(f"message number {number}".encode()).decode().rstrip("=")
        items.append(
            {"conversation_id": conversation_id, "recipient_id": user_id, "message_id": str(uuid.uuid4()),
             "category": "PLAIN_TEXT", "data_base64": text}
        )  # fmt: skip
    return json.dumps(items).encode()


async def _receipts(line: aiohttp.ClientWebSocketResponse, count: int) -> None:
    heard = 0
    while heard < count:
        message = await line.receive(timeout=60)
        if message.type is aiohttp.WSMsgType.PING:
            await line.pong(message.data)
        elif message.type is not aiohttp.WSMsgType.BINARY:
            raise RuntimeError(f"the line ended after {heard} of {count} receipts")
        else:
            heard += 1


async def _look_on(page: aiohttp.ClientWebSocketResponse) -> None:
    async for _ in page:
        pass


@asynccontextmanager
async def _blaze(http: aiohttp.ClientSession, served: Served) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """The bot's line, after LIST_PENDING_MESSAGES was answered."""
    headers = {"Authorization": f"Bearer {_token(served.keystore, 'GET', '/', b'', str(uuid.uuid4()))}"}
    url, protocols = served.url + "/", ("Mixin-Blaze-1",)
    async with http.ws_connect(url, headers=headers, protocols=protocols, autoping=False) as line:
        frame = {"id": str(uuid.uuid4()), "action": "LIST_PENDING_MESSAGES"}
        await line.send_bytes(gzip.compress(json.dumps(frame).encode()))
        await line.receive(timeout=10)
        yield line


def _token(keystore: dict[str, str], method: str, path: str, body: bytes, request_id: str) -> str:
    now = int(time.time())
    claims = {
        "uid": keystore["app_id"], "sid": keystore["session_id"], "iat": now, "exp": now + 300, "jti": request_id,
        "sig": hashlib.sha256(method.encode() + path.encode() + body).hexdigest(), "scp": "FULL",
    }  # fmt: skip
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(keystore["session_private_key"]))
    return jwt.encode(claims, key, algorithm="EdDSA")
