"""`/console/broadcasts/new` and `/edit`: where a broadcast is written; the draft is in the database with each change.

A script saves by itself and shows what comes back; without one, Save does the same with the whole page.
"""

import math
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.amounts import format_number, format_timespan
from bot.broadcast import Arithmetic, Audience, Broadcast, State
from bot.draft import MAX_BYTES, MAX_DESCRIPTION, Problem, Shape, problems, read_draft
from bot.errors import NotFound, ServiceError
from bot.steering import WrongState
from bot.users import Role
from bot.web.console.broadcasts import found
from bot.web.console.draft_form import SLOTS, Filled, form_of, known_zone, pasted, read_form
from bot.web.console.nodes import Node, html_of
from bot.web.console.preview import preview
from bot.web.console.upload import MOST_BYTES, Listed, read_list, without_strangers
from bot.web.console.visit import Visit
from bot.wire import encode

PICKED = ("en", "zh", "ja")
ZONE = "mixbot-zone"
SHOWN_BAD = 20
"""Lines of a file that are named, of those that count for nothing."""


async def compose(visit: Visit) -> web.Response:
    """The page: an empty form, or a draft as it was left."""
    if "number" not in visit.request.match_info:
        return await _page(visit, None)
    broadcast = await found(visit)
    if broadcast.state is not State.DRAFT:
        return visit.see(f"/broadcasts/{broadcast.number}")
    return await _page(visit, broadcast)


async def save(visit: Visit) -> web.Response:
    """Keep what was filled in, then do what the button said; a script is answered with what changed on the page."""
    fields = {name: value for name, value in (await visit.form()).items() if isinstance(value, str)}
    by_script = visit.request.headers.get("Accept", "").startswith("application/json")
    broadcast = await found(visit) if "number" in visit.request.match_info else None
    if broadcast is not None and broadcast.state is not State.DRAFT:
        return _gone(visit, by_script) if by_script else visit.see(f"/broadcasts/{broadcast.number}")
    if broadcast is not None and fields.get("do") == "delete":
        await visit.steering.drop(broadcast)
        return visit.see("/broadcasts", done="draft_deleted")
    if broadcast is not None and fields.get("version", "") not in ("", _version(broadcast)):
        return _gone(visit, by_script) if by_script else await _page(visit, broadcast, "composer.changed", 409)
    filled = await _filled(visit, fields)
    listed: Listed | None = None
    if fields.get("do") == "upload" and not by_script:
        try:
            listed = await _uploaded(visit)
        except ValueError as error:
            return await _page(visit, broadcast, f"upload.{error}", 400)
        fields |= {"choice": "list", "list": "\n".join(listed.lines) or "-"}
        filled = await _filled(visit, fields)
    try:
        broadcast = await _kept(visit, broadcast, filled)
    except WrongState as error:
        return _gone(visit, by_script) if by_script else visit.see(f"/broadcasts/{error.broadcast.number}")
    if by_script:
        return web.Response(body=encode(await _changes(visit, broadcast, filled)), content_type="application/json")
    response = await (
        _done(visit, broadcast, filled, fields) if listed is None else _page(visit, broadcast, listed=listed)
    )
    response.set_cookie(ZONE, known_zone(fields.get("zone", "")), path="/", httponly=True, samesite="Lax")
    return response


async def _filled(visit: Visit, fields: Mapping[str, str]) -> Filled:
    roster, texts = visit.store.roster, visit.services.texts
    languages = [*texts.languages]
    added = fields.get("do", "").partition("add:")[2] or (fields.get("add", "") if fields.get("do") == "add" else "")
    removed = fields.get("do", "").partition("remove:")[2]
    given = {name: value for name, value in fields.items() if not removed or name != f"body.{removed}"}
    if added in languages:
        given.setdefault(f"body.{added}", "")
    lines = pasted(fields) if fields.get("choice") == "list" else []
    return read_form(
        given,
        languages,
        lambda language: texts.get(language or visit.services.language, "broadcast.stop_button"),
        await roster.segments(),
        await roster.ids_of(lines),
    )


