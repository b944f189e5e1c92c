"""Takes a closed campaign out of the database for good, by the owner of the tables."""

from __future__ import annotations

from psycopg import AsyncConnection
from psycopg.errors import InsufficientPrivilege, LockNotAvailable
from psycopg.sql import SQL, Identifier

from domain.ids import CampaignId
from domain.sql import load_statements
from migrations.runner import CONNECT_SECONDS
from projections.postgres.log_reader import SQL as FEEDING
from transport.cli.errors import CommandFailed
from transport.cli.ready_database import ready_database_for_owner
from transport.settings import Settings

_SQL = load_statements("transport.cli", "purging.sql")
_TRY_REBUILD = load_statements("projections.postgres", "rebuilding.sql")["try_rebuild"]
_DELETE = SQL("delete from {} where campaign_id = %s")


async def purge(settings: Settings, campaign: CampaignId, *, is_sure: bool) -> None:
    """Prints what went, or what would go."""
    url = ready_database_for_owner(settings)
    try:
        async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            await _purge(connection, campaign, is_sure=is_sure)
    except InsufficientPrivilege:
        raise CommandFailed("Only the owner of the tables may do this") from None
    except LockNotAvailable:
        raise CommandFailed("The log is busy: nothing was deleted; try again") from None


async def _purge(connection: AsyncConnection, campaign: CampaignId, *, is_sure: bool) -> None:
    values = {"campaign": campaign}
    await connection.execute(_SQL["session"])
    async with connection.transaction():
        found = await (await connection.execute(_SQL["hold_campaign"], values)).fetchall()
        [[events]] = await (await connection.execute(_SQL["count_events"], values)).fetchall()
        if found == [(True,)]:
            raise CommandFailed(f"The campaign {campaign} is open: close it first")
        if not found and not events:
            raise CommandFailed(f"There is no campaign {campaign}")
        if not is_sure:
            raise CommandFailed(f"This would delete {events} events for good: say --yes")
        await _keep_feeders_away(connection)
        tables = await (await connection.execute(_SQL["tables"])).fetchall()
        for schema, table in tables:
            if table == "event_log":
                await connection.execute(_SQL["impatient"])
                await connection.execute(_SQL["unlock_log"])
            await connection.execute(_DELETE.format(Identifier(schema, table)), (campaign,))
        await connection.execute(_SQL["lock_log"])
    print(f"{events} events deleted, and what {len(tables)} tables knew of {campaign}")


async def _keep_feeders_away(connection: AsyncConnection) -> None:
    """Until our end nobody brings what they have read of the log into the tables of the analysts."""
    try:
        await connection.execute(_TRY_REBUILD)
    except LockNotAvailable:
        raise CommandFailed("The tables of the analysts are being made anew: try again when that is done") from None
    await connection.execute(FEEDING["await_turn"])
