"""`/assets` of people who own 500 coins in 2,000 pieces: how many requests, how long, and 200 of them at once.

`python -m tests.benchmarks.assets` is Mixin's side: it has all answers ready, and demands a token but checks none.
The command runs here, with a real database, a grant sealed in it and a signature for each request.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from aiohttp import web

from bot.command import Commands, discover
from bot.context import Context
from bot.message import Message, Text
from bot.mixin.account import MixinAccount
from bot.mixin.grants import MixinGrants, OAuthOptions
from bot.mixin.hosts import Hosts
from bot.mixin.keystore import load_keystore
from bot.mixin.oauth import Granted, Proof
from bot.mixin.platform import open_mixin
from bot.parser import Parsed
from bot.records import Sighting
from bot.services import Services
from bot.store import open_store
from bot.texts import load_texts
from bot.users import Person
from bot.vault import Vault
from bot.vitals import Vitals
from tests.benchmarks.measurements import Bench
from tests.benchmarks.processes import cpu_s, pin
from tests.benchmarks.rig import OTHER_CORE, ROOT

COINS, OUTPUTS, PEOPLE, AT_ONCE, PAGE = 500, 2_000, 200, 64, 500
MOST_REQUESTS = 13
TIME_LIMIT_S = 10.0
SCOPE = "PROFILE:READ ASSETS:READ"


def assets(bench: Bench) -> None:
    """One person, then 200 of whom the bot serves 64 at a time, each within the time limit of a command."""
    with serving() as url:
        one, crowd = asyncio.run(measure(url, bench.plan.rounds))
    report = bench.report
    report.add("assets", "500 coins, 2,000 outputs: requests", one.requests, "", MOST_REQUESTS)
    report.add("assets", "again within half a minute: requests", one.again, "", MOST_REQUESTS)
    report.add("assets", "one person: p50", one.seconds * 1e3, "ms")
    note = f"all after {crowd.wall:.1f} s; {crowd.requests / PEOPLE:.1f} requests and {crowd.cpu_ms:.0f} ms of CPU each"
    report.add("assets", "200 people at once: the slowest", crowd.seconds, "s", TIME_LIMIT_S, note=note)


class One:
    """What one person's question took."""

    requests = again = 0.0
    seconds = 0.0


class Crowd:
    """What 200 people's took; `seconds` is the slowest, from when the bot began with it."""

    requests = wall = seconds = cpu_ms = 0.0


async def measure(url: str, rounds: int) -> tuple[One, Crowd]:
    with tempfile.TemporaryDirectory() as folder:
        async with asking(url, Path(folder)) as (contexts, run):
            one, crowd = One(), Crowd()
            before = await asked(url)
            await run(contexts[0])
            one.requests = await asked(url) - before
            times = []
            for _ in range(max(3, rounds)):
                began = time.perf_counter()
                before = await asked(url)
                await run(contexts[0])
                one.again = await asked(url) - before
                times.append(time.perf_counter() - began)
            one.seconds = median(times)
            turns, slowest = asyncio.Semaphore(AT_ONCE), []

            async def question(context: Context) -> None:
                async with turns:
                    began = time.perf_counter()
                    await run(context)
                    slowest.append(time.perf_counter() - began)

            before, began, cpu = await asked(url), time.perf_counter(), cpu_s(os.getpid())
            async with asyncio.TaskGroup() as tasks:
                for context in contexts:
                    tasks.create_task(question(context))
            crowd.wall, crowd.seconds = time.perf_counter() - began, max(slowest)
            crowd.cpu_ms = (cpu_s(os.getpid()) - cpu) * 1e3 / PEOPLE
            crowd.requests = await asked(url) - before
    return one, crowd


