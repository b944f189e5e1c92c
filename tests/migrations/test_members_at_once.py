"""Members who come or go together: counted, told, and done in time."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.access import access_of
from transport.accounts import OPERATOR, Directory
from transport.database import connection_pool

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def a_campaign(connection: Connection, members: int) -> UUID:
    """With members who came in one statement."""
    campaign = uuid4()
    connection.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", [campaign])
    persons = [uuid4() for _ in range(members)]
    connection.execute("insert into person (person_id, name) select id, 'P' from unnest(%s::uuid[]) as id", [persons])
    connection.execute(
        "insert into member (campaign_id, person_id, role) select %s, id, 'player' from unnest(%s::uuid[]) as id",
        [campaign, persons],
    )
    return campaign


def version(connection: Connection, campaign: UUID) -> object:
    row = connection.execute("select roster_version from campaign where campaign_id = %s", [campaign]).fetchone()
    assert row is not None
    return row[0]


def test_each_member_counts_and_servers_are_told_once(database: str, connection: Connection) -> None:
    """Who comes, gets another role, and goes; of each statement with the count after it."""
    with psycopg.connect(database, autocommit=True) as listening:
        listening.execute(f'listen "{access_of(database).channel("members")}"')
        campaign = a_campaign(connection, 5)
        counts = [version(connection, campaign)]
        for change in (
            "update member set role = 'dm' where person_id = (select min(person_id::text)::uuid from member)",
            "delete from member where role = 'player'",
            "delete from person",
        ):
            connection.execute(change)
            counts.append(version(connection, campaign))
        told = [note.payload for note in listening.notifies(timeout=30, stop_after=4)]
    assert counts == [5, 6, 10, 11]
    assert told == [f"{campaign},{count}" for count in counts]


async def test_ten_thousand_members_can_be_closed(database: str, connection: Connection) -> None:
    """As many as a campaign may have, within the five seconds of a statement."""
    campaign = a_campaign(connection, 10_000)
    async with connection_pool(database) as pool:
        await Directory(pool).close_campaign(campaign, by=OPERATOR)  # type: ignore[arg-type]  # it is one
    assert connection.execute("select count(*) from member").fetchone() == (0,)
