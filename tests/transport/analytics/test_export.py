"""What is in the files is what is in the database at one moment."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import duckdb
import psycopg
import pytest

from domain.events import Event
from projections.postgres import rebuild
from tests.conftest import fresh_database
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import feed, head, log
from tests.projections.postgres.odd_events import POISON, poison
from transport.analytics.export import Wanted, export
from transport.analytics.export.manifest import Format, Manifest
from transport.analytics.export.relations import RELATIONS
from transport.analytics.failure import AnalyticsFailed

FORMATS: tuple[Format, ...] = ("parquet", "csv", "ndjson")
LOG = [relation.name for relation in RELATIONS if relation.of_log]

Row = dict[str, Any]


@pytest.fixture
def elsewhere(server_url: str, migrated_template: str) -> Iterator[str]:
    """Another database."""
    with fresh_database(server_url, migrated_template) as url:
        yield url


def silent(_done: int, _total: int) -> None:
    """No bar."""


async def written(
    url: str,
    directory: Path,
    wanted: Wanted = Wanted(),  # noqa: B008 - frozen
    *,
    since_last: bool = False,
    progress: Callable[[int, int], None] = silent,
) -> Manifest:
    """The files, made beside the loop of the test."""
    return await asyncio.to_thread(export, url, directory, wanted, since_last=since_last, progress=progress)


def in_database(url: str, name: str, where: str = "true") -> list[Row]:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        cursor = connection.execute(f"select * from analytics.{name} where {where} order by position".encode())
        columns = [column.name for column in cursor.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def in_parquet(directory: Path, name: str) -> list[Row]:
    """Of all parts, in the order of the parts; JSON as what it means."""
    with duckdb.connect() as files:
        files.execute("set timezone = 'UTC'")
        found = files.execute(f"from read_parquet('{directory}/{name}.*parquet', filename = true) order by position")
        columns = [column[0] for column in found.description]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    for row in rows:
        del row["filename"]
        row |= {column: _as_id(column, value) for column, value in row.items()}
        if "payload" in row:
            row["payload"] = json.loads(row["payload"])
    return rows


def _as_id(column: str, value: Any) -> Any:
    """What the database has as an id: they are text in files."""
    if isinstance(value, list) and column in {"player_ids", "change_ids", "present"}:
        return [one and UUID(one) for one in value]
    if isinstance(value, str) and (column in {"actor", "started_by", "staged_by"} or column.endswith("_id")):
        return value if column == "command_id" else UUID(value)
    return value


def plain(rows: list[Row]) -> list[str]:
    """In an order of their own: rows of one position have none among each other."""
    return sorted(repr({name: _plain(value) for name, value in row.items()}) for row in rows)


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def check_files(directory: Path, manifest: Manifest) -> None:
    """There are those that the manifest speaks of, with these bytes, and nothing else."""
    spoken_of = {file.file for table in manifest.tables.values() for file in table.files}
    assert {path.name for path in directory.iterdir()} == {"manifest.json", *spoken_of}
    check_spoken_of(directory, manifest)


def check_spoken_of(directory: Path, manifest: Manifest) -> None:
    """Whatever else there is."""
    files = {file.file: file for table in manifest.tables.values() for file in table.files}
    assert Manifest.model_validate_json((directory / "manifest.json").read_bytes()) == manifest
    for name, file in files.items():
        body = (directory / name).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file.bytes, file.sha256), name


async def test_parquet_holds_all_relations_with_their_types(database: str, tmp_path: Path, seed: int) -> None:
    """Value by value."""
    await log(database, history(Random(seed), 300))
    await feed(database)
    manifest = await written(database, tmp_path / "files")
    check_files(tmp_path / "files", manifest)
    assert manifest.tables.keys() == {relation.name for relation in RELATIONS}
    for name, table in manifest.tables.items():
        expected = in_database(database, name)
        assert plain(in_parquet(tmp_path / "files", name)) == plain(expected), name
        assert [file.rows for file in table.files] == [len(expected)]


async def test_every_view_but_those_for_questions_is_exported(database: str) -> None:
    """A relation that is new must be thought of."""
    with psycopg.connect(database) as connection:
        rows = connection.execute("select table_name from information_schema.views where table_schema = 'analytics'")
        views = {name for (name,) in rows.fetchall()}
    questions = {"discovery", "evening", "staging", "split", "exploration"}
    assert {relation.name for relation in RELATIONS} == views - questions - {"progress", "set_aside"}


@pytest.mark.parametrize("form", FORMATS)
async def test_odd_events_are_exported_with_the_others(database: str, tmp_path: Path, seed: int, form: Format) -> None:
    """One that is in no table stopped the export of all campaigns: it is in the files as the views show it."""
    await log(database, history(Random(seed), 60))
    for topic, data in POISON.values():
        await poison(database, topic, data)
    await feed(database)
    manifest = await written(database, tmp_path / "files", Wanted(format=form))
    check_files(tmp_path / "files", manifest)
    for name, table in manifest.tables.items():
        expected = in_database(database, name)
        assert sum(file.rows for file in table.files) == len(expected), name
        if form == "parquet":
            assert plain(in_parquet(tmp_path / "files", name)) == plain(expected), name


async def test_csv_and_ndjson_hold_the_same(database: str, tmp_path: Path, seed: int) -> None:
    """A line a row, with lists as JSON."""
    await log(database, history(Random(seed), 300))
    await feed(database)
    for form in ("csv", "ndjson"):
        check_files(tmp_path / form, await written(database, tmp_path / form, Wanted(format=form)))
    for relation in RELATIONS:
        expected = in_database(database, relation.name)
        lines = (tmp_path / "ndjson" / f"{relation.name}.ndjson").read_text().splitlines()
        told = [json.loads(line) for line in lines]
        with (tmp_path / "csv" / f"{relation.name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(expected) == len(told) == len(rows)
        for row, line, cells in zip(expected, told, rows, strict=True):
            if relation.of_log:  # others may share a position
                assert line["position"] == row["position"]
                assert cells["position"] == str(row["position"])
                assert line.get("hex_keys") == row.get("hex_keys")
                assert json.loads(cells.get("hex_keys") or "null") == row.get("hex_keys")


async def test_ids_and_json_are_text_in_parquet(database: str, tmp_path: Path) -> None:
    """Types of Parquet's own for them are bytes to polars, and pandas can't read lists of them."""
    await log(database, history(Random(5), 100))
    await feed(database)
    await written(database, tmp_path)
    schema = f"select distinct type, converted_type, logical_type from parquet_schema('{tmp_path}/*.parquet')"
    reveals, stays = f"'{tmp_path}/reveal.parquet'", f"'{tmp_path}/attendance.parquet'"
    with duckdb.connect() as files:
        found = files.execute(schema).fetchall()
        (joined,) = files.execute(f"from {reveals} join {stays} on audience = player_id select count(*)").fetchall()[0]
    kinds = {str(part).upper() for kind in found for part in kind}
    assert "BYTE_ARRAY" in kinds
    assert not [kind for kind in kinds if any(word in kind for word in ("FIXED", "UUID", "JSON"))]
    assert joined > 0


@pytest.mark.parametrize("form", ["csv", "ndjson"])
async def test_times_and_booleans_have_one_form(database: str, tmp_path: Path, form: Format) -> None:
    """Whatever the fraction of a second: times as 2026-03-01T22:04:03.500000Z, booleans as true and false."""
    await log(database, history(Random(5), 300))
    await feed(database)
    manifest = await written(database, tmp_path, Wanted(format=form))
    for name, table in manifest.tables.items():
        with (tmp_path / f"{name}.{form}").open(newline="") as file:
            rows = list(csv.DictReader(file)) if form == "csv" else [json.loads(line) for line in file]
        expected = in_database(database, name)
        for column, kind in table.columns.items():
            told = [row[column] for row in rows if row[column] not in (None, "")]
            if kind == "timestamp with time zone":
                assert {re.sub(r"\d", "0", value) for value in told} <= {"0000-00-00T00:00:00.000000Z"}, column
                meant = sorted(row[column] for row in expected if row[column] is not None)
                assert sorted(datetime.fromisoformat(value) for value in told) == meant
            if kind == "boolean":
                assert set(told) <= ({"true", "false"} if form == "csv" else {True, False}), column


async def test_text_of_any_kind_survives(database: str, tmp_path: Path) -> None:
    """Quotes, separators, backslashes, what looks like null, and nothing at all."""
    odd = ["", "NULL", "\\N", "\\.", 'a "quote"', "a, b; c\td", "back\\slash", "ночь 🜂", "{}", "[]", "\x01\x02"]
    events = history(Random(1), 60)
    await log(
        database, [one.model_copy(update={"command_id": f"{text}{n}"}) for n, (one, text) in _paired(events, odd)]
    )
    await feed(database)
    for form in FORMATS:
        await written(database, tmp_path / form, Wanted(format=form))
    expected = [row["command_id"] for row in in_database(database, "event")]
    assert [row["command_id"] for row in in_parquet(tmp_path / "parquet", "event")] == expected
    lines = (tmp_path / "ndjson" / "event.ndjson").read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(line)["command_id"] for line in lines] == expected
    with (tmp_path / "csv" / "event.csv").open(newline="", encoding="utf-8") as file:
        assert [row["command_id"] for row in csv.DictReader(file)] == expected


def _paired(events: list[Event], texts: list[str]) -> list[tuple[int, tuple[Event, str]]]:
    return list(enumerate((event, texts[n % len(texts)]) for n, event in enumerate(events)))


@pytest.mark.parametrize("form", FORMATS)
async def test_goes_on_from_the_last_time(database: str, tmp_path: Path, seed: int, form: Format) -> None:
    """Each row of the log once over all parts; tables as they are now; nothing where nothing is new."""
    events = history(Random(seed), 400)
    directory = tmp_path / "files"
    for part in (events[:100], events[100:101], events[101:]):
        await log(database, part)
        await feed(database)
        manifest = await written(database, directory, Wanted(format=form), since_last=directory.exists())
        check_files(directory, manifest)
    assert [run.run for run in manifest.runs] == [1, 2, 3]
    assert [file.run for file in manifest.tables["event"].files] == [1, 2, 3]
    assert [file.rows for file in manifest.tables["event"].files] == [100, 1, len(events) - 101]
    assert {len(table.files) for name, table in manifest.tables.items() if name not in LOG} == {1}
    if form == "parquet":
        for name in manifest.tables:
            assert plain(in_parquet(directory, name)) == plain(in_database(database, name)), name
    assert await written(database, directory, since_last=True) == manifest
    check_files(directory, manifest)


async def test_another_log_is_not_gone_on_with(database: str, elsewhere: str, tmp_path: Path) -> None:
    """Of another database, and of one that was restored to a moment before: positions fit, events don't."""
    events, others, directory = history(Random(7), 200), history(Random(8), 300), tmp_path / "files"
    await log(database, events)
    await feed(database)
    manifest = await written(database, directory)
    for part in ([], others[:50], others[50:]):  # behind the place in the log, and beyond it
        if part:
            await log(elsewhere, part)
            await feed(elsewhere)
        with pytest.raises(AnalyticsFailed, match="does not have the last event of the export"):
            await written(elsewhere, directory, since_last=True)
    check_files(directory, manifest)


