"""Traces, as a collector receives them: one for each message, from its arrival to its acknowledgement."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.e2e.conftest import MakeService
from tests.e2e.views import ANN, ping
from tests.e2e.wire import Answer, Wire


@dataclass
class Collector:
    """Speaks OpenTelemetry's own protocol over HTTP; keeps what it was sent."""

    port: int = 0
    raw: bytes = b""
    spans: list["Span"] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def take(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.path == "/v1/traces"
        body = await request.read()
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(map(Span.of, scope.spans))
        self.came.set()
        return web.Response(body=b"", content_type="application/x-protobuf")

    async def until(self, good: Callable[[list["Span"]], bool]) -> None:
        async with asyncio.timeout(30):
            while not good(self.spans):
                self.came.clear()
                await self.came.wait()


@dataclass(frozen=True)
class Span:
    """As it travelled; instants in nanoseconds."""

    name: str
    trace_id: str
    id: str
    parent_id: str
    began: int
    ended: int
    failed: bool
    facts: dict[str, object]

    @classmethod
    def of(cls, span: Any) -> "Span":
        facts = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}
        return cls(
            span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(),
            span.start_time_unix_nano, span.end_time_unix_nano, span.status.code == 2, facts,
        )  # fmt: skip


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    opened = Collector()
    runner = web.ServerRunner(web.Server(opened.take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    opened.port = runner.addresses[0][1]
    yield opened
    await runner.cleanup()


async def test_one_message_is_one_trace_from_its_frame_to_its_acknowledgement(
    wire: Wire, make_service: MakeService, collector: Collector
) -> None:
    """Waited, handled, sent (twice, since the API was away once), acknowledged; under the message's own id."""
    service = make_service(wire, MIXBOT_TRACING_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100")
    answers = iter([Answer(503, b"", accept=False)])
    wire.weather = lambda path: next(answers, Answer()) if path == "/messages" else Answer()
    await service.start()
    said = ping("secret words")
    await wire.say(said)
    await wire.until_done()
    await service.stop()

    await collector.until(lambda spans: any(span.name == "message" for span in spans))
    spans = [span for span in collector.spans if span.trace_id == said.id.replace("-", "")]
    (root,) = [span for span in spans if not span.parent_id]
    steps = sorted((span for span in spans if span.parent_id), key=lambda span: (span.began, span.ended))
    assert {span.parent_id for span in steps} == {root.id}
    assert [(span.name, span.failed) for span in steps] == [
        ("wait", False), ("handle", False), ("send", True), ("send", False), ("acknowledge", False),
    ]  # fmt: skip
    assert root.began <= steps[0].began
    assert root.ended >= steps[-1].ended
    assert root.facts["messaging.message.id"] == said.id
    assert root.facts["mixbot.command"] == "ping"
    assert steps[2].facts["error.type"] == "Unavailable"
    assert b"secret words" not in collector.raw
    assert ANN.encode() not in collector.raw


async def test_only_the_share_that_is_wanted_is_traced(
    wire: Wire, make_service: MakeService, collector: Collector
) -> None:
    """Half of two hundred, give or take; which ones follows from their ids."""
    service = make_service(wire, MIXBOT_TRACING_ENDPOINT=collector.url, MIXBOT_TRACING_SAMPLE="0.5")
    await service.start()
    await wire.say(*(ping(f"m{number}") for number in range(200)))
    await wire.until_done()
    await service.stop()

    roots = {span.trace_id for span in collector.spans if span.name == "message"}
    assert 50 < len(roots) < 150
    assert all(int(one[-12:], 16) < 2**47 for one in roots)


async def test_a_collector_that_is_away_delays_nobody(wire: Wire, make_service: MakeService) -> None:
    """People are answered, and the process ends in time."""
    service = make_service(wire, MIXBOT_TRACING_ENDPOINT="http://127.0.0.1:9")
    await service.start()
    await wire.say(ping("here"))
    await wire.until_done()
    began = time.monotonic()
    await service.stop()

    assert time.monotonic() - began < 8


async def test_without_its_packages_tracing_says_what_to_install(
    wire: Wire, make_service: MakeService, tmp_path: Path
) -> None:
    """Exit code 2 and MB360, where they are wanted; nothing is said where they are not."""
    (tmp_path / "nothing" / "opentelemetry").mkdir(parents=True)
    (tmp_path / "nothing" / "opentelemetry" / "__init__.py").write_text("raise ImportError('not installed')")
    root = str(Path(__file__).parents[2])
    service = make_service(
        wire, MIXBOT_TRACING_ENDPOINT="http://127.0.0.1:9", PYTHONPATH=f"{tmp_path / 'nothing'}:{root}"
    )
    service.launch(fresh=True)

    assert await service.ended() == 2
    assert "MB360" in service.last_words()
    assert "--setup tracing" in service.last_words()
