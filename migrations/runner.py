"""Bring a database up to date: each file once, in order, in a transaction with its bookkeeping row; then the rights."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg.errors import DuplicateObject, DuplicateTable, InsufficientPrivilege, LockNotAvailable, UniqueViolation
from psycopg.rows import class_row

from migrations.errors import DatabaseUnreachable, MigrationFailed, MigrationLockTimeout, NotAllowed
from migrations.migration_files import AppliedFile, MigrationFile, read_files, unapplied

FOLDER = Path(__file__).parent
STATEMENTS = {path.stem: path.read_bytes() for path in (FOLDER / "bookkeeping").glob("*.sql")}
LOCK_SECONDS = 600.0
CONNECT_SECONDS = 5
LOCK_POLL_SECONDS = 0.05

FIRST_WITH_SCHEMAS = 10
"""The files before this number name tables without their schema."""


def quiet(_line: str) -> None:
    """Report nothing."""


def migrate(url: str, folder: Path = FOLDER, report: Callable[[str], object] = quiet) -> list[str]:
    """Apply the missing files and return their names; `report` gets a line for each step.

    Each time, the files of the folder `access` in it are applied too. Several programs may call it at once: one works,
    the others wait. Raises a MigrationError; the files that came before the failed one stay applied.
    """
    files = read_files(folder)
    rights = sorted((folder / "access").glob("*.sql"))
    done: list[str] = []
    with _connected(url) as connection:
        with _as_owner(connection):
            _make_table(connection)
        patience = _Patience(connection, report)
        while True:
            start = time.monotonic()
            try:
                with _as_owner(connection), connection.transaction():
                    connection.execute(STATEMENTS["take_turn"])
                    needed = unapplied(files, _list_applied(connection))
                    if needed:
                        _apply(connection, needed[0])
                    # With the last file: servers that run must not meet a table of it to which they have no right.
                    if len(needed) <= 1:
                        for path in rights:
                            _run(connection, path.name, path.read_bytes())
            except LockNotAvailable:
                patience.wait()
                continue
            if not needed:
                return done
            done.append(needed[0].name)
            report(f"applied {needed[0].name} in {(time.monotonic() - start) * 1000:.0f} ms")


def pending(url: str, folder: Path = FOLDER) -> list[str]:
    """The names of the files that `migrate` would apply; changes nothing, raises what `migrate` would.

    Raises NotAllowed where the user may not read which were applied.
    """
    files = read_files(folder)
    with _connected(url) as connection:
        try:
            return [file.name for file in unapplied(files, _list_applied(connection))]
        except InsufficientPrivilege as error:
            info = connection.info
            raise NotAllowed(
                f"{info.user} may not work as a server of this database: let its owner run `fogbound migrate`, then "
                f"grant fogbound_server_{info.dbname} to {info.user}"
            ) from error


@contextmanager
def _as_owner(connection: psycopg.Connection) -> Iterator[None]:
    """Raises NotAllowed where somebody else is it."""
    try:
        yield
    except InsufficientPrivilege as error:
        raise NotAllowed(
            f"{connection.info.user} is not the owner of this database's tables: let FOGBOUND_OWNER_URL name it"
        ) from error


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(f"The database cannot be reached: {error}") from error
    with connection:
        for statement in ("begin_session", "notice_our_end", "limit_idleness"):
            connection.execute(STATEMENTS[statement])
        yield connection


class _Patience:
    """Polled, so that whoever waits is not in the way of whoever works."""

    def __init__(self, connection: psycopg.Connection, report: Callable[[str], object]) -> None:
        self._connection = connection
        self._report = report
        self._deadline: float | None = None

    def wait(self) -> None:
        """A moment; the first time says who it waits for. Raises MigrationLockTimeout."""
        if self._deadline is None:
            self._deadline = time.monotonic() + LOCK_SECONDS
            self._report(f"waiting for another migration of this database{self._whose()}")
        if time.monotonic() > self._deadline:
            raise MigrationLockTimeout(
                f"Another migration of this database took over {LOCK_SECONDS:.0f} s{self._whose()}"
            )
        time.sleep(LOCK_POLL_SECONDS)

    def _whose(self) -> str:
        row = self._connection.execute(STATEMENTS["who_migrates"]).fetchone()
        return f" ({row[0]})" if row else ""


def _make_table(connection: psycopg.Connection) -> None:
    if _has_table(connection):
        return
    try:
        # "if not exists" races: who comes second fails, by the table or by its row type, and finds the table there.
        with suppress(DuplicateTable, DuplicateObject, UniqueViolation):
            connection.execute(STATEMENTS["create_table"])
    except InsufficientPrivilege:
        raise
    except psycopg.Error as error:
        raise MigrationFailed(f"schema_migrations: {error.diag.message_primary}") from error


def _list_applied(connection: psycopg.Connection) -> list[AppliedFile]:
    if not _has_table(connection):
        return []
    cursor = connection.cursor(row_factory=class_row(AppliedFile))
    return cursor.execute(STATEMENTS["list_applied"]).fetchall()


def _has_table(connection: psycopg.Connection) -> bool:
    return connection.execute(STATEMENTS["has_table"]).fetchone() == (True,)


def _apply(connection: psycopg.Connection, file: MigrationFile) -> None:
    if file.number < FIRST_WITH_SCHEMAS:
        connection.execute(STATEMENTS["see_public"])
    _run(connection, file.name, file.sql)
    connection.execute(STATEMENTS["record"], vars(file.applied))


def _run(connection: psycopg.Connection, name: str, sql: bytes) -> None:
    try:
        connection.execute(STATEMENTS["limit_lock_wait"])
        connection.execute(sql)
    except psycopg.Error as error:
        raise MigrationFailed(f"{name}: {error.diag.message_primary or error}") from error
