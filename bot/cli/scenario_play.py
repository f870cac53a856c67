"""Scenarios in a sandbox: played from a file, and written from what was said there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.cli.control import Control
from bot.cli.dialogue import Answer, Dialogue, Silence
from bot.cli.scenario_file import Scenario, Step
from bot.cli.scenario_match import as_wanted, differences
from bot.errors import SetupError

MAX_MESSAGES = 1000


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A step that went otherwise: why, and the lines of the difference."""

    number: int
    step: Step
    why: str
    lines: Sequence[str] = ()


def play(scenario: Scenario, dialogue: Dialogue) -> Mismatch | None:
    """Say everything again; gives the first step that was answered otherwise, or that could not be done."""
    for number, step in enumerate(scenario.steps, 1):
        try:
            answers = _take(step, dialogue)
        except SetupError as error:
            return Mismatch(number, step, str(error))
        except Silence as silence:
            return Mismatch(number, step, str(silence), differences(step.answers, silence.answers))
        if lines := differences(step.answers, answers):
            return Mismatch(number, step, "the bot answered otherwise", lines)
    return None


def _take(step: Step, dialogue: Dialogue) -> list[Answer]:
    if step.press:
        return dialogue.press(step.who, step.press, place=step.place)
    return dialogue.ask(step.who, step.say, category=step.category, data=step.data, place=step.place)


def recorded(control: Control, since: str, title: str) -> Scenario:
    """What was said in the sandbox since a time (RFC 3339), each thing with the bot's answers after it."""
    state = control.get("/state")
    names = {one["user_id"]: one["full_name"] for one in state["people"]}
    bot_id = state["bot"]["user_id"]
    told = []
    for conversation in _conversations(control, names, since):
        place = conversation["name"] if conversation["category"] == "GROUP" else ""
        path = f"/conversations/{conversation['conversation_id']}/messages"
        query = {"as_": conversation["as"], "limit": str(MAX_MESSAGES)}
        said = [one for one in control.get(path, **query) if one["created_at"] >= since]
        told += _steps(said, names, bot_id, place)
    told.sort(key=lambda one: one[0])
    return Scenario(title, [step for _, step in told])


def _conversations(control: Control, people: dict[str, str], since: str) -> Iterator[dict[str, Any]]:
    """Each in which something was said, once, with somebody who is in it."""
    seen = set()
    for user_id in people:
        for one in control.get("/conversations", as_=user_id):
            if one["conversation_id"] not in seen and one["last_at"] >= since:
                seen.add(one["conversation_id"])
                yield one | {"as": user_id}


def _steps(said: list[Any], names: dict[str, str], bot_id: str, place: str) -> list[tuple[str, Step]]:
    """What people said, each with its time; the bot's messages are answers to the last of them."""
    begun: list[tuple[Any, list[Any]]] = []
    for one in said:
        if one["user_id"] in names and not one["category"].startswith("SYSTEM_") and not one["recalled"]:
            begun.append((one, []))
        elif one["user_id"] == bot_id and begun:
            begun[-1][1].append(as_wanted(Answer(one["message_id"], one["category"], one["data"])))
    return [(one["created_at"], _step(one, names, place, answers)) for one, answers in begun]


def _step(message: Any, names: dict[str, str], place: str, answers: list[Any]) -> Step:
    who, category = names[message["user_id"]], message["category"]
    if category == "PLAIN_TEXT":
        return Step(who, say=message["data"], place=place, answers=answers)
    return Step(who, category=category, data=message["data"], place=place, answers=answers)
