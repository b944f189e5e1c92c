"""Bring a database up to date: each file once, in order, in one transaction with its bookkeeping row."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from migrations.errors import DatabaseUnreachable, MigrationFailed, MigrationLockTimeout
from migrations.migration_files import AppliedFile, MigrationFile, read_files, unapplied

FOLDER = Path(__file__).parent
STATEMENTS = {path.stem: path.read_bytes() for path in (FOLDER / "bookkeeping").glob("*.sql")}
LOCK_SECONDS = 600.0
LOCK_POLL_SECONDS = 0.05


def quiet(_line: str) -> None:
    """Report nothing."""


def migrate(url: str, folder: Path = FOLDER, report: Callable[[str], object] = quiet) -> list[str]:
    """Apply the missing files and return their names; `report` gets a line for each step.

    Several programs may call it at once: one works, the others wait. Raises a MigrationError; the files that
    came before the failed one stay applied.
    """
    files = read_files(folder)
    with _connected(url) as connection, _locked(connection, report):
        connection.execute(STATEMENTS["create_table"])
        needed = unapplied(files, _list_applied(connection))
        for file in needed:
            _apply(connection, file, report)
    return [file.name for file in needed]


def pending(url: str, folder: Path = FOLDER) -> list[str]:
    """The names of the files that `migrate` would apply; changes nothing, raises what `migrate` would."""
    files = read_files(folder)
    with _connected(url) as connection:
        return [file.name for file in unapplied(files, _list_applied(connection))]


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(f"The database cannot be reached: {error}") from error
    with connection:
        connection.execute(STATEMENTS["notice_our_end"])
        yield connection


@contextmanager
def _locked(connection: psycopg.Connection, report: Callable[[str], object]) -> Iterator[None]:
    """Hold the migration lock; the connection's end frees it, also when we are killed."""
    deadline = time.monotonic() + LOCK_SECONDS
    waiting = False
    # Polled: a session that waits in pg_advisory_lock has a snapshot, and a CREATE INDEX CONCURRENTLY of
    # whoever holds the lock would wait for that one, for ever.
    while not _is_true(connection, "try_lock"):
        if time.monotonic() > deadline:
            raise MigrationLockTimeout(f"Another migration of this database took over {LOCK_SECONDS:.0f} s")
        if not waiting:
            report("waiting for another migration of this database")
        waiting = True
        time.sleep(LOCK_POLL_SECONDS)
    yield


def _list_applied(connection: psycopg.Connection) -> list[AppliedFile]:
    if not _is_true(connection, "has_table"):
        return []
    cursor = connection.cursor(row_factory=class_row(AppliedFile))
    return cursor.execute(STATEMENTS["list_applied"]).fetchall()


def _is_true(connection: psycopg.Connection, statement: str) -> bool:
    return connection.execute(STATEMENTS[statement]).fetchone() == (True,)


def _apply(connection: psycopg.Connection, file: MigrationFile, report: Callable[[str], object]) -> None:
    start = time.monotonic()
    try:
        with connection.transaction():
            connection.execute(STATEMENTS["limit_lock_wait"])
            connection.execute(file.sql)
            connection.execute(STATEMENTS["record"], vars(file.applied))
    except psycopg.Error as error:
        raise MigrationFailed(f"{file.name}: {error}") from error
    report(f"applied {file.name} in {(time.monotonic() - start) * 1000:.0f} ms")
