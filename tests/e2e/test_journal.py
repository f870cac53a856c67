"""The verdict sees every kind of wrong; otherwise the tests that rely on it would prove nothing."""

from collections.abc import Callable

import pytest

from tests.e2e.journal import Journal, Visible, verdict
from tests.e2e.views import BEN, WELCOME, ping, reply_ids


def proper() -> Journal:
    """Two commands, each answered and then acknowledged."""
    journal = Journal()
    for word in ("one", "two"):
        said = ping(word)
        journal.said[said.id] = said
        reply_id = reply_ids(said.id)[0]
        at = journal.note("accepted", [reply_id]).number
        journal.visible[reply_id] = Visible(reply_id, said.conversation_id, "PLAIN_TEXT", said.expects, at)
        journal.acked[said.id] = journal.note("acked", [said.id]).number
    return journal


def double(journal: Journal) -> None:
    first = next(iter(journal.visible.values()))
    journal.visible["other"] = Visible("other", first.conversation_id, first.category, first.text, 99)


def silence(journal: Journal) -> None:
    journal.visible.popitem()


def lose(journal: Journal) -> None:
    journal.acked.popitem()


def hurry(journal: Journal) -> None:
    journal.acked[next(iter(journal.acked))] = -1


def swap(journal: Journal) -> None:
    journal.visible = dict(reversed(journal.visible.items()))


def misroute(journal: Journal) -> None:
    key, found = journal.visible.popitem()
    elsewhere = ping("x", BEN).conversation_id
    journal.visible[key] = Visible(key, elsewhere, found.category, found.text, found.number)


def apologise(journal: Journal) -> None:
    first = next(iter(journal.visible.values()))
    journal.visible["other"] = Visible("other", first.conversation_id, "PLAIN_TEXT", "Sorry", 1)


def welcome_twice(journal: Journal) -> None:
    first = next(iter(journal.visible.values()))
    for key in ("w1", "w2"):
        journal.visible[key] = Visible(key, first.conversation_id, "PLAIN_TEXT", WELCOME, 1)


def acknowledge_a_receipt(journal: Journal) -> None:
    journal.acked["nobody said that"] = 5


WRONGS = {
    "answered 2 times": double,
    "answered 0 times": silence,
    "never acknowledged": lose,
    "too early": hurry,
    "out of order": swap,
    "said to nobody": misroute,
    "without need": apologise,
    "welcomed 2 times": welcome_twice,
    "which nobody said": acknowledge_a_receipt,
}


def test_nothing_is_wrong_with_what_is_right() -> None:
    """Every command answered once, in order, and acknowledged afterwards: no complaint."""
    assert verdict(proper()) == []


@pytest.mark.parametrize("complaint", WRONGS)
def test_every_wrong_is_named(complaint: str) -> None:
    """Doubled, lost, early, reordered, misrouted and needless answers are told apart."""
    spoil: Callable[[Journal], None] = WRONGS[complaint]
    journal = proper()
    spoil(journal)

    assert any(complaint in each for each in verdict(journal))
