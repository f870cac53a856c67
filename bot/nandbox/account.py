"""Who the bot is at nandbox and where nandbox is: token and addresses, checked before anything is sent.

Source: protocol/nandbox.md 1 and 2
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import SetupError
from bot.wire import WireError, decode
from config.loopback import is_loopback

NO_TOKEN = "MB155"  # noqa: S105 - the code of a mistake
NO_ADDRESS = "MB156"
TOKEN_MISSING = "No nandbox token is set. Put the one from “Get token” into NANDBOX_TOKEN."  # noqa: S105 - a sentence
URI = "wss://w1.nandbox.net:5020/nandbox/api/"

_TOKEN = re.compile(r"([0-9]{1,20}):[0-9]:([A-Za-z0-9_-]{8,200})")
_ID = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Account:
    """`app_id` names the app that questions are about; `0` is the bot's own. Addresses end with a slash."""

    token: str = field(repr=False)
    uri: str = URI
    app_id: str = "0"
    upload_url: str = ""
    download_url: str = ""

    @property
    def bot_id(self) -> str:
        return self.token.partition(":")[0]


def nandbox_account(
    token: str = "", uri: str = "", app_id: str = "", upload_url: str = "", download_url: str = "", config: str = ""
) -> Account | None:
    """Put together what was set, and what stands in the `config.json` of nandbox's own tools; nothing without a token.

    What is set by itself wins over `config`. Addresses for files that nobody named follow from the first.

    Raises:
        SetupError: MB155, that is not a token; MB156, an address is not one or would not be encrypted.
    """
    if token.lstrip().startswith("{"):
        token, config = "", token
    pasted = _pasted(config) if config.strip() else {}
    token = (token or pasted.get("token", "")).strip()
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        raise SetupError(
            NO_TOKEN,
            "NANDBOX_TOKEN is not a token of nandbox: expected <bot id>:0:<secret>, as “Get token” in the bot's chat "
            "shows it.",
        )
    app_id = app_id.strip() or "0"
    if not _ID.fullmatch(app_id):
        raise SetupError(NO_ADDRESS, "NANDBOX_APP_ID is not an id: expected digits only.")
    line = _address("NANDBOX_URI", uri or pasted.get("uri", "") or URI, "wss")
    host = urlsplit(line)
    files = f"{'https' if host.scheme == 'wss' else 'http'}://{host.netloc}/nandbox"
    return Account(
        token,
        line,
        app_id,
        _address("NANDBOX_UPLOAD_URL", upload_url or pasted.get("uploadserver", "") or f"{files}/upload/", "https"),
        _address(
            "NANDBOX_DOWNLOAD_URL", download_url or pasted.get("downloadserver", "") or f"{files}/download/", "https"
        ),
    )


def is_id(text: str) -> bool:
    """Whether nandbox may know somebody by that: ids are decimal, and are never read as numbers."""
    return _ID.fullmatch(text) is not None


def _pasted(config: str) -> dict[str, str]:
    """The members of a `config.json` by their names in lower case; nandbox's tools know no fixed spelling."""
    try:
        members = decode(config.encode())
    except WireError as error:
        raise SetupError(NO_TOKEN, f"NANDBOX_CONFIG is not the JSON that nandbox hands out: {error}.") from None
    if not isinstance(members, dict):
        raise SetupError(NO_TOKEN, "NANDBOX_CONFIG is not a JSON object with Token and URI.")
    return {name.lower(): value for name, value in members.items() if isinstance(value, str)}


def _address(name: str, url: str, scheme: str) -> str:
    url = url.strip()
    plain = {"wss": "ws", "https": "http"}[scheme]
    try:
        parts = urlsplit(url if "://" in url else f"{scheme}://{url}")
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in (scheme, plain) or parts.username or parts.query or parts.fragment:
        raise SetupError(NO_ADDRESS, f"{name} is not an address of nandbox: expected {scheme}://HOST:PORT/nandbox/….")
    if parts.scheme == plain and not is_loopback(host):
        raise SetupError(
            NO_ADDRESS, f"{name} begins with {plain}://: the token would travel in clear. Use {scheme}://{host}."
        )
    return parts.geturl().rstrip("/") + "/"
