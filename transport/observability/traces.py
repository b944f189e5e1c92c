"""Traces for OpenTelemetry: one for each command, to which every server adds what it did.

Nothing travels between the servers for it: the trace's id is that of the event, and the first span's id its second
half. So whoever has an event id has the trace, and whoever reads the log knows where to add a span.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import monotonic_ns, time_ns
from uuid import UUID, uuid4

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from typing_extensions import override

from domain.events import Event
from domain.ids import CampaignId
from domain.refusals import Refused
from domain.store import EngineError
from transport.rooms.command import Outcome, PendingCommand, result_of, type_of
from transport.rooms.command_observer import Times, by_command

_RANDOM = 1 << 56
"""The last 56 bits of an event's id are random, as W3C's Trace Context asks of those that samplers go by."""

_HALF = (1 << 64) - 1

LAST_SECONDS = 1.0
"""For which a server that ends tries to send what is left."""


class Traces:
    """A transport.rooms.command_observer.CommandObserver. Traces `share` of the commands, on every server the same."""

    def __init__(self, share: float, provider: TracerProvider, ids: GivenIds) -> None:
        self._bound = round(share * _RANDOM)
        self._tracer = provider.get_tracer("fogbound")
        self._ids = ids

    def answered(
        self, campaign: CampaignId, pending: PendingCommand, outcome: Outcome, events: Sequence[Event], times: Times
    ) -> None:
        id_ = events[-1].event_id if events else uuid4()
        if not self._is_traced(id_):
            return
        taken, decided, stored, told = _since_1970(pending.taken or times.decided, *times)
        self._ids.for_first = id_.int
        first = self._tracer.start_span(
            type_of(pending.command),
            kind=SpanKind.SERVER,
            attributes={
                "fogbound.campaign": str(campaign),
                "fogbound.outcome": result_of(outcome),
                **({"fogbound.command": pending.command_id} if pending.command_id is not None else {}),
                **({"fogbound.code": outcome.code} if isinstance(outcome, Refused) else {}),
                **(_of_the_event(events[-1], len(events)) if events else {}),
            },
            start_time=taken,
        )
        if isinstance(outcome, EngineError):
            first.set_status(StatusCode.ERROR)
        inside = set_span_in_context(first)
        self._tracer.start_span("wait", inside, start_time=taken).end(decided)
        if events:
            self._tracer.start_span("append", inside, SpanKind.CLIENT, start_time=decided).end(stored)
            self._tracer.start_span("tell", inside, start_time=stored).end(told)
        first.end(told)

    def heard(self, campaign: CampaignId, events: Sequence[Event], asked: int, told: int) -> None:
        begin, end = _since_1970(asked, told)
        for event, caused in by_command(events):
            if self._is_traced(event.event_id):
                first = SpanContext(
                    event.event_id.int, event.event_id.int & _HALF, is_remote=True, trace_flags=TraceFlags(1)
                )
                self._tracer.start_span(
                    "hear",
                    set_span_in_context(NonRecordingSpan(first)),
                    SpanKind.CONSUMER,
                    {"fogbound.campaign": str(campaign), **_of_the_event(event, caused)},
                    start_time=begin,
                ).end(end)

    def _is_traced(self, id_: UUID) -> bool:
        return id_.int % _RANDOM < self._bound


@asynccontextmanager
async def tracing(share: float, node: UUID) -> AsyncIterator[Traces]:
    """Sends them where OTEL_EXPORTER_OTLP_ENDPOINT says, from a thread; what is left at the end of the block too.

    What can't be sent is dropped: nobody at a table waits for a collector.
    """
    exporter = OTLPSpanExporter()
    ids = GivenIds()
    resource = Resource({"service.name": "fogbound", "service.instance.id": str(node)}).merge(
        OTELResourceDetector().detect()
    )
    provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=ids)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Traces(share, provider, ids)
    finally:
        ending = asyncio.create_task(asyncio.to_thread(provider.shutdown))
        await asyncio.wait([ending], timeout=LAST_SECONDS)
        if not ending.done():
            # Ends its tries to reach a collector that is away.
            exporter.shutdown()  # type: ignore[no-untyped-call]  # it has no types
        await ending


class GivenIds(RandomIdGenerator):
    """Random ones, but for the first span of a trace whose id is set before."""

    def __init__(self) -> None:
        self.for_first = 0

    @override
    def generate_span_id(self) -> int:
        given, self.for_first = self.for_first, 0
        return given & _HALF or super().generate_span_id()

    @override
    def generate_trace_id(self) -> int:
        # Asked for before the span's: that one forgets it.
        return self.for_first or super().generate_trace_id()


def _since_1970(*times: int) -> list[int]:
    """As OpenTelemetry wants them. All by the same look at the clock, which somebody may set between two looks."""
    offset = time_ns() - monotonic_ns()
    return [one + offset for one in times]


def _of_the_event(event: Event, caused: int) -> dict[str, str | int]:
    return {
        "fogbound.event": str(event.event_id),
        "fogbound.version": event.originator_version,
        "fogbound.events": caused,
    }
