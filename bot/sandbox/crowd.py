"""More people than anybody would make up by hand, for tries at scale; the same seed gives the same people."""

import random
import uuid

from bot.sandbox.keys import SANDBOX_PREFIX
from bot.sandbox.people import FRIEND, Person
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.seed import add_person
from bot.sandbox.tables import transaction

NAMES = (
    "Ada", "Amir", "Ana", "Bao", "Ben", "Carla", "Chen", "Dana", "Eli", "Emma", "Femi", "Grace", "Hana", "Ines", "Ivan",
    "Jun", "Kai", "Lea", "Liam", "Mei", "Mia", "Nia", "Omar", "Priya", "Rosa", "Sam", "Tariq", "Uma", "Vera", "Wei",
    "Yuki", "Zoe", "张伟", "李娜", "刘洋", "陈静", "佐藤", "鈴木",
)  # fmt: skip
FIRST_NUMBER = 500_001


def fill(sandbox: Sandbox, wanted: int, seed: int = 0) -> int:
    """Let people move in until `wanted` live there, all in contact with the bot; gives how many came."""
    living = sum(not one.is_bot for one in sandbox.people)
    taken = {one.identity_number for one in sandbox.people}
    chance = random.Random(seed)  # noqa: S311  # names, not secrets
    at = sandbox.clock.text()
    came, number = 0, FIRST_NUMBER
    with transaction(sandbox.db):
        while living + came < wanted:
            name = f"{chance.choice(NAMES)} {number - FIRST_NUMBER + 1}"
            user_id = SANDBOX_PREFIX + str(uuid.UUID(int=chance.getrandbits(128), version=4))[9:]
            number += 1
            if str(number - 1) in taken or sandbox.people.get(user_id) is not None:
                continue
            add_person(sandbox, Person(user_id, str(number - 1), name, at))
            sandbox.conversations.contact(user_id, sandbox.bot_id, at)
            sandbox.people.relate(user_id, sandbox.bot_id, FRIEND)
            came += 1
    if came:
        sandbox.events.publish("people")
    return came
