"""Several bots behind one address: each has a Mixin of its own, told apart by who asks."""

import asyncio
import base64
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.e2e.service import new_keystore
from tests.e2e.sockets import Gone, read_request, reset
from tests.e2e.views import ANN, Said, conversation_of_two
from tests.e2e.wire import Wire


def bot_of(number: int) -> str:
    return str(uuid.UUID(int=0xB0700001_0000_4000_8000_000000000000 + number))


class Herd:
    """Use `open_herd`."""

    def __init__(self, size: int) -> None:
        self.port = 0
        self.wires = {bot_of(number): Wire(bot_id=bot_of(number)) for number in range(size)}

    @property
    def bots(self) -> Sequence[Wire]:
        return list(self.wires.values())

    def ping(self, wire: Wire, word: str, user_id: str = ANN) -> Said:
        """The cheapest command, said to one of the bots."""
        return Said(f"/ping {word}", f"pong {word}", user_id, conversation_of_two(wire.bot_id, user_id))

    async def until_listening(self, within_s: float = 45.0) -> None:
        for wire in self.bots:
            await wire.until_listening(within_s)

    async def until_done(self, within_s: float = 45.0) -> None:
        for wire in self.bots:
            await wire.until_done(within_s)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(Gone, ConnectionError, asyncio.IncompleteReadError):
            first = await read_request(reader)
            wire = self.wires.get(_asker(first.headers.get("authorization", ""))) if first is not None else None
            if wire is not None:
                wire.port = self.port
                await wire.serve(reader, writer, first)
                return
        reset(writer)
        writer.close()

    async def close(self) -> None:
        for wire in self.bots:
            await wire.close()


def _asker(token: str) -> str:
    payload = token.removeprefix("Bearer ").split(".")[1] if token.count(".") == 2 else ""
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["uid"]) if payload else ""


@asynccontextmanager
async def open_herd(size: int) -> AsyncIterator[Herd]:
    """The server, on a free port of this machine."""
    herd = Herd(size)
    server = await asyncio.start_server(herd.serve, "127.0.0.1", 0, limit=2**20)
    herd.port = server.sockets[0].getsockname()[1]
    try:
        yield herd
    finally:
        server.close()
        await herd.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await server.wait_closed()


def write_keystores(folder: Path, bots: Sequence[str]) -> None:
    """A file for each bot, as they are put into `MIXBOT_KEYSTORES`."""
    folder.mkdir(exist_ok=True)
    for bot_id in bots:
        file = folder / f"{bot_id}.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(new_keystore(bot_id)))
