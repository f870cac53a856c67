"""Fills an empty sandbox: the people, the bot, their conversations and coins."""

from typing import Any, Protocol

from bot.sandbox.clock import Clock
from bot.sandbox.conversations import ADMIN, Conversations
from bot.sandbox.keys import session_of
from bot.sandbox.people import FRIEND, People, Person
from bot.sandbox.wallet import Wallet
from bot.sandbox.world import (
    BOT_ID,
    BOT_NAME,
    BOT_NUMBER,
    GROUP_ID,
    GROUP_MEMBERS,
    GROUP_NAME,
    OLIVIA,
    SEED_OUTPUTS,
    SEED_PEOPLE,
    TEAM_MIXIN,
    app_of,
)


class Seeded(Protocol):
    """What there must be of a sandbox to fill it."""

    people: People
    conversations: Conversations
    wallet: Wallet
    clock: Clock
    keystore: dict[str, Any]


def seed(sandbox: Seeded, world: bool) -> None:
    """The bot, and with `world` everybody else; the caller holds the transaction."""
    bot = add_bot(sandbox, sandbox.keystore, BOT_NAME, BOT_NUMBER)
    if not world:
        return
    at = sandbox.clock.text()
    for user_id, number, name, biography in SEED_PEOPLE:
        add_person(sandbox, Person(user_id, number, name, at, biography=biography, admin=user_id == OLIVIA))
        sandbox.conversations.contact(user_id, bot.user_id, at)
        sandbox.people.relate(user_id, bot.user_id, FRIEND)
    team = app_of(TEAM_MIXIN, "7000", "Team Mixin", OLIVIA, at)
    sandbox.people.save(Person(TEAM_MIXIN, "7000", "Team Mixin", at, biography="A bot that says nothing", app=team))
    group = sandbox.conversations.group(GROUP_ID, GROUP_MEMBERS[0], GROUP_NAME, [*GROUP_MEMBERS, bot.user_id], at)
    group.members[GROUP_MEMBERS[1]]["role"] = ADMIN
    sandbox.conversations.save(group)
    for owner, asset_id, amounts in SEED_OUTPUTS:
        for amount in amounts:
            sandbox.wallet.receive(bot.user_id if owner == BOT_ID else owner, asset_id, amount)


def add_person(sandbox: Seeded, person: Person) -> Person:
    """Somebody with a phone."""
    sandbox.people.save(person)
    sandbox.people.add_device(person.user_id)
    return person


def add_bot(sandbox: Seeded, keystore: dict[str, Any], name: str, number: str) -> Person:
    """A bot, known by the public half of its Keystore.

    Raises:
        ValueError: The Keystore's key is of no known form.
    """
    session = session_of(keystore)
    at = sandbox.clock.text()
    chosen = number or f"7{10**9 - 1 - sum(one.is_bot for one in sandbox.people):09d}"
    app = app_of(session.user_id, chosen, name, OLIVIA, at)
    person = Person(session.user_id, chosen, name, at, biography="A bot in the sandbox", app=app)
    sandbox.people.save(person)
    sandbox.people.add_session(session)
    return person
