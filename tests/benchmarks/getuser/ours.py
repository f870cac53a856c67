"""The bot's directory under load: `python -m tests.benchmarks.getuser.ours COUNT WINDOW RATE SECONDS`.

Prints one JSON object: calls a second and CPU a call with WINDOW calls open at a time, and the delay of answers at RATE
calls a second. Nothing is remembered, so each call is a request.
"""

import asyncio
import json
import os
import sys
import time

from bot.cli.run import _loop_factory as loop_factory
from bot.nandbox.account import Account
from bot.nandbox.connection import open_connection
from bot.nandbox.directory import DirectoryOptions, NandboxDirectory
from bot.nandbox.files import open_files

FIRST_ID = 90_089_584_000_000_000
WARM_UP = 1_000


async def measure(count: int, window: int, rate: float, seconds: float) -> dict[str, object]:
    account = Account(os.environ["NANDBOX_TOKEN"], os.environ["NANDBOX_URI"], os.environ["NANDBOX_APP_ID"])
    async with open_files(account) as files, open_connection(account) as connection:
        directory = NandboxDirectory(connection, files, DirectoryOptions(keep_s=0.0))
        ids = map(str, range(FIRST_ID, FIRST_ID + 10_000_000))

        async def call() -> float:
            user_id = next(ids)
            began_at = time.perf_counter()
            found = await directory.user(user_id)
            assert found.id == user_id
            return time.perf_counter() - began_at

        async def worker(calls: int) -> None:
            for _ in range(calls):
                await call()

        async def many(calls: int) -> None:
            await asyncio.gather(*(worker(calls // window) for _ in range(window)))

        await many(WARM_UP)
        began_at, cpu = time.perf_counter(), time.process_time()
        await many(count)
        wall_s, cpu_s = time.perf_counter() - began_at, time.process_time() - cpu
        done = count // window * window

        tasks, start = [], time.perf_counter()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(call()))
        delays = sorted(await asyncio.gather(*tasks))
    return {"calls": done, "wall_s": wall_s, "cpu_s": cpu_s, "delays_s": delays}


if __name__ == "__main__":
    count, window, rate, seconds = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:  # as `mixbot run` chooses it
        print(json.dumps(runner.run(measure(int(count), int(window), float(rate), float(seconds)))))
