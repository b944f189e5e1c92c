"""A removal has its place in the order of the log."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest

from domain.postgres import PostgresStore
from domain.store import VersionConflict
from tests.domain.store.lock import log_locked, waiting_backends
from tests.domain.store.patience import until
from tests.domain.store.streams import a_campaign, reveal


async def test_a_removal_waits_for_events_that_were_decided_before_it(
    postgres: PostgresStore, database: str, sql: psycopg.Connection
) -> None:
    """An event that is on its way into the log is committed first; one that comes after the removal is refused."""
    campaign, person = a_campaign(), uuid4()
    sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", (campaign,))
    sql.execute("insert into person (person_id, name) values (%s, 'Ada')", (person,))
    sql.execute("insert into member (campaign_id, person_id, role) values (%s, %s, 'player')", (campaign, person))
    await postgres.append([reveal(campaign, 1)], 1)
    removed: list[object] = []

    def remove() -> None:
        with psycopg.connect(database) as other:
            other.execute("delete from member where campaign_id = %s", (campaign,))
            other.commit()
            removed.append(True)

    with log_locked(database):
        # Decided on the old members, and waiting for its turn when the removal is made.
        append = asyncio.create_task(postgres.append([reveal(campaign, 2)], 1))
        await waiting_backends(sql)
        removal = asyncio.create_task(asyncio.to_thread(remove))
        await until(lambda: len(_waiting(sql)) == 2)
        assert not removed
    await append
    await removal
    with pytest.raises(VersionConflict):
        await postgres.append([reveal(campaign, 3)], 1)
    await postgres.append([reveal(campaign, 3)], 2)


def _waiting(sql: psycopg.Connection) -> list[tuple[int]]:
    """Those who wait for their turn in the log."""
    return sql.execute("select pid from pg_locks where not granted").fetchall()
