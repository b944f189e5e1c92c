"""Bringing databases up to date."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from migrations import runner
from migrations.errors import DatabaseUnreachable, FileEdited, MigrationFailed, MigrationLockTimeout
from migrations.runner import migrate, pending
from tests.migrations.embedded.server_user import ROOT, eventually


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with two migrations, the second of which builds on the first."""
    (tmp_path / "0001_notes.sql").write_text("create table note (text text); insert into note values ('100 %');")
    (tmp_path / "0002_more.sql").write_text("insert into note select 'two' from note; select pg_sleep(0.2);")
    return tmp_path


def notes(url: str) -> list[str]:
    """What the migrations wrote."""
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("select text from note order by text").fetchall()]


def test_files_are_applied_in_order_and_once(empty_database: str, files: Path) -> None:
    """A first run applies all, a second one nothing, and a new file alone is applied later."""
    assert pending(empty_database, files) == ["0001_notes.sql", "0002_more.sql"]
    assert migrate(empty_database, files) == ["0001_notes.sql", "0002_more.sql"]
    assert notes(empty_database) == ["100 %", "two"]
    assert migrate(empty_database, files) == []
    (files / "0003_third.sql").write_text("insert into note values ('three')")
    assert pending(empty_database, files) == ["0003_third.sql"]
    assert migrate(empty_database, files) == ["0003_third.sql"]
    assert notes(empty_database) == ["100 %", "three", "two"]


def test_each_step_is_reported(empty_database: str, files: Path) -> None:
    """Who waits can see what happens."""
    lines: list[str] = []
    migrate(empty_database, files, lines.append)
    assert [line.partition(" in ")[0] for line in lines] == [
        "applied 0001_notes.sql",
        "applied 0002_more.sql",
    ]


def test_asking_what_is_pending_changes_nothing(empty_database: str, files: Path) -> None:
    """The bookkeeping table is made by migrate alone."""
    pending(empty_database, files)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("select to_regclass('schema_migrations')").fetchone() == (None,)


def test_an_edited_file_is_refused_before_anything_is_applied(empty_database: str, files: Path) -> None:
    """History can't be changed under a database."""
    migrate(empty_database, files)
    (files / "0001_notes.sql").write_text("create table note (text text, author text);")
    (files / "0003_third.sql").write_text("insert into note values ('three')")
    with pytest.raises(FileEdited, match=r"0001_notes\.sql"):
        migrate(empty_database, files)
    with pytest.raises(FileEdited):
        pending(empty_database, files)
    assert notes(empty_database) == ["100 %", "two"]


def test_a_failing_file_is_rolled_back_whole(empty_database: str, files: Path) -> None:
    """The files before it stay, the error names it, and once it is mended the run goes on."""
    broken = files / "0003_broken.sql"
    broken.write_text("insert into note values ('half'); insert into nowhere values (1);")
    with pytest.raises(MigrationFailed, match=r"0003_broken\.sql.*nowhere"):
        migrate(empty_database, files)
    assert notes(empty_database) == ["100 %", "two"]
    broken.write_text("insert into note values ('whole')")
    assert migrate(empty_database, files) == ["0003_broken.sql"]
    assert notes(empty_database) == ["100 %", "two", "whole"]


def test_concurrent_migrators_apply_each_file_once(empty_database: str, files: Path) -> None:
    """Four programs that start together on an empty database share the work without a failure."""
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: migrate(empty_database, files), range(4)))
    assert sorted(name for run in runs for name in run) == ["0001_notes.sql", "0002_more.sql"]
    assert notes(empty_database) == ["100 %", "two"]


def test_a_killed_migration_leaves_a_database_that_can_be_migrated(empty_database: str, files: Path) -> None:
    """After kill -9 in the middle of a file that file is undone, and the next run finishes."""
    slow = files / "0003_slow.sql"
    slow.write_text("insert into note values ('slow'); select pg_sleep(600);")
    program = "import sys; from pathlib import Path; from migrations.runner import migrate; "
    run = f"{program} migrate(sys.argv[1], Path(sys.argv[2]))"
    with subprocess.Popen([sys.executable, "-c", run, empty_database, str(files)], cwd=ROOT) as migrator:
        assert eventually(lambda: _is_sleeping(empty_database))
        migrator.kill()
    assert eventually(lambda: not _is_sleeping(empty_database))
    assert notes(empty_database) == ["100 %", "two"]
    slow.write_text("insert into note values ('fast')")
    assert migrate(empty_database, files) == ["0003_slow.sql"]
    assert notes(empty_database) == ["100 %", "fast", "two"]


def test_a_migration_that_never_ends_does_not_hang_the_others(
    empty_database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits says once for whom, and gives up with an error in the end."""
    migrate(empty_database, files)
    monkeypatch.setattr(runner, "LOCK_SECONDS", 0.2)
    lines: list[str] = []
    with psycopg.connect(empty_database) as other:
        other.execute(runner.STATEMENTS["take_turn"])
        whose = f"(fogbound, process {other.info.backend_pid})"
        with pytest.raises(MigrationLockTimeout, match=re.escape(whose)):
            migrate(empty_database, files, lines.append)
    assert lines == [f"waiting for another migration of this database {whose}"]


def test_no_connection_is_a_clear_error_without_the_password(tmp_path: Path, files: Path) -> None:
    """The error's text can be shown to anybody."""
    url = f"postgresql://someone:secret@/fogbound?host={tmp_path}"
    with pytest.raises(DatabaseUnreachable) as failure:
        migrate(url, files)
    assert "secret" not in str(failure.value)


def test_a_migration_gives_up_when_a_table_stays_locked(
    empty_database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not stand in everybody's way while it waits."""
    limit = runner.STATEMENTS["limit_lock_wait"].replace(b"10s", b"10ms")
    monkeypatch.setitem(runner.STATEMENTS, "limit_lock_wait", limit)
    migrate(empty_database, files)
    (files / "0003_alter.sql").write_text("alter table note add column author text")
    with psycopg.connect(empty_database) as reader:
        reader.execute("select * from note")
        with pytest.raises(MigrationFailed, match="lock timeout"):
            migrate(empty_database, files)


def _is_sleeping(url: str) -> bool:
    with psycopg.connect(url) as connection:
        sleepers = connection.execute(
            "select from pg_stat_activity where datname = current_database()"
            " and wait_event = 'PgSleep' and query like '%sleep(600)%'"
        )
        return sleepers.rowcount == 1
