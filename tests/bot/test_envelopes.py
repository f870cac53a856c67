"""What recipients of a broadcast are sent: packed as full as a request may be, together what belongs together."""

import json
from datetime import UTC, datetime

import pytest

from bot.broadcast import Audience, Broadcast, Kind, Recipient, State, message_id_of
from bot.envelopes import Envelopes
from bot.message import Buttons, Content, Text
from bot.texts import Texts
from tests.fakes import FakePlatform

ID = "9f0a0001-0000-4000-8000-00000000b000"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def envelopes(texts: Texts, platform: FakePlatform, contents: dict[str, tuple[Content, ...]]) -> Envelopes:
    news = Broadcast(ID, 1, Kind.NEWS, State.RUNNING, contents, Audience(), "author", NOW)
    return Envelopes(news, platform, texts, "en")


def recipient(number: int, language: str = "", name: str = "", skip: str = "") -> Recipient:
    user_id = f"9f0a0001-0000-4000-8000-{number:012x}"
    return Recipient(number, user_id, message_id_of(ID, user_id), language, name, skip)


def test_requests_are_filled_by_number_and_by_bytes(texts: Texts) -> None:
    """No request is larger than the messenger takes, and only the last is smaller than it need be."""
    platform = FakePlatform(batch=4)
    everybody = [recipient(number) for number in range(10)]

    batches = list(envelopes(texts, platform, {"": (Text("x"),)}).batches(everybody, {}, {}))

    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert [one.seq for batch in batches for one, _ in batch] == list(range(10))


def test_what_one_person_gets_is_not_torn_apart(texts: Texts) -> None:
    """Three messages each, four to a request: one person a request, each message under an id of its own."""
    contents: tuple[Content, ...] = (Text("one"), Text("two"), Text("three"))
    batches = list(
        envelopes(texts, FakePlatform(batch=4), {"": contents}).batches([recipient(1), recipient(2)], {}, {})
    )

    assert [len(batch) for batch in batches] == [1, 1]
    who = recipient(1).user_id
    ids = [json.loads(body)["id"] for _, bodies in batches[0] for body in bodies]
    assert ids == [message_id_of(ID, who), message_id_of(ID, who, 1), message_id_of(ID, who, 2)]


def test_everybody_reads_their_own_language_and_name(texts: Texts) -> None:
    """The fallback where the language is missing, and what stands for a name that is not known."""
    contents: dict[str, tuple[Content, ...]] = {"": (Text("Hello {name}"),), "zh": (Text("你好 {name}"),)}
    everybody = [recipient(1, "zh", "小明"), recipient(2, "fr", "Anna"), recipient(3)]

    (batch,) = envelopes(texts, FakePlatform(batch=10), contents).batches(everybody, {}, {})

    nameless = texts.get("en", "broadcast.nameless")
    assert [json.loads(bodies[0])["content"]["text"] for _, bodies in batch] == [
        "你好 小明", "Hello Anna", f"Hello {nameless}",
    ]  # fmt: skip


def test_who_cannot_or_must_not_be_sent_to_is_noted(texts: Texts) -> None:
    """Skipped with the reason that the ledger gave, failed with that of the messenger; the others get theirs."""
    failed: dict[int, str] = {}
    skipped: dict[int, str] = {}
    contents: dict[str, tuple[Content, ...]] = {"": (Text("x"),), "zh": (Text(""),)}
    everybody = [recipient(1, skip="blocked"), recipient(2, "zh"), recipient(3)]

    (batch,) = envelopes(texts, FakePlatform(batch=10), contents).batches(everybody, failed, skipped)

    assert [one.seq for one, _ in batch] == [3]
    assert skipped == {1: "blocked"}
    assert failed == {2: "the text is empty or too long"}


@pytest.mark.parametrize("skip", ["unsubscribed", "blocked"])
def test_a_test_send_asks_nobody_whether_they_want_news(texts: Texts, skip: str) -> None:
    """Whoever is sent a test was named for it."""
    test = Broadcast(ID, 1, Kind.TEST, State.RUNNING, {"": (Text("x"), Buttons(()))}, Audience(), "author", NOW)
    (batch,) = Envelopes(test, FakePlatform(batch=10), texts, "en").batches([recipient(1, skip=skip)], {}, {})

    assert len(batch) == 1
