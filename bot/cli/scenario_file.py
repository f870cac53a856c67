"""Scenarios as files: what people said, and what the bot should answer.

    scenario: 1
    title: First words
    steps:
    - as: Alice
      say: /ping hello
      answers:
      - text: pong hello
    - as: Alice
      press: Help
      answers:
      - text: '{{any}}/ping{{any}}'
      - buttons:
          Ping: input:/ping

docs/how-to/replay-conversations.md tells all of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import SetupError

VERSION = 1
WIDTH = 110
STEP_MEMBERS = {"as", "say", "press", "in", "answers"}
ANSWER_KINDS = {"text", "post", "buttons", "category"}


@dataclass(frozen=True, slots=True)
class Step:
    """Somebody says a text, says something of another `category` with its `data`, or presses a button by its label.

    `place`: the group in which that happens. `answers`: each as it stands in the file.
    """

    who: str
    say: str = ""
    press: str = ""
    category: str = "PLAIN_TEXT"
    data: Any = None
    place: str = ""
    answers: Sequence[Any] = ()

    @property
    def told(self) -> str:
        """The step in a few words."""
        said = self.say.splitlines()[0] if self.say else self.category
        what = f"presses “{self.press}”" if self.press else f"says {said}"
        return f"{self.who} {what}" + (f" in {self.place}" if self.place else "")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A conversation, or several at once."""

    title: str
    steps: Sequence[Step] = field(default_factory=tuple)


def load(path: Path) -> Scenario:
    """Read a scenario.

    Raises:
        SetupError: MB320, with the place of the mistake.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError("MB320", f"{path} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SetupError("MB320", f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict) or raw.get("scenario") != VERSION:
        raise SetupError("MB320", f"{path} does not begin with “scenario: {VERSION}”.")
    steps = raw.get("steps")
    if not isinstance(steps, list) or not steps:
        raise SetupError("MB320", f"{path} has no steps.")
    return Scenario(str(raw.get("title") or path.stem), [_step(path, n, one) for n, one in enumerate(steps, 1)])


def _step(path: Path, number: int, raw: Any) -> Step:
    def wrong(why: str) -> SetupError:
        return SetupError("MB320", f"{path}, step {number}: {why}")

    if not isinstance(raw, dict):
        raise wrong("expected members such as as, say and answers.")
    if unknown := raw.keys() - STEP_MEMBERS:
        there = ", ".join(sorted(STEP_MEMBERS))
        raise wrong(f"{', '.join(sorted(map(str, unknown)))} means nothing here; there are {there}.")
    if not isinstance(raw.get("as"), str):
        raise wrong("as is missing: who says it?")
    if ("say" in raw) == ("press" in raw):
        raise wrong("expected either say or press.")
    said, answers = raw.get("say", ""), raw.get("answers") or []
    if not isinstance(answers, list):
        raise wrong("answers is no list.")
    for answer in answers:
        if not isinstance(answer, str) and not (isinstance(answer, dict) and ANSWER_KINDS & answer.keys()):
            raise wrong(f"an answer is a text or one of {', '.join(sorted(ANSWER_KINDS))}, not {answer!r}.")
        for content in answer.values() if isinstance(answer, dict) else ():
            if isinstance(content, dict) and "match" in content and not _compiles(content["match"]):
                raise wrong(f"{content['match']!r} is no regular expression.")
    place = str(raw.get("in") or "")
    if "press" in raw:
        return Step(raw["as"], press=str(raw["press"]), place=place, answers=answers)
    if isinstance(said, dict):
        if not isinstance(said.get("category"), str) or "data" not in said:
            raise wrong("say is a text, or has category and data.")
        return Step(raw["as"], category=said["category"], data=said["data"], place=place, answers=answers)
    return Step(raw["as"], say=str(said), place=place, answers=answers)


def _compiles(expression: Any) -> bool:
    try:
        re.compile(expression)
    except (re.error, TypeError):
        return False
    return True


def save(path: Path, scenario: Scenario) -> None:
    """Write a scenario as a person would."""
    steps = [_written(step) for step in scenario.steps]
    value = {"scenario": VERSION, "title": scenario.title, "steps": steps}
    text = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH)
    path.write_text(text, encoding="utf-8")


def _written(step: Step) -> dict[str, Any]:
    made: dict[str, Any] = {"as": step.who}
    if step.place:
        made["in"] = step.place
    if step.press:
        made["press"] = step.press
    else:
        made["say"] = step.say if step.data is None else {"category": step.category, "data": step.data}
    return made | {"answers": list(step.answers)}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as they are, and lists indented as people do."""


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
