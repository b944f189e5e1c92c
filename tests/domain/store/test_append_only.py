"""The log only grows, because the database says so."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from domain.postgres import PostgresStore
from tests.domain.store.streams import a_campaign, reveal, stored


@pytest.mark.parametrize(
    "statement",
    [
        "update event_log set actor = event_id",
        "update event_log set actor = event_id where false",
        "delete from event_log",
        "truncate event_log",
        "insert into event_log select * from event_log on conflict (event_id) do update set version = 7",
    ],
)
async def test_nothing_changes_the_log(postgres: PostgresStore, sql: psycopg.Connection, statement: str) -> None:
    """No statement changes or removes what was recorded, whoever gives it."""
    campaign = a_campaign()
    await postgres.append([event := reveal(campaign, 1)])
    with pytest.raises(InsufficientPrivilege, match="append-only"):
        sql.execute(statement.replace("select *", "overriding system value select *"))
    assert await stored(postgres, campaign) == [event]
