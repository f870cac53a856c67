"""`/console/broadcasts/N/review`: the last look before it is sent; above a size the number of people is typed."""

from aiohttp import web

from bot.amounts import format_number, format_time
from bot.broadcast import Arithmetic, Broadcast, State
from bot.draft import first_line, read_draft
from bot.steering import NotAlone, SentBefore, TooManyToday, WrongState
from bot.web.console.broadcasts import found, name_of
from bot.web.console.composer import lasts_text, previews_of, problem_text, problems_of, sum_text
from bot.web.console.nodes import html_of
from bot.web.console.visit import Visit


async def review(visit: Visit) -> web.Response:
    """The page; a broadcast that was begun has none."""
    broadcast = await found(visit)
    if broadcast.state is not State.DRAFT:
        return visit.see(f"/broadcasts/{broadcast.number}")
    return await _page(visit, broadcast)


async def start(visit: Visit) -> web.Response:
    """Begin it, after a moment in which it can be undone."""
    broadcast = await found(visit)
    counted = await visit.store.ledger.arithmetic(broadcast.audience, visit.now)
    if broadcast.state is State.DRAFT:
        trouble = await _refusal(visit, broadcast, counted)
        if trouble:
            return await _page(visit, broadcast, trouble, 400)
    at = broadcast.due_at if broadcast.state is State.DRAFT else None
    again = bool(await visit.field("again"))
    try:
        await visit.steering.start(broadcast, undo_s=visit.services.undo_s, at=at, again=again)
    except NotAlone as error:
        said = visit.text("review.not_alone", limit=format_number(error.limit, visit.language))
        return await _page(visit, broadcast, said, 403)
    except TooManyToday as error:
        return await _page(visit, broadcast, visit.text("review.too_many", limit=error.limit), 403)
    except SentBefore as error:
        said = visit.text("review.sent_before", other=error.broadcast.number)
        return await _page(visit, broadcast, said, 409, again=True)
    except WrongState:
        pass  # somebody was quicker: the page shows what they did
    return visit.see(f"/broadcasts/{broadcast.number}")


async def test(visit: Visit) -> web.Response:
    """Send it to whoever asks, and to nobody else."""
    broadcast = await found(visit)
    if not any(each.error for each in problems_of(visit, broadcast)):
        await visit.steering.test(broadcast, [visit.visitor.user_id])
    return visit.see(f"/broadcasts/{broadcast.number}/review", done="test")


async def approve(visit: Visit) -> web.Response:
    """Agree to a draft of somebody else."""
    broadcast = await found(visit)
    try:
        await visit.steering.approve(broadcast)
    except NotAlone:
        return await _page(visit, broadcast, visit.text("review.own"), 403)
    except WrongState:
        return visit.see(f"/broadcasts/{broadcast.number}")
    return visit.see(f"/broadcasts/{broadcast.number}/review", done="approved")


async def _refusal(visit: Visit, broadcast: Broadcast, counted: Arithmetic) -> str:
    """Why it may not begin as it is; empty if it may."""
    if not counted.recipients:
        return visit.text("review.nobody")
    if any(each.error for each in problems_of(visit, broadcast)):
        return visit.text("review.mend")
    if broadcast.due_at is not None and broadcast.due_at <= visit.now:
        return visit.text("review.over")
    if counted.recipients > visit.services.limits.confirm_over:
        typed = "".join(each for each in await visit.field("typed") if each.isdecimal())
        if typed != str(counted.recipients):
            return visit.text("review.typed", number=format_number(counted.recipients, visit.language))
    return ""


async def _page(
    visit: Visit, broadcast: Broadcast, trouble: str = "", status: int = 200, *, again: bool = False
) -> web.Response:
    ledger, limits = visit.store.ledger, visit.services.limits
    counted = await ledger.arithmetic(broadcast.audience, visit.now)
    tested = await ledger.tested_at(broadcast.id)
    found_problems = problems_of(visit, broadcast)
    contents = next(iter(broadcast.contents.values()), ())
    return visit.page(
        "review.html",
        status=status,
        draft=broadcast,
        counted=counted,
        first=first_line(contents),
        stop=all(said.stop for said in read_draft(broadcast.contents)[1].values()),
        sum_text=sum_text(visit, counted),
        lasts=lasts_text(visit, counted, broadcast),
        problems=[problem_text(visit, each) for each in found_problems],
        blocked=not counted.recipients or any(each.error for each in found_problems),
        tested=format_time(tested, visit.language) if tested is not None else "",
        typed=str(counted.recipients) if counted.recipients > limits.confirm_over else "",
        two=bool(limits.second_admin_over) and counted.recipients > limits.second_admin_over,
        author=await name_of(visit, broadcast.author_id),
        approver=await name_of(visit, broadcast.approver_id) if broadcast.approver_id else "",
        mine=broadcast.author_id == visit.visitor.user_id,
        previews={language: html_of(pieces) for language, pieces in previews_of(visit, broadcast).items()},
        undo_s=round(visit.services.undo_s),
        trouble=trouble,
        again=again,
    )
