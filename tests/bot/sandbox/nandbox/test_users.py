"""What bots ask of accounts: nandbox.md 7.1 and 9.1."""

import base64
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.sandbox import Sandbox
from bot.sandbox.nandbox.accounts import LOGIN_ID, MANAGE_USERS
from tests.bot.sandbox.nandbox.client import Client

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "nandbox" / "get_user.json").read_text())["vectors"]
NADIA = "90089584000000899"
APP = "90090684000000559"


def form(value: Any) -> Any:
    """The same with its values' types in place of the values."""
    return {name: form(one) for name, one in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("vector", VECTORS, ids=[one["id"] for one in VECTORS])
async def test_get_user_is_answered_as_in_the_vectors(bot: Client, vector: dict[str, Any]) -> None:
    """Every key of the recorded answer is there with its type; app, id and reference are echoed."""
    (wanted,) = vector["reply"]
    await bot.send(vector["request"])
    answer = await bot.get()

    found = form(answer) | {"user": {name: form(answer["user"])[name] for name in wanted["user"]}}
    assert found == form(wanted)
    assert (answer.get("reference"), answer["app_id"]) == (wanted.get("reference"), wanted["app_id"])
    assert answer["user"]["id"] == NADIA


@pytest.mark.parametrize("reference", [48913256797508938, 2**63 - 1, "1212", "", 0, -1, None])
async def test_the_reference_comes_back_unharmed(bot: Client, reference: object) -> None:
    """With its type and every digit."""
    answer = await bot.ask("getUser", user_id=NADIA, reference=reference)

    assert answer["reference"] == reference
    assert type(answer["reference"]) is type(reference)


async def test_an_answer_has_no_reference_that_was_not_asked_for(bot: Client) -> None:
    """The key is absent, not null."""
    assert "reference" not in await bot.ask("getUser", user_id=NADIA)


@pytest.mark.parametrize("app", [None, "0", "", 0, APP, int(APP)])
async def test_the_app_of_an_answer_is_a_text(bot: Client, app: object) -> None:
    """None, "0" and nothing at all mean the bot's own app; numbers are let in, texts come back."""
    assert (await bot.ask("getUser", user_id=int(NADIA), app_id=app))["app_id"] == APP


async def test_the_picture_of_a_user_is_a_small_jpeg(bot: Client) -> None:
    """92 to 105 pixels square, inside the frame."""
    image = (await bot.ask("getUser", user_id=NADIA))["user"]["image"]
    with Image.open(BytesIO(base64.b64decode(image, validate=True))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (96, 96))


async def test_a_bot_is_a_user_too(sandbox: Sandbox, bot: Client) -> None:
    """`is_bot` tells; its own profile is the same."""
    user = (await bot.ask("getUser", user_id=sandbox.nandbox.bot.id))["user"]
    own = await bot.ask("getMyProfiles", reference="r1")

    assert user["is_bot"] is True
    assert own == {"method": "myProfile", "app_id": APP, "user": user, "reference": "r1"}


async def test_a_profile_changes_where_it_is_not_null(bot: Client) -> None:
    """What is null or absent stays; the version is another one."""
    before = (await bot.ask("getMyProfiles"))["user"]
    after = (await bot.ask("setMyProfile", user={"name": "Nine", "status": None, "photo": {"id": "new.jpg"}}))["user"]

    assert (after["name"], after["status"], after["photo"]["id"]) == ("Nine", before["status"], "new.jpg")
    assert after["version"] != before["version"]
    assert (await bot.ask("getUser", user_id=before["id"]))["user"] == after


@pytest.mark.parametrize("user", [None, 7, [], {"name": 7}, {"name": ""}, {"photo": "x"}, {"photo": {"id": 7}}])
async def test_a_profile_of_the_wrong_form_ends_the_connection(bot: Client, user: object) -> None:
    """As any other bad content."""
    assert await bot.ask("setMyProfile", user=user) == {"error": 199999}
    assert await bot.rest() == []


async def test_get_user_needs_manage_users(sandbox: Sandbox, bot: Client) -> None:
    """Unticked, it is answered with a code, and the connection stays; ticked again, it works."""
    sandbox.nandbox.permit(MANAGE_USERS, False)
    assert await bot.ask("getUser", user_id=NADIA) == {"error": 160017}
    sandbox.nandbox.permit(MANAGE_USERS, True)
    assert (await bot.ask("getUser", user_id=NADIA))["user"]["name"] == "Nadia Farouk"


async def test_apps_that_are_not_ones_own_are_refused(bot: Client) -> None:
    """An unknown one and one of somebody else's have different codes."""
    assert await bot.ask("getUser", user_id=NADIA, app_id="90090684000000001") == {"error": 160015}
    assert await bot.ask("getUser", user_id=NADIA, app_id="90090684000000777") == {"error": 160024}


async def test_nobody_is_an_error_or_silence(sandbox: Sandbox, bot: Client) -> None:
    """Nobody knows which; a switch tells the sandbox."""
    sandbox.nandbox.settings.unknown_is_silent = True
    assert await bot.is_silent_after({"method": "getUser", "user_id": "90089584099999999"})
    sandbox.nandbox.settings.unknown_is_silent = False
    assert await bot.ask("getUser", user_id="90089584099999999") == {"error": 199999}
    assert await bot.rest() == []


async def test_the_login_id_is_shown_with_the_privilege_only(sandbox: Sandbox, bot: Client) -> None:
    """Digits, so that the Python SDK does not lose the frame."""
    assert "login_id" not in (await bot.ask("getUser", user_id=NADIA))["user"]
    sandbox.nandbox.permit(LOGIN_ID, True)
    assert (await bot.ask("getUser", user_id=NADIA))["user"]["login_id"].isdigit()


async def test_slashes_are_escaped_as_the_live_service_does(bot: Client) -> None:
    """The frame as text; a JSON reader sees no difference."""
    await bot.send({"method": "getUser", "user_id": NADIA})
    text = await bot.text()

    assert "\\/9j\\/" in text
    assert json.loads(text)["user"]["image"].startswith("/9j/")
