"""/broadcast in the chat: from the draft to the report, with a code, the arithmetic, and nothing for strangers."""

import re
from datetime import UTC, datetime

from bot.broadcast import State
from bot.ledger import AuditEntry
from bot.message import Button, Buttons, Card, Post, Text
from bot.records import Store
from bot.steering import Steering
from tests.conftest import Chat
from tests.fakes import ANN, BEN


async def drafted(chat: Chat, order: str) -> tuple[str, str]:
    """Write a draft; gives its number and its code."""
    await chat.make_admin()
    answers = await chat(order)
    found = re.search(r"#(\d+)\.", answers[-1]), re.search(r"code to send it is (\d{4})", answers[-1])
    assert found[0] is not None
    assert found[1] is not None
    return found[0][1], found[1][1]


async def test_to_strangers_it_does_not_exist(chat: Chat, store: Store) -> None:
    """Whoever is no admin is told of an unknown command, and nothing is kept."""
    (answer,) = await chat("/broadcast new Buy this")

    assert "I don't know" in answer
    assert await store.ledger.broadcasts() == []


async def test_a_draft_shows_itself_and_its_arithmetic(chat: Chat, store: Store) -> None:
    """The preview comes first, exactly as it will be sent, then the numbers, then what can be done."""
    await chat("Hi", user_id=BEN)
    await chat("/stop", user_id=BEN)
    await chat.make_admin()
    preview, report = await chat("/broadcast new Hello,\n  {name}!")

    assert preview == "Hello,\n  {name}!"
    assert "2 people − 1 without news − 0 blocked − 0 out of reach = 1 recipients" in report
    (draft,) = await store.ledger.broadcasts()
    assert chat.buttons == [
        "input:unsubscribe",
        f"input:/broadcast send 1 {draft.code}",
        "input:/broadcast test 1",
        "input:/broadcast cancel 1",
    ]
    assert draft.state is State.DRAFT
    assert draft.author_id == ANN


async def test_only_the_code_starts_it(chat: Chat, store: Store) -> None:
    """A wrong or missing code changes nothing; the right one counts down, and says how to undo it."""
    number, code = await drafted(chat, "/broadcast new Hello")
    wrong = f"{(int(code) + 1) % 10_000:04d}"
    for order in (f"/broadcast send {number}", f"/broadcast send {number} {wrong}"):
        assert (await chat(order))[0].startswith("That is not the code")
    (begins,) = await chat(f"/broadcast send {number} {code}")

    assert begins == "Broadcast #1 begins in 10 s."
    assert "input:/broadcast cancel 1" in chat.buttons
    found = await store.ledger.broadcast(1)
    assert found is not None
    assert found.state is State.COUNTING
    assert (await chat("/broadcast cancel 1"))[0].startswith("#1 cancelled")
    assert (await chat("/broadcast pause 1")) == ["That cannot be done: broadcast #1 is cancelled."]


async def test_scheduled_for_a_time(chat: Chat, store: Store) -> None:
    """The time goes from the draft through the button into the ledger."""
    number, code = await drafted(chat, "/broadcast new --at=2030-12-01T09:00 Good morning")
    order = next(action for action in chat.buttons if "send" in action).removeprefix("input:")
    assert order == f"/broadcast send {number} {code} --at=2030-12-01T09:00Z"
    assert "Dec 1, 2030" in (await chat(order))[0]

    found = await store.ledger.broadcast(1)
    assert found is not None
    assert (found.state, found.due_at) == (State.SCHEDULED, datetime(2030, 12, 1, 9, tzinfo=UTC))


async def test_kinds_of_contents_and_of_audience(chat: Chat, store: Store) -> None:
    """Text, post and card; people by language and role; whatever makes no sense is said to be so."""
    await chat.make_admin()
    await chat("/lang en")
    await chat("/broadcast new --to=lang:en,role:owner --type=post # News")
    await chat("/broadcast new --type=card Title\nWhat it is about")
    newest = await store.ledger.broadcasts()

    assert [type(each.contents[""][0]) for each in newest] == [Card, Post]
    assert all(isinstance(each.contents[""][-1], Buttons) for each in newest)
    assert (newest[1].audience.language, newest[1].audience.role) == ("en", "owner")
    for order in ("--to=planet:mars x", "--type=song x", "--at=tomorrow x", "--at=2001-01-01 x", "--to=lang:zh x", ""):
        (answer,) = await chat(f"/broadcast new {order}")
        assert "#" not in answer.partition("\n")[0], order
    assert len(await store.ledger.broadcasts()) == 2


async def test_tests_go_to_who_asks(chat: Chat, store: Store) -> None:
    """A test without names goes to the admin."""
    number, _ = await drafted(chat, "/broadcast new Hello")
    assert await chat(f"/broadcast test {number}") == ["A test goes to you."]

    (test,) = [each for each in await store.ledger.due(datetime.now(UTC)) if each.of]
    assert test.audience.user_ids == (ANN,)
    assert test.contents[""][0] == Text("Hello")


async def test_the_list_and_what_is_not_there(chat: Chat) -> None:
    """An empty list says how to begin; an unknown number is named."""
    await chat.make_admin()
    assert (await chat("/broadcast"))[0].startswith("Nothing sent yet.")
    assert (await chat("/broadcast show 7", "/broadcast pause x"))[0].startswith("There is no broadcast 7.")
    await chat("/broadcast new Hello")
    assert (await chat("/bc list"))[0].startswith("#1 draft · 0 of 0")


async def test_check_30_who_opted_out_or_is_blocked_gets_none(chat: Chat, store: Store) -> None:
    """After /stop, and while blocked, a broadcast passes by; after /resume it does not; each has the button to stop."""

    async def recipients() -> list[str]:
        """To whom a broadcast would go."""
        _, draft = await drafted(chat, "/broadcast new News")
        assert draft
        newest = (await store.ledger.broadcasts(1))[0]
        assert newest.contents[""][-1] == Buttons((Button("Stop news", "input:unsubscribe"),))
        begun = await Steering(store.ledger, ANN, datetime.now(UTC)).start(newest, undo_s=0, again=True)
        while not await store.ledger.freeze(begun):
            pass
        lines = await store.ledger.report(begun.id)
        return sorted(line.user_id for line in lines if line.outcome == "waiting")

    assert await recipients() == [ANN, BEN]
    await chat("/stop", user_id=BEN)
    assert await recipients() == [ANN]
    await chat("/resume", user_id=BEN)
    assert await recipients() == [ANN, BEN]
    await store.roster.set_blocked(BEN, True, AuditEntry(datetime.now(UTC), ANN, "user.block", BEN))
    assert await recipients() == [ANN]
