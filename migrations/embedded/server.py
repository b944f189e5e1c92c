"""A PostgreSQL of our own: started on first use, shared, and gone when nobody uses it."""

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg.sql import SQL, Identifier

from migrations.embedded.binaries import find_binaries
from migrations.embedded.cluster import SUPERUSER
from migrations.embedded.folder import ServerFolder, socket_folder
from migrations.embedded.guard_launch import is_guarded, launch_guard
from migrations.embedded.lease import Lease, has_holders
from migrations.errors import ServerNotStarted

DATABASE = "fogbound"
READY_SECONDS = 300.0  # crash recovery replays up to max_wal_size
STOP_SECONDS = 90.0
POLL_SECONDS = 0.01


class EmbeddedServer:
    """Our share in the server of one folder. The server runs while any process has a share in it."""

    def __init__(self, folder: ServerFolder, lease: Lease, guard: subprocess.Popen[bytes] | None) -> None:
        self._folder = folder
        self._run = folder.run.readlink()
        self._lease = lease
        self._guard = guard

    @classmethod
    def start(cls, data_dir: Path, *, fsync: bool = True) -> Self:
        """Start the server of `data_dir`, or join the one that runs there already, as its settings are.

        Blocks until it answers: about 1 s the first time, 0.2 s later. Linux only. With `fsync=False` a power
        cut may lose everything. Raises BinariesMissing, or ServerNotStarted with the end of PostgreSQL's log.
        """
        folder = ServerFolder(data_dir.absolute())
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with folder.door():
            lease, guard = Lease.join(folder.lease), None
            if lease is None:
                lease, guard = launch_guard(folder, find_binaries(), fsync=fsync)
            server = cls(folder, lease, guard)
        try:
            server._await_ready()
        except BaseException:
            server.stop()
            raise
        return server

    @property
    def url(self) -> str:
        """Where to connect, for psycopg: the database `fogbound` over the unix socket."""
        return self._url_of(DATABASE)

    def stop(self) -> None:
        """Give up our share. Returns when the server is gone, or at once while others use it."""
        if self._lease.give_up():
            self._await_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _url_of(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@/{database}?host={quote(str(socket_folder(self._run)), safe='')}"

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                return self._make_database()
            except psycopg.OperationalError as error:
                if not is_guarded(self._run):
                    raise ServerNotStarted(f"PostgreSQL did not start:\n{self._folder.log_tail()}") from error
                if time.monotonic() > deadline:
                    raise ServerNotStarted(f"PostgreSQL does not answer: {error}") from error
            time.sleep(POLL_SECONDS)

    def _make_database(self) -> None:
        with psycopg.connect(self._url_of("postgres"), autocommit=True) as connection:
            is_open = connection.execute("select has_database_privilege('public', 'postgres', 'connect')").fetchone()
            if is_open == (True,):
                # An analyst could take the locks of all databases from there. Two processes at once: one of them did.
                with suppress(psycopg.errors.InternalError):
                    connection.execute("revoke connect on database postgres, template1 from public")
            if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                return
            # Two processes that start together may both come here.
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                connection.execute(SQL("create database {}").format(Identifier(DATABASE)))

    def _await_end(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while is_guarded(self._run) and time.monotonic() < deadline:
            if has_holders(self._folder.lease):
                self._leave_guard()
                return
            time.sleep(POLL_SECONDS)
        if self._guard:
            self._guard.wait()

    def _leave_guard(self) -> None:
        """To others: Python warns of a process that it knows, without its end, when we end ourselves."""
        if self._guard:
            self._guard.returncode = 0
