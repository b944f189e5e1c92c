"""A machine with a PostgreSQL as it comes, a second disk for backups, and somebody at a shell."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from migrations.embedded.account import LIBC, account_for
from migrations.embedded.binaries import copy_of_wheel, find_binaries
from migrations.embedded.cluster import SUPERUSER
from migrations.embedded.guard_launch import RUN_PARENT
from migrations.embedded.server import DATABASE
from migrations.runner import migrate
from tests.backup.shell import Shell
from tests.docs.pages import ROOT
from tests.migrations.embedded.server_user import eventually, running_on

PORT, RESTORED_PORT = "5432", "5433"
"""They only name sockets in a folder of our own."""

FOGBOUND = f"""#!/bin/sh
PYTHONPATH="{ROOT}:$PYTHONPATH" exec '{sys.executable}' -m transport.cli "$@"
"""

SEGMENT_LINE = 6
"""Of postmaster.pid: the key and the id of a piece of shared memory."""

IPC_RMID = 0
"""For shmctl: remove it."""

_MAKE = """
initdb -D "$PGDATA" --username="$PGUSER" --auth=trust --encoding=UTF8 --locale=C --no-sync
printf "listen_addresses = ''\\nunix_socket_directories = '%s'\\n" "$PGHOST" >> "$PGDATA/postgresql.conf"
mkdir "$WAL"
pg_ctl -D "$PGDATA" -l "$PGDATA.log" start
createdb "$PGDATABASE" --maintenance-db=postgres
"""


def url(folder: Path, port: str, database: str = DATABASE) -> str:
    """Where to connect, for psycopg."""
    return f"postgresql://{SUPERUSER}@/{database}?host={folder}&port={port}"


def variables_of(folder: Path) -> dict[str, str]:
    """Those that the blocks of docs/backup.md go by, but for what is only known when something has happened."""
    return {
        "PGHOST": str(folder),
        "PGPORT": PORT,
        "PGUSER": SUPERUSER,
        "PGDATABASE": DATABASE,
        "PGDATA": str(folder / "data"),
        "WAL": str(folder / "wal"),
        "BACKUP": str(folder / "base"),
        "RESTORED": str(folder / "restored"),
        "RESTORED_PORT": RESTORED_PORT,
        "RESTORED_URL": url(folder, RESTORED_PORT),
        "ARCHIVE": str(folder / "campaign.jsonl"),
        "ALONE": "fogbound_alone",
        "ALONE_URL": url(folder, PORT, "fogbound_alone"),
        "DUMP": str(folder / "fogbound.dump"),
        "COPY": "fogbound_copy",
        "COPY_URL": url(folder, PORT, "fogbound_copy"),
    }


@dataclass(frozen=True)
class DatabaseHost:
    """`url` is the database that is played on, `restored_url` that of a second one, if one is started on `restored`."""

    folder: Path
    shell: Shell
    url: str
    restored_url: str

    @classmethod
    @contextmanager
    def running(cls, name: str) -> Iterator[DatabaseHost]:
        """With an empty, migrated database; all of it is gone afterwards."""
        # Not below pytest's own folder, which is closed to the account that root drops to, and too long for a socket.
        with tempfile.TemporaryDirectory(prefix=f"fogbound-{name}-", dir=RUN_PARENT) as made:
            folder = Path(made)
            account = account_for(folder / "data")
            os.chown(folder, account.uid, account.gid)
            variables = {**variables_of(folder), "PATH": os.pathsep.join(_programs(folder))}
            host = cls(folder, Shell(folder, account, variables), url(folder, PORT), url(folder, RESTORED_PORT))
            try:
                host.shell.run(_MAKE)
                migrate(host.url)
                yield host
            finally:
                for data in (host.data, host.restored):
                    _stop(data)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def restored(self) -> Path:
        return self.folder / "restored"

    def lose(self) -> None:
        """kill -9 of all of PostgreSQL, and its disk is gone."""
        _kill(self.data)
        shutil.rmtree(self.data)


def _programs(folder: Path) -> list[str]:
    """Where to find PostgreSQL's and ours, and then whatever else the machine has."""
    (ours := folder / "bin").mkdir()
    (ours / "fogbound").write_text(FOGBOUND, encoding="utf-8")
    (ours / "fogbound").chmod(0o755)
    theirs = find_binaries()
    if os.geteuid() == 0:
        whole, theirs = theirs, copy_of_wheel(theirs, folder / "postgresql")
        for program in whole.iterdir():
            if not (theirs / program.name).exists():
                shutil.copy2(program, theirs)
    return [str(ours), str(theirs), os.environ["PATH"]]


def _kill(data: Path) -> None:
    pid_file = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    # The first of all first, so that it starts nobody in the place of those who die.
    for process in (int(pid_file[0]), *running_on(data)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert eventually(lambda: not running_on(data))
    # What is left in memory goes with the next start on the same data, and here there is none.
    LIBC.shmctl(int(pid_file[SEGMENT_LINE].split()[1]), IPC_RMID, None)


def _stop(data: Path) -> None:
    """At once, if it runs."""
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]), signal.SIGQUIT)
    assert eventually(lambda: not running_on(data))
