"""How the sandbox's page feels when there is much in it: ten thousand people, a long conversation, a bot that talks.

Latency is counted by the browser from the key, as the system gave it: until the page has dealt with it (Event Timing;
below 16 ms it says nothing, which counts as 16), and until the next picture was handed over to be drawn. What draws it
is no graphics card here, but the same cores that everything else runs on. Memory is the heap of the page's scripts,
after a collection, and its nodes.
"""

import asyncio
import shutil
from typing import Any, NamedTuple

from playwright.async_api import CDPSession, Page, async_playwright

from bot.sandbox import Sandbox, open_sandbox
from bot.sandbox.crowd import fill
from tests.benchmarks.measurements import Bench

MESSAGES, PEOPLE, ROWS = 2_000, 10_000, 600
KEYS, TALK_PER_S = 60, 20
WANTED_MS, WANTED_NODES, WANTED_MIB = 100.0, 40_000, 64.0
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
COUNT_KEYS = """
window.taken = [];
window.seen = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (/^key|^input/.test(one.name)) taken.push(one.processingEnd - one.startTime);
}).observe({ type: "event", durationThreshold: 16 });
addEventListener("keydown", (event) => requestAnimationFrame(() => {
  const after = new MessageChannel();
  after.port1.onmessage = () => seen.push(performance.now() - event.timeStamp);
  after.port2.postMessage(null);
}), true);
"""


class Felt(NamedTuple):
    """Of one way to use the page, for 95 keys in 100: milliseconds until dealt with, and until it is to be seen."""

    handled: float
    seen: float


def page(bench: Bench) -> None:
    """Typing in a long chat, typing while messages come, looking for one of ten thousand people; then memory."""
    chromium = next((found for name in CHROMIUM if (found := shutil.which(name))), "")
    if not chromium:
        bench.report.warn("page: no chromium here")
        return
    figures = asyncio.run(measured(chromium))
    for name, felt in figures["felt"].items():
        note = f"95 of 100 keys; to be seen after {felt.seen:.0f} ms, without a graphics card"
        bench.report.add("page", name, felt.handled, "ms", WANTED_MS, note=note)
    what = f"{ROWS} of {MESSAGES:,} messages drawn, {PEOPLE:,} people"
    bench.report.add("page", "nodes", figures["nodes"], "", WANTED_NODES, note=what)
    bench.report.add("page", "heap of scripts", figures["heap_mib"], "MiB", WANTED_MIB, note=what)


async def measured(chromium: str) -> dict[str, Any]:
    async with open_sandbox() as sandbox, async_playwright() as playwright:
        fill(sandbox, PEOPLE)
        for number in range(MESSAGES):
            sandbox.say("Alice", f"message {number} " + "word " * (number % 40))
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        opened = await browser.new_page(viewport={"width": 1360, "height": 860})
        await opened.add_init_script(COUNT_KEYS)
        await opened.goto(sandbox.page_url)
        await opened.locator("body[data-ready]").wait_for()
        felt = await used(opened, sandbox)
        session = await opened.context.new_cdp_session(opened)
        nodes, heap_mib = await memory(session)
        await browser.close()
    return {"felt": felt, "nodes": nodes, "heap_mib": heap_mib}


async def used(opened: Page, sandbox: Sandbox) -> dict[str, Felt]:
    """Use the page in three ways."""
    made = {}
    rows = opened.locator("#log .row")
    while await rows.count() < ROWS:
        before = await rows.count()
        await opened.locator("#log").evaluate("log => { log.scrollTop = 0; }")
        await opened.locator(".earlier button").first.click()
        await opened.wait_for_function("count => document.querySelectorAll('#log .row').length > count", arg=before)
    await opened.locator("#draft").focus()
    made["typing in a long chat"] = await typed(opened)
    talking = asyncio.create_task(talk(sandbox))
    made["typing while messages come"] = await typed(opened)
    await opened.locator("#to-end").click()
    await opened.locator("#draft").focus()
    made["the same at the end, where they appear"] = await typed(opened)
    await opened.locator("[data-way=everybody]").click()
    made["looking for one of 10,000 people meanwhile"] = await typed(opened, "1234 ada zoe ")
    await opened.keyboard.press("Escape")
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    return made


async def talk(sandbox: Sandbox) -> None:
    """Somebody who does not stop."""
    number = 0
    while True:
        sandbox.say("Alice", f"more {(number := number + 1)}")
        await asyncio.sleep(1 / TALK_PER_S)


async def typed(opened: Page, letters: str = "the quick brown fox ") -> Felt:
    """Press keys as fast as a fast typist does."""
    await opened.evaluate("taken.length = seen.length = 0")
    text = (letters * KEYS)[:KEYS]
    for letter in text:
        await opened.keyboard.press("Space" if letter == " " else letter)
        await asyncio.sleep(0.06)
    slow, seen = await opened.evaluate("new Promise((done) => setTimeout(() => done([taken, seen]), 300))")
    quick = max(0, 3 * KEYS - len(slow))  # of three events for each key only those longer than 16 ms are told
    return Felt(p95([16.0] * quick + slow), p95(seen))


def p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


async def memory(session: CDPSession) -> tuple[float, float]:
    """Nodes, and MiB of heap."""
    await session.send("Performance.enable")
    await session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return float(metrics["Nodes"]), metrics["JSHeapUsedSize"] / 1024 / 1024
