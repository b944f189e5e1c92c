"""Sign-ins end while members of their owners' campaigns change and others write to the log: nobody waits in a circle.

Whoever waits in one is thrown out by the database after a second in which nobody can write.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import NamedTuple

import psycopg
import pytest

from domain.ids import CampaignId, UserId
from tests.transport.accounts.people import somebody
from transport.accounts import OPERATOR, Bounds, Directory
from transport.accounts.refusals import TooManySignIns
from transport.accounts.tokens import hash_token
from transport.database import connection_pool

ROUNDS = 15


@pytest.fixture
async def directory(database: str) -> AsyncIterator[Directory]:
    """So many connections that nobody waits for one, and soon a sign-in too many."""
    async with connection_pool(database, size=16) as pool:
        yield Directory(pool, Bounds(members=10_000, redeems_per_minute=0, sign_ins=2))


class Led(NamedTuple):
    """A campaign, its DM, and an invite for players."""

    campaign: CampaignId
    dm: UserId
    invite: str


async def led_by(directory: Directory, name: str) -> list[Led]:
    """Two campaigns of one person, whose second one has either the lower or the higher id."""
    dm = (await somebody(directory, name)).user_id
    campaigns = [await directory.create_campaign(name, dm, by=OPERATOR) for _ in range(2)]
    invites = [await directory.create_invite(one, "player", by=OPERATOR, uses=10_000) for one in campaigns]
    return [Led(one, dm, invite.token) for one, invite in zip(campaigns, invites, strict=True)]


async def test_nobody_waits_in_a_circle(directory: Directory, database: str) -> None:
    """Sign-ins are pushed out, revoked with their link, signed out and swept; people come; the log is written."""
    all_of_them = [one for name in ("Al", "Bo") for one in await led_by(directory, name)]
    over = asyncio.Event()

    async def write() -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
            while not over.is_set():
                await connection.execute("select public.take_turn()")
                await asyncio.sleep(0.001)

    async def come(led: Led) -> None:
        number = 0
        while not over.is_set():
            await directory.redeem(led.invite, None, f"P{number}")
            number += 1

    async def sign_in(led: Led) -> None:
        link = await directory.create_invite(led.campaign, "dm", by=OPERATOR, person=led.dm)
        for _ in range(3):
            with suppress(TooManySignIns):  # the links of one person take each other's places
                await directory.redeem(link.token, None, None)
        await directory.revoke_invite(led.campaign, link.invite_id, by=OPERATOR)

    async with asyncio.TaskGroup() as group:
        for one in (write(), *map(come, all_of_them)):
            group.create_task(one)
        for _ in range(ROUNDS):
            let_expire(database, [led.dm for led in all_of_them])
            await asyncio.gather(directory.sweep_sign_ins(), *map(sign_in, all_of_them))
        over.set()


def let_expire(database: str, owners: list[UserId]) -> None:
    """Each gets a sign-in that ended by itself so long ago that it is swept."""
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into sign_in (token_hash, person_id, expires_at)"
            " values (sha256(gen_random_uuid()::text::bytea), %s, now() - interval '8 days')",
            [(owner,) for owner in owners],
        )


async def test_what_ended_by_itself_changes_nothing_when_it_is_swept(directory: Directory, database: str) -> None:
    """It gave no authority any more: no room reads its members anew, and nobody waits for the sweep."""
    led = await led_by(directory, "Al")
    query = "select roster_version from campaign order by campaign_id"
    with psycopg.connect(database, autocommit=True) as connection:
        before = connection.execute(query).fetchall()
        let_expire(database, [one.dm for one in led])
        assert await directory.sweep_sign_ins() == 2
        assert connection.execute(query).fetchall() == before


async def test_each_end_counts_as_a_change_of_what_one_leads(directory: Directory) -> None:
    """However it ends: an append that was decided before it is refused."""
    led = await led_by(directory, "Al")
    campaigns, dm = [one.campaign for one in led], led[0].dm

    async def counted() -> int:
        """What has been counted since the last time, in each of the two."""
        versions = await directory.roster_versions(campaigns)
        [new] = {versions[one] - known[one] for one in campaigns}
        known.update(versions)
        return new

    known = await directory.roster_versions(campaigns)
    link = await directory.create_invite(campaigns[0], "dm", by=OPERATOR, person=dm)
    await directory.redeem(link.token, None, None)
    assert await counted() == 0
    await directory.redeem(link.token, None, None)  # the third sign-in pushes one out
    assert await counted() == 1
    await directory.revoke_invite(campaigns[0], link.invite_id, by=OPERATOR)
    assert await counted() == 1
    await directory.sign_out(hash_token(await directory.sign_in(dm)))
    assert await counted() == 1
