"""The eventsourcing library rebuilds our aggregate from our log."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from eventsourcing.application import AggregateNotFoundError, Repository
from eventsourcing.persistence import EventStore, JSONTranscoder, Mapper
from eventsourcing.popo import POPOAggregateRecorder
from hypothesis import given

from domain.aggregate import SessionAggregate
from domain.event_codec import to_stored_event
from domain.event_mapper import EventMapper
from tests.laws.evenings import Evening, evenings


def the_librarys() -> Mapper[UUID]:
    return Mapper(JSONTranscoder())


def ours() -> Mapper[UUID]:
    return EventMapper(JSONTranscoder())


@pytest.mark.parametrize("mapper", [the_librarys, ours])
@given(evening=evenings())
def test_its_repository_has_the_table_of_each_version(mapper: Callable[[], Mapper[UUID]], evening: Evening) -> None:
    """With its own mapper and with ours: the table that decided, and at an earlier version the one of then."""
    recorder = POPOAggregateRecorder()
    recorder.insert_events([to_stored_event(event) for event in evening.events])
    repository = Repository(EventStore(mapper(), recorder))
    campaign, newest = evening.aggregate.id, evening.aggregate.version
    if not newest:
        with pytest.raises(AggregateNotFoundError):
            repository.get(campaign)
        return
    rebuilt: SessionAggregate = repository.get(campaign)
    assert (rebuilt.id, rebuilt.version, rebuilt.table) == (campaign, newest, evening.aggregate.table)
    assert rebuilt.modified_on == evening.aggregate.modified_on
    assert rebuilt.created_on == evening.events[0].timestamp
    half: SessionAggregate = repository.get(campaign, version=(newest + 1) // 2)
    assert half.table == evening.rooms[half.version].table
