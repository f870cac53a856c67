"""/mute, /maintenance, /config, /reload and what is for the command line only: for admins alone, and noted."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.backstage import Backstage, BadSettings, Look, Reloaded, SettingLine
from bot.broadcast import State
from bot.choosing import Choosing
from bot.message import File
from bot.pace import Pace
from bot.records import Store
from bot.reloading import Reloading, on_hangup
from bot.steering import Steering
from bot.users import Role, User
from config.settings import Settings
from config.sources import load_settings
from tests.conftest import Bot, Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, said

ORDERS = (
    "/mute 40002 12", "/unmute 40002", "/maintenance on", "/config get", "/config set broadcast.rate 1",
    "/config set --yes broadcast.rate 1", "/reload", "/backup", "/rotate-keys", "/broadcast report 1",
)  # fmt: skip


GROUP = "5d2f0c1e-7777-4888-8999-aaaabbbbcccc"


async def owned(bot: Bot) -> Chat:
    """A chat in which Ann is an owner, and Ben is known by number."""
    for user_id in (ANN, BEN):
        await bot.hear(said("hi", user_id=user_id))
    chat = Chat(bot)
    await chat.make_admin()
    return chat


def setting_with_names() -> Setting:
    setting = Setting()
    for user in (User(ANN, "40001", "Ann"), User(BEN, "40002", "Ben")):
        setting.platform.people[user.id] = user
    return setting


@pytest.mark.parametrize("order", ORDERS)
async def test_to_strangers_they_do_not_exist(chat: Chat, store: Store, order: str) -> None:
    """Whoever is no admin is told of an unknown command; nothing is chosen, and nothing is noted."""
    assert "I don't know" in (await chat(order))[0]
    assert await store.ledger.audit() == []
    assert await store.choices.choices() == {}


async def test_in_groups_they_do_not_exist(open_bot: OpenBot, store: Store) -> None:
    """In a group not even an owner is answered, and nothing changes."""
    async with open_bot(setting=setting_with_names()) as bot:
        await owned(bot)
        before = len(bot.platform.sent)
        await bot.hear(*(said(f"@7000999001 {order}", conversation_id=GROUP, direct=False) for order in ORDERS))
        assert len(bot.platform.sent) == before
    assert await store.ledger.audit() == []
    assert await store.choices.choices() == {}


async def test_who_is_muted_is_silenced_but_not_kept_from_leaving(open_bot: OpenBot, store: Store) -> None:
    """Until the time is over they get no answer; /stop and /forget work all the same; it is noted, and ends early."""
    async with open_bot(setting=setting_with_names()) as bot:
        chat = await owned(bot)
        await store.set_profiles(list(bot.platform.people.values()))
        (muted,) = await chat("/mute 40002 2")
        assert muted.startswith("Ben is muted until ")
        assert chat.buttons == ["input:/unmute 40002"]
        now = datetime.now(UTC)
        bot.services.blocked, bot.services.muted = await store.roster.silenced(now)
        assert timedelta(hours=1.9) < bot.services.muted[BEN] - now < timedelta(hours=2.1)

        assert await chat("/ping", "hello?", user_id=BEN) == []
        assert (await chat("/stop", user_id=BEN))[0].startswith("No more news from me")
        assert "delete" in (await chat("/forget", user_id=BEN))[0].lower()
        assert (await store.roster.silenced(now + timedelta(hours=3)))[1] == {}

        assert await chat("/unmute 40002", "/unmute 40002") == ["Ben is not muted any more.", "Ben is not muted."]
        bot.services.blocked, bot.services.muted = await store.roster.silenced(now)
        assert (await chat("/ping", user_id=BEN)) != []
        assert [each.action for each in await store.ledger.audit()] == ["user.unmute", "user.mute"]


async def test_what_cannot_be_muted(open_bot: OpenBot, store: Store) -> None:
    """Admins, strangers, and for no hours, too many, or none that can be read."""
    async with open_bot(setting=setting_with_names()) as bot:
        chat = await owned(bot)
        await store.set_profiles(list(bot.platform.people.values()))
        for wrong in ("/mute", "/mute 40002 0", "/mute 40002 721", "/mute 40002 soon", "/mute 40002 1 2", "/unmute"):
            assert (await chat(wrong))[0].startswith("Write /mute 25566 12"), wrong
        assert (await chat("/mute 40001"))[0] == "That is an operator or owner: take the role first."
        assert "knows nobody" in (await chat("/mute 99"))[0]
        assert (await store.roster.silenced(datetime.now(UTC)))[1] == {}


async def test_feedback_is_muted_by_quoting_it(open_bot: OpenBot, store: Store) -> None:
    """`mute 3` below what somebody wrote mutes them; any other words are the answer to them."""
    async with open_bot(setting=setting_with_names()) as bot:
        chat = await owned(bot)
        await store.set_profiles(list(bot.platform.people.values()))
        await bot.hear(said("/feedback You are all fools", user_id=BEN))
        passed_on = next(
            one.id for one in bot.platform.sent.values() if one.user_id == ANN and "fools" in str(one.content)
        )
        await bot.hear(said("mute is no answer, thank you", quote_id=passed_on))
        assert (await store.roster.silenced(datetime.now(UTC)))[1] == {}
        await bot.hear(said("mute 3", quote_id=passed_on))
        assert list((await store.roster.silenced(datetime.now(UTC)))[1]) == [BEN]
        await bot.hear(said("Unmute", quote_id=passed_on))
        assert (await store.roster.silenced(datetime.now(UTC)))[1] == {}
    assert chat.platform.texts()[-1] == "Ben is not muted any more."


async def test_maintenance_asks_all_but_admins_to_come_back(open_bot: OpenBot, store: Store) -> None:
    """Told once a minute, in the person's language; who wants out is let out; a restart forgets nothing; off is off."""
    async with open_bot(setting=setting_with_names()) as bot:
        chat = await owned(bot)
        choosing = Choosing(bot.services, Pace())
        assert (await chat("/maintenance"))[0] == "Maintenance is off: everybody is answered."
        assert (await chat("/maintenance on"))[0].startswith("Maintenance is on")
        assert chat.buttons == ["input:/maintenance off"]
        assert (await chat("/maintenance perhaps"))[0] == "Write /maintenance on or /maintenance off."
        await choosing.take_up()

        assert await chat("/ping", "/ping", user_id=BEN) == [
            "I am being worked on right now. Please write again a little later."
        ]
        assert (await chat("/stop", user_id=BEN))[0].startswith("No more news from me")
        assert (await chat("/ping"))[0].startswith("pong")
        await chat("/maintenance on", "/maintenance off")
        await choosing.take_up()
        assert (await chat("/ping", user_id=BEN))[0].startswith("pong")
        assert [each.action for each in await store.ledger.audit()] == ["maintenance.off", "maintenance.on"]


