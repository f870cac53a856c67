"""Hostile frames and messages: the process lives, the line stays, neighbours are answered, memory is bounded.

MIXBOT_E2E_FRAMES=1000000 python -m pytest tests/e2e/test_hostile.py sends that many mutated frames to the decoder.
"""

import json
import os
import random
import resource
import time
import zlib

import pytest

from bot.mixin.codec import decode
from tests.e2e.conftest import MakeService
from tests.e2e.hostile import KINDS, SYSTEM, bomb, hostile
from tests.e2e.journal import verdict
from tests.e2e.service import Service
from tests.e2e.sockets import TEXT
from tests.e2e.views import ANN, BEN, BOT_ID, GROUP, WELCOME, Said, frame, gzipped, person, ping
from tests.e2e.wire import Wire

FRAMES = int(os.environ.get("MIXBOT_E2E_FRAMES", "2000"))


async def _met(wire: Wire, service: Service) -> float:
    """Two people have met the bot; gives its memory in MiB."""
    await service.start()
    await wire.say(Said("Hi", WELCOME, ANN), Said("Hi", WELCOME, BEN))
    await wire.until_done()
    return service.memory()


async def test_T11_F48_a_gibibyte_in_a_frame_live_and_pending(wire: Wire, service: Service) -> None:
    """The bomb is acknowledged unread, so that it does not come back; neighbours are answered; memory is bounded."""
    before = await _met(wire, service)
    for place in ("live", "pending"):
        poison = Said("boom", "", ANN)
        poison.raw = bomb(poison)
        messages = (ping(f"{place} before", BEN), poison, ping(f"{place} after", BEN), ping(f"{place} same", ANN))
        if place == "pending":
            wire.keep(*messages)
            await wire.drop()
        else:
            await wire.say(*messages)
        await wire.until_done()

    assert verdict(wire.journal) == []
    assert service.memory("VmHWM") - before < 32
    assert len(service.lines("blaze.frame_unreadable")) == 2
    assert len(wire.attempts) == 2


async def test_T12_F47_hostile_frames_between_real_commands(wire: Wire, service: Service) -> None:
    """At least 64 kinds of frames that make no sense: the same line, and each command in between is answered."""
    await _met(wire, service)
    assert len(KINDS) >= 64
    for number, kind in enumerate(KINDS):
        poison = Said("hostile", "", person(1))
        wire.journal.said[poison.id] = poison
        await wire.line.send(hostile(kind, poison))
        await wire.say(ping(f"after {number}", BEN))
        await wire.until_done()
    await wire.line.send(b'{"id":"x"}', TEXT)
    await wire.line.send("☃".encode(), TEXT)
    await wire.say(ping("after text frames", BEN))
    await wire.until_done()

    answers = [text for text in wire.journal.texts(ping("", BEN).conversation_id) if text.startswith("pong")]
    assert answers == [f"pong after {number}" for number in range(len(KINDS))] + ["pong after text frames"]
    assert len(wire.attempts) == 1
    assert set(wire.journal.acked) <= set(wire.journal.said)


async def test_F47_poisoned_messages_are_acknowledged(wire: Wire, service: Service) -> None:
    """Payloads of every category that cannot be read are acknowledged, with a kind word at most."""
    await _met(wire, service)
    categories = {
        *("PLAIN_TEXT", "PLAIN_POST", "PLAIN_STICKER", "PLAIN_IMAGE", "PLAIN_VIDEO", "PLAIN_AUDIO", "PLAIN_DATA"),
        *("PLAIN_CONTACT", "PLAIN_LIVE", "PLAIN_LOCATION", "PLAIN_TRANSCRIPT", "APP_BUTTON_GROUP", "APP_CARD"),
        *("MESSAGE_RECALL", "MESSAGE_PIN", "SYSTEM_CONVERSATION", "SYSTEM_SAFE_SNAPSHOT", "ENCRYPTED_TEXT"),
        *("SIGNAL_TEXT", "WEBRTC_AUDIO_OFFER", "NEVER_HEARD_OF"),
    }
    payloads = ("", "{}", "[]", "null", '"x"', '{"size": 1e400}', "[" * 10_000, "\x00\u202e%s{0}")
    for category in categories:
        poisons = [Said(payload, "", person(3), category=category) for payload in payloads]
        await wire.say(*poisons, ping(f"after {category}", BEN))
        await wire.until_done()

    assert [each for each in verdict(wire.journal) if "acknowledged" in each] == []
    assert len([text for text in wire.journal.texts() if text.startswith("pong after")]) == len(categories)
    assert len(wire.attempts) == 1
    assert not service.lines("handler.crashed")


