"""How commands reach a sandbox that runs: its control API, over HTTP, at the address that it left behind."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from bot.errors import SetupError

HOME = Path(".sandbox")
RUNNING = HOME / "running.json"
TIMEOUT_S = 10.0
USUAL_URL = "http://127.0.0.1:7001"

ANOTHER_RUN = (
    "The sandbox at {url} wants the token of its run. Say --url with the whole address of its chat page, "
    "such as http://127.0.0.1:7001/#…, or stand in the folder where it was started."
)

UrlOption = Annotated[str, typer.Option("--url", help="Where the sandbox is; otherwise the one that runs here.")]

_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""No proxy stands between this machine and itself, whatever the environment says."""


def note_running(page_url: str, bot_url: str = "", *, where: Path = RUNNING) -> None:
    """Leave word where the sandbox is, for commands in other terminals; only their owner can read it."""
    url, _, token = page_url.partition("/#")
    where.touch(mode=0o600)
    text = json.dumps({"url": url, "token": token, "bot_url": bot_url, "pid": os.getpid()})
    where.write_text(text, encoding="utf-8")


def sandbox_url(named: str = "") -> str:
    """The address of the sandbox with the token of its run: the one named, or the one that left word here.

    Where only the address is named, and it is the one that left word, the token comes from there.
    """
    try:
        word = json.loads(RUNNING.read_text(encoding="utf-8"))
        url, token = str(word["url"]), str(word["token"])
    except (OSError, ValueError, KeyError):
        url, token = USUAL_URL, ""
    if named and ("#" in named or named.rstrip("/") != url):
        return named
    return f"{url}/#{token}" if token else url


class Control:
    """The control API of one sandbox; `address` as its chat page has it, with the token behind the #."""

    def __init__(self, address: str) -> None:
        url, _, token = address.partition("#")
        self.url = url.rstrip("/")
        self.page_url = f"{self.url}/#{token}"
        self.headers = {"X-Sandbox-Token": token}

    def get(self, path: str, *, timeout_s: float = TIMEOUT_S, **query: str) -> Any:
        pairs = "&".join(f"{'as' if name == 'as_' else name}={quote(value)}" for name, value in query.items())
        return self._call("GET", f"{path}?{pairs}" if pairs else path, None, timeout_s)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._call("POST", path, body or {})

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._call("PUT", path, body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path, None)

    def person(self, name: str) -> dict[str, Any]:
        """Somebody by name, number or id.

        Raises:
            SetupError: MB151, nobody is called that; the text lists who there is.
        """
        people = self.get("/state")["people"]
        wanted = name.casefold()
        for person in people:
            names = (person["user_id"], person["identity_number"], person["full_name"])
            if wanted in (known.casefold() for known in names):
                return dict(person)
        there = ", ".join(person["full_name"] for person in people)
        raise SetupError("MB151", f"Nobody in the sandbox is called “{name}”. There are: {there}.")

    def conversation(self, person: Mapping[str, Any]) -> str:
        """The id of somebody's conversation with the bot."""
        bot = self.get("/state")["bot"]["user_id"]
        for one in self.get("/conversations", as_=person["user_id"]):
            members = {member if isinstance(member, str) else member["user_id"] for member in one["participants"]}
            if one.get("category", "CONTACT") == "CONTACT" and bot in members:
                return str(one["conversation_id"])
        raise SetupError("MB151", f"{person['full_name']} has no conversation with the bot.")

    def place(self, person: Mapping[str, Any], name: str) -> str:
        """The id of a conversation that somebody is in, by its name or id.

        Raises:
            SetupError: MB151, they are in none of that name.
        """
        for one in self.get("/conversations", as_=person["user_id"]):
            if name in (one["conversation_id"], one["name"]):
                return str(one["conversation_id"])
        raise SetupError("MB151", f"{person['full_name']} is in no conversation called “{name}”.")

    def answers(self, message_id: str, within_s: float) -> Any:
        """What the bot says to a message: `heard`, `acknowledged`, and `answers` once it is done or time is up."""
        query = {"message_id": message_id, "within": f"{within_s:g}"}
        return self.get("/answers", timeout_s=within_s + TIMEOUT_S, **query)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None, timeout_s: float = TIMEOUT_S) -> Any:
        request = urllib.request.Request(  # noqa: S310  # an address that a person gave, of a sandbox
            f"{self.url}/_sandbox{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **self.headers},
        )
        try:
            with _DIRECTLY.open(request, timeout=timeout_s) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read(500).decode(errors="replace")
            if error.code == 401:
                raise SetupError("MB151", ANOTHER_RUN.format(url=self.url)) from None
            raise SetupError("MB151", f"The sandbox refused {method} {path} ({error.code}): {detail}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise SetupError(
                "MB150",
                f"No sandbox answers at {self.url} ({reason}). Start one: `mixbot demo` or `mixbot sandbox serve`.",
            ) from None
