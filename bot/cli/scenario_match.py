"""Whether the bot answered as a scenario wants it to; and if not, where it differs."""

import json
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Any

from bot.cli.dialogue import Answer

PLACEHOLDERS = {
    "any": r"(?s:.*?)",
    "line": r".*?",
    "number": r"[-+]?\d[\d,.]*",
    "uuid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:\d\d| UTC)?",
}
_PLACEHOLDER = re.compile(r"\{\{(" + "|".join(PLACEHOLDERS) + r")\}\}")
_VARYING = (
    (re.compile(PLACEHOLDERS["uuid"]), "{{uuid}}"),
    (re.compile(PLACEHOLDERS["time"]), "{{time}}"),
    (re.compile(r"\b\d+(?:[.,]\d+)*(?= ?(?:ms|s|MiB|毫秒|秒)\b)"), "{{number}}"),
)


def differences(wanted: Sequence[Any], got: Sequence[Answer]) -> list[str]:
    """Nothing where the bot answered as wanted; else all answers with `-` before what is missing and `+` before what
    is there instead.
    """
    if len(wanted) == len(got) and all(matches(one, answer) for one, answer in zip(wanted, got, strict=True)):
        return []
    ours = [_settled(one, got[place]) if place < len(got) else expected(one) for place, one in enumerate(wanted)]
    left = [line for block in ours for line in block]
    right = [line for answer in got for line in written(answer)]
    shown: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            shown += [f"  {line}" for line in left[a:b]]
        else:
            shown += [f"- {line}" for line in left[a:b]] + [f"+ {line}" for line in right[c:d]]
    return shown


def matches(wanted: Any, answer: Answer) -> bool:
    """Whether one answer is as wanted."""
    if isinstance(wanted, dict) and (found := [one for one in wanted.items() if is_expression(one[1])]):
        kind, expression = found[0]
        category = {"text": "PLAIN_TEXT", "post": "PLAIN_POST"}.get(kind, "")
        return category == answer.category and re.fullmatch(expression["match"], answer.text, re.DOTALL) is not None
    return _pattern(expected(wanted)).fullmatch("\n".join(written(answer))) is not None


def _settled(wanted: Any, answer: Answer) -> list[str]:
    """The lines that are wanted, those that fit replaced by what is there: only what differs should catch the eye."""
    lines, there = expected(wanted), written(answer)
    if matches(wanted, answer):
        return there
    return [
        there[n] if n < len(there) and _pattern([line]).fullmatch(there[n]) else line for n, line in enumerate(lines)
    ]


def written(answer: Answer) -> list[str]:
    """An answer as lines: what it is, and what is in it."""
    if answer.category in ("PLAIN_TEXT", "PLAIN_POST"):
        return _block("text" if answer.category == "PLAIN_TEXT" else "post", answer.text)
    if answer.category == "APP_BUTTON_GROUP":
        return ["buttons:", *(f"  {label}: {action}" for label, action in answer.buttons.items())]
    return _data(answer.category, answer.data)


def expected(wanted: Any) -> list[str]:
    """The same for what stands in a scenario."""
    if isinstance(wanted, str):
        return _block("text", wanted)
    if "category" in wanted:
        return _data(str(wanted["category"]), wanted.get("data"))
    if "buttons" in wanted:
        found = wanted["buttons"] or {}
        pairs = found.items() if isinstance(found, dict) else [(label, "{{line}}") for label in found]
        return ["buttons:", *(f"  {label}: {action}" for label, action in pairs)]
    kind = "text" if "text" in wanted else "post"
    return _block(kind, wanted[kind])


def as_wanted(answer: Answer) -> Any:
    """What to write into a scenario so that this answer is as wanted, also next time."""
    if answer.category in ("PLAIN_TEXT", "PLAIN_POST"):
        return {"text" if answer.category == "PLAIN_TEXT" else "post": steady(answer.text)}
    if answer.category == "APP_BUTTON_GROUP":
        return {"buttons": {label: steady(action) for label, action in answer.buttons.items()}}
    return {"category": answer.category, "data": _steadied(answer.data)}


def steady(text: str) -> str:
    """A text with placeholders for what is another one each time: ids, times, durations and sizes."""
    for varying, placeholder in _VARYING:
        text = varying.sub(placeholder, text)
    return text


def _steadied(value: Any) -> Any:
    if isinstance(value, str):
        return steady(value)
    if isinstance(value, list):
        return [_steadied(one) for one in value]
    return {key: _steadied(one) for key, one in value.items()} if isinstance(value, dict) else value


def _block(kind: str, content: Any) -> list[str]:
    if is_expression(content):
        return [f"{kind}:", f"  /{content['match']}/"]
    return [f"{kind}:", *(f"  {line}" for line in str(content).rstrip("\n").split("\n"))]


def is_expression(content: Any) -> bool:
    """Whether a text is wanted to match a regular expression: `text: {match: …}`."""
    return isinstance(content, dict) and isinstance(content.get("match"), str)


def _data(category: str, data: Any) -> list[str]:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=2)
    return [f"{category}:", *(f"  {line}" for line in text.split("\n"))]


def _pattern(lines: list[str]) -> re.Pattern[str]:
    parts = _PLACEHOLDER.split("\n".join(lines))
    return re.compile("".join(PLACEHOLDERS[one] if n % 2 else re.escape(one) for n, one in enumerate(parts)))
