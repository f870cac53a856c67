"""Token and addresses of nandbox, as people paste them."""

import json

import pytest

from bot.errors import SetupError
from bot.nandbox.account import URI, nandbox_account
from tests.bot.nandbox.server import APP, BOT, TOKEN


def test_a_token_is_enough() -> None:
    """Address and files follow; the app is the bot's own."""
    account = nandbox_account(TOKEN)

    assert account is not None
    assert (account.bot_id, account.app_id, account.uri) == (BOT, "0", URI)
    assert account.upload_url == "https://w1.nandbox.net:5020/nandbox/upload/"
    assert account.download_url == "https://w1.nandbox.net:5020/nandbox/download/"
    assert nandbox_account() is None


def test_the_pasted_config_of_nandbox_is_understood() -> None:
    """The config.json of nandbox's tools is taken as it is, also where somebody puts it in place of the token."""
    pasted = json.dumps(
        {"Token": TOKEN, "URI": "wss://n.example:5020/nandbox/api/", "DownloadServer": "https://d.example/download/",
         "UploadServer": "https://u.example/upload/", "MaxLogSize": "5mb", "NumberOfLogFiles": 3}
    )  # fmt: skip
    by_config, by_token = nandbox_account(config=pasted), nandbox_account(pasted)

    assert by_config == by_token
    assert by_config is not None
    assert by_config.uri == "wss://n.example:5020/nandbox/api/"
    assert (by_config.download_url, by_config.upload_url) == (
        "https://d.example/download/",
        "https://u.example/upload/",
    )


def test_what_is_set_by_itself_wins() -> None:
    """A variable stands above the pasted file; slashes and schemes may be missing."""
    account = nandbox_account(
        f" {TOKEN}\n",
        "n.example:5020/nandbox/api",
        APP,
        config=json.dumps({"Token": "1:0:AAAAAAAAAA", "URI": "wss://o"}),
    )

    assert account is not None
    assert (account.token, account.uri, account.app_id) == (TOKEN, "wss://n.example:5020/nandbox/api/", APP)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"token": "hello"}, "MB155"),
        ({"token": TOKEN[:25]}, "MB155"),
        ({"token": "1:0:with space in it"}, "MB155"),
        ({"config": "{"}, "MB155"),
        ({"config": "[]"}, "MB155"),
        ({"token": TOKEN, "uri": "https://n.example/"}, "MB156"),
        ({"token": TOKEN, "uri": "wss://"}, "MB156"),
        ({"token": TOKEN, "uri": "wss://n.example:99999/"}, "MB156"),
        ({"token": TOKEN, "uri": "wss://me:word@n.example/"}, "MB156"),
        ({"token": TOKEN, "app_id": "my app"}, "MB156"),
    ],
)
def test_mistakes_are_told_without_the_token(settings: dict[str, str], code: str) -> None:
    """Each mistake has its code and says what was expected; nothing secret is quoted."""
    with pytest.raises(SetupError) as caught:
        nandbox_account(**settings)

    assert caught.value.code == code
    assert "AAAAbbbb" not in str(caught.value)
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("name", ["uri", "upload_url", "download_url"])
def test_T10_plain_addresses_lead_to_this_machine_only(name: str) -> None:
    """Without TLS the token would travel in clear; a server on this machine may do without."""
    plain = "ws" if name == "uri" else "http"
    with pytest.raises(SetupError, match="in clear"):
        nandbox_account(TOKEN, **{name: f"{plain}://nandbox.example/"})
    for host in ("127.0.0.1:7001", "localhost", "[::1]:9"):
        assert nandbox_account(TOKEN, **{name: f"{plain}://{host}/nandbox/"}) is not None


def test_the_token_is_not_shown() -> None:
    """An account that ends up in a message or a traceback says who, and not with what."""
    assert "AAAAbbbb" not in repr(nandbox_account(TOKEN))
