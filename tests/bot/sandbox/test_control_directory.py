"""Finding people among many, and a state that stays small with ten thousand of them."""

from typing import Any

from bot.sandbox.people import Person
from bot.sandbox.seed import add_person
from bot.sandbox.tables import transaction
from bot.sandbox.world import ALICE, BOB, BOT_ID
from tests.bot.sandbox.client import Client


async def names(client: Client, query: str) -> Any:
    found = await client.control("GET", f"/people?{query}")
    return [one["full_name"] for one in found["people"]], found["total"]


async def test_people_come_by_the_page(client: Client) -> None:
    """By name without regard to case, by the beginning of a number, a page at a time, and bots are not among them."""
    assert await names(client, "") == (["Alice", "Bob", "王芳", "さくら", "Noor", "Olivia"], 6)
    assert await names(client, "offset=4&limit=1") == (["Noor"], 6)
    assert await names(client, "search=LI") == (["Alice", "Olivia"], 2)
    assert await names(client, "search=%E7%8E%8B") == (["王芳"], 1)
    assert await names(client, "search=40004") == (["さくら"], 1)
    assert await names(client, "search=nobody") == ([], 0)


async def test_people_come_by_their_ids(client: Client) -> None:
    """In the order asked for, bots too; whoever is unknown is left out, and there is a limit."""
    assert await names(client, f"ids={BOB},{BOT_ID},nobody,{ALICE}") == (["Bob", "Demo Bot", "Alice"], 3)
    answer = await client.plain("GET", f"/_sandbox/people?ids={',' * 200}")
    assert answer.status == 400
    assert "201" in answer.body["error"]["description"]


async def test_a_page_asks_for_as_much_of_the_state_as_it_shows(client: Client) -> None:
    """With `people`, only so many of them and no conversations; with `as`, that person too."""
    with transaction(client.sandbox.db):
        for number in range(300):
            person = Person(
                f"5a4db0c5-0000-4000-9000-{number:012d}", str(50_000 + number), "Extra", "2026-01-01T00:00:00Z"
            )
            add_person(client.sandbox, person)
    last = "5a4db0c5-0000-4000-9000-000000000299"

    state = await client.control("GET", f"/state?people=24&as={last}")

    assert (len(state["people"]), state["people_count"], state["conversations"]) == (24, 306, [])
    assert state["me"]["identity_number"] == "50299"
    assert (await client.control("GET", "/state?people=1&as=nobody"))["me"] is None
    assert len((await client.control("GET", "/state"))["people"]) == 306


async def test_the_bot_can_be_removed_and_added_again(client: Client) -> None:
    """Who removes the bot is a stranger to it, which the conversation says."""

    async def row() -> Any:
        rows = await client.control("GET", f"/conversations?as={ALICE}")
        return next(one for one in rows if one["category"] == "CONTACT")

    assert (await row())["stranger"] is False
    await client.control("POST", f"/people/{ALICE}", contact=False)
    assert (await row())["stranger"] is True
    await client.control("POST", f"/people/{ALICE}", contact=True)
    assert (await row())["stranger"] is False


async def test_any_two_have_a_conversation(client: Client) -> None:
    """It is made when first asked for and the same ever after; nobody talks to themselves."""
    made = await client.control("POST", "/conversations", **{"as": "Alice", "with": "Bob"})
    assert await client.control("POST", "/conversations", **{"as": "Bob", "with": "40001"}) == made
    alone = await client.plain("POST", "/_sandbox/conversations", b'{"as": "Alice", "with": "Alice"}')
    assert alone.status == 400


async def test_messages_are_found_by_what_stands_in_them(client: Client) -> None:
    """Also long after; Latin letters in either case, others as they are; what was taken back is gone."""
    sandbox = client.sandbox
    said = [sandbox.say("Alice", text) for text in ("Needle 1", "hay", "NEEDLE 2", "针", "needle 3")]
    await client.control("POST", f"/conversations/{said[0].conversation_id}/messages", **{
        "as": "Alice", "category": "MESSAGE_RECALL", "data": {"message_id": said[4].message_id},
    })  # fmt: skip

    async def found(text: str) -> list[str]:
        path = f"/conversations/{said[0].conversation_id}/messages?as=Alice&containing={text}"
        return [one["data"] for one in await client.control("GET", path)]

    assert await found("needle") == ["Needle 1", "NEEDLE 2"]
    assert await found("%E9%92%88") == ["针"]
    assert await found("%25") == []


async def test_who_leaves_a_group_is_out(client: Client) -> None:
    """Oneself, whatever one's role; the others stay."""
    group = await client.control("POST", "/groups", **{"as": "Alice", "name": "Tea", "members": ["Bob", "Noor"]})
    left = await client.control("POST", f"/groups/{group['conversation_id']}/members", **{"as": "Bob", "leave": True})
    assert BOB not in left["participants"]
    assert len(left["participants"]) == 2
