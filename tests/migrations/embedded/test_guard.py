"""However the users of a server end, nothing is left running; however the server ends, it starts again."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from migrations.embedded.server import EmbeddedServer
from tests.migrations.embedded.server_user import eventually, first_line, running_on, server_user

Ending = Callable[[subprocess.Popen[str]], None]
ENDINGS: dict[str, Ending] = {
    "kill -9": lambda user: user.kill(),
    "SIGTERM": lambda user: user.terminate(),
    "Ctrl-C in the terminal": lambda user: os.killpg(user.pid, signal.SIGINT),
    "the terminal closes": lambda user: os.killpg(user.pid, signal.SIGHUP),
    "kill -9 of the whole group": lambda user: os.killpg(user.pid, signal.SIGKILL),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_when_the_user_dies_nothing_is_left_running(folder: Path, ending: str) -> None:
    """The server ends with its last user, its run folder is removed, and committed data is there again."""
    with server_user(folder) as user:
        _commit_a_row(first_line(user))
        run = (folder / "run").resolve()
        ENDINGS[ending](user)
        assert eventually(lambda: not running_on(folder))
        assert eventually(lambda: not run.exists())
    _assert_the_row_is_there(folder)


def test_a_user_killed_during_the_first_start_leaves_a_folder_that_works(new_folder: Path) -> None:
    """Also while initdb runs nothing is left behind that could stop the next start."""
    with server_user(new_folder) as user:
        assert eventually((new_folder / "data.new").exists)
        user.kill()
        assert eventually(lambda: not running_on(new_folder))
    with EmbeddedServer.start(new_folder, fsync=False) as server:
        psycopg.connect(server.url).close()


def test_the_server_starts_again_after_all_of_it_was_killed(folder: Path) -> None:
    """After a crash of guard and PostgreSQL the next start recovers what was committed."""
    with server_user(folder) as user:
        _commit_a_row(first_line(user))
        for pid in running_on(folder):
            _kill(pid)
    assert eventually(lambda: not running_on(folder))
    _assert_the_row_is_there(folder)


def test_postgres_ends_when_only_the_guard_is_killed(folder: Path) -> None:
    """PostgreSQL shuts down without its guard too, and the next start removes the old run folder."""
    with server_user(folder) as user:
        _commit_a_row(first_line(user))
        run = (folder / "run").resolve()
        _kill(_guard_of(folder))
        assert eventually(lambda: not running_on(folder))
    _assert_the_row_is_there(folder)
    assert not run.exists()


def test_a_server_that_crashed_under_its_users_is_started_anew(folder: Path) -> None:
    """When PostgreSQL dies while it is used, its guard leaves, and who comes next gets a new server."""
    with server_user(folder) as user:
        url = first_line(user)
        _commit_a_row(url)
        _kill(_postmaster_of(folder))
        assert eventually(lambda: not running_on(folder))
        with EmbeddedServer.start(folder, fsync=False) as server:
            assert server.url != url
        _assert_the_row_is_there(folder)


def _commit_a_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 7 as seven")


def _assert_the_row_is_there(folder: Path) -> None:
    with EmbeddedServer.start(folder, fsync=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select seven from kept").fetchone() == (7,)


def _postmaster_of(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def _guard_of(folder: Path) -> int:
    status = Path(f"/proc/{_postmaster_of(folder)}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:")))


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        assert not Path(f"/proc/{pid}").exists()
