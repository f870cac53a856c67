"""The same as `ours.py` on nandbox's official Python SDK, as its users write it: calls, and a callback for answers.

Runs in the SDK's own environment. Answers are told apart by the user's id, since the callback gets no reference.
"""

import json
import os
import sys
import threading
import time
from itertools import count as counting
from typing import Any

from nandboxbots.nandbox import Nandbox  # type: ignore[import-not-found]
from nandboxbots.NandboxClient import NandboxClient  # type: ignore[import-not-found]

APP = os.environ["NANDBOX_APP_ID"]
FIRST_ID = 90_089_584_000_000_000
WARM_UP = 1_000
COUNT, WINDOW = int(sys.argv[1]), int(sys.argv[2])
RATE, SECONDS = float(sys.argv[3]), float(sys.argv[4])


class Bench(Nandbox.Callback):  # type: ignore[misc]
    """Keeps calls open, and notes when each is answered."""

    api: Any = None

    def __init__(self) -> None:
        self.ids = counting(FIRST_ID)
        self.began_at: dict[str, float] = {}
        self.delays: list[float] = []
        self.room = threading.Semaphore(WINDOW)
        self.done = threading.Semaphore(0)

    def on_connect(self, api: Any) -> None:
        self.api = api
        threading.Thread(target=self.measure, daemon=True).start()

    def on_user_details(self, user: Any, app_id: Any) -> None:
        self.delays.append(time.perf_counter() - self.began_at.pop(str(user.id)))
        self.room.release()
        self.done.release()

    def call(self) -> None:
        user_id = str(next(self.ids))
        self.began_at[user_id] = time.perf_counter()
        self.api.get_user(user_id=user_id, app_id=APP, reference=user_id)

    def many(self, calls: int) -> None:
        for _ in range(calls):
            self.room.acquire()
            self.call()
        for _ in range(calls):
            self.done.acquire()

    def measure(self) -> None:
        self.many(WARM_UP)
        began_at, cpu = time.perf_counter(), time.process_time()
        self.many(COUNT)
        wall_s, cpu_s = time.perf_counter() - began_at, time.process_time() - cpu
        self.delays.clear()
        start = time.perf_counter()
        calls = int(RATE * SECONDS)
        for number in range(calls):
            time.sleep(max(0.0, start + number / RATE - time.perf_counter()))
            self.call()
        for _ in range(calls):
            self.done.acquire()
        told = {"calls": COUNT, "wall_s": wall_s, "cpu_s": cpu_s, "delays_s": sorted(self.delays)}
        os.write(1, b"\n" + json.dumps(told).encode() + b"\n")
        os._exit(0)


NandboxClient.get({"URI": os.environ["NANDBOX_URI"]}).connect(os.environ["NANDBOX_TOKEN"], Bench())
