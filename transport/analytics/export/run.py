"""Writes a moment of the log and of the tables into a directory, and later what has come since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from psycopg import Connection, sql

from domain.sql import load_statements
from migrations.runner import CONNECT_SECONDS
from transport.analytics.analysts import read_as_analyst
from transport.analytics.export.formats import Rows, writer_of
from transport.analytics.export.manifest import File, Format, Manifest, Run, Table, read_manifest, write_manifest
from transport.analytics.export.relations import RELATIONS, Chosen, Column, Relation
from transport.analytics.export.workshop import workshop_in
from transport.analytics.failure import AnalyticsFailed

_SQL = load_statements("transport.analytics.export", "exporting.sql")
_DESCRIBING = load_statements("transport.analytics", "describing.sql")

Progress = Callable[[int, int], object]
"""Told how many rows of how many."""


class Wanted(NamedTuple):
    """What to export; where a part is None, everything, or what the directory has already."""

    campaign: UUID | None = None
    since: datetime | None = None
    format: Format | None = None


def export(url: str, directory: Path, wanted: Wanted, *, since_last: bool, progress: Progress) -> Manifest:
    """Files and manifest are complete when it returns. All of them show the moment up to which the tables are.

    With `since_last` the rows of the log that have come since the last time are added in files of their own, and the
    tables written anew; if there is nothing new, nothing is. A log that does not go on from the last time is refused.
    Raises AnalyticsFailed, psycopg.Error, OSError.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with workshop_in(directory) as workshop:
        before = _begin(directory, wanted, since_last=since_last)
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            read_as_analyst(connection)
            connection.commit()
            manifest = _write_files(connection, before, workshop.path, progress)
        workshop.put_in_place()
        # Until then the directory is what it was, but for files that nothing speaks of: no file takes another's place.
        write_manifest(directory, manifest)
        _clear_away(directory, manifest)
    return manifest


def _begin(directory: Path, wanted: Wanted, *, since_last: bool) -> Manifest:
    """What the manifest says before anything is added to it."""
    found = read_manifest(directory)
    if since_last:
        if found is None:
            raise AnalyticsFailed(f"There is no export in {directory} to go on from")
        for name, had in (("campaign", found.campaign), ("since", found.since), ("format", found.files)):
            chosen = getattr(wanted, name)
            if chosen not in (None, had):
                raise AnalyticsFailed(f"The export in {directory} has another {name}: {had or 'everything'}")
        return found
    if found is not None:
        raise AnalyticsFailed(f"There is an export in {directory}: choose --since-last, or another directory")
    return Manifest(files=wanted.format or "parquet", campaign=wanted.campaign, since=wanted.since, runs=[], tables={})


def _write_files(connection: Connection[Any], before: Manifest, folder: Path, progress: Progress) -> Manifest:
    write = writer_of(before.files)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    connection.execute(_SQL["hold"])
    connection.execute(_SQL["session"])
    number, after = len(before.runs) + 1, before.runs[-1].position if before.runs else -1
    if before.runs and _event_at(connection, after) != before.runs[-1].event:
        raise AnalyticsFailed(
            "This database does not have the last event of the export: it is another one, or was restored or purged. "
            "Export into another directory"
        )
    place = _place(connection)
    if place <= after:  # the tables may be behind, while they are made anew
        return before
    run = Run(run=number, taken_at=datetime.now(UTC), position=place, event=_event_at(connection, place))
    chosen = Chosen(before.campaign, before.since, after, run.position)
    counts = {relation: _count(connection, relation, chosen) for relation in RELATIONS}
    tables, done, total = dict(before.tables), 0, sum(counts.values())
    for relation, rows in counts.items():
        had = tables.get(relation.name)
        earlier = had.files if had is not None and relation.of_log else []
        columns = _columns(connection, relation)
        if rows or not earlier:
            path = folder / _file_name(relation, number, before.files)
            told = partial(_tell, progress, done, total)
            write(Rows(connection, _query(relation, chosen), columns, told), path)
            earlier = [*earlier, _described(path, number, rows)]
        tables[relation.name] = Table(columns={column.name: column.kind for column in columns}, files=earlier)
        done += rows
        progress(done, total)
    return before.model_copy(update={"runs": [*before.runs, run], "tables": tables})


def _place(connection: Connection[Any]) -> int:
    """Up to where all tables are. Raises AnalyticsFailed when an event has stopped one: the files would not agree."""
    position, stopped = connection.execute(_SQL["place"]).fetchone() or (0, None)
    if stopped:
        raise AnalyticsFailed(f"These tables are stopped, see analytics.progress: {', '.join(stopped)}")
    return int(position)


def _event_at(connection: Connection[Any], position: int) -> UUID | None:
    """The newest event up to there."""
    row = connection.execute(_SQL["event_at"], {"position": position}).fetchone()
    return row[0] if row else None


def _count(connection: Connection[Any], relation: Relation, chosen: Chosen) -> int:
    query = sql.SQL("select count(*) from {} where {}").format(sql.Identifier(relation.name), chosen.of(relation))
    ((rows,),) = connection.execute(query).fetchall()
    return int(rows)


def _columns(connection: Connection[Any], relation: Relation) -> list[Column]:
    rows = connection.execute(_DESCRIBING["columns"], {"view": relation.name}).fetchall()
    return [Column(name, kind) for name, kind, _ in rows]


def _query(relation: Relation, chosen: Chosen) -> sql.Composed:
    """In the order of the log."""
    query = sql.SQL("select * from {} where {} order by position")
    return query.format(sql.Identifier(relation.name), chosen.of(relation))


def _tell(progress: Progress, before: int, total: int, rows: int) -> None:
    progress(before + rows, total)


def _file_name(relation: Relation, run: int, format_: Format) -> str:
    """`event*.parquet` would match more than the parts of one table; `event.*parquet` does not."""
    part = f".{run}" if run > 1 else ""
    return f"{relation.name}{part}.{format_}"


def _clear_away(directory: Path, manifest: Manifest) -> None:
    """The tables of runs before, and files of one that was killed. Nothing but what an export would call so."""
    told = {file.file for table in manifest.tables.values() for file in table.files}
    for relation in RELATIONS:
        names = {_file_name(relation, run.run, manifest.files) for run in manifest.runs}
        for name in names - told:
            (directory / name).unlink(missing_ok=True)


def _described(path: Path, run: int, rows: int) -> File:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return File(file=path.name, run=run, rows=rows, bytes=path.stat().st_size, sha256=checksum)
