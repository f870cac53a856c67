"""How the sandbox's page feels when there is much in it: ten thousand people, a long conversation, a bot that talks.

Latency is what the browser itself counts for an event (Event Timing; below 16 ms it says nothing, which counts as 16):
from the key until the page has dealt with it, and until the next picture is on the screen. The latter is drawn without
a graphics card here, by the same cores that everything else runs on. Memory is the heap of the page's scripts, after a
collection, and its nodes.
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
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (/^key|^input/.test(one.name)) taken.push([one.processingEnd - one.startTime, one.duration]);
}).observe({ type: "event", durationThreshold: 16 });
"""


class Felt(NamedTuple):
    """Of one way to use the page, for 95 keys in 100: milliseconds until dealt with, and until seen."""

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
        note = f"95 of 100 keys; seen after {felt.seen:.0f} ms, drawn without a graphics card"
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
    talking.cancel()
    await asyncio.gather(talking, return_exceptions=True)
    await opened.locator("[data-way=everybody]").click()
    made["looking for one of 10,000 people"] = await typed(opened, "1234 ada zoe ")
    await opened.keyboard.press("Escape")
    return made


async def talk(sandbox: Sandbox) -> None:
    """Somebody who does not stop."""
    number = 0
    while True:
        sandbox.say("Alice", f"more {(number := number + 1)}")
        await asyncio.sleep(1 / TALK_PER_S)


async def typed(opened: Page, letters: str = "the quick brown fox ") -> Felt:
    """Press keys as fast as a fast typist does."""
    await opened.evaluate("taken.length = 0")
    text = (letters * KEYS)[:KEYS]
    for letter in text:
        await opened.keyboard.press("Space" if letter == " " else letter)
        await asyncio.sleep(0.06)
    taken = await opened.evaluate("new Promise((done) => setTimeout(() => done(taken), 300))")
    return Felt(*(p95([one[which] for one in taken]) for which in (0, 1)))


def p95(slow: list[float]) -> float:
    """Of three events for each key, of which the browser tells only those that took longer than 16 ms."""
    quick = max(0, 3 * KEYS - len(slow))
    return sorted([16.0] * quick + slow)[int((quick + len(slow)) * 0.95)]


async def memory(session: CDPSession) -> tuple[float, float]:
    """Nodes, and MiB of heap."""
    await session.send("Performance.enable")
    await session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return float(metrics["Nodes"]), metrics["JSHeapUsedSize"] / 1024 / 1024
