"""A sandbox on a real socket, and a bot that speaks to it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.sandbox import Sandbox, open_sandbox
from tests.bot.sandbox.client import Client


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox() as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(sandbox: Sandbox, http: aiohttp.ClientSession) -> Client:
    return Client(sandbox, http)
