"""Events as rows of the log, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast, get_args
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticSerializationError, from_json, to_json

from domain.events import ENVELOPE, Event, SessionEvent
from domain.store import EventRejected, NewerEvent, UnreadableEvent
from domain.upcasting import UPCASTERS, Upcaster, upcast

EVENT_CLASSES: dict[str, type[SessionEvent]] = {event.TOPIC: event for event in get_args(Event)}
"""By topic."""


def kind(topic: str, schema_version: int) -> str:
    """In one word, for example `hexes_revealed.v1`."""
    return f"{topic}.v{schema_version}"


KINDS = frozenset(
    kind(topic, version) for topic, event in EVENT_CLASSES.items() for version in range(1, event.SCHEMA_VERSION + 1)
)
"""All that this program reads. An event of another kind is a newer program's."""

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
    """Raises NewerEvent for an unknown topic, schema version or field, UnreadableEvent for damaged data."""
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


def to_stored_event(event: SessionEvent) -> StoredEvent:
    """The event in the eventsourcing library's shape, whose state holds the envelope too.

    Raises EventRejected for text that UTF-8 can't hold.
    """
    try:
        fields = event.model_dump(mode="json") | {"schema_version": event.SCHEMA_VERSION}
        return StoredEvent(event.originator_id, event.originator_version, event.TOPIC, to_json(fields))
    except PydanticSerializationError as error:
        raise EventRejected(f"{event.TOPIC} can't be written: {error}") from error


def from_stored_event(stored: StoredEvent) -> Event:
    """The event in it, of the stream and version that it names itself. Raises UnreadableEvent."""
    try:
        fields = dict(from_json(stored.state))
    except (ValueError, TypeError) as error:
        place = f"event {stored.originator_version} of {stored.originator_id}"
        raise UnreadableEvent(f"{place} lacks an envelope: {error!r}") from error
    fields |= {"originator_id": stored.originator_id, "originator_version": stored.originator_version}
    return from_fields(stored.topic, fields)


def from_fields(topic: str, fields: dict[str, Any]) -> Event:
    """The same for the state as JSON says it. Takes the envelope out of the fields. Raises UnreadableEvent."""
    place = f"event {fields['originator_version']} of {fields['originator_id']}"
    try:
        row = EventRow(
            campaign_id=fields.pop("originator_id"),
            version=fields.pop("originator_version"),
            event_id=fields.pop("event_id"),
            type=topic,
            schema_version=int(fields.pop("schema_version")),
            recorded_at=fields.pop("timestamp"),
            actor=fields.pop("actor"),
            session_id=fields.pop("session_id"),
            command_id=fields.pop("command_id"),
            data=b"",
        )
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableEvent(f"{place} lacks an envelope: {error!r}") from error
    return _build(row, fields, UPCASTERS)


def _build(row: EventRow, fields: object, upcasters: Mapping[tuple[str, int], Upcaster]) -> Event:
    event_class = EVENT_CLASSES.get(row.type)
    if event_class is None:
        raise NewerEvent(f"{_place(row)} has the unknown topic {row.type}: a newer program wrote it")
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
        raise _unreadable(row, error) from error


def _unreadable(row: EventRow, error: ValidationError) -> UnreadableEvent:
    # Without its input: what a campaign holds belongs into no log of ours.
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    for fault in faults:
        if fault["type"] == "extra_forbidden":
            return NewerEvent(f"{_place(row)} has the unknown field {_field(fault)}: a newer program wrote it")
    return UnreadableEvent(f"{_place(row)} is damaged: {_field(faults[0])}: {faults[0]['msg']}")


def _field(fault: ErrorDetails) -> str:
    return ".".join(str(part) for part in fault["loc"])


def _place(row: EventRow) -> str:
    return f"event {row.version} of {row.campaign_id}"
