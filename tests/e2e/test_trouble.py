"""Disk, log and database in trouble, seen from outside; and nothing secret anywhere, whatever happens."""

import base64
import json
import os
import resource
import secrets
import select
import socket
import sqlite3
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import MakeService
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.views import ANN, BEN, WELCOME, Said, person, ping, user
from tests.e2e.wire import Answer, Wire


async def test_F36_a_full_disk_stops_writing_and_nothing_else(wire: Wire, service: Service) -> None:
    """While no file can grow, what must be kept is not acknowledged, and the process lives; then all is answered."""
    await service.start()
    await wire.say(Said("Hi", WELCOME, ANN), Said("Hi", WELCOME, BEN))
    await wire.until_done()
    most = resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))[1]
    await wire.say(Said("/notify off", "No more news from me", ANN), Said("Hi", WELCOME, person(7)))
    for index in range(5):
        await wire.say(ping(f"still there {index}", BEN))
        await wire.until(lambda: len(wire.pending) == 2)
    assert len(wire.journal.texts()) == 2 + 5

    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (most, most))
    await wire.until_done()
    await service.stop()
    assert verdict(wire.journal) == []


async def test_F35_a_database_locked_by_another_program(wire: Wire, service: Service) -> None:
    """While somebody else holds the database's lock, nothing that must be kept is acknowledged, and nothing fails."""
    await service.start()
    await wire.say(Said("Hi", WELCOME, ANN), Said("Hi", WELCOME, BEN))
    await wire.until_done()
    other = sqlite3.connect(service.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await wire.say(Said("/lang zh", "现在我和你说中文", ANN))
    await wire.say(ping("meanwhile", BEN))
    await wire.until(lambda: len(wire.pending) == 1)
    other.execute("ROLLBACK")
    other.close()
    await wire.until_done()

    assert verdict(wire.journal) == []


async def test_F37_a_damaged_database_is_not_replaced_silently(wire: Wire, service: Service) -> None:
    """The service refuses to start, says how to restore, and leaves the file as it is."""
    await service.start()
    await service.stop()
    damaged = b"\x00garbage" * 4000
    service.database.write_bytes(damaged)
    service.launch()

    assert await service.ended() in (2, 3)
    assert "db restore" in service.errors.read_text()
    assert service.database.read_bytes() == damaged


async def test_F38_out_of_file_handles(wire: Wire, service: Service) -> None:
    """While no connection can be opened, the line is kept, people are answered, and little is computed."""
    await service.start()
    await wire.say(Said("Hi", WELCOME, ANN), Said("/notify off", "No more news from me", BEN))
    await wire.until_done()
    (web,) = service.lines("web.listening")
    most = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(
        service.pid, resource.RLIMIT_NOFILE, (len(list(Path(f"/proc/{service.pid}/fd").iterdir())), most[1])
    )
    callers = [socket.create_connection(("127.0.0.1", web["port"])) for _ in range(20)]
    cpu_s, began_at = service.cpu_s(), time.monotonic()
    for index in range(20):
        await wire.say(ping(f"still there {index}", ANN))
        await wire.until_done()
    assert service.cpu_s() - cpu_s < 0.8 * (time.monotonic() - began_at)
    assert len(wire.attempts) == 1

    resource.prlimit(service.pid, resource.RLIMIT_NOFILE, most)
    for caller in callers:
        caller.close()
    await wire.say(ping("and after", person(3)))
    await wire.until_done()
    await service.stop()
    assert verdict(wire.journal) == []


@pytest.mark.parametrize("how", ["closed", "full"])
async def test_F45_a_log_that_nobody_reads(wire: Wire, service: Service, how: str) -> None:
    """With a pipe that is closed, or full, log lines are lost, and not one message."""
    pipe = service.home / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    await service.start(output=str(pipe))
    if how == "closed":
        os.close(reader)
    await wire.say(*(ping(f"l{index}", person(index % 20)) for index in range(1000)))
    await wire.until_done()
    await wire.say(ping("and then"))
    await wire.until_done()

    assert verdict(wire.journal) == []
    if how == "full":
        _read_all(reader)
        await wire.say(ping("heard again"))
        await wire.until_done()
        events = [json.loads(line)["event"] for line in (_read_all(reader)).splitlines() if line.startswith(b"{")]
        os.close(reader)
        assert "log.dropped" in events
    await service.stop()


def _read_all(descriptor: int) -> bytes:
    """What the pipe holds now."""
    found = b""
    while select.select([descriptor], [], [], 0)[0]:
        found += os.read(descriptor, 65536)
    return found


async def test_T22_T27_no_secret_in_logs_database_or_process_list(wire: Wire, make_service: MakeService) -> None:
    """At level debug, with every kind of trouble and tracebacks, no key, token or word of a person is written down."""
    canaries = {name: secrets.token_hex(32) for name in ("key", "spend", "client", "metrics", "pin", "text", "name")}
    canaries["ring"] = base64.b64encode(secrets.token_bytes(32)).decode()
    service = make_service(
        wire,
        MIXIN_CLIENT_SECRET=canaries["client"],
        MIXBOT_METRICS_TOKEN=canaries["metrics"],
        MIXBOT_SECRET_KEY=f"1:{canaries['ring']}",
        MIXBOT_LOG_LEVEL="debug",
        MIXIN_HTTP_TIMEOUT_S="0.5",
    )
    keystore = json.loads((service.home / "keystore.json").read_text())
    keystore |= {"session_private_key": canaries["key"], "spend_private_key": canaries["spend"], "pin": canaries["pin"]}
    (service.home / "keystore.json").write_text(json.dumps(keystore))
    await service.start(fresh=True)
    cmdline = Path(f"/proc/{service.pid}/cmdline").read_bytes()
    await wire.say(Said("Hi", WELCOME, ANN))
    await wire.until_done()

    giant = json.dumps({"data": user(BEN) | {"full_name": canaries["name"] * 4000}}).encode()
    wire.answers[f"/users/{BEN}"].extend([Answer(body=giant)] * 10)
    for path in ("/messages", "/acknowledgements"):
        wire.answers[path].extend((Answer(500, b"<html>"), Answer(cut=5), Answer(202, b"\x00"), Answer(delay_s=2)))
    await wire.say(Said(f"/whois {BEN}", "Something went wrong on my side"), Said(canaries["text"], "I don't know"))
    await wire.say(ping(canaries["text"], ANN))
    await wire.until_done()
    await wire.drop()
    wire.revoked = True
    assert await service.ended() == 4

    written = service.log.read_bytes() + service.errors.read_bytes() + cmdline
    stored = b"".join(path.read_bytes() for path in service.database.parent.iterdir())
    tokens = [token.removeprefix("Bearer ").encode() for token in wire.tokens]
    assert tokens
    assert [name for name, value in canaries.items() if value.encode() in written] == []
    assert [name for name, value in canaries.items() if value.encode() in stored and name not in ("name", "text")] == []
    assert [token for token in tokens if token in written + stored] == []