class Run:
    """The command, and that it answers with everything."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands

    async def __call__(self, context: Context) -> None:
        found = self._commands.find("assets")
        assert found is not None
        reply = await found.run(context)
        text = reply[0] if isinstance(reply, list) else ""
        if not (isinstance(text, str) and f"… and {COINS - 10} more" in text):
            raise RuntimeError("the answer is not what was asked for")


@asynccontextmanager
async def asking(url: str, folder: Path) -> AsyncIterator[tuple[list[Context], Run]]:
    """People who have connected their accounts, each about to ask."""
    members = {"app_id": str(uuid.uuid4()), "session_id": str(uuid.uuid4())}
    keys = {name: secrets.token_hex(32) for name in ("server_public_key", "session_private_key")}
    keystore = load_keystore(json.dumps(members | keys), source="the benchmark")
    hosts = Hosts((url,), (url.replace("http", "ws", 1) + "/",))
    async with (
        open_store(f"sqlite:///{folder / 'bot.db'}", auto_migrate=True) as database,
        open_mixin(keystore, hosts) as mixin,
    ):
        store, texts = database.bot(keystore.app_id), load_texts(ROOT / "config" / "locales")
        grants = MixinGrants(mixin, store, Vault({1: b"k" * 32}), OAuthOptions(url, url, tuple(SCOPE.split())))
        commands = Commands(discover("handlers"), texts, "mixin")
        services = Services(texts, commands, mixin, store, Vitals(), MixinAccount(mixin.api), grants=grants)
        contexts = []
        for _ in range(PEOPLE):
            user_id, now = str(uuid.uuid4()), datetime.now(UTC)
            conversation_id = mixin.conversation_with(user_id)
            await store.meet([Sighting(user_id, conversation_id, "m", now)])
            proof = Proof(secrets.token_hex(32), str(uuid.uuid4()), "")
            await grants.keep(user_id, Granted(proof, SCOPE), SCOPE)
            message = Message(str(uuid.uuid4()), conversation_id, user_id, Text("/assets"), now)
            person = Person(user_id, conversation_id, "m", now, now)
            contexts.append(Context(message, person, "en", Parsed("assets"), services, store))
        yield contexts, Run(commands)


async def asked(url: str) -> int:
    """How many requests the server has had."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /_count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return int(answer.rpartition(b"\r\n")[2])


# Mixin's side


@contextmanager
def serving() -> Iterator[str]:
    """The server, as a process on the other core."""
    process = subprocess.Popen(
        (sys.executable, "-m", "tests.benchmarks.assets"),
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: pin(OTHER_CORE),
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait()


def coin(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-0000000c0141"


def output(number: int) -> dict[str, object]:
    """With all members that the documentation shows, and as long."""
    at, digits = "2026-01-02T03:04:05.678901Z", "27ca64c092a959c7edc525ed45e845b1de6a7590d173fd2fad9133c8a779a1e3"
    return {
        "type": "kernel_output", "output_id": str(uuid.UUID(int=number)), "transaction_hash": digits, "output_index": 0,
        "asset_id": coin(number % COINS), "kernel_asset_id": digits, "amount": "0.00000001", "mask": digits,
        "keys": [digits], "senders_hash": "", "senders_threshold": 1, "senders": [coin(0)], "receivers_hash": digits,
        "receivers_threshold": 1, "receivers": [coin(1)], "extra": "68656c6c6f", "state": "unspent", "sequence": number,
        "created_at": at, "updated_at": at, "signers": [], "signed_by": "", "request_id": coin(2),
    }  # fmt: skip


def asset(number: int) -> dict[str, object]:
    return {
        "type": "asset", "asset_id": coin(number), "chain_id": coin(number), "symbol": f"C{number}",
        "name": f"Coin {number}", "display_symbol": f"C{number}", "display_name": f"Coin {number}", "icon_url": "",
        "price_btc": "0.1", "price_usd": f"{number}.5", "change_btc": "0", "change_usd": "-0.01", "precision": 8,
    }  # fmt: skip


def answer(data: object) -> bytes:
    return json.dumps({"data": data}).encode()


async def serve() -> None:
    """Prints its address, and ends with its input."""
    pages = {
        str(start): answer([output(number) for number in range(start + 1, min(start + PAGE, OUTPUTS) + 1)])
        for start in range(0, OUTPUTS + 1, PAGE)
    }
    count: Counter[str] = Counter()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/_count":
            return web.Response(text=str(count.total()))
        body = await request.read()
        count[request.path] += 1
        if "Authorization" not in request.headers:
            return web.Response(status=500)
        headers = {"X-Request-Id": request.headers["X-Request-Id"], "X-Server-Time": str(time.time_ns())}
        if request.path == "/safe/outputs":
            found = pages[request.query.get("offset", "0")]
        elif request.path == "/me":
            found = answer({"user_id": coin(1), "fiat_currency": "EUR"})
        elif request.path == "/external/fiats":
            found = answer([{"code": "EUR", "rate": 0.92}])
        elif request.path == "/safe/assets/fetch":
            found = answer([asset(int(asset_id[:8], 16)) for asset_id in json.loads(body)])
        else:
            found = b'{"error": {"status": 202, "code": 404, "description": "The endpoint is not found."}}'
        return web.Response(body=found, headers=headers, content_type="application/json")

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
