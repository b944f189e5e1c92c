"""Rows as files: as the database writes them, in pieces, so that the memory does not grow with the rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.abc import Buffer

from transport.analytics.export.manifest import Format
from transport.analytics.export.relations import Column
from transport.analytics.failure import AnalyticsFailed

PARQUET = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "double precision": "DOUBLE",
    "integer": "INTEGER",
    "jsonb": "VARCHAR",
    "text": "VARCHAR",
    "text[]": "VARCHAR[]",
    "timestamp with time zone": "TIMESTAMPTZ",
    "uuid": "VARCHAR",
    "uuid[]": "VARCHAR[]",
}
"""Types of columns, by what PostgreSQL calls them.

Ids and JSON are text. Parquet has types for both, which most readers take for bytes and some refuse in lists; and ids
that are bytes can't be joined with `audience`, which is `all` or an id.
"""

_AS_IT_IS = sql.SQL("{}")
_AS_JSON = sql.SQL("to_jsonb({})")
_AS_WORD = sql.SQL("{}::text")
_AS_TIME = sql.SQL("to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
"""Of one length: readers guess the form of a column by its first rows."""

MEMORY = "256MB"
"""At most, for the rows that are packed together."""

_TOLD_EVERY = 10_000

_LONGEST_LINE = 4_000_000
"""Bytes; the largest event is 256 KiB before quotes are doubled."""

_NO_DUCKDB = "Parquet files need duckdb: pip install 'fogbound[analysis]', or choose --format csv or ndjson"


class Rows(NamedTuple):
    """Those of a query, with its columns. `told` is called with how many have come."""

    connection: Connection[Any]
    query: sql.Composed
    columns: Sequence[Column]
    told: Callable[[int], object]

    def as_csv(self) -> Iterator[Buffer]:
        """Without a header; lists are written as JSON, booleans as true and false."""
        chosen = self._chosen(_in_csv)
        return self._pieces("copy (select {} from ({}) as rows) to stdout (format csv)", chosen, self.query)

    def as_json(self) -> Iterator[Buffer]:
        """A line a row."""
        # JSON never holds these two, so that nothing of it is changed.
        options = "format csv, delimiter '\x02', quote '\x01'"
        chosen = self._chosen(_in_json)
        rows = "select row_to_json(rows) from (select {} from ({}) as rows) as rows"
        return self._pieces(f"copy ({rows}) to stdout ({options})", chosen, self.query)

    def _chosen(self, form_of: Callable[[Column], sql.SQL]) -> sql.Composed:
        """The columns, each in its form."""
        named = sql.SQL("{} as {}")
        names = [(column, sql.Identifier(column.name)) for column in self.columns]
        return sql.SQL(", ").join(named.format(form_of(column).format(name), name) for column, name in names)

    def _pieces(self, copy: str, *parts: sql.Composable) -> Iterator[Buffer]:
        """Each is a row."""
        with self.connection.cursor() as cursor, cursor.copy(sql.SQL(copy).format(*parts)) as rows:
            for count, row in enumerate(rows, start=1):
                if count % _TOLD_EVERY == 0:
                    self.told(count)
                yield row


def _in_csv(column: Column) -> sql.SQL:
    if column.is_list:
        return _AS_JSON
    return {"boolean": _AS_WORD, "timestamp with time zone": _AS_TIME}.get(column.kind, _AS_IT_IS)


def _in_json(column: Column) -> sql.SQL:
    return _AS_TIME if column.kind == "timestamp with time zone" else _AS_IT_IS


Write = Callable[[Rows, Path], None]
"""Writes a file that is not there yet."""


def writer_of(format_: Format) -> Write:
    """Raises AnalyticsFailed where a package is missing."""
    if format_ == "parquet":
        try:
            import duckdb  # noqa: F401
        except ImportError:
            raise AnalyticsFailed(_NO_DUCKDB) from None
    return {"parquet": _write_parquet, "csv": _write_csv, "ndjson": _write_ndjson}[format_]


def _write_csv(rows: Rows, path: Path) -> None:
    with path.open("xb") as out:
        out.write((",".join(column.name for column in rows.columns) + "\n").encode())
        out.writelines(rows.as_csv())


def _write_ndjson(rows: Rows, path: Path) -> None:
    with path.open("xb") as out:
        out.writelines(rows.as_json())


def _write_parquet(rows: Rows, path: Path) -> None:
    import duckdb

    source, sink = os.pipe()

    def pump() -> None:
        with os.fdopen(sink, "wb") as out:
            out.writelines(rows.as_csv())

    failure: Exception | None = None
    with ThreadPoolExecutor(1) as thread, duckdb.connect(config={"memory_limit": MEMORY}) as packing:
        packing.execute("set timezone = 'UTC'")
        pumping = thread.submit(pump)
        try:
            packing.execute(_packing(source, rows.columns, path))
        except duckdb.Error as error:
            failure = AnalyticsFailed(f"{path.name}: {error}")
        finally:
            os.close(source)  # a pump that nobody reads from ends
    # Where rows stopped coming they seemed to end: what stopped them comes first.
    with suppress(BrokenPipeError):
        pumping.result()
    if failure is not None:
        raise failure


def _packing(source: int, columns: Sequence[Column], path: Path) -> str:
    kinds = {column.name: "JSON" if column.is_list else PARQUET[column.kind] for column in columns}
    chosen = ", ".join(
        f'cast("{column.name}" as {PARQUET[column.kind]}) as "{column.name}"' if column.is_list else f'"{column.name}"'
        for column in columns
    )
    read = (
        f"read_csv('/dev/fd/{source}', header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"nullstr = '', allow_quoted_nulls = false, max_line_size = {_LONGEST_LINE}, "
        f"buffer_size = {2 * _LONGEST_LINE}, columns = {kinds})"
    )
    to = str(path).replace("'", "''")
    return f"copy (select {chosen} from {read}) to '{to}' (format parquet, compression zstd)"
