"""Writers take turns, and nobody without a right to write can take one."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from domain.postgres import PostgresStore
from tests.access import Kept, access_of, logins, refusal, signed_in_as
from tests.domain.store.lock import log_locked
from tests.domain.store.streams import a_campaign, reveal

ADVISORY_LOCKS = (7381231986757955172, 4606185214157, 7378413942531321698, 7881656362133087607)
"""With which programs of before took turns."""

EVENT = """
insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)
values (gen_random_uuid(), 1, gen_random_uuid(), 'session_paused', 1, now(), gen_random_uuid(), '{}')
"""


async def test_an_analyst_holds_up_nobody(kept: Kept) -> None:
    """Not by any lock that needs no right, where PostgreSQL lets everybody take them; the others are refused."""
    group = access_of(kept.admin_url).analyst_role
    with (
        logins(kept.admin_url, eve=f"in role {group}") as names,
        psycopg.connect(signed_in_as(kept.admin_url, names["eve"]), autocommit=True) as eve,
    ):
        for number in ADVISORY_LOCKS:
            eve.execute("select pg_advisory_lock(%s)", (number,))
        for table in (
            "log_turn",
            "feeding_turn",
            "rebuild_turn",
            "snapshot_turn",
            "event_log",
            "schema_migrations",
        ):
            for mode in ("access share", "exclusive"):
                assert refusal(eve, f"lock table public.{table} in {mode} mode") == "42501"
        async with PostgresStore(kept.server_url) as store:
            campaign = a_campaign()
            await store.append([reveal(campaign, 1)])
            assert (await store.head(campaign)).version == 1


async def test_where_it_can_be_an_analyst_takes_no_advisory_lock(database: str) -> None:
    """Enough of them would fill the table of locks that everybody needs."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("set role {}").format(Identifier(access_of(database).analyst_role)))
        for function in ("pg_advisory_lock", "pg_try_advisory_lock", "pg_advisory_xact_lock_shared"):
            assert refusal(connection, f"select {function}(1)") == "42501"


def test_who_knows_nothing_of_turns_takes_one(database: str) -> None:
    """An older server, or somebody at psql: the order of positions stays the order of commits."""
    with log_locked(database), psycopg.connect(database, autocommit=True) as older:
        older.execute("set lock_timeout = '10ms'")
        assert refusal(older, EVENT) == "55P03"
    with psycopg.connect(database) as older:
        older.execute(EVENT)
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("set lock_timeout = '10ms'")
            assert refusal(other, "select take_turn()") == "55P03"


@pytest.mark.parametrize("change", ["update member set role = 'dm'", "insert into member select * from one"])
def test_changes_of_members_take_one(database: str, change: str) -> None:
    """At their commit."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("insert into campaign (campaign_id, name) values (gen_random_uuid(), 'Fog')")
        connection.execute("insert into person (person_id, name) values (gen_random_uuid(), 'Ada')")
        connection.execute("create view one as select campaign_id, person_id, 'player' from campaign, person")
        if change.startswith("update"):
            connection.execute("insert into member select * from one")
        with log_locked(database):
            connection.execute("set lock_timeout = '10ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                connection.execute(change)
        connection.execute(change)
