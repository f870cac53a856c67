"""`mixbot users` and what `mixbot broadcast` is given to say: as an admin types it, on a real database."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.broadcast import Audience
from bot.cli.progress import screen
from bot.message import Button, Buttons, Card, Post, Text
from bot.records import Authorization, Sighting, Store
from bot.steering import Steering
from bot.store import open_store
from bot.users import User
from tests.bot.cli.test_keystore import DASHBOARD
from tests.bot.programs import Answer, Mixbot, mixbot

__all__ = ["mixbot"]

ANN, BEN, EVE = (f"9f0a0001-0000-4000-8000-{number:012x}" for number in (1, 2, 3))


@pytest.fixture
def say(mixbot: Mixbot, monkeypatch: pytest.MonkeyPatch) -> Mixbot:
    """A command line of a bot that knows Ann, Ben and Eve."""
    monkeypatch.setenv("MIXIN_KEYSTORE", json.dumps(DASHBOARD))

    async def fill(store: Store) -> None:
        now = datetime.now(UTC)
        await store.meet([Sighting(ANN, "c", "m1", now, "en"), Sighting(BEN, "c", "m2", now, "zh")])
        await store.meet([Sighting(EVE, "c", "m3", now)])
        await store.set_profiles([User(ANN, "40001", "Ann"), User(BEN, "40002", "=Ben"), User(EVE, "40003", "Eve")])

    on_store(fill)
    return mixbot


def on_store(work: object) -> None:
    async def done() -> None:
        async with open_store("sqlite:///data/bot.db") as database:
            await work(database.bot(DASHBOARD["app_id"]))  # type: ignore[operator]

    asyncio.run(done())


def numbers(answer: Answer) -> list[str]:
    return sorted(row["number"] for row in answer.json)


def test_people_are_found_tagged_and_exported(say: Mixbot, tmp_path: Path) -> None:
    """By name, language, tag and standing; a list of everybody is a CSV that no spreadsheet runs."""
    assert numbers(say("users", "list", "--json")) == ["40001", "40002", "40003"]
    assert numbers(say("users", "list", "ben", "--json")) == ["40002"]
    assert say("users", "tag", "VIP", "40001", BEN).out == "2 got the tag vip.\n"
    (tmp_path / "list.csv").write_text(f"user_id\n{ANN}\n")
    assert say("users", "tag", "vip", "--people", "list.csv", "--remove").out == "1 lost the tag vip.\n"
    assert numbers(say("users", "list", "--tag", "vip", "--json")) == ["40002"]
    assert say("users", "tags", "--json").json == [{"tag": "vip", "people": 1}]

    rows = list(csv.DictReader(io.StringIO(say("users", "export").out)))
    assert {row["name"] for row in rows} == {"Ann", "'=Ben", "Eve"}
    assert say("users", "export", "40002").json["tags"] == [{"user_id": BEN, "tag": "vip"}]
    assert "standing" in say("users", "show", "40001").out


def test_blocked_and_forgotten(say: Mixbot) -> None:
    """Both are noted in the audit, the second without a name; forgetting asks, and nobody is there to answer."""
    assert say("users", "block", "40003").out == "Eve is blocked.\n"
    assert numbers(say("users", "list", "--standing", "blocked", "--json")) == ["40003"]
    assert say("users", "show", EVE, "--json").json["standing"] == "blocked"
    assert say("users", "unblock", "40003").code == 0
    asked = say("users", "forget", "40003")
    assert (asked.code, asked.err.split()[0]) == (2, "MB402")
    assert say("users", "forget", "40003", "--yes").code == 0
    gone = say("users", "show", "40003")
    assert (gone.code, "knows nobody" in gone.err) == (1, True)

    async def look(store: Store) -> None:
        entries = await store.ledger.audit()
        assert [each.action for each in entries] == ["user.forget", "user.unblock", "user.block"]
        assert EVE not in str(entries)
        assert await store.ledger.audit_broken() == 0

    on_store(look)


def test_forgetting_somebody_who_allowed_something(say: Mixbot) -> None:
    """The permission goes with them; where Mixin cannot be told, for want of the key, that is said."""

    async def allow(store: Store) -> None:
        now = datetime.now(UTC)
        scope = "PROFILE:READ"
        await store.keep_authorization(Authorization(BEN, "g", scope, scope, b"sealed", 1, now, now, "", None, ""))

    async def look(store: Store) -> None:
        assert await store.authorization(BEN) is None

    on_store(allow)
    said = say("users", "forget", "40002", "--yes")
    on_store(look)

    assert (said.code, said.out.splitlines()[0]) == (0, "40002 is forgotten.")
    assert "Mixin has not confirmed that their permission is over" in said.out


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--standing", "odd"), ("tag", "two words", ANN), ("tag", "vip"), ("tag", "vip", "nobody"),
        ("show", "nobody"), ("block", "nobody"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_so(say: Mixbot, words: tuple[str, ...]) -> None:
    """A sentence, and no traceback."""
    answer = say("users", *words)

    assert answer.code in (1, 2)
    assert "Traceback" not in answer.err
    assert answer.err.strip()


def test_a_broadcast_in_two_languages_with_buttons(say: Mixbot, tmp_path: Path) -> None:
    """Text, post and card; what is missing in a language is said in the other; each ends with the button that stops."""
    (tmp_path / "zh.md").write_text("# 新闻", encoding="utf-8")
    say("users", "tag", "vip", "40002")
    made = say(
        "broadcast", "new", "# News", "--post", "--text", "zh=@zh.md", "--button", "Help=input:/help",
        "--button", "zh:帮助=input:/help", "--to", "tag:vip,lang:zh", "--json",
    )  # fmt: skip
    assert (made.json["total"], made.json["recipients"]) == (1, 1)
    card = say("broadcast", "new", "Title\nWhat it is", "--card", "--link", "mixin://users/" + ANN)
    assert card.code == 0, card.err

    async def look(store: Store) -> None:
        first, second = [await store.ledger.broadcast(number) for number in (1, 2)]
        assert first is not None
        assert second is not None
        stop = {"": Button("Stop news", "input:unsubscribe"), "zh": Button("停止接收", "input:unsubscribe")}
        assert first.contents[""] == (Post("# News"), Buttons((Button("Help", "input:/help"), stop[""])))
        assert first.contents["zh"][0] == Post("# 新闻")
        assert isinstance(first.contents["zh"][1], Buttons)
        assert [each.action for each in first.contents["zh"][1].buttons] == ["input:/help", "input:unsubscribe"]
        assert first.contents["zh"][1].buttons[0].label == "帮助"
        assert second.contents[""][0] == Card("Title", "What it is", "mixin://users/" + ANN)
        assert first.audience == Audience(language="zh", tag="vip")

    on_store(look)
    shown = say("broadcast", "preview", "1").out
    assert shown.startswith("To: lang:zh,tag:vip\n")
    assert "[帮助]" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("",), ("x", "--text", "xx=y"), ("x", "--text", "no equals"), ("x", "--to", "planet:mars"),
        ("x" * 37 + "\nbody", "--card"), ("x", "--button", "Pay=mixin://pay?x=1"), ("@missing.md",),
        ("x", *(word for n in range(6) for word in ("--button", f"B{n}=input:x"))),
    ],
)  # fmt: skip
def test_T7_what_cannot_be_sent_is_no_draft(say: Mixbot, words: tuple[str, ...]) -> None:
    """Refused where it is typed, with the reason, and nothing is kept."""
    answer = say("broadcast", "new", *words)

    assert answer.code == 2
    assert "Traceback" not in answer.err
    assert say("broadcast", "list", "--json").json == []


def test_T26_one_admin_alone(say: Mixbot) -> None:
    """The same twice, too many a day, too many people: each is refused with what would help."""
    for text in ("one", "one", "two"):
        assert say("broadcast", "new", text).code == 0
    assert say("broadcast", "start", "1", "--yes").code == 0
    assert "--again" in say("broadcast", "start", "2", "--yes").err
    assert say("broadcast", "start", "2", "--yes", "--again").code == 0
    limited = say("broadcast", "start", "3", "--yes", MIXBOT_BROADCAST_PER_ADMIN_PER_DAY="2")
    assert (limited.code, "that is the most" in limited.err) == (1, True)
    alone = say("broadcast", "start", "3", "--yes", MIXBOT_BROADCAST_SECOND_ADMIN_OVER="2")
    assert (alone.code, "somebody else has to agree" in alone.err) == (1, True)
    assert "is yours" in say("broadcast", "approve", "3", "--yes").err

    async def agree(store: Store) -> None:
        draft = await store.ledger.broadcast(3)
        assert draft is not None
        await Steering(store.ledger, ANN, datetime.now(UTC)).approve(draft)

    on_store(agree)
    assert say("broadcast", "start", "3", "--yes", MIXBOT_BROADCAST_SECOND_ADMIN_OVER="2").code == 0


def test_the_screen_of_a_broadcast() -> None:
    """Bar, counts, rate, what is left and why it waits, from what the ledger has."""
    from bot.broadcast import Broadcast, Kind, State, Tally

    now = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
    broadcast = Broadcast(
        "b", 42, Kind.NEWS, State.RUNNING, {"": (Text("x"),)}, Audience(), "cli", now, hold="429",
        tally=Tally(10_000, 6_812, 12, 37, 6_330, 2_004),
    )  # fmt: skip
    pace = [(now.replace(second=0), 2_000), (now.replace(second=10), 500), (now.replace(second=20), 512)]
    lines = screen(broadcast, pace, now)

    assert lines[0] == " #42  RUNNING"
    assert lines[1].endswith("6861 / 10000   68 %   about 31s left")
    assert "accepted 6812   delivered 6330   read 2004   failed 12   skipped 37   waiting 3139" in lines[2]
    assert "rate 6024/min   ⚠ waiting for Mixin (429); nobody is skipped" in lines[3]
