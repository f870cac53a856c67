"""Who is on nandbox: every field, asked for once, remembered for a moment."""

import asyncio
from typing import Any

import pytest

from bot.directory import Entry, Photo
from bot.errors import NotFound, Unclear
from bot.nandbox.connection import Connection, open_connection
from bot.nandbox.directory import DirectoryOptions, NandboxDirectory
from bot.nandbox.files import NandboxFiles
from bot.nandbox.views import MAX_IMAGE, entry
from tests.bot.nandbox.server import APP, BOT, FAST, GROUP, NADIA, NOBODY, Request, Visit, open_nandbox, user
from tests.bot.nandbox.vectors import vectors


def directory_of(connection: Connection, options: DirectoryOptions | None = None) -> NandboxDirectory:
    """One that never fetches a file."""
    return NandboxDirectory(connection, NandboxFiles(None, connection.account), options)  # type: ignore[arg-type]  # unused


@pytest.mark.parametrize("case", vectors("get_user"), ids=lambda case: str(case["id"]))
async def test_vectors_of_getuser(case: dict[str, Any]) -> None:
    """The documented answer, with a reference of either type and without one, is read to its last field."""

    async def answer(visit: Visit, request: Request) -> None:
        asked = case["request"]
        assert {**request, "reference": ""} == {**asked, "reference": ""}
        (reply,) = case["reply"]
        reference = {"reference": request["reference"]} if "reference" in reply else {}
        await visit.say({**reply, **reference})

    async with open_nandbox(serve={"getUser": answer}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        found = await directory_of(connection).user(NADIA)

    thumbnail = Photo("V_0F9o_90089584000000899_0_g0LwjLXs6x.jpg.thumb.jpg", 120, 120)
    assert found == Entry(
        NADIA, "Nadia Farouk", version="0F9o", image="/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA8=", app_id=APP,
        photo=Photo("V_0F9o_90089584000000899_0_g0LwjLXs6x.jpg", 256, 256, thumbnail=thumbnail),
    )  # fmt: skip


def test_every_field_of_a_user_is_read() -> None:
    """All keys that a User may have, in whichever type the servers of the years have sent them."""
    found = entry(
        user(NADIA, is_bot=True, image="QUJD\nREVG", profile="work", short_name="nadia", last_seen="1774000000000",
             terminal="Mobile", type="Contact", login_id=201001234567), APP
    )  # fmt: skip

    assert found is not None
    assert found.photo is not None
    assert (found.is_bot, found.image, found.profile, found.short_name) == (True, "QUJDREVG", "work", "nadia")
    assert (found.last_seen, found.terminal, found.type) == ("1774000000000", "Mobile", "Contact")
    assert (found.login_id, found.version, found.status, found.app_id) == ("201001234567", "0F9o", "At sea", APP)
    assert found.photo.thumbnail is not None


@pytest.mark.parametrize(
    "broken",
    [None, [], {}, {"id": None}, {"id": []}, {"id": 1.5}, {"id": True}],
)
def test_a_user_without_an_id_is_none(broken: Any) -> None:
    """Nothing is made up where the server says nothing."""
    assert entry(broken) is None


def test_T30_wrong_types_and_giant_pictures_are_left_out() -> None:
    """What is of the wrong type counts as absent; a preview beyond any picture's size is dropped."""
    found = entry(
        user(NADIA, name=5, status=None, is_bot="yes", photo={"id": "p", "width": -1, "height": "x", "thumbnail": []},
             image="A" * (MAX_IMAGE + 1), version={})
    )  # fmt: skip

    assert found == Entry(NADIA, photo=Photo("p"))


async def test_a_user_is_asked_for_once() -> None:
    """A hundred people who want to know the same make one request, and for a while nobody makes another."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        directory = directory_of(connection)
        found = await asyncio.gather(*(directory.user(NADIA) for _ in range(100)))
        again = await directory.user(NADIA)

        assert {each.name for each in found} == {"Nadia Farouk"}
        assert again == found[0]
        assert len(nandbox.asked("getUser")) == 1


async def test_whoever_goes_away_takes_nobodys_answer_along() -> None:
    """The first of two who ask the same is stopped; the second still gets the answer."""
    held: list[tuple[Visit, Request]] = []

    async def hold(visit: Visit, request: Request) -> None:
        held.append((visit, request))

    async with open_nandbox(serve={"getUser": hold}) as nandbox, open_connection(nandbox.account, FAST) as connection:
        directory = directory_of(connection)
        first, second = (asyncio.ensure_future(directory.user(NADIA)) for _ in range(2))
        await nandbox.until(lambda: bool(held))
        first.cancel()
        visit, request = held[0]
        await visit.answer(request, "userDetails", user=user(NADIA))

        assert (await second).name == "Nadia Farouk"


async def test_nobody_is_remembered_too() -> None:
    """An unknown id costs one line, and not one each time that somebody asks for it."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        directory = directory_of(connection)
        for _ in range(5):
            with pytest.raises(NotFound):
                await directory.user(NOBODY)

        assert len(nandbox.asked("getUser")) == 1


async def test_what_is_remembered_is_bounded_and_soon_forgotten() -> None:
    """Beyond the bound the oldest goes; after its time everything does."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        nandbox.people |= {str(number): user(str(number)) for number in range(10)}
        few = directory_of(connection, DirectoryOptions(most=5))
        for number in (*range(10), 9, 5, 0):
            await few.user(str(number))
        assert [request["user_id"] for request in nandbox.asked("getUser")] == [*"0123456789", "0"]

        brief = directory_of(connection, DirectoryOptions(keep_s=0.0))
        await brief.user(NADIA)
        await brief.user(NADIA)
        assert len(nandbox.asked("getUser")) == 13


@pytest.mark.parametrize("wrong", ["", "abc", "12x", "-1", "1.5", "١٢٣", "9" * 21, "1 2", '1"'])
async def test_what_is_no_id_is_not_asked_for(wrong: str) -> None:
    """A wrong type makes the server cut the line, so it is never sent."""
    async with open_nandbox() as nandbox, open_connection(nandbox.account, FAST) as connection:
        with pytest.raises(NotFound):
            await directory_of(connection).user(wrong)

        assert nandbox.asked("getUser") == []


async def test_the_bot_itself_chats_and_members() -> None:
    """getMyProfiles, getChat and getChatMember are asked and read as documented."""

    async def me(visit: Visit, request: Request) -> None:
        await visit.answer(request, "myProfile", user={"id": BOT, "name": "Harbour Helper", "is_bot": True})

    async def chat(visit: Visit, request: Request) -> None:
        members = {"id": request["chat_id"], "title": "Harbour", "type": "Group", "member_count": 12,
                   "inivite_link": "https://x", "tagsDefinition": None}  # fmt: skip
        await visit.say({"method": "chatDetails", "chat": members})

    async def member(visit: Visit, request: Request) -> None:
        found = {"user": {"id": request["user_id"]}, "chat": {"id": request["chat_id"], "type": "Group"}, "tags": None,
                 "type": "Admin", "status": "Active", "member_since": 1719314102985, "privileges": ["3"]}  # fmt: skip
        await visit.answer(request, "chatMember", chatMember=found)

    serve = {"getMyProfiles": me, "getChat": chat, "getChatMember": member}
    async with open_nandbox(serve=serve) as nandbox, open_connection(nandbox.account, FAST) as connection:
        directory = directory_of(connection)
        myself, group, part = await asyncio.gather(
            directory.me(), directory.chat(GROUP), directory.member(GROUP, NADIA)
        )

    assert (myself.id, myself.name, myself.is_bot) == (BOT, "Harbour Helper", True)
    assert (group.title, group.type, group.member_count, group.invite_link) == ("Harbour", "Group", 12, "https://x")
    assert (part.type, part.status, part.member_since_ms, part.privileges) == ("Admin", "active", 1719314102985, ("3",))


async def test_an_answer_that_names_nobody() -> None:
    """UserDetails under the right reference without a user is no answer, and no crash."""

    async def answer(visit: Visit, request: Request) -> None:
        await visit.answer(request, "myProfile", user=None)

    async with (
        open_nandbox(serve={"getMyProfiles": answer}) as nandbox,
        open_connection(nandbox.account, FAST) as connection,
    ):
        with pytest.raises(Unclear):
            await directory_of(connection).me()
