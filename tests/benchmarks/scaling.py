"""`python -m tests.benchmarks.scaling`: a day of many bots, minute by minute: what is used of what there is, and what
breaks first. Nothing is sent; what things cost is measured elsewhere and stands in `Costs`. docs/explanation/scaling.md

Bots differ in size as cities do: the second largest has half of the largest one's people, the third a third, and so on.
Messages come by day more than by night, and news go out when their authors think best: in the morning.
"""

import argparse
import hashlib
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

MINUTES = 24 * 60
QUOTA = 100_000
"""Messages that Mixin takes from one bot in a minute."""


@dataclass(frozen=True)
class Costs:
    """Measured: CPU in microseconds, memory in MiB, rows in bytes. Where: docs/explanation/scaling.md."""

    message_us: float = 60.0
    request_us: float = 900.0
    recipient_us: float = 25.0
    idle_bot_us: float = 1_000.0
    """A second, for pings and for looking whether a broadcast is due."""
    idle_bot_mib: float = 1.5
    process_mib: float = 90.0
    row_us: float = 25.0
    """Of the database, for each row that is written: measured on the ledger."""
    look_us: float = 60.0
    """Of the database, each time that a bot looks whether a broadcast is due."""
    person_bytes: float = 420.0
    recipient_bytes: float = 1_500.0
    """Until the server has cleared away the row's earlier versions; 530 afterwards."""


@dataclass(frozen=True)
class Shape:
    """What there is, and how it is used. A recipient is written once, when the audience is frozen."""

    bots: int
    people: int
    messages_a_day: float = 0.5
    """Of each person."""
    news_a_week: float = 1.0
    """Of each bot."""
    receipts: float = 1.3
    """Of each message of a broadcast, delivered and read together."""
    looks: float = 2.0
    """A second, of each bot: its part of the question that a process asks for all of its bots."""
    keep_news: int = 4
    """Broadcasts whose ledger is kept."""
    databases: int = 1
    process_bots: int = 250
    process_cores: float = 0.7
    """Full enough: above that a process gets no more bots."""
    database_cores: float = 4.0
    connections: int = 100
    lock_slots: int = 6_400
    """PostgreSQL's defaults: `max_connections`, and `max_locks_per_transaction` for each. A role is a lock."""
    disk_gib: float = 500.0
    process_connections: int = 12


@dataclass(frozen=True)
class Used:
    """The busiest minute of the day: what is used of what there is, 1 being all of it."""

    what: str
    share: float
    note: str


@dataclass(frozen=True)
class Day:
    """How a day went."""

    processes: int
    cores: float
    memory_gib: float
    longest_min: float
    """The longest broadcast."""
    used: tuple[Used, ...]

    @property
    def first(self) -> Used:
        """What breaks first."""
        return max(self.used, key=lambda used: used.share)


def sizes(shape: Shape) -> list[int]:
    """People of each bot, the largest first; together all there are."""
    harmonic = sum(1 / rank for rank in range(1, shape.bots + 1))
    found = [int(shape.people / harmonic / rank) for rank in range(1, shape.bots + 1)]
    found[0] += shape.people - sum(found)
    return found


def database_of(bot: int, databases: int) -> int:
    """Where a bot's rows live: the highest of as many draws as there are databases (rendezvous hashing), so that one
    more database takes its share from all others, and no bot moves between those that stay.
    """
    draws = [hashlib.sha256(f"{bot}:{number}".encode()).digest() for number in range(databases)]
    return draws.index(max(draws))


def by_day(minute: int) -> float:
    """How busy people are, against the mean of the day."""
    return 1 + 0.8 * math.sin(2 * math.pi * (minute - 8 * 60) / MINUTES)


def message_cost_us(rate: float, costs: Costs) -> float:
    """CPU of one message of a bot with so many a second: the more there are, the more share a request."""
    replies, acknowledgements = 1 + 0.002 * rate, 1 + 0.02 * rate
    return costs.message_us + costs.request_us * (1 / min(replies, 100) + 1 / min(acknowledgements, 100)) / 2


