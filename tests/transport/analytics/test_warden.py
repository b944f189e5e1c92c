"""Sessions of analysts that are in the way of play are ended, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.access import Kept, access_of, logins, signed_in_as
from tests.conftest import fresh_database
from tests.domain.store.patience import until
from transport.analytics import warden
from transport.analytics.warden import end_lingering
from transport.database import connection_pool
from transport.server.server import running
from transport.settings import Settings


def kept_by(owner_url: str) -> str:
    """What makes an owner who is no superuser able to end the sessions of a login, and to drop it."""
    with psycopg.connect(owner_url) as owner:
        is_superuser = owner.info.parameter_status("is_superuser") == "on"
        return "" if is_superuser else f" role {owner.info.user}"


@contextmanager
def an_analyst(owner_url: str) -> Iterator[psycopg.Connection]:
    """As `fogbound analyst create` makes one."""
    role = f"in role {access_of(owner_url).analyst_role}{kept_by(owner_url)}"
    with logins(owner_url, eve=role) as names:
        connection = psycopg.connect(signed_in_as(owner_url, names["eve"]))
        yield connection
        connection.close()  # which does not ask a session that was ended to commit


def is_alive(connection: psycopg.Connection) -> bool:
    try:
        connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(params=["superuser", "careful"])
def urls(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The owner's URL and the server's."""
    if request.param == "superuser":
        url: str = request.getfixturevalue("own_database")
        return url, url
    kept: Kept = request.getfixturevalue("kept")
    return kept.owner_url, kept.server_url


async def test_a_transaction_that_takes_too_long_is_ended(urls: tuple[str, str]) -> None:
    """Whatever limit its session has set; others are left alone, and so is who has just begun."""
    owner_url, server_url = urls
    async with connection_pool(server_url) as pool:
        with an_analyst(owner_url) as eve, psycopg.connect(owner_url) as owner, psycopg.connect(server_url) as server:
            for connection in (eve, owner, server):
                connection.execute("set statement_timeout = 0")
            await end_lingering(pool, 3600)
            assert is_alive(eve)
            await end_lingering(pool, 0)
            assert not is_alive(eve)
            assert is_alive(owner)
            assert is_alive(server)


async def test_an_advisory_lock_is_not_held_for_long(kept: Kept) -> None:
    """Where PostgreSQL lets everybody take them: so many would fill the table of locks."""
    async with connection_pool(kept.server_url) as pool:
        with an_analyst(kept.owner_url) as eve:
            eve.autocommit = True
            eve.execute("select pg_advisory_lock(n) from generate_series(1, 1000) as n")
            await end_lingering(pool, 3600)
            assert not is_alive(eve)


async def test_who_may_hold_the_queue_of_notifications_is_ended(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue of notifications, when it fills up: once it is full nobody can commit."""
    monkeypatch.setattr(warden, "FULLEST_QUEUE", -1.0)
    async with connection_pool(own_database) as pool:
        with an_analyst(own_database) as eve:
            await end_lingering(pool, 3600)
            assert not is_alive(eve)


async def test_a_server_looks_after_them(own_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again, also after it could not."""
    monkeypatch.setattr(warden, "LOOK_SECONDS", 0.05)
    with psycopg.connect(own_database, autocommit=True) as owner:
        owner.execute("alter function end_lingering_analysts(double precision, double precision) rename to away")
        async with running(Settings(port=0, analyst_seconds=0.1), own_database):
            with an_analyst(own_database) as eve:
                eve.execute("select 1")
                query = "select count(*) from pg_stat_activity where pid = %s"
                owner.execute(
                    "alter function away(double precision, double precision) rename to end_lingering_analysts"
                )
                await until(lambda: owner.execute(query, (eve.info.backend_pid,)).fetchone() == (0,))


async def test_locks_are_not_taken_from_elsewhere_either(urls: tuple[str, str], server_url: str) -> None:
    """From another database, where everybody may sign in: the table of locks is one. Else nobody is ended there."""
    owner_url, its_server_url = urls
    with (
        fresh_database(server_url, "template0") as elsewhere,
        an_analyst(owner_url) as eve,
        logins(owner_url, bo=kept_by(owner_url)) as others,
        psycopg.connect(signed_in_as(elsewhere, eve.info.user)) as roaming,
        psycopg.connect(signed_in_as(elsewhere, others["bo"])) as stranger,
    ):
        async with connection_pool(its_server_url) as pool:
            roaming.execute("select pg_advisory_lock(1)")
            await end_lingering(pool, 0)
            assert is_alive(roaming)
            for connection in (roaming, stranger):
                connection.execute("select pg_advisory_lock_shared(n) from generate_series(2, 1100) as n")
            await end_lingering(pool, 3600)
        assert not is_alive(roaming)
        assert is_alive(stranger)
        roaming.close()
        with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
            psycopg.connect(signed_in_as(elsewhere, roaming.info.user))


async def test_who_holds_many_locks_is_ended(own_database: str) -> None:
    """Of whatever kind: nested transactions hold one for each thing that they touch."""
    async with connection_pool(own_database) as pool:
        with an_analyst(own_database) as eve:
            for number in range(300):
                eve.execute(f"savepoint s{number}")
                eve.execute("alter role current_user set work_mem = '4MB'")
            await end_lingering(pool, 3600)
            assert is_alive(eve)
            for number in range(1_000):
                eve.execute(f"savepoint t{number}")
                eve.execute("alter role current_user set work_mem = '4MB'")
            await end_lingering(pool, 3600)
            assert not is_alive(eve)
