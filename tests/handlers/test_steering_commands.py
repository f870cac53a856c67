"""/user, /segment, /audit, /announce and /admin: for admins alone, noted, and with answers that work."""

import pytest

from bot.records import Store
from bot.users import Role
from tests.conftest import Chat
from tests.fakes import ANN, BEN

OTHER = "9f0a0001-0000-4000-8000-000000000003"


@pytest.mark.parametrize("order", ["/user show 40002", "/segment list", "/audit", "/announce Hi", "/admin"])
async def test_to_strangers_they_do_not_exist(chat: Chat, store: Store, order: str) -> None:
    """Whoever is no admin is told of an unknown command, and nothing is noted."""
    assert "I don't know" in (await chat(order))[0]
    assert await store.ledger.audit() == []


async def test_a_person_is_shown_tagged_and_blocked(chat: Chat, store: Store) -> None:
    """By Mixin ID, with what was done in the audit; who is blocked is answered nothing until that ends."""
    await chat.make_admin()
    await store.set_profiles(list(chat.platform.people.values()))
    shown = (await chat("/user show 40002"))[0]
    assert shown.startswith("Ben (40002)\n")
    assert "input:/user block 40002" in chat.buttons
    assert await chat("/user tag 40002 VIP", "/user untag 40002 old") == [
        "Ben has the tag vip.", "Ben has the tag old no more.",
    ]  # fmt: skip
    assert (await chat("/user block 40002"))[0].startswith("Ben is blocked")
    assert await store.roster.blocked() == {BEN}
    assert (await chat("/user unblock 40002"))[0] == "Ben is not blocked any more."
    assert [each.action for each in await store.ledger.audit()] == ["user.unblock", "user.block", "user.tag"]

    for wrong in (
        "/user",
        "/user show",
        "/user show 99",
        "/user dance 40002",
        "/user tag 40002 two-",
        "/user block 40001",
    ):
        assert (await chat(wrong))[0] not in ("", shown), wrong
    assert await store.roster.blocked() == frozenset()


async def test_only_owners_give_roles_and_one_stays(chat: Chat, store: Store) -> None:
    """An operator may not; the last owner cannot be made less; what was given is noted."""
    await chat.make_admin()
    await store.set_profiles(list(chat.platform.people.values()))
    assert (await chat("/user role 40002 operator"))[0] == "Ben is operator now."
    assert (await store.admins())[BEN] is Role.OPERATOR
    assert (await chat("/user role 40001 none"))[0].startswith("That is the last owner")
    assert (await chat("/user role 40001 viewer", user_id=BEN))[0] == "Only owners give and take roles."
    assert (await store.ledger.audit())[0].action == "user.role"


async def test_a_segment_is_counted_kept_and_used(chat: Chat, store: Store) -> None:
    """The count comes before it is kept; a broadcast chooses by it."""
    await chat.make_admin()
    await store.set_profiles(list(chat.platform.people.values()))
    await chat("/user tag 40002 vip")
    assert (await chat("/segment count tag:vip"))[0].endswith("= 1 recipients")
    assert "= 1 recipients\nKept." in (await chat("/segment new Fans tag:vip,active:30d"))[0]
    assert await chat("/segment list") == ["fans: active:30d,tag:vip"]
    assert "= 1 recipients" in (await chat("/broadcast new --to=segment:fans Hello"))[1]
    assert await chat("/segment drop fans", "/segment drop fans") == [
        "Segment fans is gone.", "There is no segment fans.",
    ]  # fmt: skip
    assert (await chat("/segment new x planet:mars"))[0].startswith("I cannot choose people by planet:mars")


async def test_the_audit_names_who_and_what(chat: Chat, store: Store) -> None:
    """Newest first, as many as asked."""
    await chat.make_admin()
    assert await chat("/audit") == ["Nothing yet."]
    await store.set_profiles(list(chat.platform.people.values()))
    await chat("/user block 40002", "/user unblock 40002")
    (said,) = await chat("/audit 1")
    assert "· Ann · user.unblock" in said
    assert "\n" not in said
    assert (await chat("/audit 500"))[0].startswith("Write /audit")


async def test_an_announcement_reaches_the_other_admins(chat: Chat, store: Store) -> None:
    """Operators and owners, and not whoever says it, nor viewers."""
    await chat.make_admin()
    assert (await chat("/announce Hello"))[0] == "There is no other operator or owner."
    await store.set_role(BEN, Role.OPERATOR)
    await store.set_role(OTHER, Role.VIEWER)
    await chat("/announce I restart now")

    told = {item.user_id: item.content for item in chat.platform.sent.values() if "I restart now" in str(item.content)}
    assert set(told) == {BEN}
    assert set(await store.admins()) == {ANN, BEN, OTHER}


async def test_the_menu_is_made_of_commands(chat: Chat) -> None:
    """Each button says a command that there is."""
    await chat.make_admin()
    await chat("/admin")
    assert len(chat.buttons) == 9
    for button in chat.buttons:
        assert "I don't know" not in (await chat(button.removeprefix("input:")))[0]