async def test_T3_T4_spoofs_receipts_and_echoes_say_nothing(wire: Wire, service: Service) -> None:
    """System messages made up by somebody, receipts and our own words coming back are never answered."""
    await _met(wire, service)
    before = len(wire.journal.visible)
    spoofs = [
        Said(json.dumps(payload), "", who, conversation_id=chat, category=category)
        for category, payload in SYSTEM.items()
        for who, chat in ((ANN, ""), (BEN, GROUP))
    ]
    await wire.say(*spoofs)
    await wire.until_done()
    receipts = [Said("/ping echo", "", ANN, category=category) for category in ("PLAIN_TEXT", "PLAIN_POST", "")]
    for said in receipts:
        for sender in (ANN, BOT_ID, ""):
            view = said.view() | {"user_id": sender}
            await wire.line.send(frame("ACKNOWLEDGE_MESSAGE_RECEIPT", view | {"status": "READ"}))
            await wire.line.send(frame("CREATE_MESSAGE", view | {"source": "ACKNOWLEDGE_MESSAGE_RECEIPT"}))
            await wire.line.send(frame("CREATE_MESSAGE", view | {"conversation_id": ""}))
        echo = Said(said.text, "", BOT_ID, said.conversation_id, said.category or "PLAIN_TEXT")
        await wire.line.send(frame("CREATE_MESSAGE", echo.view()))
        wire.journal.said[echo.id] = echo
    await wire.say(ping("and now", BEN))
    await wire.until_done()

    assert wire.journal.texts()[2:] == ["pong and now"]
    assert len(wire.journal.visible) == before + 1
    assert set(wire.journal.acked).isdisjoint(said.id for said in receipts)


async def test_T1_T2_a_stranger_an_impostor_and_a_group_get_no_admin_command(
    wire: Wire, make_service: MakeService
) -> None:
    """Admin commands work for the admin in person in the conversation of two; to all others they do not exist."""
    service = make_service(wire, MIXBOT_ADMINS=ANN)
    await service.start()
    await wire.until(lambda: wire.journal.count(f"GET /users/{ANN}") > 0)
    await wire.say(ping("hello", ANN), ping("hello", BEN))
    await wire.until_done()
    await wire.say(Said("/stats", "People: ", ANN))
    await wire.until_done()
    start = len(wire.journal.texts())
    await wire.say(
        Said("/stats", "I don't know", BEN),
        Said("/stats", "", ANN, GROUP),
        Said("/stats", "I don't know", ANN, more={"representative_id": BEN}),
        Said("# stats\n/stats", "", ANN, category="PLAIN_POST"),
    )
    await wire.until_done()

    assert not any("People: " in text for text in wire.journal.texts()[start:])
    assert [each for each in verdict(wire.journal) if "answered" in each] == []


@pytest.mark.timeout(60 + FRAMES // 500)
def test_T12_mutated_frames_end_nothing() -> None:
    """However a frame is bent, cut or repeated, decoding it ends, takes no memory, and the next proper one is read."""
    chance = random.Random(12)
    samples = [
        ping("x").frame("CREATE_MESSAGE"),
        frame("ERROR", error={"code": 500}),
        frame("CREATE_MESSAGE", [ping("y").view()]),
    ]
    samples += [hostile(kind, ping("z")) for kind in KINDS if len(hostile(kind, ping("z"))) < 2000]
    proper, slowest_s = ping("proper").frame("CREATE_MESSAGE"), 0.0
    decode(proper, BOT_ID)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(FRAMES):
        mutant = _mutated(chance, chance.choice(samples))
        began_at = time.process_time()
        decode(mutant, BOT_ID)
        slowest_s = max(slowest_s, time.process_time() - began_at)

    assert len(decode(proper, BOT_ID)) == 1
    assert slowest_s < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 16 * 1024


def _mutated(chance: random.Random, sample: bytes) -> bytes:
    """Some bytes changed, left out or put in: of the frame, or of the text within."""
    outside = chance.random() < 0.3
    try:
        data = bytearray(sample if outside else zlib.decompressobj(31).decompress(sample, 10_000))
    except zlib.error:
        data, outside = bytearray(sample), True
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.randrange(4)] = chance.choice(
            (b"", chance.randbytes(2), b'"', b"}", b"[", b"\\u", b"1e9")
        )
    return bytes(data) if outside else gzipped(bytes(data))
