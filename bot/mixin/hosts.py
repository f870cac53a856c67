"""Where Mixin is: the addresses of its API and of Blaze, their mirrors, and which of them to use now."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from bot.errors import SetupError
from bot.mixin.keystore import Keystore
from config.loopback import is_loopback

API_URL = "https://api.mixin.one"
API_MIRROR_URL = "https://mixin-api.zeromesh.net"
BLAZE_URL = "wss://blaze.mixin.one/"
BLAZE_MIRROR_URL = "wss://mixin-blaze.zeromesh.net/"

_REAL_HOSTS = frozenset(urlsplit(url).hostname for url in (API_URL, API_MIRROR_URL, BLAZE_URL, BLAZE_MIRROR_URL))
_FAILURES_BEFORE_SWITCH = 2

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hosts:
    """The addresses of the API (without a slash at the end) and of Blaze, the preferred ones first."""

    api: tuple[str, ...] = (API_URL, API_MIRROR_URL)
    blaze: tuple[str, ...] = (BLAZE_URL, BLAZE_MIRROR_URL)

    @property
    def real(self) -> bool:
        """Whether these lead to Mixin itself, and not to a sandbox."""
        return any(urlsplit(url).hostname in _REAL_HOSTS for url in (*self.api, *self.blaze))


def choose_hosts(route: str = "auto", *, api_url: str = "", blaze_url: str = "", allow_plain: bool = False) -> Hosts:
    """The addresses for a route (`auto`, `global` or `zeromesh`), where an address of one's own replaces them.

    `auto` goes over to the mirror after connection failures, and back after failures there.

    Raises:
        SetupError: MB132, an address or a route that cannot be used.
    """
    both = Hosts()
    chosen = {"auto": slice(0, 2), "global": slice(0, 1), "zeromesh": slice(1, 2)}.get(route)
    if chosen is None:
        raise SetupError("MB132", f"Unknown route {route!r}; expected auto, global or zeromesh.")
    api = (check_url(api_url.rstrip("/"), "https", allow_plain=allow_plain),) if api_url else both.api[chosen]
    blaze = (check_url(blaze_url, "wss", allow_plain=allow_plain),) if blaze_url else both.blaze[chosen]
    return Hosts(api, blaze)


def check_url(url: str, scheme: str, *, allow_plain: bool = False) -> str:
    """The same address, if tokens may be sent there: encrypted (`https` or `wss`), or plain towards this machine.

    Raises:
        SetupError: MB132.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise SetupError("MB132", f"The address {url!r} cannot be read; expected {scheme}://HOST.") from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise SetupError("MB132", f"The address of {host!r} has more than scheme, host, port and path.")
    if parts.scheme not in {scheme, scheme[:-1]} or not host:
        raise SetupError("MB132", f"The address {url!r} begins wrongly; expected {scheme}://HOST.")
    if parts.scheme != scheme and not allow_plain and not is_loopback(host):
        raise SetupError(
            "MB132",
            f"{url} is not encrypted: everybody on the way could read what people write. Use {scheme}://{host}.",
        )
    return url


def refuse_sandbox_keystore(keystore: Keystore, hosts: Hosts) -> None:
    """Stop before a keystore of the sandbox is shown to Mixin itself.

    Raises:
        SetupError: MB105.
    """
    if keystore.of_sandbox and hosts.real:
        raise SetupError(
            "MB105",
            "This keystore belongs to the sandbox and cannot log in to the real Mixin. For real use download one from "
            "the dashboard; for trying out use `make demo`.",
        )


class Route:
    """One of several addresses of the same thing: goes over to the next one after two connection failures in a row."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = tuple(urls)
        self._index = 0
        self._failures = 0

    @property
    def url(self) -> str:
        return self._urls[self._index]

    def worked(self) -> None:
        self._failures = 0

    def failed(self, reason: str) -> None:
        """Note that no connection came about; `reason` says how, without secrets."""
        self._failures += 1
        if self._failures < _FAILURES_BEFORE_SWITCH or len(self._urls) == 1:
            return
        unreachable = urlsplit(self.url).hostname
        self._index = (self._index + 1) % len(self._urls)
        log.warning(
            "mixin.route_changed",
            code="MB130",
            host=unreachable,
            now=urlsplit(self.url).hostname,
            failures=self._failures,
            reason=reason,
            hint=f"Cannot reach {unreachable} ({reason}). Going over to {urlsplit(self.url).hostname}.",
        )
        self._failures = 0
