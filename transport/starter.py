"""A campaign that is ready to play, for who has none yet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from transport.directory import OPERATOR, Bounds, Directory, NewInvite, connection_pool
from transport.map_import import import_map_file

CAMPAIGN = "The Fogbound Coast"
DM = "The DM"
SIGN_IN_HOURS = 24.0


class ReadyTable(NamedTuple):
    """A campaign, and the tokens of a sign-in link for its DM and of an invite for players."""

    campaign: CampaignId
    dm_token: str
    player_token: str


async def ready_table(database_url: str, map_file: Path, bounds: Bounds) -> ReadyTable:
    """The newest campaign, or a new one with the map; the links are new each time."""
    async with connection_pool(database_url) as pool:
        directory = Directory(pool, bounds)
        campaigns = await directory.campaigns()
        if campaigns:
            campaign = campaigns[-1].campaign_id
            dm = await first_dm(directory, campaign)
        else:
            dm = await directory.create_person(DM)
            campaign = await directory.create_campaign(CAMPAIGN, dm, by=OPERATOR)
            async with PostgresStore(database_url) as store:
                await import_map_file(store, campaign, dm, await asyncio.to_thread(map_file.read_bytes))
        sign_in = await sign_in_link(directory, campaign, dm)
        invite = await directory.create_invite(campaign, "player", by=OPERATOR, created_by=dm)
        return ReadyTable(campaign, sign_in.token, invite.token)


async def sign_in_link(directory: Directory, campaign: CampaignId, dm: UserId) -> NewInvite:
    """Signs the DM in, again and again until it expires."""
    return await directory.create_invite(
        campaign, "dm", by=OPERATOR, expires_in_hours=SIGN_IN_HOURS, created_by=dm, person=dm
    )


async def first_dm(directory: Directory, campaign: CampaignId) -> UserId:
    """The DM who has been a member for the longest; every campaign has one."""
    members = await directory.roster(campaign)
    return next(member.user_id for member in members.values() if member.role == "dm")