async def test_config_shows_and_changes_safe_things_only(open_bot: OpenBot, store: Store) -> None:
    """Asked before it is changed; what does not fit changes nothing; secrets are masked; an operator may only look."""
    async with open_bot() as bot:
        chat = await owned(bot)
        secret = SettingLine("mixin.client_secret", "…abcd", ".env: X", "X", "The secret")
        lines = [secret, SettingLine("web.port", "7002", "default", "P", "Where")]
        bot.services.backstage = Backstage(nothing_found, lines)
        assert "broadcast.rate = 80000 (as the settings say)" in (await chat("/config"))[0]
        assert (await chat("/config get web.port"))[0] == "web.port = 7002\nWhere (default)"
        assert "…abcd" in (await chat("/config get mixin.client_secret"))[0]
        assert (await chat("/config get mixin.session_id"))[0].startswith("Nothing is called mixin.session_id.")

        (asked,) = await chat("/config set broadcast.rate 60000")
        assert asked == "broadcast.rate\nnow: 80000 (as the settings say)\nthen: “60000”\nChange it?"
        assert await store.choices.choices() == {}
        (order,) = chat.buttons
        assert await chat(order.removeprefix("input:")) == ["broadcast.rate is “60000” within a few seconds."]
        assert await store.choices.choices() == {"broadcast.rate": "60000"}
        await chat("/config set --yes text.en.start.welcome Welcome to {bot}!", "/config set --yes broadcast.rate")
        assert await store.choices.choices() == {"text.en.start.welcome": "Welcome to {bot}!"}

        for wrong in ("broadcast.rate 100001", "broadcast.rate fast", "text.en.start.welcome {password}", "web.port 1"):
            assert (await chat(f"/config set --yes {wrong}"))[0].startswith(
                ("That does not fit", "Nothing is called")
            ), wrong
        await store.set_role(ANN, Role.OPERATOR)
        assert await chat("/config set --yes broadcast.rate 5", "/reload") == ["Only owners change that."] * 2
        assert list(await store.choices.choices()) == ["text.en.start.welcome"]
        assert [each.action for each in await store.ledger.audit()] == ["settings.change"] * 3


