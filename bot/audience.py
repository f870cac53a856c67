"""An audience in words, as admins write it in the chat and on the command line: `lang:zh,active:30d,tag:vip`."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from bot.broadcast import Audience
from bot.users import Role
from bot.wire import replace

EVERYONE = "everyone"
GROUPS = "groups"
MAX_DAYS = 3650


class Misread(ValueError):
    """A part of an audience that means nothing; the text is that part."""


def read_audience(text: str, segments: Mapping[str, Audience], languages: Collection[str] = ()) -> Audience:
    """What the words say; parts are separated by commas or spaces, and all of them have to apply.

    Raises:
        Misread: One of them means nothing.
    """
    audience = Audience()
    for part in text.replace(",", " ").split():
        audience = _narrowed(audience, part, segments, languages)
    if audience.groups and audience != Audience(groups=True):
        raise Misread(GROUPS)
    return audience


def audience_text(audience: Audience) -> str:
    """The words for it; a list of people by their number."""
    if audience.groups:
        return GROUPS
    parts = [
        f"lang:{audience.language}" if audience.language else "",
        f"active:{audience.active_days}d" if audience.active_days else "",
        f"role:{audience.role}" if audience.role else "",
        f"tag:{audience.tag}" if audience.tag else "",
        f"joined>{audience.joined_after:%Y-%m-%d}" if audience.joined_after is not None else "",
        f"list:{len(audience.user_ids)}" if audience.user_ids else "",
    ]
    return ",".join(part for part in parts if part) or EVERYONE


def _narrowed(audience: Audience, part: str, segments: Mapping[str, Audience], languages: Collection[str]) -> Audience:
    if part == EVERYONE:
        return audience
    if part == GROUPS:
        return replace(audience, groups=True)
    if part.startswith("joined>"):
        return replace(audience, joined_after=_day(part))
    name, _, value = part.partition(":")
    if name == "lang" and value and (not languages or value in languages):
        return replace(audience, language=value)
    if name == "active" and (days := value.removesuffix("d")).isdecimal() and 0 < int(days) <= MAX_DAYS:
        return replace(audience, active_days=int(days))
    if name == "role" and value and value in list(Role):
        return replace(audience, role=value)
    if name == "tag" and value:
        return replace(audience, tag=value.casefold())
    if name == "segment" and value in segments:
        return _both(segments[value], audience)
    raise Misread(part)


def _day(part: str) -> datetime:
    try:
        day = date.fromisoformat(part.partition(">")[2])
    except ValueError:
        raise Misread(part) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _both(segment: Audience, said: Audience) -> Audience:
    """A segment, narrowed by what was said before it."""
    changes = {
        name: value
        for name in Audience.__struct_fields__
        if (value := getattr(said, name)) != getattr(Audience(), name)
    }
    return replace(segment, **changes)
