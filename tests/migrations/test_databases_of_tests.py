"""The database fixtures themselves."""

import psycopg
import pytest

from migrations.runner import pending


@pytest.mark.parametrize("run", [1, 2])
def test_every_test_has_a_migrated_database_of_its_own(database: str, run: int) -> None:
    """What one test writes, the next one does not see; all migrations are applied."""
    assert pending(database) == []
    with psycopg.connect(database) as connection:
        connection.execute("create table mine (run integer)")


def test_an_empty_database_has_no_tables(empty_database: str) -> None:
    """The empty database holds nothing of ours."""
    with psycopg.connect(empty_database) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert tables == (0,)
