"""Links that lead outside what a bot's owner has entered in the dashboard."""

import pytest

from bot.sandbox.patterns import is_own, links
from bot.sandbox.world import ALICE, BOT_ID
from tests.bot.sandbox.client import Client, b64, item

APP = {"home_uri": "https://bot.example/home", "resource_patterns": ["https://cdn.example/pics/", ""]}


@pytest.mark.parametrize(
    ("link", "own"),
    [
        ("https://bot.example/other", True), ("https://BOT.example/", True), ("https://cdn.example/pics/1.png", True),
        ("https://mixin.one/codes/x", True), ("https://cdn.example/else", False), ("https://bot.example.evil/", False),
        ("https://[broken", False), ("https://", False),
    ],
)  # fmt: skip
def test_own_is_the_home_pages_host_or_below_a_pattern(link: str, own: bool) -> None:
    """By host for the home page, by beginning for patterns; Mixin's own pages are never strange."""
    assert is_own(link, APP) is own


def test_without_a_home_page_nothing_is_own() -> None:
    """An app that was never filled in has no links of its own."""
    assert not is_own("https://bot.example/", {})


def test_only_what_a_press_would_open_counts() -> None:
    """Buttons, old cards and new cards; `input:` and places inside Mixin are no web addresses."""
    buttons = [{"action": "input:x"}, {"action": "HTTPS://a.example/"}, {"action": "mixin://users/1"}, {}]
    assert list(links("APP_BUTTON_GROUP", buttons)) == ["HTTPS://a.example/"]
    assert list(links("APP_CARD", {"action": "https://b.example/", "actions": buttons})) == ["https://b.example/"]
    assert list(links("APP_CARD", {"actions": buttons})) == ["HTTPS://a.example/"]
    assert list(links("APP_CARD", {})) == []
    assert list(links("PLAIN_TEXT", None)) == []


@pytest.mark.parametrize("over_blaze", [False, True])
async def test_a_stray_link_is_noted_for_the_owner_to_see(client: Client, over_blaze: bool) -> None:
    """MB207 stands in the inspector for each stray link, however the message came, and it is accepted."""
    buttons = b'[{"label":"a","color":"#5979F0","action":"https://elsewhere.example/"},' \
        b'{"label":"b","color":"#5979F0","action":"http://localhost:7002/x"}]'  # fmt: skip
    sent = item(
        client.sandbox.talk("Alice").conversation_id, ALICE, category="APP_BUTTON_GROUP", data_base64=b64(buttons)
    )
    if over_blaze:
        async with client.blaze() as line:
            await line.ask("CREATE_MESSAGE", sent)
            assert (await line.frame())["data"]["message_id"] == sent["message_id"]
    else:
        assert (await client.send(sent)).code == 0

    notes = [one["summary"] for one in client.sandbox.inspector.after(0, 100) if one["kind"] == "note"]
    assert [note[:5] for note in notes] == ["MB207"]
    assert "https://elsewhere.example/" in notes[0]
    assert client.sandbox.messages.get(sent["message_id"], BOT_ID) is not None
