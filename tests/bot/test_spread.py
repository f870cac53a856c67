"""Roles are spread fairly over live processes, move one at a time, and come to rest."""

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from bot.spread import Member, Spread, View

TICK_S = 1.0


class World:
    """Processes that decide in turn on what all of them see, as over PostgreSQL's locks."""

    def __init__(self, patterns: Sequence[tuple[str, ...]], roles: int, seed: int = 0) -> None:
        self.chance = random.Random(seed)
        self.roles = [f"bot:{number:04}" for number in range(roles)]
        self.owners: dict[str, int] = {}
        self.processes = {number: Spread(Member(number, wants)) for number, wants in enumerate(patterns, 1)}
        self.now = 0.0
        self.moves = 0
        """Roles that were given back."""

    def tick(self) -> None:
        """A second passes: every process decides once, in no particular order."""
        self.now += TICK_S
        for spread in self.chance.sample(list(self.processes.values()), len(self.processes)):
            view = View([each.me for each in self.processes.values()], dict(self.owners))
            for role in spread.wanted(self.roles, view, self.now):
                if self.owners.setdefault(role, spread.me.number) != spread.me.number:
                    continue
                for other in self.processes.values():
                    if other is not spread:
                        other.moved(role)
            view = View(view.members, dict(self.owners))
            if role := spread.surplus(self.roles, view, self.now):
                del self.owners[role]
                spread.gave(role, self.now)
                self.moves += 1

    def ticks(self, number: int) -> None:
        for _ in range(number):
            self.tick()

    def kill(self, number: int) -> None:
        del self.processes[number]
        self.owners = {role: owner for role, owner in self.owners.items() if owner != number}

    def join(self, number: int, *patterns: str) -> None:
        self.processes[number] = Spread(Member(number, patterns or ("bot:*",)))

    @property
    def loads(self) -> list[int]:
        counted = Counter(self.owners.values())
        return sorted(counted[number] for number in self.processes)


ALL = ("bot:*",)


def test_one_process_takes_everything_at_once() -> None:
    """Nobody waits for others that are not there."""
    world = World([ALL], 100)
    world.tick()
    assert world.loads == [100]


@pytest.mark.parametrize("seed", range(20))
def test_processes_that_begin_together_share_at_once(seed: int) -> None:
    """Three processes have all ten bots within a second, none of them more than its part."""
    world = World([ALL, ALL, ALL], 10, seed)
    world.tick()
    assert sum(world.loads) == 10
    assert max(world.loads) <= 4


@pytest.mark.parametrize("seed", range(20))
def test_a_newcomer_gets_its_part_one_by_one(seed: int) -> None:
    """Who comes later is given roles until nobody has two more than another; then nothing moves any more."""
    world = World([ALL], 10, seed)
    world.tick()
    world.join(2)
    world.join(3)
    for _ in range(20):
        before = dict(world.owners)
        world.tick()
        assert len(world.owners) >= 9
        assert sum(before.get(role) != owner for role, owner in world.owners.items()) <= 2
    assert world.loads == [3, 3, 4]

    world.moves = 0
    world.ticks(50)
    assert world.moves == 0


@pytest.mark.parametrize("seed", range(20))
def test_the_bots_of_a_dead_process_are_taken_within_a_second(seed: int) -> None:
    """The others share what it had, whoever it was."""
    world = World([ALL, ALL, ALL], 10, seed)
    world.ticks(10)
    world.kill(world.chance.choice([1, 2, 3]))
    world.tick()
    assert world.loads == [5, 5]


@pytest.mark.parametrize("seed", range(20))
def test_random_lives_come_to_rest(seed: int) -> None:
    """Processes come and die at random; a while after that every bot runs somewhere, fairly, and nothing moves."""
    world = World([ALL, ALL], 23, seed)
    for number in range(3, 30):
        world.ticks(world.chance.randrange(4))
        if world.chance.random() < 0.5 and len(world.processes) > 1:
            world.kill(world.chance.choice(list(world.processes)))
        else:
            world.join(number)
    world.ticks(60)

    assert len(world.owners) == 23
    assert max(world.loads) - min(world.loads) <= 1
    world.moves = 0
    world.ticks(30)
    assert world.moves == 0


def test_specialised_processes_take_only_what_they_may() -> None:
    """A role that one process alone may take is taken though that is more than its part, and never elsewhere."""
    world = World([("bot:000*",), ("bot:0001",), ()], 12)
    world.ticks(30)

    owners = world.owners
    assert len(owners) == 10
    assert "bot:0010" not in owners
    assert all(world.processes[owner].me.serves(role) for role, owner in owners.items())


def test_nobody_gives_what_nobody_takes() -> None:
    """A process that seems to want a bot and never takes it costs a few tries, further and further apart."""
    world = World([ALL, ALL], 4)
    lazy = world.processes[2]
    lazy.wanted = lambda roles, view, now: []  # type: ignore[method-assign]
    world.ticks(600)

    assert 0 < world.moves < 30
    assert len(world.owners) >= 3
