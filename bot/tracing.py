"""One trace for each message, from its arrival to its acknowledgement; off unless somebody names a collector.

The trace's id is the message's id without hyphens, so whoever has one finds the other; a message that comes again goes
on with its trace. What people say and who they are is in none. OpenTelemetry is an extra, loaded only when it is used.

Source: OpenTelemetry's semantic conventions for messaging
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from bot.errors import ServiceError, SetupError
from bot.flood import Verdict
from bot.message import Message, Text
from bot.outbox import Parcel
from bot.parser import parse
from bot.runner import Runner
from bot.timelimit import Clock

log = structlog.get_logger()

MISSING = "MB360"
"""Tracing is wanted, and its packages are not installed."""

MOST = 10_000
"""Messages that are traced at the same time; beyond, the oldest one's trace is ended."""
CHANCE_BITS = 48
"""So many of a message's id decide whether it is traced: the same whenever it comes."""
FLUSH_S = 3.0
"""How long the end of the process waits for a collector."""


@dataclass(frozen=True, slots=True)
class TracingOptions:
    """`endpoint`: a collector that speaks OTLP over HTTP; empty: none. `sample`: the share of messages, from 0 to 1."""

    endpoint: str = ""
    sample: float = 1.0


@dataclass(slots=True)
class _Trace:
    """A message on its way: its outermost span, and the replies that are not yet accepted, which are kept by their
    place in memory: the very same bytes are posted.
    """

    span: Any
    bodies: Sequence[bytes] = field(default=())


class Traces:
    """What is under way in one bot; also the `bot.outbox.Probe` of its outbox."""

    def __init__(self, tracer: Any, ids: "_Ids", api: Any, system: str, sample: float) -> None:
        self._tracer = tracer
        self._ids = ids
        self._api = api
        self._system = system
        self._most_chance = int(sample * 2**CHANCE_BITS)
        self._under_way: OrderedDict[str, _Trace] = OrderedDict()
        self._by_body: dict[int, _Trace] = {}

    def runner(self, *parts: Any) -> "TracedRunner":
        """A runner whose messages are traced."""
        return TracedRunner(self, *parts)

    @contextmanager
    def handling(self, message: Message, arrived_at: float, command: str) -> Iterator[list[Parcel]]:
        """While a message is handled; the block appends its answer."""
        number = int(message.id.replace("-", ""), 16)
        if number % 2**CHANCE_BITS >= self._most_chance:
            yield []
            return
        now, waited_ns = time.time_ns(), int((time.monotonic() - arrived_at) * 1e9)
        self._ids.next = number
        span = self._tracer.start_span(
            "message",
            kind=self._api.SpanKind.CONSUMER,
            start_time=now - waited_ns,
            attributes={
                "messaging.system": self._system,
                "messaging.message.id": message.id,
                "mixbot.content": type(message.content).__name__,
                "mixbot.command": command,
                "mixbot.backlog": message.backlog,
            },
        )
        trace = _Trace(span)
        self._child(trace, "wait", start_time=now - waited_ns).end(now)
        handle = self._child(trace, "handle")
        answer: list[Parcel] = []
        try:
            yield answer
        finally:
            handle.set_attribute("mixbot.replies", sum(len(parcel.bodies) for parcel in answer))
            handle.end()
            if answer:
                self._keep(message.id, trace, answer[0].bodies)
            else:
                span.end()

    @contextmanager
    def posting(self, bodies: Sequence[bytes]) -> Iterator[None]:
        """One attempt to hand replies over."""
        found = (self._by_body.get(id(body)) for body in bodies)
        traces = list({id(trace): trace for trace in found if trace is not None}.values())
        facts = {"messaging.operation.type": "send", "messaging.batch.message_count": len(bodies)}
        with self._together(traces, "send", facts):
            yield
        for body in bodies:
            self._by_body.pop(id(body), None)

    @contextmanager
    def acknowledging(self, message_ids: Sequence[str]) -> Iterator[None]:
        """One attempt to acknowledge; where it succeeds, these traces are complete."""
        traces = [trace for message_id in message_ids if (trace := self._under_way.get(message_id)) is not None]
        facts = {"messaging.operation.type": "settle", "messaging.batch.message_count": len(message_ids)}
        with self._together(traces, "acknowledge", facts):
            yield
        for message_id in message_ids:
            if (trace := self._under_way.pop(message_id, None)) is not None:
                self._end(trace)

    def end_all(self) -> None:
        """What is not acknowledged now will come again, and its trace with it."""
        while self._under_way:
            self._end(self._under_way.popitem(last=False)[1])

    def _keep(self, message_id: str, trace: _Trace, bodies: Sequence[bytes]) -> None:
        if len(self._under_way) >= MOST:
            self._end(self._under_way.popitem(last=False)[1])
        trace.bodies = bodies
        self._under_way[message_id] = trace
        self._by_body.update((id(body), trace) for body in bodies)

    def _end(self, trace: _Trace) -> None:
        for body in trace.bodies:
            self._by_body.pop(id(body), None)
        trace.span.end()

    @contextmanager
    def _together(self, traces: Sequence[_Trace], name: str, facts: Mapping[str, Any]) -> Iterator[None]:
        """The same span in each trace, since one request serves many messages."""
        spans = [self._child(trace, name, attributes=facts) for trace in traces]
        try:
            yield
        except BaseException as error:
            for span in spans:
                self._failed(span, error)
            raise
        finally:
            for span in spans:
                span.end()

    def _child(self, trace: _Trace, name: str, **how: Any) -> Any:
        return self._tracer.start_span(name, self._api.set_span_in_context(trace.span), **how)

    def _failed(self, span: Any, error: BaseException) -> None:
        """The kind and the code of an error; its text may quote what somebody wrote."""
        span.set_attribute("error.type", type(error).__name__)
        if isinstance(error, ServiceError):
            span.set_attribute("mixbot.code", error.code)
            span.set_attribute("mixbot.request_id", error.request_id)
        span.set_status(self._api.StatusCode.ERROR)