async def test_tables_that_are_behind_add_nothing(database: str, tmp_path: Path) -> None:
    """A table that is made anew may have less than the last export, whose rows would come twice later."""
    await log(database, history(Random(7), 200))
    await feed(database)
    manifest = await written(database, tmp_path)
    with psycopg.connect(database) as connection:
        connection.execute(
            "update analytics_tables.checkpoint set position = position - 50 where projection = 'reveal'"
        )
    assert await written(database, tmp_path, since_last=True) == manifest


async def test_one_campaign_since_a_moment(database: str, tmp_path: Path, seed: int) -> None:
    """And the same is chosen when it goes on."""
    events = history(Random(seed), 300)
    await log(database, events[:-20])
    await feed(database)
    campaign, since = events[0].originator_id, events[len(events) // 2].timestamp
    await written(database, tmp_path / "files", Wanted(campaign, since))
    await log(database, events[-20:])
    await feed(database)
    await written(database, tmp_path / "files", since_last=True)
    for relation in RELATIONS:
        where = f"campaign_id = '{campaign}' and {relation.time} >= '{since.isoformat()}'"
        expected = in_database(database, relation.name, where)
        assert plain(in_parquet(tmp_path / "files", relation.name)) == plain(expected), relation.name
    with pytest.raises(AnalyticsFailed, match="has another campaign"):
        await written(database, tmp_path / "files", Wanted(campaign=UUID(int=1)), since_last=True)
    with pytest.raises(AnalyticsFailed, match="has another since"):
        await written(database, tmp_path / "files", Wanted(since=since + timedelta(days=1)), since_last=True)


async def test_all_files_show_one_moment(database: str, tmp_path: Path, seed: int) -> None:
    """Though play and feeding go on between one file and the next."""
    events = history(Random(seed), 600)
    await log(database, events[:100])
    await feed(database)
    expected = {relation.name: in_database(database, relation.name) for relation in RELATIONS}
    coming, loop = iter(events[100:]), asyncio.get_running_loop()

    def more(_done: int, _total: int) -> None:
        asyncio.run_coroutine_threadsafe(_go_on(), loop).result(60)

    async def _go_on() -> None:
        await log(database, [next(coming) for _ in range(5)])
        await feed(database)

    await written(database, tmp_path / "files", progress=more)
    assert head(database) > 100
    for name, rows in expected.items():
        assert plain(in_parquet(tmp_path / "files", name)) == plain(rows), name


async def test_no_other_tables_come_in_between(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that were made anew after the moment that is shown would not be seen in it."""
    await log(database, history(Random(5), 200))
    await feed(database)
    monkeypatch.setattr(rebuild, "ATTEMPTS", 1)
    failures: list[str] = []
    loop = asyncio.get_running_loop()

    def swap(_done: int, _total: int) -> None:
        try:
            asyncio.run_coroutine_threadsafe(rebuild.rebuild(database, silent), loop).result(60)
        except rebuild.RebuildFailed as failure:
            failures.append(str(failure))
            raise OSError("enough") from None

    with pytest.raises(OSError, match="enough"):
        await written(database, tmp_path, progress=swap)
    assert failures == ["Somebody reads the tables all the time: try again later"]


async def test_what_the_tables_do_not_know_yet_is_left_for_the_next_time(database: str, tmp_path: Path) -> None:
    """Events without the rows that follow from them would tell of another moment."""
    events = history(Random(2), 200)
    await log(database, events[:50])
    await feed(database)
    await log(database, events[50:])
    manifest = await written(database, tmp_path / "files")
    assert sum(file.rows for file in manifest.tables["event"].files) == 50


async def test_a_failure_leaves_what_was_there(database: str, tmp_path: Path) -> None:
    """In the middle of a first time and of a second one; and what a killed program left is cleared away."""
    events, directory = history(Random(3), 200), tmp_path / "files"
    await log(database, events[:100])
    await feed(database)

    def fail(_done: int, _total: int) -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        await written(database, directory, progress=fail)
    assert list(directory.iterdir()) == []
    manifest = await written(database, directory)
    await log(database, events[100:])
    await feed(database)
    with pytest.raises(OSError, match="No space"):
        await written(database, directory, since_last=True, progress=fail)
    check_files(directory, manifest)
    (directory / ".unfinished").mkdir()
    (directory / ".unfinished" / "event.2.parquet").write_bytes(b"half a fi")
    check_files(directory, await written(database, directory, since_last=True))


async def test_killed_before_the_manifest(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are there and nothing speaks of them: the next time writes them once more, and none twice.

    Until then all that the manifest speaks of is as it says.
    """
    events, directory = history(Random(6), 200), tmp_path / "files"
    manifest = None
    for part, goes_on in ((events[:100], False), (events[100:], True)):
        await log(database, part)
        await feed(database)
        with monkeypatch.context() as killed:
            killed.setattr("transport.analytics.export.run.write_manifest", _killed)
            with pytest.raises(KeyboardInterrupt):
                await written(database, directory, since_last=goes_on)
        if manifest is not None:
            check_spoken_of(directory, manifest)
        manifest = await written(database, directory, since_last=goes_on)
        check_files(directory, manifest)
    assert manifest is not None
    for name in manifest.tables:
        assert plain(in_parquet(directory, name)) == plain(in_database(database, name)), name


async def test_killed_after_the_manifest(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of before are still there: the next time takes them away, also if there is nothing new."""
    events, directory = history(Random(6), 200), tmp_path / "files"
    await log(database, events[:100])
    await feed(database)
    await written(database, directory)
    await log(database, events[100:])
    await feed(database)
    with monkeypatch.context() as killed:
        killed.setattr("transport.analytics.export.run._clear_away", _killed)
        with pytest.raises(KeyboardInterrupt):
            await written(database, directory, since_last=True)
    (directory / "session.parquet").touch(exist_ok=True)
    (directory / "session.notes.csv").touch()
    manifest = await written(database, directory, since_last=True)
    assert [run.run for run in manifest.runs] == [1, 2]
    assert (directory / "session.notes.csv").is_file(), "which is somebody else's"
    (directory / "session.notes.csv").unlink()
    check_files(directory, manifest)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


async def test_a_broken_connection_is_no_end_of_the_rows(database: str, tmp_path: Path) -> None:
    """A file that stops in the middle is never taken for a whole one."""
    await log(database, history(Random(4), 200))
    await feed(database)

    def cut(done: int, _total: int) -> None:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid <> pg_backend_pid() "
                "and datname = current_database() and xact_start is not null"
            )

    with pytest.raises(psycopg.OperationalError):
        await written(database, tmp_path / "files", progress=cut)
    assert list((tmp_path / "files").iterdir()) == []


async def test_what_is_refused(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a word that says what to do."""
    with pytest.raises(AnalyticsFailed, match=r"no export in .* to go on from"):
        await written(database, tmp_path, since_last=True)
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(AnalyticsFailed, match="no manifest of an export"):
        await written(database, tmp_path)
    await written(database, tmp_path / "files", Wanted(format="csv"))
    with pytest.raises(AnalyticsFailed, match=r"There is an export in .*: choose --since-last"):
        await written(database, tmp_path / "files")
    with psycopg.connect(database) as connection:
        connection.execute("update analytics_tables.checkpoint set stopped_by = 'an event' where projection = 'reveal'")
    with pytest.raises(AnalyticsFailed, match=r"stopped, see analytics\.progress: reveal"):
        await written(database, tmp_path / "more", Wanted(format="csv"))
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(AnalyticsFailed, match=r"pip install 'fogbound\[analysis\]'"):
        await written(database, tmp_path / "other")


async def test_one_at_a_time(database: str, tmp_path: Path) -> None:
    """Into the same directory."""
    failures: list[BaseException] = []

    def meanwhile(_done: int, _total: int) -> None:
        try:
            export(database, tmp_path, Wanted(), since_last=False, progress=silent)
        except AnalyticsFailed as failure:
            failures.append(failure)

    await written(database, tmp_path, progress=meanwhile)
    assert {str(failure) for failure in failures} == {f"Something else exports into {tmp_path}"}
