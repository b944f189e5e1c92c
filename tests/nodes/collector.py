"""A collector of traces, as OpenTelemetry's exporters speak to one over HTTP."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SECONDS = 10.0


@dataclass(frozen=True)
class Span:
    """What is asked about one; ids in hexadecimal, times in nanoseconds since 1970."""

    node: str
    service: str
    name: str
    trace: str
    id: str
    parent: str
    start: int
    end: int
    is_error: bool
    attributes: dict[str, str | int]


@dataclass
class Collector:
    """Keeps what arrives."""

    spans: list[Span] = field(default_factory=list)
    raw: bytes = b""
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def of_trace(self, trace: str, spans: int) -> list[Span]:
        """Those of one trace, when so many have arrived; in the order in which they began."""
        async with asyncio.timeout(SECONDS):
            while len(found := [span for span in self.spans if span.trace == trace]) < spans:
                self._came.clear()
                await self._came.wait()
        return sorted(found, key=lambda span: (span.start, -span.end))

    async def named(self, name: str, **attributes: str) -> Span:
        """The first with this name and these attributes, when it has arrived."""
        wanted = {f"fogbound.{key}": value for key, value in attributes.items()}.items()
        async with asyncio.timeout(SECONDS):
            while True:
                for span in self.spans:
                    if span.name == name and wanted <= span.attributes.items():
                        return span
                self._came.clear()
                await self._came.wait()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            server = _values(resource.resource.attributes)
            for scope in resource.scope_spans:
                self.spans += [_span(server, sent) for sent in scope.spans]
        self._came.set()
        return web.Response()


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    """A collector, and what OTEL_EXPORTER_OTLP_ENDPOINT is to be."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector._take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield collector, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _span(server: dict[str, Any], sent: Any) -> Span:
    return Span(
        node=server["service.instance.id"],
        service=server["service.name"],
        name=sent.name,
        trace=sent.trace_id.hex(),
        id=sent.span_id.hex(),
        parent=sent.parent_span_id.hex(),
        start=sent.start_time_unix_nano,
        end=sent.end_time_unix_nano,
        is_error=sent.status.code == 2,
        attributes=_values(sent.attributes),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {
        one.key: one.value.int_value if one.value.HasField("int_value") else one.value.string_value
        for one in attributes
    }
