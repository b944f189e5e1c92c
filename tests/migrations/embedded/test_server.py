"""Starting, joining and leaving the embedded server."""

import os
from pathlib import Path

import psycopg
import pytest

from migrations.embedded.folder import ServerFolder, socket_folder
from migrations.embedded.server import EmbeddedServer
from migrations.errors import ServerNotStarted
from tests.migrations.embedded.server_user import eventually, first_line, running_on, server_user


def test_a_started_server_has_our_database_and_is_durable(new_folder: Path) -> None:
    """Out of the box what is committed survives a power cut."""
    with EmbeddedServer.start(new_folder) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select current_database()").fetchone() == ("fogbound",)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute("select current_setting(%s)", [setting]).fetchone() == ("on",)


def test_nobody_else_reaches_the_server(folder: Path) -> None:
    """There is no network port, and socket and data are in folders that are closed to others."""
    with EmbeddedServer.start(folder, fsync=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select current_setting('listen_addresses')").fetchone() == ("",)
        for closed in (folder, folder / "data", socket_folder(folder / "run")):
            assert closed.stat().st_mode & 0o077 == 0


def test_texts_sort_by_code_point_and_keep_unicode_case(folder: Path) -> None:
    """The order of texts does not depend on the machine's locale."""
    with EmbeddedServer.start(folder, fsync=False) as server, psycopg.connect(server.url) as connection:
        rows = connection.execute("select x from unnest(array['b', 'ä', 'B', 'a']) as x order by x").fetchall()
        assert rows == [("B",), ("a",), ("b",), ("ä",)]
        assert connection.execute("select upper('ä')").fetchone() == ("Ä",)


def test_a_stopped_server_is_gone_and_keeps_its_data(folder: Path) -> None:
    """After stop no process and no socket is left, and the next start finds what was committed."""
    with EmbeddedServer.start(folder, fsync=False) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("create table kept as select 7 as seven")
        run = (folder / "run").resolve()
        assert running_on(folder)
    assert running_on(folder) == []
    assert not run.exists()
    with EmbeddedServer.start(folder, fsync=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("select seven from kept").fetchone() == (7,)


def test_stopping_twice_is_harmless(folder: Path) -> None:
    """A second stop neither fails nor takes somebody else's share."""
    with EmbeddedServer.start(folder, fsync=False) as first, EmbeddedServer.start(folder) as second:
        first.stop()
        first.stop()
        psycopg.connect(second.url).close()


@pytest.mark.parametrize("leaves_first", ["who started", "who joined"])
def test_the_server_runs_until_its_last_user_leaves(folder: Path, leaves_first: str) -> None:
    """A second process joins the same server; whoever leaves first says nothing and does not end it for the other."""
    with server_user(folder) as other:
        url = first_line(other)
        with EmbeddedServer.start(folder) as server:
            assert server.url == url
            if leaves_first == "who started":
                assert other.communicate() == ("", "")
                psycopg.connect(server.url).close()
        if leaves_first == "who joined":
            psycopg.connect(url).close()
            assert other.communicate() == ("", "")
    assert eventually(lambda: not running_on(folder))


def test_two_first_starts_at_once_make_one_server(new_folder: Path) -> None:
    """Processes that start together on an empty folder end up on one server."""
    with server_user(new_folder) as one, server_user(new_folder) as other:
        assert first_line(one) == first_line(other) != ""


def test_a_folder_with_a_very_long_path_works(tmp_path: Path) -> None:
    """The socket's limit of 107 bytes is not a limit of ours."""
    deep = tmp_path / ("long-" * 20) / ("path-" * 20)
    assert len(str(deep)) > 200
    with EmbeddedServer.start(deep, fsync=False) as server:
        psycopg.connect(server.url).close()


def test_postgres_never_runs_as_root_and_no_folder_above_is_opened(folder: Path) -> None:
    """Root's server runs under another account, although that one can't enter the folders above the data."""
    above = {path: path.stat().st_mode for path in folder.parents}
    with EmbeddedServer.start(folder, fsync=False):
        owner = (folder / "data").stat().st_uid
        assert owner != 0
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{postmaster}").stat().st_uid == owner
    assert owner == os.geteuid() or os.geteuid() == 0
    assert {path: path.stat().st_mode for path in folder.parents} == above


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    """The error shows the end of PostgreSQL's log, and nothing is left running."""
    (folder / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ServerNotStarted, match="incompatible"):
        EmbeddedServer.start(folder, fsync=False)
    assert running_on(folder) == []


def test_the_log_of_the_server_never_quotes_rows(folder: Path) -> None:
    """Errors are logged without the values they are about."""
    with (
        EmbeddedServer.start(folder, fsync=False) as server,
        psycopg.connect(server.url, autocommit=True) as connection,
    ):
        connection.execute("create table names (name text unique)")
        connection.execute("insert into names values ('Ada')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into names values ('Ada')")
    log = ServerFolder(folder).log.read_text()
    assert "duplicate key" in log
    assert "Ada" not in log
