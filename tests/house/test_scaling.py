"""The simulation behind docs/explanation/scaling.md: it adds up, and the page shows what it says."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.benchmarks.scaling import SCENARIOS, Costs, Shape, database_of, enough, page, simulate, sizes

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scaling.md"


def test_the_page_shows_what_the_simulation_says() -> None:
    """Whoever changes a cost changes the page: paste what `python -m tests.benchmarks.scaling` prints."""
    found = re.search(r"<!-- simulated: [^>]*-->\n(.*?)<!-- end -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)

    assert found
    assert found[1] == page()


@pytest.mark.parametrize(("bots", "people"), [(1, 5), (7, 1_000), (1_000, 1_234_567)])
def test_everybody_belongs_to_a_bot(bots: int, people: int) -> None:
    """No person is lost in the division, and the largest bot comes first."""
    found = sizes(Shape(bots, people))

    assert sum(found) == people
    assert found == sorted(found, reverse=True)


def test_one_more_database_moves_an_even_share_and_nothing_else() -> None:
    """Of 3,000 bots about a fifth moves to the fifth database, and none between the four that were there."""
    before = [database_of(bot, 4) for bot in range(3_000)]
    after = [database_of(bot, 5) for bot in range(3_000)]
    moved = [new for old, new in zip(before, after, strict=True) if old != new]

    assert set(moved) == {4}
    assert 500 < len(moved) < 700


def test_as_many_databases_as_are_needed_are_enough() -> None:
    """None is overfull then, and one less would not do."""
    shape = enough(SCENARIOS[3], Costs())
    full = [used.share for used in simulate(shape, Costs()).used if used.what.startswith("database")]
    fewer = simulate(replace(shape, databases=shape.databases - 1), Costs())

    assert max(full) <= 1
    assert max(used.share for used in fewer.used if used.what.startswith("database")) > 1


def test_a_day_can_be_repeated() -> None:
    """The same seed gives the same day; twice the people cost more."""
    shape = Shape(50, 500_000)

    assert simulate(shape, Costs(), seed=3) == simulate(shape, Costs(), seed=3)
    assert simulate(replace(shape, people=1_000_000), Costs(), seed=3).cores > simulate(shape, Costs(), seed=3).cores
