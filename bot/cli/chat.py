"""`mixbot chat`: be somebody in the sandbox, in a terminal."""

import asyncio
import sys
from typing import Annotated, Any

import aiohttp
import typer

from bot.cli.control import Control, UrlOption, sandbox_url
from bot.cli.output import say
from config.redact import inert

app = typer.Typer(rich_markup_mode=None)


@app.command()
def chat(
    as_: Annotated[str, typer.Option("--as", metavar="WHO", help="Who to be: name, number or id.")] = "Alice",
    url: UrlOption = "",
) -> None:
    """Chat with the bot in a terminal, as somebody in the sandbox. `:2` taps the second button; an empty line ends.

    Examples:  mixbot chat  ·  echo /ping | mixbot chat --as Bob
    """
    control = Control(sandbox_url(url))
    person = control.person(as_)
    conversation = control.conversation(person)
    say(f"You are {person['full_name']}. An empty line ends.")
    asyncio.run(Chat(control, person["user_id"], conversation).run())


class Chat:
    """One person's conversation with the bot: lines go out, messages come in."""

    QUIET_S = 1.0
    ANSWER_S = 5.0
    AWAY_S = 30.0

    def __init__(self, control: Control, user_id: str, conversation: str) -> None:
        self._control = control
        self._user_id = user_id
        self._conversation = conversation
        self._buttons: tuple[str, int] = ("", 0)
        self._heard = asyncio.Event()
        self._unanswered = False

    async def run(self) -> None:
        """Until an empty line or the end of input; then until the bot has answered and been quiet for a while."""
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(
                f"{self._control.url}/_sandbox/events",
                params={"as": self._user_id},
                headers=self._control.headers,
            ) as events,
        ):
            listening = asyncio.create_task(self._listen(events))
            while line := (await asyncio.to_thread(sys.stdin.readline)).strip():
                if not sys.stdin.isatty():
                    await self._until_quiet()  # in a pipe nobody waits for the answer before the next line
                await asyncio.to_thread(self._say, line)
            await self._until_quiet()
            listening.cancel()

    async def _until_quiet(self) -> None:
        """Wait for the answer to what was said last, longer while the bot is away, and for what follows it."""
        while await self._hears_more(self.QUIET_S):
            pass
        if self._unanswered:
            patience_s = self.ANSWER_S
            if not await asyncio.to_thread(self._bot_listens):
                say("   the bot is not connected; waiting for it …")
                patience_s = self.AWAY_S
            while await self._hears_more(patience_s if self._unanswered else self.QUIET_S):
                pass
        if self._unanswered:
            say("   no answer yet")
        self._unanswered = False

    def _bot_listens(self) -> bool:
        return bool(self._control.get("/state")["blaze"]["connected"])

    async def _hears_more(self, within_s: float) -> bool:
        self._heard.clear()
        try:
            async with asyncio.timeout(within_s):
                await self._heard.wait()
        except TimeoutError:
            return False
        self._unanswered = False
        return True

    def _say(self, line: str) -> None:
        message_id, count = self._buttons
        self._unanswered = True
        if line.startswith(":") and line[1:].isdigit() and not 1 <= int(line[1:]) <= count:
            self._unanswered = False
            say(f"   there is no button {line[1:]}")
        elif line.startswith(":") and line[1:].isdigit():
            wish = {"as": self._user_id, "message_id": message_id, "index": int(line[1:]) - 1}
            opened = self._control.post("/press", wish)
            if isinstance(opened, dict) and opened.get("opens"):
                say(f"   opens {inert(str(opened['opens']))}")
        else:
            self._control.post(f"/conversations/{self._conversation}/messages", {"as": self._user_id, "text": line})

    async def _listen(self, events: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in events:
            event = frame.json()
            message = event.get("message") if event.get("kind") == "message" else None
            if message and message["conversation_id"] == self._conversation and message["user_id"] != self._user_id:
                self._heard.set()
                for line in self._lines(message):
                    say(inert(line))

    def _lines(self, message: dict[str, Any]) -> list[str]:
        data = message["data"]
        if message["category"] == "APP_BUTTON_GROUP" and isinstance(data, list):
            self._buttons = (message["message_id"], len(data))
            return ["   " + "   ".join(f":{place} [{one.get('label', '')}]" for place, one in enumerate(data, 1))]
        if isinstance(data, str):
            return [f" ◂ {line}" for line in data.splitlines()] or [" ◂"]
        what = data.get("title") or data.get("name") or "" if isinstance(data, dict) else ""
        return [f" ◂ ({message['category']}) {what}".rstrip()]
