"""What an operator does without a server: migrate, campaigns, invites, people, maps."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from pathlib import Path

from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from migrations.runner import migrate as apply_migrations
from projections.people import Role
from transport.accounts import OPERATOR, Directory
from transport.accounts.names import MAX_CAMPAIGN_NAME, MAX_PERSON_NAME, clean_name
from transport.accounts.tokens import join_link
from transport.cli.ctrl_c import ended_by_ctrl_c
from transport.cli.errors import CommandFailed, database_of, owner_of
from transport.cli.ready_database import ready_database
from transport.cli.starter import first_dm, sign_in_link
from transport.database import connection_pool
from transport.files.whole_file import read_whole
from transport.maps.file import MAX_MAP_BYTES
from transport.maps.importing import import_map_file
from transport.settings import Settings


def migrate(settings: Settings) -> None:
    """Applies what is missing and says what it did."""
    applied = apply_migrations(owner_of(settings), report=print)
    print(f"{len(applied)} applied" if applied else "The database is up to date")


async def create_campaign(settings: Settings, name: str, dm_name: str) -> None:
    """Prints the campaign's id and a sign-in link for its DM."""
    async with _directory(settings) as directory:
        dm = await directory.create_person(_clean(dm_name, MAX_PERSON_NAME))
        campaign = await directory.create_campaign(_clean(name, MAX_CAMPAIGN_NAME), dm, by=OPERATOR)
        link = await sign_in_link(directory, campaign, dm)
        print(campaign)
        _print_link(settings, link.token)


async def list_campaigns(settings: Settings) -> None:
    """Prints id, status, number of members and name of each, a line each, separated by tabs."""
    async with _directory(settings) as directory:
        for campaign in await directory.campaigns():
            print(campaign.campaign_id, campaign.status, campaign.members, campaign.name, sep="\t")


async def list_closed_campaigns(settings: Settings) -> None:
    """Prints id and moment of the closing of each, a line each, separated by a tab."""
    async with _directory(settings) as directory:
        for campaign in await directory.closed_campaigns():
            print(campaign.campaign_id, campaign.closed_at.astimezone(UTC).isoformat(timespec="seconds"), sep="\t")


async def close_campaign(settings: Settings, campaign: CampaignId) -> None:
    """Prints what became of it."""
    async with _directory(settings) as directory:
        await _check_exists(directory, campaign)
        has_log = await directory.close_campaign(campaign, by=OPERATOR)
    left = (
        f"Its log stays: fogbound campaign purge {campaign}"
        if has_log
        else "Nothing was recorded of it, so nothing is left"
    )
    print(f"The campaign {campaign} is closed. {left}")


async def invite(settings: Settings, campaign: CampaignId, role: Role, uses: int | None, hours: float | None) -> None:
    """Prints the link."""
    async with _directory(settings) as directory:
        await _check_exists(directory, campaign)
        made = await directory.create_invite(campaign, role, by=OPERATOR, uses=uses, expires_in_hours=hours)
        _print_link(settings, made.token)


async def forget(settings: Settings, user: UserId) -> None:
    """Prints what is to be done now."""
    async with _directory(settings) as directory:
        led = await directory.forget(user)
    if led is None:
        raise CommandFailed(f"There is nobody with the id {user}")
    print(f"{user} is forgotten.")
    for campaign in led:
        print(f"The campaign {campaign} has no DM now: fogbound campaign invite {campaign} --role dm")


async def import_map(settings: Settings, campaign: CampaignId, file: Path) -> None:
    """Imports in the name of the campaign's first DM and prints the number of hexes."""
    with ended_by_ctrl_c():  # a pipe may never end
        body = read_whole(file, MAX_MAP_BYTES)
    async with _directory(settings) as directory, PostgresStore(database_of(settings)) as store:
        await _check_exists(directory, campaign)
        dm = await first_dm(directory, campaign)
        if dm is None:
            raise CommandFailed(f"The campaign {campaign} has no DM: fogbound campaign invite {campaign} --role dm")
        hexes = await import_map_file(store, campaign, dm.user_id, body)
        print(f"{hexes} hexes imported")


@asynccontextmanager
async def _directory(settings: Settings) -> AsyncIterator[Directory]:
    async with connection_pool(ready_database(settings)) as pool:
        yield Directory(pool, settings.bounds)


async def _check_exists(directory: Directory, campaign: CampaignId) -> None:
    if not await directory.campaign_name(campaign):
        raise CommandFailed(f"There is no campaign {campaign}")


def _clean(name: str, longest: int) -> str:
    try:
        return clean_name(name, longest)
    except ValueError as problem:
        raise CommandFailed(str(problem)) from None


def _print_link(settings: Settings, token: str) -> None:
    """Where people reach a server is known by a setting alone: this program is none."""
    if settings.public_url is None:
        print("fogbound: FOGBOUND_PUBLIC_URL is not set: put your server's address before /join", file=sys.stderr)
    print(join_link(settings.public_url or "", token))
