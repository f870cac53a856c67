"""Who lives in the sandbox, and in which groups."""

from typing import Any

from bot.sandbox import groups
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.control_world import person_view
from bot.sandbox.ids import new_id
from bot.sandbox.people import BLOCKING, FRIEND, STRANGER, Person
from bot.sandbox.seed import add_person
from bot.sandbox.tables import transaction

GREETING = "Hi"


async def add(ask: Ask) -> Any:
    """Somebody new; `contact` false: they have not added the bot; `hi` true: they greet it."""
    sandbox = ask.sandbox
    name = ask.text("name").strip()
    number = ask.text("identity_number", "") or sandbox.people.free_number()
    if not name or not number.isdigit() or sandbox.people.by_number(number) is not None:
        raise ControlError(400, "a name is needed, and a number that nobody has")
    with transaction(sandbox.db):
        person = Person(new_id(), number, name, sandbox.clock.text(), phone=ask.text("phone", ""))
        add_person(sandbox, person)
    if ask.fields.get("contact", True) or ask.fields.get("hi"):
        sandbox.talk(person.user_id)
    if ask.fields.get("hi"):
        sandbox.say(person.user_id, GREETING)
    sandbox.events.publish("people")
    return person_view(ask, person)


async def change(ask: Ask) -> Any:
    """`blocked`: the bot; `contact`: has added the bot; `away`: the phone is off, nothing is delivered; `name`;
    `fiat_currency`: the money that this person counts in.

    Whoever adds the bot greets it, as Mixin's apps do by themselves; a `greeting` of "" says nothing.

    Source: mixin.md 7.11.
    """
    sandbox, person = ask.sandbox, ask.sandbox.person(ask.part("id"))
    relation = sandbox.people.relation(person.user_id, sandbox.bot_id)
    added = bool(ask.fields.get("contact")) and relation == STRANGER
    with transaction(sandbox.db):
        if "blocked" in ask.fields:
            kind = BLOCKING if ask.fields["blocked"] else FRIEND
            sandbox.people.relate(person.user_id, sandbox.bot_id, kind)
        if "contact" in ask.fields:
            sandbox.people.relate(person.user_id, sandbox.bot_id, FRIEND if ask.fields["contact"] else "")
        if "name" in ask.fields:
            person = sandbox.people.change(person.user_id, full_name=ask.text("name"))
        if "away" in ask.fields:
            person = sandbox.people.change(person.user_id, away=bool(ask.fields["away"]))
        if "fiat_currency" in ask.fields:
            chosen = {**person.preferences, "fiat_currency": ask.text("fiat_currency")}
            person = sandbox.people.change(person.user_id, preferences=chosen)
    if not person.away:
        sandbox.delivery.back(person.user_id)
    if added and (greeting := ask.text("greeting", GREETING)):
        sandbox.say(person.user_id, greeting)
    sandbox.events.publish("people")
    return person_view(ask, person)


async def forget(ask: Ask) -> Any:
    """Between somebody and the bot everything is as if they had never met; what the bot keeps is its own affair."""
    sandbox, person = ask.sandbox, ask.sandbox.person(ask.part("id"))
    sandbox.part(person.user_id)
    return person_view(ask, person)


async def add_group(ask: Ask) -> Any:
    owner = ask.sandbox.person(ask.text("as"))
    members = [ask.sandbox.person(one).user_id for one in ask.names("members")]
    group = groups.make(ask.sandbox, owner.user_id, ask.text("name"), members)
    return {"conversation_id": group.conversation_id, "participants": list(group.members)}


async def change_members(ask: Ask) -> Any:
    """`as` must run the group; left out, its owner acts. `leave` true: `as` goes, and nothing else happens."""
    group = ask.sandbox.conversations.get(ask.part("id"))
    if group is None:
        raise ControlError(404, "there is no such group")
    actor = ask.sandbox.person(ask.text("as", group.creator_id)).user_id
    if ask.fields.get("leave"):
        if actor in group.members:
            groups.leave(ask.sandbox, group, actor, actor, "EXIT")
        return {"conversation_id": group.conversation_id, "participants": list(group.members)}
    groups.add(ask.sandbox, group, actor, [ask.sandbox.person(one).user_id for one in ask.names("add")])
    groups.remove(ask.sandbox, group, actor, [ask.sandbox.person(one).user_id for one in ask.names("remove")])
    for name, role in (("admins", "ADMIN"), ("members", "")):
        for one in ask.names(name):
            groups.give_role(ask.sandbox, group, actor, ask.sandbox.person(one).user_id, role)
    return {"conversation_id": group.conversation_id, "participants": list(group.members)}


async def change_group(ask: Ask) -> Any:
    """`as` must run the group; left out, its owner acts."""
    group = ask.sandbox.conversations.get(ask.part("id"))
    if group is None:
        raise ControlError(404, "there is no such group")
    actor = ask.sandbox.person(ask.text("as", group.creator_id)).user_id
    texts = [ask.fields.get(name) for name in ("name", "announcement")]
    if texts[0] == "" or not all(one is None or isinstance(one, str) for one in texts):
        raise ControlError(400, "name and announcement are texts, and a group has a name")
    if texts != [None, None]:
        groups.update(ask.sandbox, group, actor, *texts)
    if ask.fields.get("rotate"):
        groups.rotate(ask.sandbox, group, actor)
    return {"conversation_id": group.conversation_id, "name": group.name, "announcement": group.announcement,
            "code_id": group.code_id}  # fmt: skip


async def revoke(ask: Ask) -> Any:
    """The bot's Keystore is good for nothing from now on, until a reset."""
    ask.sandbox.revoke_session(str(ask.sandbox.keystore["session_id"]))
    return {"revoked": True}


async def acknowledged(ask: Ask) -> Any:
    """What the bot acknowledged, and how much waits."""
    sandbox = ask.sandbox
    return {
        "acknowledged": sandbox.queue.acknowledged(sandbox.bot_id),
        "waiting": sandbox.queue.waiting(sandbox.bot_id),
    }


CONTROLS = (
    Control(
        "POST", "/people", add, "Somebody new",
        body={"name": "text", "identity_number?": "digits", "phone?": "text", "contact?": "true: has added the bot",
              "hi?": "true: greets the bot"},
    ),
    Control(
        "POST", "/people/{id}", change, "Change somebody",
        body={"blocked?": "true: blocks the bot", "contact?": "true: has added the bot",
              "greeting?": "what is said to the bot on adding it", "away?": "true: the phone is off", "name?": "text",
              "fiat_currency?": "such as EUR"},
    ),
    Control("POST", "/people/{id}/forget", forget, "Drop what somebody and the bot said, and what was authorised"),
    Control(
        "POST", "/groups", add_group, "A new group",
        body={"name": "text", "as": "the owner", "members?": "list of ids, numbers or names"},
    ),
    Control(
        "POST", "/groups/{id}/members", change_members, "Who comes and who goes",
        body={"as?": "who does it", "add?": "list", "remove?": "list", "admins?": "list",
              "members?": "list: admins no longer", "leave?": "true: `as` goes"},
    ),
    Control(
        "POST", "/groups/{id}", change_group, "Change a group",
        body={"as?": "who does it", "name?": "text", "announcement?": "text", "rotate?": "true: a new code"},
    ),
    Control("POST", "/revoke", revoke, "Make the bot's Keystore worthless until a reset"),
    Control("GET", "/acknowledged", acknowledged, "What the bot acknowledged"),
)  # fmt: skip