class TracedRunner(Runner):
    """The runner, with a trace for each message."""

    def __init__(self, traces: Traces, *parts: Any) -> None:
        super().__init__(*parts)
        self._traces = traces

    async def handle(self, message: Message, arrived_at: float, verdict: Verdict, clock: Clock) -> Parcel:
        content = message.content
        word = parse(content.text, self._services.number).word if isinstance(content, Text) else ""
        command = self._commands.find(word)
        with self._traces.handling(message, arrived_at, command.name if command is not None else "") as answer:
            parcel = await super().handle(message, arrived_at, verdict, clock)
            answer.append(parcel)
        return parcel


@asynccontextmanager
async def open_tracing(options: TracingOptions, *, system: str, version: str) -> AsyncIterator[Traces | None]:
    """Traces of one bot, sent to the collector now and then; nothing without one.

    Raises:
        SetupError: MB360, the packages of the extra `tracing` are missing.
    """
    if not options.endpoint:
        yield None
        return
    try:
        from opentelemetry import trace as api
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SetupError(
            MISSING,
            "Traces are wanted, but OpenTelemetry is not installed. Run: python3 demo.py --setup tracing. "
            "Or leave MIXBOT_TRACING_ENDPOINT empty.",
        ) from None
    ids = _Ids()
    provider = TracerProvider(
        resource=Resource({"service.name": "mixbot", "service.version": version}),
        shutdown_on_exit=False,
        id_generator=ids,  # type: ignore[arg-type,unused-ignore]  # its class is known only where the extra is installed
    )
    exporter = OTLPSpanExporter(endpoint=f"{options.endpoint}/v1/traces", timeout=FLUSH_S)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    traces = Traces(provider.get_tracer("mixbot", version), ids, api, system, options.sample)
    log.info("tracing.on", endpoint=options.endpoint, sample=options.sample)
    try:
        yield traces
    finally:
        traces.end_all()
        await _shut_down(provider)


async def _shut_down(provider: Any) -> None:
    """Send what is left; a collector that is away keeps nobody waiting."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        provider.shutdown()
        if not loop.is_closed():
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=work, name="tracing", daemon=True).start()
    try:
        async with asyncio.timeout(FLUSH_S):
            await done.wait()
    except TimeoutError:
        log.warning("tracing.not_sent")


class _Ids:
    """Span ids at random; the trace's is that of the message that was named before."""

    def __init__(self) -> None:
        import random

        self._chance = random.SystemRandom()
        self.next = 0

    def generate_span_id(self) -> int:
        return self._chance.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        return self.next or 1

    def is_trace_id_random(self) -> bool:
        return True
