"""`mixbot scenario`: what was recorded plays again, and what differs is shown."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.cli.dialogue import Answer, Dialogue
from bot.cli.scenario_file import Scenario, Step, load, save
from bot.cli.scenario_match import as_wanted, differences, matches, steady
from bot.cli.world import World
from bot.errors import SetupError
from tests.bot.programs import Program, clean_environment, program

BUTTONS = [{"label": "Help", "action": "input:/help", "color": "#000000"}]
CARD = {"title": "A card", "description": "b", "app_id": "6f2c1a52-0000-4000-8000-000000000000"}


async def mixbot(*words: str, cwd: Path) -> Program:
    async with program(*words, cwd=cwd, environ=clean_environment()) as ran:
        await ran.ends()
    return ran


async def record(lines: str, cwd: Path) -> None:
    """Pipe lines into `scenario record`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "scenario", "record", "talk.yaml", "--title", "First words", cwd=cwd,
        env=clean_environment(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate(lines.encode())
    assert process.returncode == 0
    assert b"2 steps in talk.yaml" in out


async def test_check_40_a_recorded_conversation_replays_as_a_test(tmp_path: Path) -> None:
    """Recorded with one bot, played with another: 0; with another answer wanted: 1 and the lines that differ."""
    await record("Hi\n/ping hello\n", tmp_path)
    kept = load(tmp_path / "talk.yaml")
    assert (kept.title, [step.say for step in kept.steps]) == ("First words", ["Hi", "/ping hello"])
    assert list(kept.steps[1].answers) == [{"text": "pong hello"}]

    text = (tmp_path / "talk.yaml").read_text()
    (tmp_path / "other.yaml").write_text(text.replace("pong hello", "pong hallo\n"))
    both = await mixbot("scenario", "run", "talk.yaml", "other.yaml", cwd=tmp_path)
    assert both.process.returncode == 1
    assert both.lines[0].startswith("ok    talk.yaml  First words  2 steps")
    assert [line.strip() for line in both.lines[1:]][1:] == [
        "step 2: Alice says /ping hello: the bot answered otherwise",
        "text:",
        "-   pong hallo",
        "+   pong hello",
        "(- as the file wants it, + as the bot said it)",
    ]


async def test_a_scenario_of_a_running_sandbox(tmp_path: Path) -> None:
    """--url plays in the sandbox that runs; --json tells programs what differed."""
    save(tmp_path / "one.yaml", Scenario("x", [Step("Bob", say="/ping", answers=["pong"])]))
    pings = [Step("Bob", say="/ping b", answers=["pong b"]), Step("Bob", say="/ping a")]
    save(tmp_path / "two.yaml", Scenario("x", pings))
    save(tmp_path / "three.yaml", Scenario("x", [Step("Bob", press="no such button")]))
    with World(tmp_path) as world:
        world.start_bot()
        Dialogue(world.control).ask("Bob", "Hi")
        files = ("one.yaml", "two.yaml", "three.yaml")
        ran = await mixbot("scenario", "run", *files, "--json", "--url", world.page_url, cwd=tmp_path)
    assert ran.process.returncode == 1
    one, two, three = json.loads(ran.text)
    assert (one["file"], one["ok"], one["difference"]) == ("one.yaml", True, [])
    assert (two["file"], two["ok"], two["step"]) == ("two.yaml", False, 2)
    assert "+   pong a" in two["difference"]
    assert (three["ok"], three["why"]) == (False, "MB321: Bob sees no button “no such button”.")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin with"), ("scenario: 2\n", "does not begin with"), ("scenario: 1\n", "has no steps"),
        ("scenario: 1\nsteps: [3]\n", "step 1"), ("a: [", "is no YAML"),
        ("scenario: 1\nsteps: [{as: Alice}]\n", "either say or press"),
        ("scenario: 1\nsteps: [{say: x}]\n", "who says it"),
        ("scenario: 1\nsteps: [{as: A, say: x, answer: []}]\n", "answer means nothing here"),
        ("scenario: 1\nsteps: [{as: A, say: x, answers: [{txt: a}]}]\n", "an answer is a text or one of"),
        ("scenario: 1\nsteps: [{as: A, say: x, answers: [{text: {match: '('}}]}]\n", "no regular expression"),
        ("scenario: 1\nsteps: [{as: A, say: {data: x}}]\n", "category and data"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_is_said_to_be_none(tmp_path: Path, text: str, words: str) -> None:
    """MB320 with the file, the step, and what was expected."""
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(SetupError, match=words) as caught:
        load(tmp_path / "a.yaml")
    assert caught.value.code == "MB320"
    assert "a.yaml" in str(caught.value)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    """Every kind of step and answer, texts of several lines and in Chinese as a person would write them."""
    steps = [
        Step("Alice", say="你好", answers=[{"post": "# One\n\ntwo\n"}, "plain"]),
        Step("王芳", category="PLAIN_STICKER", data={"sticker_id": "x"}, place="Luma Lounge", answers=[]),
        Step("Bob", press="Help", answers=[{"buttons": {"Help": "input:/help"}}, {"category": "X", "data": [1]}]),
    ]
    save(tmp_path / "a.yaml", Scenario("Äll", steps))
    text = (tmp_path / "a.yaml").read_text(encoding="utf-8")
    assert "post: |\n" in text
    assert "你好" in text
    assert load(tmp_path / "a.yaml") == Scenario("Äll", steps)


@pytest.mark.parametrize(
    ("wanted", "category", "data", "fits"),
    [
        ("pong", "PLAIN_TEXT", "pong", True),
        ("pong", "PLAIN_POST", "pong", False),
        ("pong", "PLAIN_TEXT", "pong!", False),
        ({"text": "took {{number}} ms"}, "PLAIN_TEXT", "took 1,234.5 ms", True),
        ({"text": "took {{number}} ms"}, "PLAIN_TEXT", "took long ms", False),
        ({"text": "a {{line}}"}, "PLAIN_TEXT", "a b\nc", False),
        ({"text": "a {{any}}"}, "PLAIN_TEXT", "a b\nc", True),
        ({"text": "id {{uuid}}, {{time}}"}, "PLAIN_TEXT",
         "id 6f2c1a52-0000-4000-8000-000000000000, 2026-01-02T03:04:05.678901Z", True),
        ({"text": {"match": r"pong \d+.*"}}, "PLAIN_TEXT", "pong 12\nmore", True),
        ({"text": {"match": r"pong \d+"}}, "PLAIN_TEXT", "pong x", False),
        ({"text": {"match": r".*"}}, "PLAIN_POST", "pong", False),
        ({"post": "# One\ntwo\n"}, "PLAIN_POST", "# One\ntwo", True),
        ({"buttons": ["Help"]}, "APP_BUTTON_GROUP", BUTTONS, True),
        ({"buttons": {"Help": "input:/help"}}, "APP_BUTTON_GROUP", BUTTONS, True),
        ({"buttons": {"Help": "input:/no"}}, "APP_BUTTON_GROUP", BUTTONS, False),
        ({"buttons": []}, "APP_BUTTON_GROUP", BUTTONS, False),
        ({"category": "APP_CARD", "data": {**CARD, "app_id": "{{uuid}}"}}, "APP_CARD", CARD, True),
        ({"category": "APP_CARD", "data": {**CARD, "title": "Another"}}, "APP_CARD", CARD, False),
    ],
)  # fmt: skip
def test_answers_are_compared_with_room_for_what_varies(wanted: Any, category: str, data: Any, fits: bool) -> None:
    """Placeholders stand for one thing each, expressions for whole texts, everything else for itself."""
    answer = Answer("m", category, data)
    assert matches(wanted, answer) is fits
    assert (differences([wanted], [answer]) == []) is fits


def test_only_what_differs_catches_the_eye() -> None:
    """Lines that fit a placeholder are shown as they are; missing and surplus answers are whole."""
    got = [Answer("1", "PLAIN_TEXT", "took 7 ms\nall well"), Answer("2", "APP_BUTTON_GROUP", BUTTONS)]
    assert differences(["took {{number}} ms\nall bad"], got) == [
        "  text:", "    took 7 ms", "-   all bad", "+   all well", "+ buttons:", "+   Help: input:/help",
    ]  # fmt: skip
    assert differences(["one"], []) == ["- text:", "-   one"]


@pytest.mark.parametrize(
    "answer",
    [Answer("1", "PLAIN_TEXT", "6f2c1a52-0000-4000-8000-000000000000 at 2026-01-02 03:04 took 12.5 ms, 3 s"),
     Answer("1", "APP_BUTTON_GROUP", BUTTONS), Answer("1", "APP_CARD", CARD), Answer("1", "PLAIN_POST", "a\n b\n\n")],
    ids=lambda one: str(one.category),
)  # fmt: skip
def test_what_is_recorded_fits_what_was_said(answer: Answer) -> None:
    """Ids, times and durations became placeholders that fit them."""
    assert matches(as_wanted(answer), answer)


def test_what_varies_becomes_a_placeholder() -> None:
    """Amounts and numbers that people mean stay."""
    assert steady("12.5 ms, 3 s, 40002, 1.5 BTC") == "{{number}} ms, {{number}} s, 40002, 1.5 BTC"