async def _uploaded(visit: Visit) -> Listed:
    """Who is on the list that came as a file.

    Raises:
        ValueError: A key of the catalog: there is no file, or it cannot be read.
    """
    file = (await visit.form()).get("file")
    if not isinstance(file, web.FileField) or not file.filename:
        raise ValueError("none")
    listed = read_list(file.file.read(MOST_BYTES + 1))
    return without_strangers(listed, await visit.store.roster.ids_of(list(listed.lines)))


async def _kept(visit: Visit, broadcast: Broadcast | None, filled: Filled) -> Broadcast:
    contents = filled.contents()
    if broadcast is None:
        return await visit.steering.draft(contents, filled.audience, filled.due_at)
    now = (broadcast.contents, broadcast.audience, broadcast.due_at)
    if now == (contents, filled.audience, filled.due_at):
        return broadcast
    return await visit.steering.redraft(broadcast, contents, filled.audience, filled.due_at)


async def _done(visit: Visit, broadcast: Broadcast, filled: Filled, fields: Mapping[str, str]) -> web.Response:
    """What the button said, once all is kept."""
    place, action = f"/broadcasts/{broadcast.number}", fields.get("do", "save")
    wrong = [f"composer.wrong.{code}" for code in filled.wrong]
    errors = [each for each in problems_of(visit, broadcast) if each.error]
    if action in ("review", "test", "test_to") and (wrong or (errors and action != "review")):
        return await _page(visit, broadcast, wrong[0] if wrong else "composer.mend", 400)
    if action in ("review", "people"):
        return visit.see(f"{place}/{action}")
    if action == "test":
        await visit.steering.test(broadcast, [visit.visitor.user_id])
        return visit.see(f"{place}/edit", done="test")
    if action == "test_to":
        try:
            user = await visit.services.platform.user(fields.get("test_who", "").strip()[:64])
        except NotFound:
            return await _page(visit, broadcast, "composer.nobody_there", 400)
        except ServiceError:
            return await _page(visit, broadcast, "composer.not_asked", 503)
        await visit.steering.test(broadcast, [user.id])
        return visit.see(f"{place}/edit", done="test")
    return visit.see(f"{place}/edit", done="" if action.startswith(("add", "remove")) else "draft_saved")


async def _page(
    visit: Visit,
    broadcast: Broadcast | None,
    trouble: str = "",
    status: int = 200,
    *,
    listed: Listed | None = None,
) -> web.Response:
    roster, texts = visit.store.roster, visit.services.texts
    form = form_of(broadcast, known_zone(visit.request.cookies.get(ZONE, "UTC")))
    tested = await visit.store.ledger.tested_at(broadcast.id) if broadcast is not None else None
    return visit.page(
        "composer.html",
        status=status,
        draft=broadcast,
        version=_version(broadcast) if broadcast is not None else "",
        form=form,
        slots=range(SLOTS),
        shapes=list(Shape),
        to_add=sorted((each for each in texts.languages if each not in form.texts), key=visit.services.language.__eq__),
        languages=await _spoken(visit),
        roles=[role for role in Role if role],
        tags=await roster.tags(),
        segments=await roster.segments(),
        tested=tested,
        trouble=trouble,
        listed=listed,
        shown_bad=SHOWN_BAD,
        stop=broadcast is None or any(said.stop for said in form.texts.values()),
        **(await _aside(visit, broadcast)),
    )


async def _spoken(visit: Visit) -> list[tuple[str, int]]:
    """Languages that people speak, and how many of them."""
    return [(language, number) for language, number in (await visit.store.roster.languages()).items() if language]


async def _aside(visit: Visit, broadcast: Broadcast | None) -> dict[str, Any]:
    """What follows from a draft: its arithmetic, what is wrong with it, how it looks."""
    audience = broadcast.audience if broadcast is not None else Audience()
    counted = await visit.store.ledger.arithmetic(audience, visit.now)
    previews = previews_of(visit, broadcast) if broadcast is not None else {}
    return {
        "sum_text": sum_text(visit, counted),
        "lasts": lasts_text(visit, counted, broadcast),
        "recipients": counted.recipients,
        "problems": [problem_text(visit, each) for each in problems_of(visit, broadcast)] if broadcast else [],
        "previews": {language: html_of(pieces) for language, pieces in previews.items()},
        "sizes": sizes_of(visit, broadcast) if broadcast is not None else {},
    }


