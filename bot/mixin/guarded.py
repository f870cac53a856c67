"""Connections to addresses that somebody else named: encrypted, to the public internet only, and never led elsewhere.

The name is looked up once, what comes is checked, and the connection goes to exactly that.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from bot.errors import Rejected

CONNECT_TIMEOUT_S = 5.0

_NAT64 = (IPv6Network("64:ff9b::/96"),)
"""How networks without IPv4 write its addresses."""

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]


class NotPublic(OSError):
    """A name leads to an address that is not on the public internet."""


def is_public(address: str) -> bool:
    """Whether an address is on the public internet, also where an IPv4 address hides in an IPv6 one."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(found in network for network in _NAT64):
        return _is_public(IPv4Address(int(found) & 0xFFFFFFFF))
    return all(_is_public(each) for each in (found, *_hidden(found)))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return address.is_global and not odd


def _hidden(address: IPv4Address | IPv6Address) -> Sequence[IPv4Address]:
    if isinstance(address, IPv4Address):
        return ()
    found = [each for each in (address.ipv4_mapped, address.sixtofour) if each is not None]
    return [*found, *(address.teredo or ())]


class GuardedResolver(AbstractResolver):
    """Gives out only addresses that may be connected to; one that may not spoils all of a name's."""

    def __init__(self, *, loopback: bool, look_up: LookUp | None = None) -> None:
        self._loopback = loopback
        self._look_up = look_up or _addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """
        Raises:
            NotPublic: An address is not public, nor this machine where that is meant.
        """
        addresses = await self._look_up(host, port)
        for address in addresses:
            self.check(host, address)
        return [
            ResolveResult(
                hostname=host, host=address, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
            )
            for address in addresses
        ]  # fmt: skip

    def check(self, host: str, address: str) -> None:
        """
        Raises:
            NotPublic: As `resolve`.
        """
        here = self._loopback and ip_address(address.partition("%")[0]).is_loopback
        if not here and not is_public(address):
            raise NotPublic(f"{host[:80]} is not on the public internet")

    async def close(self) -> None:
        """Nothing is held."""


async def _addresses(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class GuardedSession:
    """Use `open_guarded`. Asks without cookies, tokens, proxies or redirects."""

    def __init__(self, session: aiohttp.ClientSession, resolver: GuardedResolver, *, loopback: bool) -> None:
        self._session = session
        self._resolver = resolver
        self._loopback = loopback

    @asynccontextmanager
    async def request(
        self, method: str, address: str, *, data: object = None, headers: dict[str, str] | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer of any status but a redirect.

        Raises:
            Rejected: The address is one that must not be gone to.
            aiohttp.ClientError, TimeoutError, OSError: No answer came.
        """
        url = self.checked(address)
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as response:
                if 300 <= response.status < 400:
                    raise Rejected(f"{url.host} leads elsewhere", code=response.status)
                yield response
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, NotPublic) or isinstance(error.__cause__, NotPublic):
                raise Rejected(str(error.os_error)) from None
            raise
        except aiohttp.InvalidURL:
            raise Rejected("a number that is written to mislead") from None

    def checked(self, address: str) -> URL:
        """The address, if it may be gone to.

        Raises:
            Rejected: It is not encrypted, names a user, or is a number that is not public.
        """
        try:
            url = URL(address, encoded=True)
            host = url.host or ""
        except ValueError:
            raise Rejected("an address that cannot be read") from None
        plain_here = self._loopback and url.scheme == "http" and host in ("localhost", "127.0.0.1", "::1")
        if not host or not (url.scheme == "https" or plain_here):
            raise Rejected("an address that is not encrypted")
        if url.user is not None or url.password is not None:
            raise Rejected("an address that names a user")
        if host.endswith("."):
            raise Rejected("a name that ends with a dot")
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return url
        try:
            self._resolver.check(host, host)
        except NotPublic as error:
            raise Rejected(str(error)) from None
        return url


@asynccontextmanager
async def open_guarded(
    *, loopback: bool = False, timeout_s: float = 30.0, look_up: LookUp | None = None
) -> AsyncIterator[GuardedSession]:
    """Connections to the public internet; with `loopback` to this machine as well, and there also in clear."""
    resolver = GuardedResolver(loopback=loopback, look_up=look_up)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=8, resolver=resolver, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s), sock_read=10.0),
        headers={"User-Agent": "mixbot", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    ) as session:
        yield GuardedSession(session, resolver, loopback=loopback)
