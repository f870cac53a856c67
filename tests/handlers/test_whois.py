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
