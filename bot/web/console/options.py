"""What the console is told when it is opened."""

from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """`public_url` is how browsers reach the bot's pages, `chat_url` leads to the bot in the messenger; a session lasts
    `lifetime_s`.
    """

    public_url: str = "http://localhost:7002"
    chat_url: str = ""
    lifetime_s: int = 43_200

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return self.public_url.startswith("https://")

    @property
    def prefix(self) -> str:
        """The path of the pages as browsers see it, without a slash at the end; mostly empty."""
        return urlsplit(self.public_url).path.rstrip("/")

    @property
    def base(self) -> str:
        """The path of the console, without a slash at the end."""
        return f"{self.prefix}/console"

    def serves(self, host: str, port: int) -> bool:
        """Whether the `Host` of a request is one of ours: the public one, or this machine as seen from itself."""
        name = host.lower()
        return name == urlsplit(self.public_url).netloc.lower() or name in {f"{each}:{port}" for each in LOOPBACK}
