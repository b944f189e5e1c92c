"""Which commands are traced: a share of them, and the same ones on every server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from domain.commands import PauseSession
from domain.events import Event, SessionPaused
from domain.ids import CampaignId, EventId, UserId
from transport.observability import traces
from transport.observability.traces import GivenIds, Traces
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.command_observer import Times

CAMPAIGN, DM = CampaignId(UUID(int=1)), UserId("dm")
TIMES = Times(10, 20, 30)
COMMANDS = 400


class Server:
    """What it traced."""

    def __init__(self, share: float) -> None:
        self._exporter = InMemorySpanExporter()
        ids = GivenIds()
        self._provider = TracerProvider(id_generator=ids, shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.traces = Traces(share, self._provider, ids)

    def answers(self, event: Event | None, outcome: Outcome = None) -> None:
        pending = PendingCommand(PauseSession(type="session:pause"), DM, lambda _: None)
        events = [event] if event is not None else []
        self.traces.answered(CAMPAIGN, pending, event.event_id if event else outcome, events, TIMES)

    def hears(self, *events: Event) -> None:
        self.traces.heard(CAMPAIGN, events, 40, 50)

    def names(self) -> Iterator[tuple[int, str]]:
        """Trace and name of each span."""
        for span in self._exporter.get_finished_spans():
            assert span.context is not None
            yield span.context.trace_id, span.name

    def spans(self) -> dict[str, tuple[int | None, int | None]]:
        """When each began and ended."""
        return {span.name: (span.start_time, span.end_time) for span in self._exporter.get_finished_spans()}


def an_event(timestamp: datetime | None = None, version: int = 1) -> Event:
    return SessionPaused(
        originator_id=CAMPAIGN,
        originator_version=version,
        timestamp=timestamp or datetime.now(UTC),
        event_id=EventId(uuid4()),
        actor=DM,
        session_id=None,
        command_id=None,
    )


@pytest.mark.parametrize(("share", "fewest", "most"), [(1.0, COMMANDS, COMMANDS), (0.25, 50, 150)])
def test_servers_trace_the_same_commands(share: float, fewest: int, most: int) -> None:
    """A share of them; what one server decided and traced, the other that heard of it traces too, and nothing else."""
    here, there = Server(share), Server(share)
    for _ in range(COMMANDS):
        event = an_event()
        here.answers(event)
        there.hears(event)
    decided = {trace for trace, name in here.names() if name == "session:pause"}
    assert fewest <= len(decided) <= most
    assert {trace for trace, _ in there.names()} == decided


def test_refusals_are_traced_in_the_same_share() -> None:
    """They have no event: each gets a trace of its own."""
    server = Server(0.25)
    for _ in range(COMMANDS):
        server.answers(None)
    names = [name for _, name in server.names()]
    assert set(names) == {"session:pause", "wait"}
    assert 50 <= names.count("session:pause") <= 150


def test_a_command_of_several_events_is_one_trace() -> None:
    """It is named for its last event, also by a server that hears of them."""
    server, now = Server(1.0), datetime.now(UTC)
    first, last, other = an_event(now), an_event(now, 2), an_event(version=3)
    server.hears(first, last, other)
    assert list(server.names()) == [(last.event_id.int, "hear"), (other.event_id.int, "hear")]


def test_spans_last_as_long_as_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the clock shows; they lie where it shows them."""
    monkeypatch.setattr(traces, "time_ns", lambda: 5_000_000)
    monkeypatch.setattr(traces, "monotonic_ns", lambda: 1_000)
    server = Server(1.0)
    server.answers(an_event())
    server.hears(an_event())
    at = 5_000_000 - 1_000
    assert server.spans() == {
        "session:pause": (at + 10, at + 30),
        "wait": (at + 10, at + 10),
        "append": (at + 10, at + 20),
        "tell": (at + 20, at + 30),
        "hear": (at + 40, at + 50),
    }
