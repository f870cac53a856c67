"""The other side of the wire, for people and for tests: a stand-in for Mixin's servers on this machine.

An independent reading of the protocol documents: it shares no code with the bot, and checks every signature it is sent.
"""

from bot.sandbox.errors import SandboxRefused
from bot.sandbox.grants import Grant
from bot.sandbox.keys import SANDBOX_PREFIX
from bot.sandbox.messages import Message
from bot.sandbox.people import Person
from bot.sandbox.sandbox import Options, Sandbox
from bot.sandbox.server import open_sandbox

__all__ = ["SANDBOX_PREFIX", "Grant", "Message", "Options", "Person", "Sandbox", "SandboxRefused", "open_sandbox"]
