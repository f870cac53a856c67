"""`/console/users/ID`: one person, and what somebody with a role does with them: each deed is noted in the audit."""

import uuid

from aiohttp import web

from bot.errors import NotFound, Rejected, ServiceError
from bot.ledger import AuditEntry, AuditQuery
from bot.listing import is_id
from bot.message import Outgoing, Text, reply_id
from bot.roster import Known, tag_of
from bot.users import Role
from bot.web.console.names import names_of
from bot.web.console.visit import Visit

MOST_SAID = 4_000
MOST_SHOWN = 50


async def user(visit: Visit) -> web.Response:
    """The page."""
    known = await _known(visit)
    grant = await visit.store.authorization(known.user_id)
    history = await visit.store.ledger.audited(AuditQuery(subject=known.user_id, limit=20))
    return visit.page(
        "user.html",
        person=known,
        grant=grant,
        history=history,
        names=await names_of(visit.store, (each.actor_id for each in history)),
        confirmation=confirmation_of(known),
        ticket=str(uuid.uuid4()),
        roles=list(Role),
        kept=visit.services.remembering is not None,
        most_shown=MOST_SHOWN,
    )


async def said(visit: Visit) -> web.Response:
    """What they and the bot said to each other, which is noted in the audit."""
    known = await _known(visit)
    await visit.note("user.read", known.user_id)
    return visit.page("said.html", person=known, said=await visit.store.history.said(known.user_id, MOST_SHOWN))


async def block(visit: Visit) -> web.Response:
    """The bot answers them no more, and sends them nothing."""
    return await _set_blocked(visit, True, "user.block")


async def unblock(visit: Visit) -> web.Response:
    return await _set_blocked(visit, False, "user.unblock")


async def unsubscribe(visit: Visit) -> web.Response:
    """As if they had sent /stop."""
    return await _set_subscribed(visit, False, "user.unsubscribe")


async def subscribe(visit: Visit) -> web.Response:
    return await _set_subscribed(visit, True, "user.subscribe")


async def tag(visit: Visit) -> web.Response:
    known = await _known(visit)
    try:
        given = tag_of(await visit.field("tag"))
    except ValueError:
        return visit.see(_path(known), wrong="user.tag")
    await visit.store.roster.tag([known.user_id], given, _entry(visit, "user.tag", known, given))
    return _back(visit, known, "user.tagged")


async def untag(visit: Visit) -> web.Response:
    known = await _known(visit)
    taken = await visit.field("tag")
    await visit.store.roster.untag([known.user_id], taken, _entry(visit, "user.untag", known, taken))
    return _back(visit, known, "user.untagged")


async def role(visit: Visit) -> web.Response:
    """Give or take a role; whoever has one keeps an owner in the house."""
    known = await _known(visit)
    wanted = await visit.field("role")
    if wanted not in list(Role):
        return visit.see(_path(known), wrong="user.role")
    roles = await visit.store.admins()
    owners = {user_id for user_id, one in roles.items() if one is Role.OWNER}
    if owners == {known.user_id} and wanted != Role.OWNER:
        return visit.see(_path(known), wrong="user.last_owner")
    async with visit.store.transaction() as store:
        await store.set_role(known.user_id, Role(wanted))
        await store.ledger.note(_entry(visit, "user.role", known, wanted or "none"))
        if not wanted:
            await store.logins.end_sessions(known.user_id)
    return _back(visit, known, "user.role")


async def forget(visit: Visit) -> web.Response:
    """Delete all that is kept of them, once their number was typed."""
    known = await _known(visit)
    if known.role is not Role.NONE:
        return visit.see(_path(known), wrong="user.forget_admin")
    if await visit.field("number") != confirmation_of(known):
        return visit.see(_path(known), wrong="user.forget_number")
    if (grants := visit.services.grants) is not None:
        await grants.disconnect(known.user_id)
    await visit.store.roster.forget(known.user_id, _entry(visit, "user.forget", known))
    visit.services.forgotten(known.user_id)
    return visit.see("/users", done="user.forgotten")


async def reply(visit: Visit) -> web.Response:
    """Write to them as the bot. The form's ticket is the message's id, so that sending it twice says it once."""
    known = await _known(visit)
    said, ticket = await visit.field("text", MOST_SAID), await visit.field("ticket", 36)
    if not said or not is_id(ticket):
        return visit.see(_path(known), wrong="user.reply_empty")
    platform = visit.services.platform
    outgoing = Outgoing(
        reply_id(ticket, known.user_id), platform.conversation_with(known.user_id), known.user_id, Text(said)
    )
    try:
        packed = [platform.pack(outgoing)]
        try:
            await platform.send(packed)
        except (NotFound, Rejected):
            await platform.reach(outgoing)
            await platform.send(packed)
    except (ServiceError, ValueError):
        return visit.see(_path(known), wrong="user.reply_refused")
    await visit.note("user.reply", known.user_id)
    return _back(visit, known, "user.replied")


def confirmation_of(known: Known) -> str:
    """What has to be typed before somebody is forgotten."""
    return known.identity_number or known.user_id[:8]


async def _set_blocked(visit: Visit, blocked: bool, action: str) -> web.Response:
    known = await _known(visit)
    await visit.store.roster.set_blocked(known.user_id, blocked, _entry(visit, action, known))
    return _back(visit, known, f"{action}ed")


async def _set_subscribed(visit: Visit, subscribed: bool, action: str) -> web.Response:
    known = await _known(visit)
    await visit.store.roster.set_subscribed(known.user_id, subscribed, _entry(visit, action, known))
    return _back(visit, known, f"{action}d")


async def _known(visit: Visit) -> Known:
    """
    Raises:
        HTTPNotFound: The bot knows nobody of that id.
    """
    found = await visit.store.roster.known(visit.request.match_info["user_id"][:64])
    if found is None:
        raise web.HTTPNotFound
    return found


def _entry(visit: Visit, action: str, known: Known, detail: str = "") -> AuditEntry:
    return AuditEntry(visit.now, visit.visitor.user_id, action, known.user_id, detail)


def _path(known: Known) -> str:
    return f"/users/{known.user_id}"


def _back(visit: Visit, known: Known, done: str) -> web.Response:
    visit.services.forgotten(known.user_id)  # what is remembered of them has changed
    return visit.see(_path(known), done=done)
