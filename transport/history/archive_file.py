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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from pydantic_core import from_json, to_json

from domain.append import Append
from domain.event_codec import EventRow
from domain.events import ChangesDiscarded, SessionStarted
from domain.ids import CampaignId
from domain.log_check import LogCheck
from domain.store import EngineError
from transport.history.archive_lines import (
    FORMAT,
    ArchivedPerson,
    BadArchive,
    EventLine,
    Footer,
    Header,
    read_line,
)
from transport.history.seen import Seen

HEADER_BYTES = 8 * 1024 * 1024
"""Of the first line at most, which lists the people: tens of thousands. To read a line takes eight times its length."""

AHEAD = timedelta(days=1)
"""Of our clock: as far as that of the server from which the archive comes may be."""

LINE_BYTES = 2 * 1024 * 1024
"""Of each other line: of an event at most 256 KiB are stored, which another program may write with escapes."""


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
    """Reads all of it and decides it again. Raises BadArchive at the first thing that is off, OSError."""
    if file.exists() and not file.is_file():
        raise BadArchive(f"{file} is no file that can be read twice: first to check it, then to store it")
    with file.open("rb") as opened, Seen() as seen:
        return _check(_lines(opened), seen)


def rows(file: Path) -> Iterator[EventRow]:
    """The events of a file that was checked."""
    with file.open("rb") as opened:
        lines = _lines(opened)
        header = read_line(Header, next(lines), 1)
        for number in range(2, header.events + 2):
            yield _row(read_line(EventLine, next(lines), number), header)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Raises BadArchive before a line is held in memory that is too long for anything."""
    limit, number = HEADER_BYTES, 1
    while line := file.readline(limit + 1):
        if len(line) > limit:
            raise BadArchive(f"line {number}: longer than {limit} bytes")
        yield line
        limit, number = LINE_BYTES, number + 1


def _check(lines: Iterator[bytes], seen: Seen) -> Header:
    total = hashlib.sha256()
    first = next(lines, b"")
    header = read_line(Header, first, 1)
    _check_people(header, seen)
    total.update(first)
    schema_versions: dict[str, set[int]] = {}
    rules = LogCheck(datetime.now(UTC) + AHEAD)
    for number in range(2, header.events + 2):
        line = next(lines, b"")
        total.update(line)
        row = _row(read_line(EventLine, line, number), header)
        schema_versions.setdefault(row.type, set()).add(row.schema_version)
        try:
            _check_event(row, number - 1, rules, seen)
        except (EngineError, BadArchive) as problem:
            raise BadArchive(f"line {number}: event {row.version}: {_one_line(problem)}") from None
    try:
        rules.end()
    except EngineError as problem:
        raise BadArchive(f"line {header.events + 1}: {problem}") from None
    if {topic: sorted(versions) for topic, versions in schema_versions.items()} != header.schemaVersions:
        raise BadArchive("line 1: schemaVersions are not those of the events")
    number = header.events + 2
    footer = read_line(Footer, next(lines, b""), number)
    if footer.events != header.events or footer.sha256 != total.hexdigest():
        raise BadArchive(f"line {number}: the checksum is that of something else")
    if next(lines, None) is not None:
        raise BadArchive(f"line {number + 1}: nothing may follow")
    return header


def _check_event(row: EventRow, version: int, rules: LogCheck, seen: Seen) -> None:
    """Raises EngineError, BadArchive."""
    if row.version != version:
        raise BadArchive(f"it follows event {version - 1}")
    if not seen.add("event", str(row.event_id)):
        raise BadArchive("an event id for the second time")
    Append.of_rows([row])
    rules.take(row)
    if row.type == SessionStarted.TOPIC and not seen.add("session", str(row.session_id)):
        raise BadArchive("a session id for the second time")
    is_decided = row.command_id is not None and row.type != ChangesDiscarded.TOPIC
    if is_decided and not seen.add("command", str(row.command_id)):
        raise BadArchive("a command for the second time")


def _one_line(problem: object) -> str:
    return " ".join(str(problem).split())


def _check_people(header: Header, seen: Seen) -> None:
    for at, person in enumerate(header.people):
        if not seen.add("person", person.userId):
            raise BadArchive(f"line 1: people[{at}]: a person for the second time")
    if not any(person.role == "dm" for person in header.people):
        raise BadArchive("line 1: people: no DM is among them")


def _row(event: EventLine, header: Header) -> EventRow:
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
