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
USUAL_URL = "http://127.0.0.1:7001"

UrlOption = Annotated[str, typer.Option("--url", help="Where the sandbox is; otherwise the one that runs here.")]


def note_running(url: str, bot_url: str = "", *, where: Path = RUNNING) -> None:
    """Leave word where the sandbox is, for commands in other terminals."""
    where.write_text(json.dumps({"url": url, "bot_url": bot_url, "pid": os.getpid()}), encoding="utf-8")


def sandbox_url(named: str = "") -> str:
    """The address of the sandbox: the one named, the one that left word here, or the usual one."""
    if named:
        return named.rstrip("/")
    try:
        return str(json.loads(RUNNING.read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return USUAL_URL


class Control:
    """The control API of one sandbox."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        pairs = "&".join(f"{'as' if name == 'as_' else name}={quote(value)}" for name, value in query.items())
        return self._call("GET", f"{path}?{pairs}" if pairs else path, None)

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

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310  # an address that a person gave, of a sandbox
            f"{self.url}/_sandbox{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read(500).decode(errors="replace")
            raise SetupError("MB151", f"The sandbox refused {method} {path} ({error.code}): {detail}") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise SetupError(
                "MB150",
                f"No sandbox answers at {self.url} ({reason}). Start one: `mixbot demo` or `mixbot sandbox serve`.",
            ) from None
