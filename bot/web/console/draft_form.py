"""The form of the composer: what was filled in, as a draft; and a draft, as what the form shows."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from bot.audience import Misread, audience_text, read_audience
from bot.broadcast import Audience, Broadcast
from bot.draft import MAX_BUTTONS, Said, Shape, contents_of_draft, read_draft
from bot.message import Button, Content
from bot.users import Role
from bot.wire import Value

SLOTS = MAX_BUTTONS - 1
"""Buttons of an admin's own; one place is for the button that stops the news."""
MAX_TEXT = 70_000
MAX_LISTED = 50_000
CHOICES = ("everyone", "language", "active", "role", "tag", "list", "words")
MOMENT = "%Y-%m-%dT%H:%M"

NOBODY = Audience(user_ids=("nobody",))

Fields = Mapping[str, str]


class Filled(Value, frozen=True):
    """What the form says. `texts` begins with everybody else's; `wrong` are codes of what could not be read."""

    shape: Shape
    texts: Mapping[str, Said]
    choice: str
    audience: Audience
    due_at: datetime | None = None
    wrong: tuple[str, ...] = ()
    unknown: int = 0
    """So many lines of a pasted list name nobody whom the bot knows."""

    def contents(self) -> Mapping[str, tuple[Content, ...]]:
        return {language: contents_of_draft(self.shape, said) for language, said in self.texts.items()}


def read_form(
    fields: Fields,
    languages: Sequence[str],
    stop_label: Callable[[str], str],
    segments: Mapping[str, Audience],
    ids_of: Mapping[str, str],
) -> Filled:
    """Everything that was filled in; `ids_of` gives the user ids of the lines of a pasted list."""
    shape = Shape(fields["shape"]) if fields.get("shape") in list(Shape) else Shape.TEXT
    spoken = ["", *(each for each in languages if f"body.{each}" in fields)]
    texts = {each: _said(fields, each, stop_label(each)) for each in spoken}
    choice = fields.get("choice", "")
    wrong: list[str] = []
    audience = _audience(fields, choice, segments, ids_of, wrong)
    lines = pasted(fields) if choice == "list" else []
    unknown = sum(1 for line in lines if line not in ids_of)
    due_at = _moment(fields, wrong) if fields.get("when") == "at" else None
    return Filled(shape, texts, choice if choice in CHOICES else "everyone", audience, due_at, tuple(wrong), unknown)


def pasted(fields: Fields) -> list[str]:
    """The lines of a pasted list, each once: the first word of each, or the cell before a comma."""
    words = re.findall(r"[^\s,;\"]+", fields.get("list", ""))
    return list(dict.fromkeys(word.lower() for word in words))[:MAX_LISTED]


def choice_of(audience: Audience) -> str:
    """Which of the form's choices an audience is."""
    given = {
        "language": audience.language, "active": audience.active_days, "role": audience.role, "tag": audience.tag,
        "list": audience.user_ids, "joined": audience.joined_after, "groups": audience.groups,
    }  # fmt: skip
    used = [name for name, value in given.items() if value]
    if not used:
        return "everyone"
    return used[0] if len(used) == 1 and used[0] in CHOICES else "words"


class Shown(NamedTuple):
    """What the form shows; `words` and `listed` are those of an audience, `at` a time in `zone`, or empty."""

    shape: Shape
    texts: Mapping[str, Said]
    choice: str
    audience: Audience
    zone: str
    words: str = ""
    at: str = ""
    listed: str = ""

    @property
    def when(self) -> str:
        return "at" if self.at else "now"


def form_of(broadcast: Broadcast | None, zone: str) -> Shown:
    """What the form shows of a draft; of none, what it begins with."""
    if broadcast is None:
        return Shown(Shape.TEXT, {"": Said(stop="+")}, "everyone", Audience(), zone)
    shape, texts = read_draft(broadcast.contents)
    audience, due_at = broadcast.audience, broadcast.due_at
    choice = choice_of(audience)
    return Shown(
        shape,
        texts or {"": Said()},
        choice,
        audience,
        zone,
        audience_text(audience) if choice == "words" else "",
        due_at.astimezone(ZoneInfo(zone)).strftime(MOMENT) if due_at is not None else "",
        "\n".join(audience.user_ids) if audience != NOBODY else "",
    )


def known_zone(name: str) -> str:
    """The name of a zone, or UTC."""
    return name if name in available_timezones() else "UTC"


def _said(fields: Fields, language: str, stop: str) -> Said:
    buttons = []
    for slot in range(SLOTS):
        label, action = (fields.get(f"{part}.{language}.{slot}", "").strip() for part in ("label", "action"))
        if label or action:
            buttons.append(Button(label[:200], _action(action[:2000])))
    return Said(
        fields.get(f"body.{language}", "").replace("\r\n", "\n")[:MAX_TEXT],
        fields.get(f"title.{language}", "").strip()[:200],
        fields.get(f"link.{language}", "").strip()[:2000],
        tuple(buttons),
        stop if fields.get("stop") else "",
    )


def _action(written: str) -> str:
    """A link stays one; anything else is what the button says."""
    return written if not written or re.match(r"[a-z][a-z0-9+.-]*:", written) else f"input:{written}"


def _audience(
    fields: Fields, choice: str, segments: Mapping[str, Audience], ids_of: Mapping[str, str], wrong: list[str]
) -> Audience:
    """What could not be read is nobody: never everybody."""
    if choice == "language" and fields.get("language", ""):
        return Audience(language=fields["language"][:10])
    if choice == "active":
        days = fields.get("days", "")
        if days.isdecimal() and 0 < int(days) <= 3650:
            return Audience(active_days=int(days))
        wrong.append("days")
    elif choice == "role":
        return Audience(role=fields["role"] if fields.get("role") in list(Role) else Role.OWNER)
    elif choice == "tag" and (tag := fields.get("tag", "").strip().casefold()):
        return Audience(tag=tag[:40])
    elif choice == "list":
        ids = dict.fromkeys(ids_of[line] for line in pasted(fields) if line in ids_of)
        if not ids:
            wrong.append("list")
        return Audience(user_ids=tuple(ids)) if ids else NOBODY
    elif choice == "words":
        try:
            return read_audience(fields.get("words", "")[:400], segments)
        except Misread:
            wrong.append("words")
    elif choice not in ("language", "tag"):
        return Audience()
    else:
        wrong.append(choice)
    return NOBODY


def _moment(fields: Fields, wrong: list[str]) -> datetime | None:
    try:
        at = datetime.strptime(fields.get("at", ""), MOMENT)  # noqa: DTZ007 - its zone is in another field
    except ValueError:
        wrong.append("at")
        return None
    return at.replace(tzinfo=ZoneInfo(known_zone(fields.get("zone", "")))).astimezone(UTC)
