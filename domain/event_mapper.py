"""The eventsourcing library's way from events to what its recorders hold, and back, by our codec."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import Mapper, StoredEvent
from typing_extensions import override

from domain.event_codec import from_stored_event, to_stored_event
from domain.events import SessionEvent


class EventMapper(Mapper[UUID]):
    """Its events are validated and whole; those of the library's own mapper can only be applied to an aggregate."""

    @override
    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        return to_stored_event(cast("SessionEvent", domain_event))

    @override
    def to_domain_event(self, stored_event: StoredEvent) -> SessionEvent:
        return from_stored_event(stored_event)
