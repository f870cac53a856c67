"""nandbox, played on this machine: its Bot API over one WebSocket, its two addresses for files.

An independent reading of the protocol document, as the rest of the sandbox is; it shares no code with the bot.
"""

from bot.sandbox.nandbox.nandbox import Nandbox
from bot.sandbox.nandbox.state import API_PATH, DOWNLOAD_PATH, UPLOAD_PATH, Settings

__all__ = ["API_PATH", "DOWNLOAD_PATH", "UPLOAD_PATH", "Nandbox", "Settings"]
