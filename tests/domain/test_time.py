"""Time in a stream never runs backwards, whichever clock decides."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from domain.events import Event
from tests.domain.scenario import CAMPAIGN, DM, NOW, STAGED, START, reveal

SECOND = timedelta(seconds=1)


def decided_at(aggregate: SessionAggregate, *seconds: int) -> list[int]:
    """When the events were recorded of commands that came when a clock showed these seconds."""
    events: list[Event] = []
    for n, at in enumerate(seconds):
        metadata = CommandMetadata(DM, NOW + at * SECOND, uuid4)
        events += aggregate.handle(reveal(f"{n},0"), CommandContext(players=()), metadata)
    return [(event.timestamp - NOW) // SECOND for event in events]


def test_a_clock_that_is_set_back_repeats_its_latest_time() -> None:
    """Until it is there again."""
    assert decided_at(SessionAggregate.at(CAMPAIGN), 5, 6, 2, 3, 6, 9, 8) == [5, 6, 6, 6, 6, 9, 9]


def test_the_clock_of_somebody_else_was_ahead() -> None:
    """What is in the log already counts as well."""
    aggregate = SessionAggregate.at(CAMPAIGN, 7, latest=NOW + 4 * SECOND)
    assert decided_at(aggregate, 1, 4, 5) == [4, 4, 5]


def test_no_command_is_left_out() -> None:
    """Whatever it is, and however many events it has."""
    aggregate = SessionAggregate.at(CAMPAIGN, latest=NOW + SECOND)
    for command in (START, STAGED, reveal("1,1")):
        aggregate.handle(command, CommandContext(players=(), max_staged=3), CommandMetadata(DM, NOW, uuid4))
    assert {event.timestamp for event in aggregate.pending_events} == {NOW + SECOND}
