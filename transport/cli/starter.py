"""Links into the campaigns of a database; where there is none yet, into a new one that is ready to play."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from projections.people import Member
from transport.accounts import OPERATOR, Bounds, Directory, NewInvite
from transport.database import connection_pool
from transport.maps.importing import import_map_file

CAMPAIGN = "The Fogbound Coast"
DM = "The DM"
SIGN_IN_HOURS = 24.0

MOST_TABLES = 20
"""Links are made at each start, and people have to read them: a database of a whole club has hundreds of campaigns."""


class ReadyTable(NamedTuple):
    """A campaign, and the tokens of a sign-in link for its DM and of an invite for players.

    `dm` is the name of the DM. None: the campaign has no DM, and `dm_token` makes one of the first person who comes.
    """

    campaign: CampaignId
    name: str
    dm: str | None
    dm_token: str
    player_token: str


class ReadyTables(NamedTuple):
    """The oldest campaigns, at least one, and how many newer ones there are without links."""

    tables: list[ReadyTable]
    others: int


async def ready_tables(database_url: str, map_file: Path, bounds: Bounds) -> ReadyTables:
    """New links to all campaigns, the oldest first, in the place of those of the last time.

    Makes a campaign with the map if there is none.
    """
    async with connection_pool(database_url) as pool:
        directory = Directory(pool, bounds)
        if not await directory.campaigns():
            await directory.create_campaign(CAMPAIGN, await directory.create_person(DM), by=OPERATOR)
        campaigns = await directory.campaigns()
        if [one.name for one in campaigns] == [CAMPAIGN]:
            # Made now, or by a start that was killed before the map was there.
            await _bring_map(directory, database_url, campaigns[0].campaign_id, map_file)
        tables = [await _table(directory, one.campaign_id, one.name) for one in campaigns[:MOST_TABLES]]
        return ReadyTables(tables, len(campaigns[MOST_TABLES:]))


async def sign_in_link(
    directory: Directory, campaign: CampaignId, dm: UserId, *, is_printed: bool = False
) -> NewInvite:
    """Signs the DM in, again and again until it expires. See create_invite for `is_printed`."""
    return await directory.create_invite(
        campaign,
        "dm",
        by=OPERATOR,
        expires_in_hours=SIGN_IN_HOURS,
        created_by=dm,
        person=dm,
        is_printed=is_printed,
    )


async def first_dm(directory: Directory, campaign: CampaignId) -> Member | None:
    """The DM who has been a member for the longest. None: `fogbound forget` took the last one."""
    members = await directory.roster(campaign)
    return next((member for member in members.values() if member.role == "dm"), None)


async def _bring_map(directory: Directory, database_url: str, campaign: CampaignId, map_file: Path) -> None:
    """Where nothing has happened yet: an event is all of this map, or what somebody has done without it."""
    dm = await first_dm(directory, campaign)
    async with PostgresStore(database_url) as store:
        if dm is not None and not (await store.head(campaign)).version:
            await import_map_file(store, campaign, dm.user_id, await asyncio.to_thread(map_file.read_bytes))


async def _table(directory: Directory, campaign: CampaignId, name: str) -> ReadyTable:
    dm = await first_dm(directory, campaign)
    if dm is None:
        leading = await directory.create_invite(
            campaign, "dm", by=OPERATOR, uses=1, expires_in_hours=SIGN_IN_HOURS, is_printed=True
        )
    else:
        leading = await sign_in_link(directory, campaign, dm.user_id, is_printed=True)
    playing = await directory.create_invite(
        campaign, "player", by=OPERATOR, created_by=dm.user_id if dm else None, is_printed=True
    )
    return ReadyTable(campaign, name, dm.name if dm else None, leading.token, playing.token)
