"""The made-up events of the eventsourcing library's tests, in events of ours.

Our log takes no topic and no bytes that it does not know, and begins to count at 1, where these tests count from 0.
So a recorder of ours gets each of their events as one of ours that carries its text, and gives it back as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import Notification, StoredEvent
from typing_extensions import override

from domain.event_codec import from_stored_event, to_stored_event
from domain.events import (
    ChangeStaged,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    SessionEvent,
    SessionStarted,
)
from domain.postgres.recorder import LogRecorder
from tests.domain.store.streams import DM, NOW


class Carrier(NamedTuple):
    """An event of ours with a place for text."""

    event: type[SessionEvent]
    fields: Callable[[str], dict[str, Any]]
    text: Callable[[Any], str]


CARRIERS = {
    "topic": Carrier(PlayerJoined, lambda text: {"player_id": text}, lambda event: event.player_id),
    "topic1": Carrier(PlayerLeft, lambda text: {"player_id": text}, lambda event: event.player_id),
    "topic2": Carrier(SessionStarted, lambda text: {"number": 1, "present": [text]}, lambda event: event.present[0]),
    "topic3": Carrier(
        HexesRevealed, lambda text: {"hex_keys": [], "audience": [text]}, lambda event: event.audience[0]
    ),
    "topic4": Carrier(HexesUpdated, lambda text: {"changes": [("0,0", text)]}, lambda event: event.changes[0][1]),
    "non-interleaving-test-event": Carrier(
        ChangeStaged,
        lambda text: {"change": {"kind": "reveal", "hex_keys": [], "audience": [text]}},
        lambda event: event.change.audience[0],
    ),
}
MADE_UP = {carrier.event.TOPIC: topic for topic, carrier in CARRIERS.items()}

Stored = TypeVar("Stored", bound=StoredEvent)


class MadeUpRecorder(LogRecorder):
    """Ours, but for the events."""

    @override
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        return super().insert_events([_carried(one) for one in stored_events], **kwargs)

    @override
    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        after, up_to = (None if version is None else version + 1 for version in (gt, lte))
        found = super().select_events(originator_id, gt=after, lte=up_to, desc=desc, limit=limit)
        return [_made_up(one) for one in found]

    @override
    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        ours = [CARRIERS[topic].event.TOPIC for topic in topics]
        found = super().select_notifications(start, limit, stop, ours, inclusive_of_start=inclusive_of_start)
        return [_made_up(one) for one in found]


class MadeUpAggregateRecorder(MadeUpRecorder):
    """As an aggregate recorder, which has no positions to tell."""

    @override
    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


def _carried(stored: StoredEvent) -> StoredEvent:
    carrier = CARRIERS[stored.topic]
    event = carrier.event.model_validate(
        {
            "originator_id": stored.originator_id,
            "originator_version": stored.originator_version + 1,
            "timestamp": NOW,
            "event_id": uuid4(),
            "actor": DM,
            "session_id": None,
            "command_id": None,
            **carrier.fields(stored.state.decode()),
        }
    )
    return to_stored_event(event)


def _made_up(stored: Stored) -> Stored:
    topic = MADE_UP[stored.topic]
    text = CARRIERS[topic].text(from_stored_event(stored))
    return replace(stored, originator_version=stored.originator_version - 1, topic=topic, state=text.encode())
