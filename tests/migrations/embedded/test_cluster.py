"""What a crash or another program may leave in a data folder."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from migrations.embedded import cluster
from migrations.embedded.account import account_for
from migrations.embedded.server import EmbeddedServer
from migrations.errors import ServerNotStarted


@pytest.fixture
def stranger(folder: Path) -> Iterator[int]:
    """The pid of a process of PostgreSQL's own account that has nothing to do with PostgreSQL."""
    user = account_for(folder / "data").uid if os.geteuid() == 0 else None
    with subprocess.Popen(["sleep", "600"], user=user, cwd="/") as process:
        yield process.pid
        process.kill()


def test_a_stale_pid_file_does_not_stop_the_start(folder: Path) -> None:
    """The pid file of a process that is long gone is no running server."""
    finished = subprocess.Popen(["true"])
    finished.wait()
    _leave_pid_file(folder, finished.pid)
    _assert_it_starts(folder)


def test_a_reused_pid_is_not_taken_for_the_server(folder: Path, stranger: int) -> None:
    """A pid file whose number belongs to another program now, as after a reboot, is no running server."""
    _leave_pid_file(folder, stranger)
    _assert_it_starts(folder)


def test_a_half_made_data_folder_is_made_again(new_folder: Path) -> None:
    """What an interrupted initdb left is cleared."""
    (new_folder / "data.new" / "base").mkdir(parents=True)
    (new_folder / "data.new" / "PG_VERSION").write_text("18\n")
    _assert_it_starts(new_folder)
    assert not (new_folder / "data.new").exists()


def test_a_server_that_works_on_the_data_is_never_started_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PostgreSQL that somebody else started there keeps its pid file, and we refuse."""
    monkeypatch.setattr(cluster, "PREVIOUS_SERVER_SECONDS", 0.1)
    with EmbeddedServer.start(folder, fsync=False):
        pid_file = (folder / "data" / "postmaster.pid").read_text()
        with pytest.raises(ServerNotStarted, match="kill -INT"):
            cluster.clear_pid_file(folder / "data")
        assert (folder / "data" / "postmaster.pid").read_text() == pid_file


def test_a_server_that_is_still_ending_is_awaited(folder: Path) -> None:
    """A start right after a crash waits for the processes that are on their way out."""
    with subprocess.Popen(["sleep", "0.3"], cwd=folder / "data") as ending:
        _leave_pid_file(folder, ending.pid)
        cluster.clear_pid_file(folder / "data")
        assert ending.poll() is not None


def _leave_pid_file(folder: Path, pid: int) -> None:
    (folder / "data" / "postmaster.pid").write_text(f"{pid}\n{folder}\n1700000000\n5432\n/tmp\n\n  1 1\nready\n")


def _assert_it_starts(folder: Path) -> None:
    with EmbeddedServer.start(folder, fsync=False) as server:
        psycopg.connect(server.url).close()
