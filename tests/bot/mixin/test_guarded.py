"""T8: where a file may be fetched from, however its address is written."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from bot.errors import Rejected
from bot.mixin.guarded import GuardedSession, is_public, open_guarded


class Canary:
    """A listener on this machine that nobody should reach."""

    def __init__(self) -> None:
        self.connections = 0
        self.port = 0

    def note(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    found = Canary()
    async with await asyncio.start_server(found.note, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


async def fetch(session: GuardedSession, address: str) -> None:
    async with session.request("GET", address):
        pass


ADDRESSES = [
    "https://127.0.0.1:{port}/", "https://127.1:{port}/", "https://127.0.1:{port}/", "https://2130706433:{port}/",
    "https://0x7f.1:{port}/", "https://0x7f000001:{port}/", "https://0177.0.0.1:{port}/", "https://017700000001:{port}/",
    "https://0:{port}/", "https://0.0.0.0:{port}/", "https://localhost:{port}/", "https://LOCALHOST:{port}/",
    "https://localhost.:{port}/", "https://[::1]:{port}/", "https://[::]:{port}/", "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/", "https://[::127.0.0.1]:{port}/", "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/", "https://[::ffff:10.0.0.1]/", "https://[fc00::1]/", "https://[fe80::1]/",
    "https://[fe80::1%25lo]/", "https://[ff02::1]/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://198.18.0.1/", "https://192.0.2.1/",
    "https://224.0.0.1/", "https://240.0.0.1/", "https://255.255.255.255/", "http://127.0.0.1:{port}/",
    "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://127.0.0.1:{port}/",
    "https://user:word@example.com/", "https://example.com@127.0.0.1:{port}/", "//127.0.0.1:{port}/", "https:///", "",
    "https://[/",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
async def test_T8_no_address_inside_is_reached(canary: Canary, address: str) -> None:
    """However it is written, an address that is not public, not encrypted, or names a user is refused."""
    async with open_guarded(timeout_s=3.0) as session:
        with pytest.raises(Rejected):
            await fetch(session, address.format(port=canary.port))
    assert canary.connections == 0


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:169.254.169.254"], ["10.0.0.1", "93.184.216.34"]]
)
async def test_T8_a_name_that_leads_inside(canary: Canary, found: list[str]) -> None:
    """One address inside spoils a name, wherever it stands."""

    async def look_up(host: str, port: int) -> Sequence[str]:
        return found

    async with open_guarded(timeout_s=3.0, look_up=look_up) as session:
        with pytest.raises(Rejected, match=r"files\.example is not on the public internet"):
            await fetch(session, f"https://files.example:{canary.port}/")
    assert canary.connections == 0


async def test_T8_a_name_is_looked_up_once(canary: Canary) -> None:
    """A name that leads elsewhere the second time is never asked for a second time: checked is what is connected to."""
    answers = [["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"]]
    asked = []

    async def look_up(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    async with open_guarded(timeout_s=0.3, look_up=look_up) as session:
        with pytest.raises((aiohttp.ClientError, TimeoutError)):
            await fetch(session, f"https://files.example:{canary.port}/")
    assert asked == ["files.example"]
    assert canary.connections == 0


async def test_loopback_is_reached_only_where_it_is_meant(canary: Canary) -> None:
    """With a sandbox on this machine its storage is there, too, and nothing else inside is."""
    async with open_guarded(loopback=True, timeout_s=3.0) as session:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises((OSError, aiohttp.ClientError)):  # the canary hangs up
                await fetch(session, f"http://{host}:{canary.port}/")
        for address in ("http://10.0.0.1/", "https://192.168.0.1/", "http://[::ffff:10.0.0.1]/"):
            with pytest.raises(Rejected):
                await fetch(session, address)
    assert canary.connections >= 2  # an answer that breaks off is asked for again


def test_T8_public_addresses() -> None:
    """What is on the internet is, in either family; what is no address is not."""
    assert all(is_public(each) for each in ("93.184.216.34", "2606:4700::1111", "64:ff9b::5db8:d822"))
    assert not any(is_public(each) for each in ("", "x", "127.1", "fe80::1%lo", "2001:db8::1", "64:ff9b:1::a00:1"))
