"""People talk with the bot in a sandbox, and wait for its answers: what scenarios and tests are made of."""

from dataclasses import dataclass
from typing import Any

from bot.cli.control import Control
from bot.errors import SetupError

PATIENCE_S = 10.0


def in_clear(category: str) -> str:
    """The category of what was said, whether or not it travelled under seal: a dialogue is the same either way."""
    return category.replace("ENCRYPTED_", "PLAIN_", 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """One message of the bot; `data` is text for texts and posts, else the JSON inside."""

    message_id: str
    category: str
    data: Any

    @property
    def text(self) -> str:
        """What is written there, "" for what is no text."""
        return self.data if isinstance(self.data, str) else ""

    @property
    def buttons(self) -> dict[str, str]:
        """Label → action, of a group of buttons or of a card."""
        found = self.data.get("actions") if isinstance(self.data, dict) else self.data
        return {str(one["label"]): str(one["action"]) for one in found} if isinstance(found, list) else {}


class Silence(Exception):
    """The bot did not come to an end with a message; `answers` is what it said until then."""

    def __init__(self, said: str, within_s: float, answers: list[Answer]) -> None:
        super().__init__(f"the bot was not done with {said!r} after {within_s:g} s")
        self.answers = answers


class Dialogue:
    """Everybody's conversations with the bot of one sandbox."""

    def __init__(self, control: Control, *, within_s: float = PATIENCE_S) -> None:
        self.control = control
        self._within_s = within_s
        self._ids: dict[str, str] = {}
        self._places: dict[tuple[str, str], str] = {}

    def ask(
        self, who: str, text: str = "", *, category: str = "PLAIN_TEXT", data: Any = None, place: str = "",
        within_s: float | None = None,
    ) -> list[Answer]:  # fmt: skip
        """Somebody says something to the bot, or in the group `place`; gives the bot's answers.

        Raises:
            Silence: The bot does not acknowledge the message in time.
            SetupError: MB151: nobody is called that, or the sandbox refused it.
        """
        content = {"text": text} if data is None else {"data": data}
        fields = {"as": self._id(who), "category": category} | content
        said = self.control.post(f"/conversations/{self._place(who, place)}/messages", fields)
        return self._answers(str(said["message_id"]), text or category, within_s or self._within_s)

    def press(self, who: str, label: str, *, place: str = "") -> list[Answer]:
        """Somebody presses the newest button of that label; gives the bot's answers, none where it opens a page.

        Raises:
            Silence: As for `ask`.
            SetupError: MB321: there is no such button.
        """
        conversation = self._place(who, place)
        shown = self.control.get(f"/conversations/{conversation}/messages", as_=self._id(who))
        for message in reversed(shown):
            labels = list(Answer(message["message_id"], message["category"], message["data"]).buttons)
            if label in labels:
                fields = {"as": self._id(who), "message_id": message["message_id"], "index": labels.index(label)}
                pressed = self.control.post("/press", fields)
                said = pressed.get("message")
                return self._answers(str(said["message_id"]), label, self._within_s) if said else []
        raise SetupError("MB321", f"{who} sees no button “{label}”.")

    def _answers(self, message_id: str, said: str, within_s: float) -> list[Answer]:
        found = self.control.answers(message_id, within_s)
        answers = [Answer(one["message_id"], in_clear(one["category"]), one["data"]) for one in found["answers"]]
        if found["heard"] and not found["acknowledged"]:
            raise Silence(said, within_s, answers)
        return answers

    def _id(self, who: str) -> str:
        if who not in self._ids:
            self._ids[who] = str(self.control.person(who)["user_id"])
        return self._ids[who]

    def _place(self, who: str, place: str) -> str:
        if (who, place) not in self._places:
            self._places[who, place] = self._find(who, place)
        return self._places[who, place]

    def _find(self, who: str, place: str) -> str:
        person = {"user_id": self._id(who), "full_name": who}
        return self.control.place(person, place) if place else self.control.conversation(person)