async def nothing_found() -> Sequence[Look]:
    return []


def settings_in(path: Path) -> Callable[[], Settings]:
    return lambda: load_settings(toml=path, environ={}, dotenv=path.parent / "none")


async def test_F41_reload_takes_up_what_can_be_and_keeps_all_for_a_bad_file(
    open_bot: OpenBot, store: Store, tmp_path: Path
) -> None:
    """What changed is named, now or for the next start; a bad file changes nothing and says what is wrong with it."""
    path = tmp_path / "bot.toml"
    path.write_text("[broadcast]\nundo_seconds = 10.0\n")
    async with open_bot() as bot:
        chat = await owned(bot)
        assert await chat("/reload") == ["The settings cannot be read again here."]
        bot.services.reload = Reloading(settings_in(path)(), bot.services, settings_in(path)).reload
        assert (await chat("/reload"))[0].startswith("Read again: nothing changed")
        path.write_text("[broadcast]\nundo_seconds = 30.0\nrate_per_minute = 1200\n[web]\nport = 8080\n")
        assert await chat("/reload") == [
            "Taken up: broadcast.rate_per_minute, broadcast.undo_seconds.\nThese wait for the next start: web.port."
        ]
        assert (bot.services.undo_s, bot.services.rate_per_minute) == (30.0, 1200)
        pace = Pace(80_000)
        await Choosing(bot.services, pace).take_up()
        assert pace.rate_per_minute == 1200

        path.write_text("[broadcast]\nundo_secondz = 5\n")
        assert (await chat("/reload"))[0].startswith("Nothing changed, because the settings cannot be used:")
        assert bot.services.undo_s == 30.0
        assert (await store.ledger.audit())[0].action == "settings.reload"


async def test_F41_a_hangup_reads_the_settings_again() -> None:
    """SIGHUP asks for the same, at each bot of the process; settings that cannot be used end nothing."""
    asked = [asyncio.Event(), asyncio.Event()]

    def refused(which: int) -> Reloaded:
        asked[which].set()
        raise BadSettings("undo_secondz")

    with on_hangup(partial(refused, 0)), on_hangup(partial(refused, 1)):
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(30):
            await asyncio.gather(*(each.wait() for each in asked))


async def test_keys_and_backups_are_for_the_command_line(chat: Chat) -> None:
    """Asked for in a chat, the answer says where instead."""
    await chat.make_admin()
    assert "mixbot db backup" in (await chat("/backup"))[0]
    assert "mixbot keys rotate" in (await chat("/rotate-keys"))[0]


async def test_the_report_of_a_broadcast_is_a_file(open_bot: OpenBot, store: Store) -> None:
    """A line for each recipient with what became of them; noted, since it names people."""
    setting = setting_with_names()
    async with open_bot(setting=setting) as bot:
        chat = await owned(bot)
        await chat("/broadcast new Hello")
        (draft,) = await store.ledger.broadcasts()
        started = await Steering(store.ledger, ANN, datetime.now(UTC)).start(draft, undo_s=0)
        values = {"state": State.RUNNING, "started_at": datetime.now(UTC)}
        entry = (await store.ledger.audit())[0]
        assert await store.ledger.move(started.id, [State.COUNTING], values, entry)
        assert await store.ledger.freeze(await store.ledger.broadcast_by_id(draft.id))
        assert await chat("/broadcast report 1") == ["What became of each of the 2 recipients."]
        assert setting.attachments is not None
        (content,) = setting.attachments.files.values()
        lines = content.decode().splitlines()
        assert lines[0] == "user_id,outcome,reason,delivered,read"
        assert sorted(lines[1:]) == sorted(f"{who},waiting,,0,0" for who in (ANN, BEN))
        assert (await store.ledger.audit())[0].action == "broadcast.report"
        assert any(isinstance(one.content, File) for one in bot.platform.sent.values())
