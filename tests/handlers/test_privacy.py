"""What the bot keeps of people, how they get it, and how they get rid of it."""

import json
from pathlib import Path

from bot.account import Ending
from bot.message import File
from bot.records import DeadLetter, Store
from bot.users import User
from tests.conftest import Chat, OpenBot, Setting
from tests.fakes import ANN, BEN, EVERYTHING, FakeGrants, conversation_of, said


async def test_privacy_says_what_is_kept(chat: Chat) -> None:
    """And how to get it, to take permissions back, and to delete it."""
    (text,) = await chat("/privacy")

    assert "Your messages are not kept" in text
    assert all(name in text for name in ("/export", "/disconnect", "/forget"))
    assert chat.buttons == ["input:/export", "input:/forget", "input:/help"]


async def test_export_is_a_file_with_everything(open_bot: OpenBot) -> None:
    """The row, the permissions, kept answers and messages in quarantine; nobody else's."""
    setting = Setting(grants=FakeGrants({ANN: EVERYTHING}))
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("hi", user_id=BEN), said("/stop"), said("/stop", user_id=BEN))
        await bot.store.set_profiles([User(ANN, "40001", "Ann")])
        await bot.store.quarantine(_letter())
        await bot.hear(said("/export"))

    (file,) = [each.content for each in bot.platform.sent.values() if isinstance(each.content, File)]
    content = setting.attachments.files[file.attachment_id]
    assert (file.mime_type, file.size) == ("application/json", len(content))
    assert file.name.startswith("mixbot-7000999001-")
    exported = json.loads(content)
    assert exported["allowed"] == list(EVERYTHING)
    (row,) = exported["kept"]["people"]
    assert (row["user_id"], row["name"], row["subscribed"]) == (ANN, "Ann", False)
    assert exported["kept"]["failed"][0]["content"]["text"] == "secret words"
    assert "No more news from me." in str(exported["kept"]["answers"])
    assert BEN not in content.decode()


def _letter() -> DeadLetter:
    message = said("secret words")
    return DeadLetter("12345678", message, "ping", "error", 3, message.created_at)


async def test_forget_asks_first(open_bot: OpenBot) -> None:
    """One tap deletes nothing; the second is red."""
    setting = Setting(grants=FakeGrants({ANN: EVERYTHING}))
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"))
        chat = Chat(bot)
        (text,) = await chat("/forget")

        assert text.startswith("Shall I delete everything")
        assert chat.buttons[0] == "input:/forget confirm"
        assert await bot.store.person(ANN) is not None
    assert setting.grants is not None
    assert ANN in setting.grants.scopes


async def test_T33_nothing_is_left_of_who_wants_out(open_bot: OpenBot, store: Store, tmp_path: Path) -> None:
    """After /forget no file of the database has the person's id, name or words in it; only a hash is left."""
    setting = Setting(grants=FakeGrants({ANN: EVERYTHING}))
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"), said("hi", user_id=BEN), said("/stop"))
        await bot.store.set_profiles([User(ANN, "40001", "Annabel Lee")])
        await bot.store.quarantine(_letter())
        await bot.store.receive("snapshot", "message", ANN)
        before = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))
        (text,) = await Chat(bot)("/forget confirm")
        await bot.people.flush()
        after = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))
        await bot.hear(said("/ping"))

    assert text.startswith("I have deleted everything that I kept of you, and I can read nothing")
    wanted = (ANN, conversation_of(ANN), "Annabel Lee", "secret words")
    assert [each for each in wanted if each.encode() in before] == list(wanted)
    assert [each for each in wanted if each.encode() in after] == []
    assert BEN.encode() in after
    assert setting.grants is not None
    assert setting.grants.scopes == {}
    assert bot.platform.texts()[-3].startswith("Hello, I am Demo Bot")


async def test_forgetting_says_what_mixin_did_not_confirm(open_bot: OpenBot) -> None:
    """Everything is deleted here, and the rest is in the person's own hands."""
    setting = Setting(grants=FakeGrants({ANN: EVERYTHING}, ending=Ending.HERE))
    async with open_bot(setting=setting) as bot:
        await bot.hear(said("hi"))
        (text,) = await Chat(bot)("/forget confirm")

    assert "Mixin has not confirmed that your permission is over" in text
    assert setting.grants is not None
    assert setting.grants.scopes == {}


async def test_admins_are_not_forgotten_by_a_tap(chat: Chat) -> None:
    """Whoever runs the bot takes them off the list first."""
    await chat.make_admin()
    (text,) = await chat("/forget confirm")

    assert text.startswith("You are an admin of this bot.")
