"""An archive: a campaign as one file. A line says what it is, then comes a line an event, and one to check it by.

    {"format": "fogbound archive", "version": 1, "campaign", "events", "schemaVersions": {TYPE: [N, ...]},
     "people": [{"userId", "role", "joinedAt"}]}
    {"version", "eventId", "type", "schemaVersion", "recordedAt", "actor", "sessionId", "commandId", "data"}
    {"events", "sha256"}

The checksum is of all bytes before the last line. Names, of people and of the campaign, are there only if asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json, to_json

from domain.append import Append
from domain.event_codec import EventRow, decode
from domain.events import ChangesDiscarded
from domain.ids import CampaignId
from domain.refusals import Refused
from domain.store import EngineError
from projections.people import Role
from projections.room_state import RoomState, fold
from transport.first_error import first_error
from transport.names import CampaignName, PersonName

FORMAT: Literal["fogbound archive"] = "fogbound archive"


class BadArchive(Refused):
    """The message names the line and what is off in it."""

    code = "bad_archive"


Person = Annotated[str, StringConstraints(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class ArchivedPerson(_Line):
    userId: Person  # noqa: N815 - as in the file
    role: Role
    joinedAt: AwareDatetime = Field(strict=False)  # noqa: N815 - as in the file
    name: PersonName | None = None


class Header(_Line):
    format: Literal["fogbound archive"]
    version: Literal[1]
    campaign: UUID = Field(strict=False)
    name: CampaignName | None = None
    events: int = Field(ge=0)
    schemaVersions: dict[str, list[int]]  # noqa: N815 - as in the file
    people: list[ArchivedPerson]


class _Event(_Line):
    version: int
    eventId: UUID = Field(strict=False)  # noqa: N815 - as in the file
    type: str
    schemaVersion: int  # noqa: N815 - as in the file
    recordedAt: AwareDatetime = Field(strict=False)  # noqa: N815 - as in the file
    actor: Person
    sessionId: UUID | None = Field(strict=False)  # noqa: N815 - as in the file
    commandId: str | None  # noqa: N815 - as in the file
    data: dict[str, Any]


class _Footer(_Line):
    events: int
    sha256: str


AnyLine = TypeVar("AnyLine", bound=_Line)


class ArchiveWriter:
    """Makes the lines, each with its end, in the order in which they must be written."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self._events = 0

    def header(
        self,
        campaign: CampaignId,
        name: str | None,
        people: list[ArchivedPerson],
        events: int,
        schema_versions: dict[str, list[int]],
    ) -> bytes:
        """`events` is how many lines of events will follow."""
        header = Header(
            format=FORMAT,
            version=1,
            campaign=campaign,
            name=name,
            events=events,
            schemaVersions=schema_versions,
            people=people,
        )
        return self._line(header.model_dump(exclude_none=True))

    def event(self, row: EventRow) -> bytes:
        self._events += 1
        return self._line(
            {
                "version": row.version,
                "eventId": row.event_id,
                "type": row.type,
                "schemaVersion": row.schema_version,
                "recordedAt": row.recorded_at,
                "actor": row.actor,
                "sessionId": row.session_id,
                "commandId": row.command_id,
                "data": from_json(row.data),
            }
        )

    def footer(self) -> bytes:
        return to_json({"events": self._events, "sha256": self._sum.hexdigest()}) + b"\n"

    def _line(self, content: Mapping[str, object]) -> bytes:
        line = to_json(content) + b"\n"
        self._sum.update(line)
        return line


def check(file: Path) -> Header:
    """Reads all of it and folds what it tells. Raises BadArchive at the first thing that is off, OSError."""
    with file.open("rb") as lines:
        return _check(lines)


def rows(file: Path) -> Iterator[EventRow]:
    """The events of a file that was checked."""
    with file.open("rb") as lines:
        header = _read(Header, next(lines), 1)
        for number in range(2, header.events + 2):
            yield _row(_read(_Event, next(lines), number), header)


def _check(lines: Iterator[bytes]) -> Header:
    total = hashlib.sha256()
    first = next(lines, b"")
    header = _read(Header, first, 1)
    if not any(person.role == "dm" for person in header.people):
        raise BadArchive("line 1: people: no DM is among them")
    total.update(first)
    ids: set[UUID] = set()
    commands: set[str] = set()
    schema_versions: dict[str, set[int]] = {}
    room = RoomState()
    for number in range(2, header.events + 2):
        line = next(lines, b"")
        total.update(line)
        row = _row(_read(_Event, line, number), header)
        if row.version != number - 1:
            raise BadArchive(f"line {number}: version {row.version} follows {number - 2}")
        if row.event_id in ids:
            raise BadArchive(f"line {number}: an event id for the second time")
        ids.add(row.event_id)
        if row.command_id is not None and row.type != ChangesDiscarded.TOPIC:
            if row.command_id in commands:
                raise BadArchive(f"line {number}: a command for the second time")
            commands.add(row.command_id)
        schema_versions.setdefault(row.type, set()).add(row.schema_version)
        try:
            Append.of_rows([row])
            room = fold(room, decode(row))
        except EngineError as problem:
            raise BadArchive(f"line {number}: {problem}") from None
    if {topic: sorted(versions) for topic, versions in schema_versions.items()} != header.schemaVersions:
        raise BadArchive("line 1: schemaVersions are not those of the events")
    number = header.events + 2
    footer = _read(_Footer, next(lines, b""), number)
    if footer.events != header.events or footer.sha256 != total.hexdigest():
        raise BadArchive(f"line {number}: the checksum is that of something else")
    if next(lines, None) is not None:
        raise BadArchive(f"line {number + 1}: nothing may follow")
    return header


def _read(shape: type[AnyLine], line: bytes, number: int) -> AnyLine:
    if not line.endswith(b"\n"):
        raise BadArchive(f"line {number}: the file ends before it")
    try:
        return shape.model_validate_json(line)
    except ValidationError as error:
        raise BadArchive(f"line {number}: {first_error(error)}") from None


def _row(event: _Event, header: Header) -> EventRow:
    return EventRow(
        header.campaign,
        event.version,
        event.eventId,
        event.type,
        event.schemaVersion,
        event.recordedAt,
        event.actor,
        event.sessionId,
        event.commandId,
        to_json(event.data),
    )
