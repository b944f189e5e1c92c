"""What lies where in the folder of an embedded server, and the lock on starting and stopping it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOG_TAIL_CHARACTERS = 2_000


def socket_folder(run: Path) -> Path:
    """Where the socket is, below a run folder; closed to all accounts but the server's."""
    return run / "socket"


@dataclass(frozen=True)
class ServerFolder:
    """One embedded server's folder. Everything a person sees in it has a name here."""

    path: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data, owned by the account it runs under."""
        return self.path / "data"

    @property
    def half_made_data(self) -> Path:
        """What initdb is writing; becomes `data` when it is complete."""
        return self.path / "data.new"

    @property
    def run(self) -> Path:
        """A link to the run folder: a short path in /tmp that exists while the server runs."""
        return self.path / "run"

    @property
    def lease(self) -> Path:
        """A named pipe: its reader is the guard, its writers are the processes that use the server."""
        return self.path / "lease"

    @property
    def log(self) -> Path:
        """What initdb, PostgreSQL and the guard wrote."""
        return self.path / "postgres.log"

    def log_tail(self) -> str:
        """The end of the log, for an error's text."""
        return self.log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS:].strip()

    @contextmanager
    def door(self) -> Iterator[None]:
        """Hold the right to start, join or stop the server; waits for another process that has it."""
        lock = os.open(self.path / "door", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
