"""One line to nandbox: whom it trusts, and what it does not say."""

import logging
from pathlib import Path

import pytest
import structlog

from bot.errors import Unavailable
from bot.nandbox.connection import open_connection
from tests.bot.mixin.test_http import self_signed
from tests.bot.nandbox.server import FAST, NADIA, TOKEN, open_nandbox


@pytest.mark.parametrize(
    ("name", "expired"),
    [("127.0.0.1", False), ("nandbox.example", False), ("127.0.0.1", True)],
    ids=["self-signed", "wrong host", "expired"],
)
async def test_T10_certificate_of_nandbox_is_checked(tmp_path: Path, name: str, expired: bool) -> None:
    """A server whose certificate does not fit never sees the token, and whoever asks is told that it is away."""
    context = self_signed(tmp_path, name, expired=expired)
    with structlog.testing.capture_logs() as logs:
        async with open_nandbox(context) as nandbox, open_connection(nandbox.account, FAST) as connection:
            with pytest.raises(Unavailable, match="certificate"):
                await connection.ask("getUser", {"user_id": "1"}, "userDetails", "1")
            assert nandbox.journal == []

    assert any("certificate" in line.get("reason", "") for line in logs)


async def test_T30_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """Not even where everything is logged, and though the server repeats it in its answer to the login."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        async with open_nandbox(cuts=["hello"]) as nandbox, open_connection(nandbox.account, FAST) as connection:
            await connection.ask("getUser", {"user_id": NADIA}, "userDetails", NADIA)

    secret = TOKEN.rpartition(":")[2]
    assert logs
    assert secret not in str(logs)
    assert secret not in caplog.text


async def test_a_connection_that_is_closed_before_it_began() -> None:
    """Whoever opens one and leaves at once does not wait for it."""
    async with open_nandbox() as nandbox:
        async with open_connection(nandbox.account, FAST):
            pass
        assert nandbox.logins == 0
