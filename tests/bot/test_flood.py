from bot.flood import Flood, Recently, Verdict


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    """Burst at once, then one each interval; a notice once a minute, silence otherwise."""
    flood = Flood(60, 3, notice_every_s=60)
    verdicts = [flood.judge("a", 100.0, 7.0) for _ in range(5)]
    later = [flood.judge("a", at, at - 93.0) for at in (101.0, 101.5, 102.0, 161.0)]

    assert verdicts == [Verdict.ALLOW] * 3 + [Verdict.NOTICE, Verdict.DROP]
    assert later == [Verdict.ALLOW, Verdict.DROP, Verdict.ALLOW, Verdict.ALLOW]


def test_people_do_not_share_a_bucket() -> None:
    """One person's flood costs another nothing."""
    flood = Flood(1, 1)

    assert [flood.judge(person, 0.0, 0.0) for person in ("a", "b", "a")] == [
        Verdict.ALLOW,
        Verdict.ALLOW,
        Verdict.NOTICE,
    ]


def test_T14_memory_is_bounded() -> None:
    """A million people leave no more than the last few in memory."""
    flood, recently = Flood(1, 1, people=10), Recently(people=10)
    for number in range(1000):
        flood.judge(str(number), 0.0, 0.0)
        flood.judge(str(number), 0.0, 0.0)
        recently.first(str(number), "x", "m", 0.0, 0.0, 60)

    assert len(flood._due) == len(flood._told) == len(recently._said) == 10


def test_no_limit() -> None:
    """Zero a minute means that nothing is counted."""
    flood = Flood(0, 1)

    assert {flood.judge("a", 0.0, 0.0) for _ in range(100)} == {Verdict.ALLOW}


def test_told_once_in_a_while() -> None:
    """The same message always gets the same answer; another one only after the time is over."""
    recently = Recently()
    heard = (("1", 0), ("1", 5), ("2", 30), ("3", 61))
    answers = [recently.first("a", "hi", message, at, at, 60) for message, at in heard]

    assert answers == [True, True, False, True]


def test_messages_with_a_stopped_clock_are_not_a_flood() -> None:
    """Messages that all bear the same time are judged by when they arrive, and told apart by it."""
    flood, recently = Flood(60, 3), Recently()

    assert {flood.judge("a", 0.0, float(at)) for at in range(100)} == {Verdict.ALLOW}
    assert [recently.first("a", "x", str(at), 0.0, float(at), 60) for at in (0, 59, 61)] == [True, False, True]


def test_a_backlog_that_comes_at_once_is_not_a_flood() -> None:
    """Messages written minutes apart are judged by that, however fast they come."""
    flood = Flood(60, 3)

    assert {flood.judge("a", 60.0 * number, 0.0) for number in range(100)} == {Verdict.ALLOW}
