"""A bot that has logged in."""

from collections.abc import AsyncIterator

import pytest

from bot.sandbox import Sandbox
from tests.bot.sandbox.nandbox.client import Client, logged_in


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with logged_in(sandbox) as client:
        yield client
