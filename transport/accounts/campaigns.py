"""Campaigns and their members."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from psycopg.rows import class_row, scalar_row, tuple_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from domain.table import Status
from projections.people import Member, Role
from transport.accounts.authority import OPERATOR, Authority, hold_members, hold_persons, hold_sign_in
from transport.accounts.refusals import LastDm, NoSuchMember, NothingHere, TooManyCampaigns, TooManyCampaignsToday
from transport.accounts.statements import DirectoryPart, execute, fetch

RESTORED_AT_ONCE = 1_000
"""People of an archive in one statement: how long a statement may take is limited."""

RESTORE_SECONDS = 300.0
"""For all of them."""


class Campaign(NamedTuple):
    """A campaign, as the one who runs the server sees it."""

    campaign_id: CampaignId
    name: str
    created_at: datetime
    members: int
    status: Status


class CampaignOf(NamedTuple):
    """A campaign, as one of its members sees it in a list."""

    campaign_id: CampaignId
    name: str
    role: Role
    status: Status


class WaysIn(NamedTuple):
    """`newest` is the invite that let a member in, or made a DM of them; None when it is not known.

    `used` are all invites of the campaign that they have come by, or tried as a member, the oldest first.
    """

    person: UserId
    newest: UUID | None
    used: list[UUID]


class ClosedCampaign(NamedTuple):
    """What is left of one beside its log."""

    campaign_id: CampaignId
    closed_at: datetime


class Campaigns(DirectoryPart):
    """Who belongs where, and as what."""

    async def create_campaign(self, name: str, owner: UserId, *, by: Authority) -> CampaignId:
        """`name` must be clean, see transport.accounts.names; `owner` becomes its first DM.

        Raises SignInEnded, TooManyCampaigns, TooManyCampaignsToday.
        """
        campaign = CampaignId(uuid4())
        async with self._transaction() as connection:
            # Of many at once each is counted before the next one.
            await hold_persons(connection, owner)
            await hold_sign_in(connection, by)
            if by is not OPERATOR:
                await self._require_room_for_one_more(connection, owner)
            await execute(connection, "create_campaign", campaign=campaign, name=name)
            await execute(connection, "add_member", campaign=campaign, person=owner, role="dm", invite=None)
        return campaign

    async def _require_room_for_one_more(self, connection: Connection, person: UserId) -> None:
        [led] = await fetch(connection, scalar_row, "count_led", person=person)
        if led >= self._bounds.campaigns:
            raise TooManyCampaigns(self._bounds.campaigns)
        # Those that were closed, or handed on, leave something behind too.
        [made] = await fetch(connection, scalar_row, "count_campaign_made", person=person)
        if made > self._bounds.campaigns_per_day:
            raise TooManyCampaignsToday(self._bounds.campaigns_per_day)

    async def sweep_campaigns_made(self) -> int:
        """Deletes the days that nobody asks for any more; how many rows."""
        return await self._execute("sweep_campaigns_made")

    async def close_campaign(self, campaign: CampaignId, *, by: Authority) -> bool:
        """For ever: its log stays, and everything else about it goes. False if it has none: then nothing is left of it.

        Raises NothingHere, NotADm, SignInEnded.
        """
        async with self._transaction() as connection:
            await hold_sign_in(connection, by)
            await fetch(connection, scalar_row, "hold_campaign_to_close", campaign=campaign)
            await hold_members(connection, campaign, by)
            if not await execute(connection, "close_campaign", campaign=campaign):
                raise NothingHere
            await execute(connection, "remove_all_members", campaign=campaign)
            await execute(connection, "delete_all_invites", campaign=campaign)
            await execute(connection, "take_turn")
            return not await execute(connection, "delete_if_unused", campaign=campaign)

    async def closed_at(self, campaign: CampaignId) -> datetime | None:
        """None for one that is open, or unknown."""
        found = await self._fetch(scalar_row, "closed_at", campaign=campaign)
        return found[0] if found else None

    async def closed_campaigns(self) -> list[ClosedCampaign]:
        """The one that was closed last comes last."""
        return await self._fetch(class_row(ClosedCampaign), "list_closed_campaigns")

    async def restore_campaign(
        self, campaign: CampaignId, name: str, members: Sequence[Member], joined_at: Mapping[UserId, datetime]
    ) -> None:
        """A campaign of an archive, with its people; names must be clean, see transport.accounts.names."""
        async with self._connection(RESTORE_SECONDS) as connection, connection.transaction():
            await execute(connection, "create_campaign", campaign=campaign, name=name)
            for first in range(0, len(members), RESTORED_AT_ONCE):
                some = members[first : first + RESTORED_AT_ONCE]
                persons = [member.user_id for member in some]
                await execute(connection, "restore_people", persons=persons, names=[member.name for member in some])
                roles, joinings = [member.role for member in some], [joined_at[person] for person in persons]
                await execute(
                    connection, "restore_members", campaign=campaign, persons=persons, roles=roles, joinings=joinings
                )

    async def campaigns(self) -> list[Campaign]:
        """All that are open, the oldest first."""
        return await self._fetch(class_row(Campaign), "list_campaigns")

    async def campaigns_of(self, person: UserId) -> list[CampaignOf]:
        """The oldest first."""
        return await self._fetch(class_row(CampaignOf), "list_campaigns_of_person", person=person)

    async def campaign_name(self, campaign: CampaignId) -> str:
        """Empty for an unknown one, and for a closed one."""
        found = await self._fetch(scalar_row, "name_of_campaign", campaign=campaign)
        return found[0] if found else ""

    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:
        """Every member in the order of joining; empty for an unknown campaign."""
        members = await self._fetch(class_row(Member), "list_members", campaign=campaign)
        return {member.user_id: member for member in members}

    async def roster_versions(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """How often the members of each changed; none of a campaign that is gone."""
        return dict(await self._fetch(tuple_row, "roster_versions", campaigns=list(campaigns)))

    async def role_of(self, campaign: CampaignId, person: UserId) -> Role | None:
        """None for strangers, and for everybody in an unknown campaign."""
        found = await self._fetch(scalar_row, "role_of_member", campaign=campaign, person=person)
        return found[0] if found else None

    async def joinings(self, campaign: CampaignId) -> dict[UserId, datetime]:
        """When each became the member that they are."""
        return dict(await self._fetch(tuple_row, "list_joinings", campaign=campaign))

    async def ways_in(self, campaign: CampaignId) -> dict[UserId, WaysIn]:
        """Of each of the members."""
        found = await self._fetch(class_row(WaysIn), "invites_of_members", campaign=campaign)
        return {ways.person: ways for ways in found}

    async def change_role(self, campaign: CampaignId, person: UserId, role: Role, *, by: Authority) -> Member:
        """The member as it is now. Who is made a player keeps no invite that they made, nor one for DMs that they used.

        Raises NoSuchMember, LastDm, and what hold_members raises.
        """
        async with self._transaction() as connection:
            if role == "dm":
                await hold_persons(connection, person)
            members = await hold_members(connection, campaign, by)
            _require_members(members, [person])
            if role == "player":
                _require_dm_without(members, [person])
                await execute(connection, "revoke_invites_of_demoted", campaign=campaign, person=person)
            await execute(connection, "change_role", campaign=campaign, person=person, role=role)
            return Member(person, members[person].name, role)

    async def remove_members(
        self, campaign: CampaignId, persons: Collection[UserId], *, by: Authority, revoke_invites: bool = False
    ) -> None:
        """All of them or none. No sign-in ends: it is the person's own, and good for other campaigns.

        With them end the invites that they made, the links that sign them in, and the invites for DMs that they have
        used; with `revoke_invites` those for players, too: by these they could come back. Raises NoSuchMember, LastDm,
        and what hold_members raises.
        """
        gone = list(persons)
        async with self._transaction() as connection:
            members = await hold_members(connection, campaign, by)
            _require_members(members, gone)
            _require_dm_without(members, gone)
            which = {"campaign": campaign, "persons": gone}
            await execute(connection, "remove_members", **which)
            await execute(connection, "revoke_links_of_removed", **which, all_ways_in=revoke_invites)


def _require_members(members: Mapping[UserId, Member], persons: Collection[UserId]) -> None:
    if not members.keys() >= set(persons):
        raise NoSuchMember


def _require_dm_without(members: Mapping[UserId, Member], persons: Collection[UserId]) -> None:
    """A campaign keeps a DM: all members are held, so nobody else can go at the same time."""
    leading = {member.user_id for member in members.values() if member.role == "dm"}
    if leading <= set(persons):
        raise LastDm
