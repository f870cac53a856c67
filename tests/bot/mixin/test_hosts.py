"""Addresses: which are taken, which refused, and when the mirror takes over."""

import json

import pytest
import structlog

from bot.errors import SetupError
from bot.mixin.hosts import Hosts, Route, check_url, choose_hosts, refuse_sandbox_keystore
from bot.mixin.keystore import SANDBOX_PREFIX, load_keystore
from tests.bot.mixin.vectors import bot_keystore, cases


def test_routes() -> None:
    """`global` and `zeromesh` are one address each; `auto` is both, in that order."""
    assert choose_hosts("auto") == Hosts()
    assert choose_hosts("global") == Hosts(("https://api.mixin.one",), ("wss://blaze.mixin.one/",))
    assert choose_hosts("zeromesh") == Hosts(("https://mixin-api.zeromesh.net",), ("wss://mixin-blaze.zeromesh.net/",))
    with pytest.raises(SetupError, match="MB132"):
        choose_hosts("moon")


def test_address_of_ones_own() -> None:
    """An address of one's own stands alone, without a slash at its end, and is not Mixin's."""
    hosts = choose_hosts(api_url="http://127.0.0.1:7001/", blaze_url="ws://127.0.0.1:7001/blaze")
    assert hosts == Hosts(("http://127.0.0.1:7001",), ("ws://127.0.0.1:7001/blaze",))
    assert not hosts.real
    assert choose_hosts(api_url="https://api.mixin.one").real


@pytest.mark.parametrize(
    "url",
    [
        "http://api.mixin.one",
        "http://192.168.1.5",
        "http://127.0.0.1.example.com",
        "http://0x7f.1",
        "ftp://127.0.0.1",
        "127.0.0.1:7001",
        "",
        "https://",
        "https://user:secret@api.mixin.one",
        "https://api.mixin.one?x=1",
        "https://api.mixin.one#x",
        "https://api.mixin.one:port",
        "https://[::1",
        "wss://api.mixin.one",
    ],
)
def test_T9_addresses_that_would_leak_the_token(url: str) -> None:
    """Tokens go encrypted, or to this machine; anything else is refused before the first request."""
    with pytest.raises(SetupError, match="MB132") as caught:
        check_url(url, "https")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://x.example/p"])
def test_addresses_that_are_fine(url: str) -> None:
    """Encrypted addresses, and plain ones of this machine, are taken as they are."""
    assert check_url(url, "https") == url


def test_plain_address_elsewhere_only_on_demand() -> None:
    """Between containers plain http may be asked for."""
    assert check_url("http://sandbox:7001", "https", allow_plain=True) == "http://sandbox:7001"


def test_check_11_sandbox_keystore_never_reaches_mixin() -> None:
    """The sandbox's keystore is refused towards Mixin, and taken towards a sandbox; a real one is taken by Mixin."""
    members = cases("keystores")[0]["keystore"] | {"app_id": SANDBOX_PREFIX + "0000-4000-8000-000000000001"}
    keystore = load_keystore(json.dumps(members), source="x")
    with pytest.raises(SetupError, match="MB105"):
        refuse_sandbox_keystore(keystore, Hosts())
    refuse_sandbox_keystore(keystore, choose_hosts(api_url="http://127.0.0.1:1", blaze_url="ws://127.0.0.1:1"))
    refuse_sandbox_keystore(bot_keystore(), Hosts())


def test_mirror_takes_over_after_failures() -> None:
    """Two connection failures in a row lead to the mirror, two more back; one success between them to neither."""
    route = Route(["https://a", "https://b"])
    urls = []
    with structlog.testing.capture_logs() as logs:
        for step in ["failed", "worked", "failed", "failed", "failed", "failed"]:
            route.worked() if step == "worked" else route.failed("timed out")
            urls.append(route.url[-1])
    assert "".join(urls) == "aaabba"
    assert [(line["code"], line["host"], line["now"]) for line in logs] == [("MB130", "a", "b"), ("MB130", "b", "a")]


def test_only_address_stays() -> None:
    """Where there is one address, failures change nothing."""
    route = Route(["https://a"])
    for _ in range(5):
        route.failed("timed out")
    assert route.url == "https://a"
