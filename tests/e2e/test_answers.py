"""The API answers in every wrong way there is: what may be repeated is, under the same ids, and what is final ends."""

import gzip
import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from tests.e2e.chaos import UNLUCKY
from tests.e2e.conftest import MakeService, in_plain
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.views import ANN, BEN, WELCOME, Said, person, ping, refusal
from tests.e2e.wire import Answer, Wire

SPACES = 48 * 1024 * 1024
BOMBS = (
    Answer(body=gzip.compress(b" " * SPACES + b"{}", 9), headers={"Content-Encoding": "gzip"}),
    Answer(body=b" " * SPACES + b"{}"),
    Answer(body=b"[" * (512 * 1024)),
    Answer(body=b"{}", headers={"Content-Encoding": "br"}),
)


async def test_F19_F20_F23_F24_every_unlucky_answer_is_asked_again(wire: Wire, service: Service) -> None:
    """Errors that pass, pages of proxies, garbage, nothing at all: the same message goes again and is seen once."""
    await service.start()
    for path in ("/messages", "/acknowledgements"):
        for answer in UNLUCKY:
            wire.answers[path].append(answer)
            await wire.say(ping(f"{path} {len(wire.journal.said)}"))
            await wire.until_done()

    assert verdict(wire.journal) == []
    assert wire.journal.repeated >= sum(answer.accept for answer in UNLUCKY) - 2


async def test_F18_429_is_waited_out(wire: Wire, service: Service) -> None:
    """Told to wait a second, the service posts nothing in that second, for nobody."""
    await service.start()
    await wire.say(ping("before"))
    await wire.until_done()
    wire.answers["/messages"].append(Answer(202, refusal(429), {"Retry-After": "1"}, accept=False))
    await wire.say(ping("refused"))
    await wire.until(lambda: wire.journal.count("answered") == 2)
    told_at, posts = time.monotonic(), wire.journal.count("post")
    await wire.say(ping("another", BEN))
    await wire.until(lambda: wire.journal.count("post") > posts)

    assert time.monotonic() - told_at > 0.95
    await wire.until_done()
    assert verdict(wire.journal) == []


async def test_F21_a_final_refusal_costs_one_message_and_not_its_neighbours(wire: Wire, service: Service) -> None:
    """A batch that is refused is halved until the culprit is alone; that one is acknowledged, and kept for admins."""
    await service.start()
    people = [person(index) for index in range(40)]
    await wire.say(*(ping("first", who) for who in people))
    await wire.until_done()

    def refuse(items: Sequence[dict[str, Any]]) -> Answer | None:
        return Answer(202, refusal(10002)) if any(item["recipient_id"] == people[7] for item in items) else None

    wire.judge = refuse
    culprit = Said("/ping second", "", people[7])
    await wire.say(*(culprit if who == people[7] else ping("second", who) for who in people))
    await wire.until_done()

    assert verdict(wire.journal) == []
    (kept,) = service.lines("message.quarantined")
    assert kept["message_id"] == culprit.id
    wire.judge = lambda items: None
    await wire.say(ping("third", people[7]))
    await wire.until_done()
    assert verdict(wire.journal) == []


async def test_F22_an_unknown_refusal_ends_after_some_tries(wire: Wire, service: Service) -> None:
    """A code that no document names is tried five times; then the message is kept for admins and acknowledged."""
    await service.start()
    wire.judge = lambda items: Answer(202, refusal(39999))
    await wire.say(Said("/ping", "", ANN))
    await wire.until_done()

    assert wire.journal.texts() == []
    assert len(service.lines("message.quarantined")) >= 1
    wire.judge = lambda items: None
    await wire.say(ping("later", BEN))
    await wire.until_done()
    assert verdict(wire.journal) == []


async def test_F32_somebody_who_blocked_the_bot(wire: Wire, service: Service) -> None:
    """403 is final for that person, after one attempt to create the conversation; who returns is answered."""
    await service.start()
    await wire.say(Said("Hi", WELCOME, BEN))
    await wire.until_done()
    wire.judge = lambda items: Answer(202, refusal(403)) if any(i["recipient_id"] == BEN for i in items) else None
    await wire.say(Said("/ping lost", "", BEN), ping("kept", ANN))
    await wire.until_done()
    wire.judge = lambda items: None
    await wire.say(ping("back", BEN))
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert wire.journal.count("POST /conversations") == 1


async def test_F25_an_answer_that_hangs(wire: Wire, make_service: MakeService) -> None:
    """After the time limit the request is made again; it had taken effect, and the person sees it once."""
    service = make_service(wire, MIXIN_HTTP_TIMEOUT_S="0.3")
    await service.start()
    wire.answers["/messages"].append(Answer(delay_s=30))
    wire.answers["/acknowledgements"].append(Answer(delay_s=30))
    await wire.say(ping("slow"))
    await wire.until_done()

    assert verdict(wire.journal) == []
    assert wire.journal.repeated >= 1


@pytest.mark.parametrize("path", ["/messages", "/acknowledgements", "/users/fetch", "/me"])
async def test_T13_F26_answer_bombs(wire: Wire, service: Service, path: str) -> None:
    """Of an answer of 48 MiB, in clear or inflated, little is read, and the request goes again."""
    if path == "/me":
        wire.answers[path].extend(BOMBS)
    await service.start()
    await wire.say(ping("before"))
    await wire.until_done()
    before = service.memory()
    wire.answers[path].extend(BOMBS)
    for index in range(len(BOMBS)):
        await wire.say(ping(f"bomb {index}", person(index)))
        await wire.until_done()
    left = len(BOMBS) - 1 if path == "/users/fetch" else 0  # a name is asked for again with the next one
    await wire.until(lambda: len(wire.answers[path]) <= left)

    assert verdict(wire.journal) == []
    assert service.memory("VmHWM") - before < 64


@in_plain
async def test_F23_other_shapes_of_success(wire: Wire, service: Service) -> None:
    """An empty object, no data, an empty list and an echo all mean that the messages were taken."""
    await service.start()
    for body in (b"{}", b'{"data":null}', b'{"data":[]}', b'{"error":null}', json.dumps({"data": [{"x": 1}]}).encode()):
        wire.answers["/messages"].append(Answer(body=body))
        wire.answers["/acknowledgements"].append(Answer(body=body))
        await wire.say(ping(body.decode()))
        await wire.until_done()

    assert verdict(wire.journal) == []
    assert wire.journal.repeated == 0
