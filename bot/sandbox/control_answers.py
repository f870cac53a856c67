"""Waiting for what the bot says to a message: tests and scenarios need no sleeps."""

import asyncio
from typing import Any

from bot.sandbox import views
from bot.sandbox.control import Ask, Control, ControlError
from bot.sandbox.events import Listener

LONGEST_S = 120.0


async def answers(ask: Ask) -> Any:
    """What the bot said in that conversation after a message, as soon as the bot acknowledged the message.

    A bot that acknowledges before it answers needs `quiet`: so many seconds without a further message.
    """
    sandbox, bot_id = ask.sandbox, ask.sandbox.bot_id
    message = sandbox.messages.get(ask.query("message_id"))
    if message is None:
        raise ControlError(404, "there is no such message")
    within_s, quiet_s = _seconds(ask, "within", 10.0), _seconds(ask, "quiet", 0.0)
    heard = sandbox.queue.was_put(bot_id, message.message_id)
    listener = sandbox.events.listen("", None)
    try:
        async with asyncio.timeout(within_s):
            while heard and not sandbox.queue.is_acknowledged(bot_id, message.message_id):
                await listener.get()
            while quiet_s and await _goes_on(listener, message.conversation_id, quiet_s):
                pass
    except TimeoutError:
        pass
    finally:
        sandbox.events.leave(listener)
    said = sandbox.messages.said_after(message, bot_id)
    return {
        "heard": heard, "acknowledged": sandbox.queue.is_acknowledged(bot_id, message.message_id),
        "answers": [views.shown(one) for one in said],
    }  # fmt: skip


async def _goes_on(listener: Listener, conversation_id: str, quiet_s: float) -> bool:
    """Whether somebody says something there within that time."""
    try:
        async with asyncio.timeout(quiet_s):
            while True:
                for event in await listener.get():
                    if event.get("message", {}).get("conversation_id") == conversation_id:
                        return True
    except TimeoutError:
        return False


def _seconds(ask: Ask, name: str, default: float) -> float:
    text = ask.query(name)
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if not 0 <= value <= LONGEST_S:
        raise ControlError(400, f"{name} is {text!r}, expected seconds up to {LONGEST_S:.0f}")
    return value


CONTROLS = (
    Control(
        "GET", "/answers", answers, "What the bot says to a message, as soon as it is done with it",
        ("message_id", "within", "quiet"),
    ),
)  # fmt: skip
