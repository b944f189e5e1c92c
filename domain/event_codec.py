"""Events as rows of the log, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast, get_args
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json

from domain.events import ENVELOPE, Event, SessionEvent
from domain.store import EventRejected, UnreadableEvent
from domain.upcasting import UPCASTERS, Upcaster, upcast

EVENT_CLASSES: dict[str, type[SessionEvent]] = {event.TOPIC: event for event in get_args(Event)}
"""By topic."""

_ENVELOPE = set(ENVELOPE)  # pydantic wants a set, not a frozen one


class EventRow(NamedTuple):
    """An event as the log's columns hold it; `data` is a JSON object of the fields beyond the envelope, in UTF-8."""

    campaign_id: UUID
    version: int
    event_id: UUID
    type: str
    schema_version: int
    recorded_at: datetime
    actor: str
    session_id: UUID | None
    command_id: str | None
    data: bytes


def encode(event: SessionEvent) -> EventRow:
    """Raises EventRejected for text that UTF-8 can't hold."""
    try:
        data = event.model_dump_json(exclude=_ENVELOPE).encode()
    except PydanticSerializationError as error:
        raise EventRejected(f"{event.TOPIC} can't be written: {error}") from error
    return EventRow(
        event.originator_id,
        event.originator_version,
        event.event_id,
        event.TOPIC,
        event.SCHEMA_VERSION,
        event.timestamp,
        event.actor,
        event.session_id,
        event.command_id,
        data,
    )


def decode(row: EventRow, upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS) -> Event:
    """Raises UnreadableEvent for an unknown topic, a schema version from the future, and damaged data."""
    try:
        fields = from_json(row.data)
    except ValueError as error:
        raise UnreadableEvent(f"{_place(row)} is no JSON: {error}") from error
    return _build(row, fields, upcasters)


def is_as_written(row: EventRow, event: SessionEvent) -> bool:
    """Whether the row holds what `encode` makes of its event: what reads it without `decode` relies on that.

    Rows of an older schema version are taken as they are.
    """
    if row.schema_version != event.SCHEMA_VERSION:
        return True
    return _is_same(from_json(row.data), event.model_dump(mode="json", exclude=_ENVELOPE, exclude_unset=True))


def _is_same(said: object, meant: object) -> bool:
    """As JSON: `1`, `1.0`, `true` and `"1"` are four values, but where a number may have a fraction 1 is 1.0."""
    match said, meant:
        case dict(), dict():
            return said.keys() == meant.keys() and all(_is_same(said[name], meant[name]) for name in said)
        case list(), list():
            return len(said) == len(meant) and all(map(_is_same, said, meant))
        case int(), float():
            return said == meant
        case _:
            return type(said) is type(meant) and said == meant


def from_stored_event(stored: StoredEvent) -> Event:
    """The same for the eventsourcing library's shape, whose state holds the envelope too. Raises UnreadableEvent."""
    try:
        fields = from_json(stored.state)
        row = EventRow(
            campaign_id=fields.pop("originator_id"),
            version=fields.pop("originator_version"),
            event_id=fields.pop("event_id"),
            type=stored.topic,
            schema_version=fields.pop("schema_version"),
            recorded_at=fields.pop("timestamp"),
            actor=fields.pop("actor"),
            session_id=fields.pop("session_id"),
            command_id=fields.pop("command_id"),
            data=b"",
        )
    except (ValueError, KeyError) as error:
        place = f"event {stored.originator_version} of {stored.originator_id}"
        raise UnreadableEvent(f"{place} lacks an envelope: {error!r}") from error
    return _build(row, fields, UPCASTERS)


def _build(row: EventRow, fields: object, upcasters: Mapping[tuple[str, int], Upcaster]) -> Event:
    event_class = EVENT_CLASSES.get(row.type)
    if event_class is None:
        raise UnreadableEvent(f"{_place(row)} has the unknown topic {row.type}")
    if not isinstance(fields, dict):
        raise UnreadableEvent(f"{_place(row)} has no fields")
    if row.schema_version != event_class.SCHEMA_VERSION:
        fields = upcast(row.type, row.schema_version, event_class.SCHEMA_VERSION, fields, upcasters)
    fields["originator_id"] = row.campaign_id
    fields["originator_version"] = row.version
    fields["timestamp"] = row.recorded_at
    fields["event_id"] = row.event_id
    fields["actor"] = row.actor
    fields["session_id"] = row.session_id
    fields["command_id"] = row.command_id
    try:
        # What model_validate does, without its way there: a tenth of the time.
        return cast(Event, event_class.__pydantic_validator__.validate_python(fields))
    except ValidationError as error:
        # The first fault without its input: what a campaign holds belongs into no log of ours.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableEvent(f"{_place(row)} is damaged: {where}: {first['msg']}") from error


def _place(row: EventRow) -> str:
    return f"event {row.version} of {row.campaign_id}"
