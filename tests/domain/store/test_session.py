"""Every connection of ours works in the server's role, and believes no name that somebody else has made."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import psycopg
import pytest
from psycopg import AsyncConnection

from domain.append import Append
from domain.ids import UserId
from domain.postgres import PostgresStore
from domain.postgres.liveness import new_connection
from domain.postgres.session import as_login, begin_session
from domain.postgres.settlement import recorded_appends
from domain.postgres.writer import Writer
from projections.postgres.feeder import SMALL, Feeder, feeding_connection
from projections.room_state import RoomState
from tests.access import Kept, access_of, logins, signed_in_as
from tests.domain.store.streams import a_campaign, reveal
from transport.accounts import OPERATOR, Directory
from transport.cluster.lease import Lease
from transport.cluster.membership import ClusterMembership
from transport.database import connection_pool
from transport.rooms.loading import Snapshot
from transport.rooms.snapshot_store import SnapshotStore
from transport.rooms.windows import KeptWindows

Opening = Callable[[str], AbstractAsyncContextManager[AsyncConnection[Any]]]


@asynccontextmanager
async def pooled(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with connection_pool(url) as pool, pool.connection() as connection:
        yield connection


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    writer = await Writer.open(url, 5)
    yield writer.connection
    await writer.close()


@asynccontextmanager
async def plain(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    async with new_connection(url, 5) as connection:
        yield connection
    await connection.close()


@pytest.mark.parametrize("opening", [plain, writing, pooled, feeding_connection])
@pytest.mark.parametrize("options", ["", "&options=-c%20role%3Dnone%20-c%20search_path%3Dpublic"])
async def test_each_kind_of_connection(
    database: str, monkeypatch: pytest.MonkeyPatch, opening: Opening, options: str
) -> None:
    """Whatever the URL or the environment says."""
    monkeypatch.setenv("PGOPTIONS", "-c role=none -c search_path=public")
    async with opening(database + options) as connection:
        cursor = await connection.execute("select current_user, current_schemas(false)")
        role, schemas = (await cursor.fetchall())[0]
    assert role == access_of(database).server_role
    assert "public" not in schemas


PLANTED = """
create function public.{} language plpgsql as $$
begin
    execute 'create table if not exists public.owned as select current_user::text as by_whom';
    return null;
end
$$
"""


@pytest.mark.parametrize(
    "signature",
    [
        "hashtextextended(text, integer) returns bigint",
        "get_byte(bytea, smallint) returns integer",
        "make_interval(secs integer) returns interval",
        "pg_notify(text, varchar) returns integer",
    ],
)
async def test_a_planted_function_is_not_called(database: str, signature: str) -> None:
    """Where everybody may create in `public`, as up to PostgreSQL 14: somebody makes one that fits better than ours."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("grant create on schema public to public")
        with logins(database, mal=f"in role {access_of(database).analyst_role}") as names:
            with psycopg.connect(signed_in_as(database, names["mal"]), autocommit=True) as mal:
                mal.execute(PLANTED.format(signature).encode())
            async with connection_pool(database) as pool, PostgresStore(database) as store:
                directory = Directory(pool)
                dm = await directory.create_person("Dee")
                campaign = await directory.create_campaign("Fog", dm, by=OPERATOR)
                invite = await directory.create_invite(campaign, "player", uses=1, by=OPERATOR)
                ada = await directory.redeem(invite.token, None, "Ada")
                await store.append([reveal(campaign, 1)])
                await SnapshotStore(pool).keep_next(campaign, Snapshot(RoomState(version=1), KeptWindows()), 0)
                await directory.forget(UserId(ada.user_id))
            membership = ClusterMembership(database, Lease(5))
            await membership.stay_alive()
            await membership.retire()
            async with feeding_connection(database) as connection:
                assert await Feeder(connection, SMALL).step() == 1
            assert owner.execute("select to_regclass('public.owned')").fetchone() == (None,)


def test_functions_of_ours_fix_their_names(database: str) -> None:
    """Whoever calls them, also as an owner at psql. Two need none, since they name nothing but a table."""
    with psycopg.connect(database) as connection:
        loose = connection.execute(
            "select proname from pg_proc inner join pg_language on pg_language.oid = prolang"
            " where pronamespace = 'public'::regnamespace and lanname = 'plpgsql'"
            " and not coalesce('search_path=pg_catalog, pg_temp' = any(proconfig), false) order by proname"
        ).fetchall()
    assert loose == [("take_turn",), ("take_turn_to_insert",)]


async def test_as_the_login_and_back_again(database: str) -> None:
    """Also when something goes wrong meanwhile."""
    async with plain(database) as connection:
        with suppress(psycopg.errors.DivisionByZero):
            async with as_login(connection):
                cursor = await connection.execute("select current_user")
                assert await cursor.fetchall() == [("fogbound",)]
                await connection.execute("select 1/0")
        cursor = await connection.execute("select current_user")
        assert await cursor.fetchall() == [(access_of(database).server_role,)]


async def test_a_line_that_can_not_be_given_back_is_closed(database: str) -> None:
    """Nobody gets it while it has the rights of the login."""
    async with plain(database) as connection:
        with psycopg.connect(database, autocommit=True) as owner, pytest.raises(psycopg.OperationalError):
            async with as_login(connection):
                owner.execute("delete from database_access")
        assert connection.closed


async def test_a_database_without_roles(database: str) -> None:
    """Nobody goes on with the rights of the login."""
    with psycopg.connect(database) as connection:
        connection.execute("delete from database_access")
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        with pytest.raises(psycopg.OperationalError, match="fogbound migrate"):
            await begin_session(connection)


async def test_a_login_that_may_do_little_ends_its_own_writers(kept: Kept) -> None:
    """After a commit of which nobody knows: else it would never be settled."""
    lost, next_one = await Writer.open(kept.server_url, 5), await Writer.open(kept.server_url, 5)
    append = Append.of([reveal(a_campaign(), 1)])
    assert await lost.try_commit([append]) is None
    assert await recorded_appends(next_one, lost.backend, [append]) == {append}
    with pytest.raises(psycopg.Error):
        await asyncio.wait_for(lost.connection.execute("select 1"), 5)
    assert await next_one.try_commit([Append.of([reveal(a_campaign(), 1)])]) is None
    await next_one.close()
    await lost.close()
