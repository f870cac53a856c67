"""One request of a bot that has logged in: its fields, checked, and the frame of its answer.

Source: nandbox.md 4, 7 and 13.
"""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.nandbox.accounts import Bot
from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.wire import NO_PRIVILEGE, UNKNOWN_APP, Frame, Refused, bad_content

OWN_APP = (None, "", "0")


@dataclass(slots=True)
class Asked:
    """What a handler gets. Fields of a wrong type end the connection, as in the live service."""

    nandbox: Nandbox
    bot_id: str
    frame: Frame

    @property
    def bot(self) -> Bot:
        found = self.nandbox.accounts.bot(self.bot_id)
        if found is None:
            raise bad_content("the bot is gone")
        return found

    @property
    def app_id(self) -> str:
        """The app that is meant; the bot's own where none is named.

        Raises:
            Refused: 160015: no such app.
        """
        wanted = self.maybe_text("app_id")
        if wanted in OWN_APP:
            return self.bot.app_id
        assert wanted is not None
        if wanted not in self.nandbox.accounts.apps:
            raise Refused(UNKNOWN_APP, f"there is no app {wanted}")
        return wanted

    def need(self, permission: str) -> None:
        """
        Raises:
            Refused: 160017: the bot has not got it.
        """
        if not self.bot.may(permission):
            raise Refused(NO_PRIVILEGE, f"the bot lacks {permission!r}")

    # Fields

    def text(self, name: str) -> str:
        """A text, or a number that stands for an id."""
        found = self.maybe_text(name)
        if not found:
            raise bad_content(f"{name} is missing")
        return found

    def maybe_text(self, name: str) -> str | None:
        value = self.frame.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise bad_content(f"{name} is neither a text nor a whole number")

    def whole(self, name: str, default: int = 0) -> int:
        """A whole number, also one written as text."""
        text = self.maybe_text(name)
        if text in (None, ""):
            return default
        assert text is not None
        if not (text.isascii() and text.lstrip("-").isdigit() and len(text) <= 20):
            raise bad_content(f"{name} is no whole number")
        return int(text)

    def part(self, name: str) -> dict[str, Any]:
        """An object."""
        value = self.frame.get(name)
        if not isinstance(value, dict):
            raise bad_content(f"{name} is no object")
        return value

    def rows(self, *names: str) -> list[Any]:
        """A list under the first of the names that is there."""
        for name in names:
            if (value := self.frame.get(name)) is not None:
                if not isinstance(value, list):
                    raise bad_content(f"{name} is no list")
                return value
        raise bad_content(f"{names[0]} is missing")

    @property
    def reference(self) -> int | str | None:
        value = self.frame.get("reference")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | str)):
            raise bad_content("reference is neither a number nor a text")
        return value

    # Answers

    def answer(self, method: str, **body: Any) -> Frame:
        """A reply with the app, and with the reference if there was one, as it came."""
        made = {"method": method, "app_id": self.app_id, **body}
        if "reference" in self.frame:
            made["reference"] = self.reference
        return made