def simulate(shape: Shape, costs: Costs, seed: int = 1) -> Day:
    """One day."""
    chance = random.Random(seed)
    people = sizes(shape)
    home = [database_of(bot, shape.databases) for bot in range(shape.bots)]
    rows = [[0.0] * MINUTES for _ in range(shape.databases)]
    rates = [[0.0] * MINUTES for _ in range(shape.databases)]
    sending = [0.0] * MINUTES
    longest = 0.0
    base_cores = shape.bots * costs.idle_bot_us / 1e6
    messages_us = 0.0
    for bot, number in enumerate(people):
        rate = number * shape.messages_a_day / 86_400
        messages_us += rate * message_cost_us(rate, costs)
        rates[home[bot]][0] += rate
        if chance.random() < shape.news_a_week / 7:
            start = int(min(max(chance.gauss(10 * 60, 90), 0), MINUTES - 1))
            longest = max(longest, number / QUOTA)
            left, minute = float(number), start
            while left > 0 and minute < MINUTES:
                some = min(left, float(QUOTA))
                sending[minute] += some
                rows[home[bot]][minute] += some * (1 + shape.receipts)
                left -= some
                minute += 1
    messages = [sum(each[0] for each in rates) * by_day(minute) for minute in range(MINUTES)]
    cores = [
        base_cores + messages_us / 1e6 * by_day(minute) + sending[minute] / 60 * costs.recipient_us / 1e6
        for minute in range(MINUTES)
    ]
    # A person is noted once a minute at most, and few messages change more than that.
    for index in range(shape.databases):
        for minute in range(MINUTES):
            rows[index][minute] = rows[index][minute] / 60 + rates[index][0] * by_day(minute)
    processes = max(math.ceil(shape.bots / shape.process_bots), math.ceil(max(cores) / shape.process_cores), 1)
    share = max(home.count(index) for index in range(shape.databases)) / shape.bots
    busiest, looks = max(max(each) for each in rows), share * shape.bots * shape.looks
    at = max(range(MINUTES), key=lambda minute: sending[minute])
    disk = max(
        sum(number for bot, number in enumerate(people) if home[bot] == index) for index in range(shape.databases)
    ) * (costs.person_bytes + shape.keep_news * costs.recipient_bytes)
    used = (
        Used(
            "database: CPU",
            (busiest * costs.row_us + looks * costs.look_us) / 1e6 / shape.database_cores,
            f"{busiest:,.0f} rows/s written, {looks:,.0f} looks/s",
        ),
        Used("database: locks", share * shape.bots / shape.lock_slots, f"{share * shape.bots:,.0f} roles"),
        Used(
            "database: connections",
            processes / shape.databases * shape.process_connections / shape.connections,
            f"{processes / shape.databases * shape.process_connections:,.0f}",
        ),
        Used("database: disk", disk / 2**30 / shape.disk_gib, f"{disk / 2**30:,.0f} GiB"),
        Used("Mixin's quota, largest bot", longest / 60, f"{longest:,.0f} minutes for one broadcast; an hour is full"),
        Used(
            "processes: CPU", max(cores) / processes, f"{max(messages):,.0f} messages/s, {sending[at] / 60:,.0f} news/s"
        ),
    )
    memory = (processes * costs.process_mib + shape.bots * costs.idle_bot_mib) / 1024
    return Day(processes, max(cores), memory, longest, used)


def enough(shape: Shape, costs: Costs, most: int = 1_024) -> Shape:
    """The same with as many databases as it takes that none is overfull."""
    while shape.databases < most:
        day = simulate(shape, costs)
        worst = max(used.share for used in day.used if used.what.startswith("database"))
        if worst <= 1:
            return shape
        shape = replace(shape, databases=max(shape.databases + 1, math.ceil(shape.databases * min(worst, 2.0))))
    return shape


SCENARIOS = (
    Shape(1, 100_000),
    Shape(100, 1_000_000),
    Shape(1_000, 10_000_000),
    Shape(10_000, 100_000_000),
    Shape(10_000, 100_000_000, connections=1_000, lock_slots=64_000, disk_gib=2_000, database_cores=16),
)


def table(shapes: Sequence[Shape], costs: Costs) -> str:
    """Markdown: one row for each scenario on one database, and how many it takes."""
    lines = [
        "| bots | people | database | processes | cores | memory | breaks first | databases needed |",
        "| ---: | ---: | --- | ---: | ---: | ---: | --- | ---: |",
    ]
    for shape in shapes:
        day, kind = simulate(shape, costs), "defaults" if shape.connections == 100 else "raised"
        first = f"{day.first.what}: {day.first.share:.0%} ({day.first.note})" if day.first.share > 1 else "nothing"
        lines.append(
            f"| {shape.bots:,} | {shape.people:,} | {kind} | {day.processes:,} | {day.cores:.1f} "
            f"| {day.memory_gib:.1f} GiB | {first} | {enough(shape, costs).databases} |"
        )
    return "\n".join(lines)


def details(shape: Shape, costs: Costs) -> str:
    """Everything that is used in one scenario, most first."""
    day = simulate(shape, costs)
    lines = ["| of what there is | used | |", "| --- | ---: | --- |"]
    lines += [
        f"| {used.what} | {used.share:.0%} | {used.note} |" for used in sorted(day.used, key=lambda used: -used.share)
    ]
    return "\n".join(lines)


def page() -> str:
    """What stands in docs/explanation/scaling.md."""
    costs, last = Costs(), SCENARIOS[-1]
    return f"{table(SCENARIOS, costs)}\n\nThe last of them, most used first:\n\n{details(last, costs)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scaling", description=__doc__)
    parser.add_argument("--bots", type=int, help="so many, instead of the usual scenarios")
    parser.add_argument("--people", type=int, help="of all of them together", default=0)
    parser.add_argument("--databases", type=int, default=1)
    parser.add_argument("--messages-a-day", type=float, default=Shape.messages_a_day, help="of each person")
    parser.add_argument("--news-a-week", type=float, default=Shape.news_a_week, help="of each bot")
    asked, costs = parser.parse_args(), Costs()
    if asked.bots:
        shape = Shape(
            asked.bots, asked.people or asked.bots * 10_000, asked.messages_a_day, asked.news_a_week,
            databases=asked.databases,
        )  # fmt: skip
        print(table([shape], costs), details(shape, costs), sep="\n\n")
        return
    print(page(), end="")


if __name__ == "__main__":
    main()
