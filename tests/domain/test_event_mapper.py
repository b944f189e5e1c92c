"""Events in the eventsourcing library's shape, by our mapper and by its own."""

from __future__ import annotations

import json
from typing import get_args
from uuid import UUID

import pytest
from eventsourcing.domain import OriginatorVersionError
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from eventsourcing.utils import resolve_topic

from domain.event_codec import from_stored_event, to_stored_event
from domain.event_mapper import EventMapper
from domain.events import Event, SessionEvent
from domain.store import EventRejected, UnreadableEvent
from tests.domain.scenario import CAMPAIGN
from tests.domain.store.streams import discard, map_part, reveal, start

EVENTS = [reveal(CAMPAIGN, 1, "mine"), discard(CAMPAIGN, 1, "end"), map_part(CAMPAIGN, 1, hexes=3), start(CAMPAIGN, 1)]


@pytest.mark.parametrize("event", get_args(Event))
def test_the_library_knows_every_topic(event: type[SessionEvent]) -> None:
    assert resolve_topic(event.TOPIC) is event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_events_come_back_whole(event: Event) -> None:
    mapper = EventMapper(JSONTranscoder())
    stored = mapper.to_stored_event(event)
    assert (stored.originator_id, stored.originator_version, stored.topic) == (CAMPAIGN, 1, event.TOPIC)
    assert mapper.to_domain_event(stored) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TOPIC)
def test_the_librarys_own_mapper_finds_all_fields(event: Event) -> None:
    """Of the types that ours have."""
    mapper: Mapper[UUID] = Mapper(JSONTranscoder())
    mapped = mapper.to_domain_event(to_stored_event(event))
    assert type(mapped) is type(event)
    assert vars(mapped) == vars(event)


def test_the_stream_and_the_version_are_those_of_the_stored_event() -> None:
    """Whatever its state says."""
    state = json.loads(to_stored_event(reveal(CAMPAIGN, 1)).state) | {"originator_version": 7, "originator_id": "x"}
    event = from_stored_event(StoredEvent(CAMPAIGN, 2, "hexes_revealed", json.dumps(state).encode()))
    assert (event.originator_id, event.originator_version) == (CAMPAIGN, 2)


def test_a_stream_is_read_from_its_first_event() -> None:
    """An aggregate of the rest of a stream would not be that of the stream."""
    with pytest.raises(OriginatorVersionError):
        reveal(CAMPAIGN, 2).mutate(None)


@pytest.mark.parametrize(
    ("topic", "state", "message"),
    [
        ("hexes_revealed", b"{}", "event 1 of .* lacks an envelope"),
        ("hexes_revealed", b"[]", "lacks an envelope"),
        ("hexes_revealed", b'{"schema_version": "one"}', "lacks an envelope"),
        ("hexes_revealed", b"[1]", "lacks an envelope"),
        ("os", None, "the unknown topic os"),
        ("session_started", None, "has the unknown field hex_keys"),
    ],
)
def test_what_is_no_event_is_named(topic: str, state: bytes | None, message: str) -> None:
    if state is None:
        state = to_stored_event(reveal(CAMPAIGN, 1)).state
    with pytest.raises(UnreadableEvent, match=message):
        EventMapper(JSONTranscoder()).to_domain_event(StoredEvent(CAMPAIGN, 1, topic, state))


def test_text_that_no_store_takes_is_refused() -> None:
    with pytest.raises(EventRejected, match="hexes_revealed can't be written"):
        to_stored_event(reveal(CAMPAIGN, 1, "\ud800"))