async def _changes(visit: Visit, broadcast: Broadcast, filled: Filled) -> dict[str, Any]:
    """The same for a script."""
    counted = await visit.store.ledger.arithmetic(broadcast.audience, visit.now)
    wrong = [visit.text(f"composer.wrong.{code}") for code in filled.wrong]
    if filled.unknown:
        wrong.append(visit.text("composer.unknown", number=format_number(filled.unknown, visit.language)))
    at = broadcast.saved_at or visit.now
    return {
        "place": f"{visit.frame.options.base}/broadcasts/{broadcast.number}/edit",
        "number": broadcast.number,
        "version": _version(broadcast),
        "saved": visit.text("composer.saved", time=f"{at:%H:%M:%S} UTC"),
        "sum": sum_text(visit, counted),
        "lasts": lasts_text(visit, counted, broadcast),
        "problems": wrong + [problem_text(visit, each) for each in problems_of(visit, broadcast)],
        "sizes": sizes_of(visit, broadcast),
        "previews": previews_of(visit, broadcast),
    }


def problems_of(visit: Visit, broadcast: Broadcast) -> list[Problem]:
    """Everything that is wrong with a draft, or may be."""
    return problems(*read_draft(broadcast.contents), visit.services.patterns)


def problem_text(visit: Visit, problem: Problem) -> str:
    """It in words, with its language in front where there are several."""
    said = visit.text(f"problem.{problem.code}", found=problem.found, limit=problem.limit)
    return f"{language_name(visit, problem.language)}: {said}" if problem.language else said


def language_name(visit: Visit, language: str) -> str:
    """What a language calls itself; the empty one is everybody else's."""
    if not language:
        return visit.text("composer.everybody_else")
    return visit.services.texts.find(language, "lang.name") or language


def sum_text(visit: Visit, counted: Arithmetic) -> str:
    """The arithmetic of an audience, which adds up."""
    names = ("total", "unsubscribed", "blocked", "unreachable", "recipients")
    return visit.text("composer.sum", **{name: format_number(getattr(counted, name), visit.language) for name in names})


def lasts_text(visit: Visit, counted: Arithmetic, broadcast: Broadcast | None) -> str:
    """About how long it will take."""
    messages = max((len(some) for some in broadcast.contents.values()), default=1) if broadcast is not None else 1
    rate = (broadcast.rate if broadcast is not None else 0) or visit.services.rate_per_minute
    lasts = format_timespan(max(math.ceil(60 * counted.recipients * messages / rate), 1), visit.language)
    return visit.text("composer.lasts", lasts=lasts, rate=format_number(rate, visit.language))


def sizes_of(visit: Visit, broadcast: Broadcast) -> dict[str, str]:
    """How much is written in each language, of how much may be."""
    shape, texts = read_draft(broadcast.contents)
    sizes = {}
    for language, said in texts.items():
        size, most = (len(said.body), MAX_DESCRIPTION) if shape is Shape.CARD else (len(said.body.encode()), MAX_BYTES)
        sizes[language] = f"{format_number(size, visit.language)} / {format_number(most, visit.language)}"
    return sizes


def previews_of(visit: Visit, broadcast: Broadcast) -> dict[str, list[Node]]:
    """How it looks in the chat of whoever asks, language by language."""
    texts = visit.services.texts
    return {
        language: preview(
            broadcast,
            language,
            visit.visitor.name,
            texts.get(language or visit.services.language, "broadcast.nameless"),
        )
        for language in broadcast.contents
    }


def _gone(visit: Visit, by_script: bool) -> web.Response:
    assert by_script
    trouble = {"trouble": visit.text("composer.changed")}
    return web.Response(body=encode(trouble), content_type="application/json", status=409)


def _version(broadcast: Broadcast) -> str:
    return broadcast.saved_at.isoformat() if broadcast.saved_at is not None else broadcast.created_at.isoformat()
