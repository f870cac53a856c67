"""/whois, as somebody who asks meets it."""

from bot.users import User
from tests.conftest import Chat


async def test_whois(chat: Chat) -> None:
    """A person is looked up; without one, the bot gives an example that works."""
    assert await chat("/whois 7000", "/whois") == [
        "Team Mixin (7000)",
        "Whom shall I look up? For example: /whois 7000",
    ]


async def test_whois_of_nobody(chat: Chat) -> None:
    """Who is not there is named in the answer."""
    assert await chat("/whois 12345678") == ["I found nobody under “12345678”."]


async def test_T6_names_are_shown_inert(chat: Chat) -> None:
    """A name with tricks in it is one harmless line."""
    chat.platform.people["x"] = User("x", "40009", "Team\u202e nixiM\nMixin: pay here")
    assert await chat("/whois 40009") == ["Team nixiM Mixin: pay here (40009)"]
