"""`mixbot scenario`: conversations recorded once, and played again as tests."""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.control import Control, UrlOption, sandbox_url
from bot.cli.dialogue import Dialogue, Silence
from bot.cli.output import JsonOption, YesOption, as_json, complain, confirm, say
from bot.cli.scenario_file import Scenario, load, save
from bot.cli.scenario_play import Mismatch, play, recorded
from config.redact import inert

BEGINNING = "0000"

app = typer.Typer(
    help="Conversations recorded once, and played again as tests.\n\n"
    "Examples:  mixbot scenario record hello.yaml  ·  mixbot scenario run hello.yaml",
    no_args_is_help=True, rich_markup_mode=None, add_completion=False,
)  # fmt: skip


@app.command()
def run(
    files: Annotated[list[Path], typer.Argument(help="Scenario files.")],
    url: UrlOption = "",
    seconds: Annotated[float, typer.Option(help="How long the bot may take for an answer.")] = 10.0,
    json_wanted: JsonOption = False,
) -> None:
    """Play scenarios, each with a fresh sandbox and a fresh bot (or in the sandbox at --url), and compare the answers.

    Examples:  mixbot scenario run hello.yaml  ·  mixbot scenario run scenarios/*.yaml --json
    """
    scenarios = [(path, load(path)) for path in files]
    rows = []
    for path, scenario in scenarios:
        began = time.monotonic()
        with _sandbox(url) as control:
            mismatch = play(scenario, Dialogue(control, within_s=seconds))
        took_s = time.monotonic() - began
        rows.append({"file": str(path), "title": scenario.title, "ok": mismatch is None} | _told(mismatch))
        if not json_wanted:
            say(f"{'ok  ' if mismatch is None else 'FAIL'}  {path}  {inert(scenario.title)}  "
                f"{_steps(scenario)}  {took_s:.1f} s")  # fmt: skip
            for line in _shown(mismatch):
                say(line)
    if json_wanted:
        as_json(rows)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


@app.command()
def record(
    file: Annotated[Path, typer.Argument(help="Where the scenario goes.")],
    as_: Annotated[str, typer.Option("--as", metavar="WHO", help="Who says the lines that are piped in.")] = "Alice",
    title: Annotated[str, typer.Option(help="What it is about; otherwise the file's name.")] = "",
    url: UrlOption = "",
    yes: YesOption = False,
) -> None:
    """Record what is said in a fresh sandbox (or in the one at --url): in its chat page until you press Enter, or from
    lines that are piped in, each after the answer to the one before.

    Examples:  mixbot scenario record hello.yaml  ·  echo /ping | mixbot scenario record ping.yaml --as Bob
    """
    if file.exists():
        confirm(f"{file} exists. Write over it?", yes=yes)
    with _sandbox(url) as control:
        since = str(control.get("/time")["now"]) if url else BEGINNING
        if sys.stdin.isatty():
            say(f"Chat at {control.page_url} , one message after the other. Enter ends the recording.")
            sys.stdin.readline()
        else:
            _say_lines(Dialogue(control), as_)
        scenario = recorded(control, since, title or file.stem)
    if not scenario.steps:
        complain("Nothing was said; nothing is written.")
        raise typer.Exit(1)
    save(file, scenario)
    say(f"{_steps(scenario)} in {file}. Play it: mixbot scenario run {file}")


def _say_lines(dialogue: Dialogue, who: str) -> None:
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            dialogue.ask(who, line.strip())
        except Silence as silence:
            complain(f"{silence}; it is recorded as it is.")


@contextmanager
def _sandbox(url: str) -> Iterator[Control]:
    """The one at that address, or one with a bot of its own."""
    if url:
        yield Control(sandbox_url(url))
        return
    from bot.cli.world import World

    with tempfile.TemporaryDirectory(prefix="mixbot-scenario-") as home, World(Path(home)) as world:
        world.start_bot()
        yield world.control


def _steps(scenario: Scenario) -> str:
    count = len(scenario.steps)
    return f"{count} step{'' if count == 1 else 's'}"


def _told(mismatch: Mismatch | None) -> dict[str, object]:
    if mismatch is None:
        return {"step": None, "why": "", "difference": []}
    return {"step": mismatch.number, "why": mismatch.why, "difference": list(mismatch.lines)}


def _shown(mismatch: Mismatch | None) -> Iterator[str]:
    if mismatch is None:
        return
    yield f"      step {mismatch.number}: {inert(mismatch.step.told)}: {inert(mismatch.why)}"
    yield from (f"      {inert(line)}" for line in mismatch.lines)
    yield "      (- as the file wants it, + as the bot said it)"
