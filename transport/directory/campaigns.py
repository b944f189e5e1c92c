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
from transport.directory.authority import OPERATOR, Authority, hold_members, hold_sign_in, hold_sign_ins_by_links
from transport.directory.connections import Connected, execute, fetch
from transport.directory.refusals import LastDm, NoSuchMember, NothingHere, TooManyCampaigns

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


class ClosedCampaign(NamedTuple):
    """What is left of one beside its log."""

    campaign_id: CampaignId
    closed_at: datetime


class Campaigns(Connected):
    """Who belongs where, and as what."""

    async def create_campaign(self, name: str, owner: UserId, *, by: Authority) -> CampaignId:
        """`name` must be clean, see transport.names; `owner` becomes its first DM.

        Raises SignInEnded, TooManyCampaigns.
        """
        campaign = CampaignId(uuid4())
        async with self._transaction() as connection:
            # Of many at once each is counted before the next one.
            await execute(connection, "lock_person", person=owner)
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

    async def close_campaign(self, campaign: CampaignId, *, by: Authority) -> None:
        """For ever: its log stays, and everything else about it goes. Raises NothingHere, NotADm, SignInEnded."""
        async with self._connection() as connection, connection.transaction():
            await hold_members(connection, campaign, by)
            if not await execute(connection, "close_campaign", campaign=campaign):
                raise NothingHere
            await execute(connection, "remove_all_members", campaign=campaign)
            await execute(connection, "revoke_all_invites", campaign=campaign)

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
        """A campaign of an archive, with its people; names must be clean, see transport.names."""
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

    async def ways_in(self, campaign: CampaignId) -> dict[UserId, UUID]:
        """The invite that let in each of the members, or made a DM of them, where that is known."""
        return dict(await self._fetch(tuple_row, "invites_of_members", campaign=campaign))

    async def change_role(self, campaign: CampaignId, person: UserId, role: Role, *, by: Authority) -> Member:
        """The member as it is now. Who is made a player keeps no invite that they made, nor one that made them a DM.

        Raises NoSuchMember, LastDm, and what hold_members raises.
        """
        async with self._transaction() as connection:
            members = await hold_members(connection, campaign, by)
            _require_members(members, [person])
            if role == "player":
                _require_dm_without(members, [person])
                await execute(connection, "revoke_invites_of_demoted", campaign=campaign, person=person)
            await execute(connection, "change_role", campaign=campaign, person=person, role=role)
            return Member(person, members[person].name, role)

    async def remove_members(
        self, campaign: CampaignId, persons: Collection[UserId], *, by: Authority, revoke_invites: bool = False
    ) -> list[bytes]:
        """All of them or none. With them end the invites that they made and the links that sign them in.

        With `revoke_invites` end those that let them in, too: by these they could come back.
        Gives the token hashes of the sign-ins that ended with the links. Raises NoSuchMember, LastDm, and what
        hold_members raises.
        """
        gone = list(persons)
        async with self._transaction() as connection:
            await hold_sign_ins_by_links(connection, campaign, by, persons=gone)
            members = await hold_members(connection, campaign, by)
            _require_members(members, gone)
            _require_dm_without(members, gone)
            ways_in = await fetch(connection, scalar_row, "remove_members", campaign=campaign, persons=gone)
            links = {invite for invite in ways_in if invite is not None} if revoke_invites else ()
            signing_in = await fetch(
                connection, scalar_row, "revoke_links_of_removed", campaign=campaign, persons=gone, links=list(links)
            )
            return await fetch(connection, scalar_row, "revoke_sign_ins_by_links", persons=gone, links=signing_in)


def _require_members(members: Mapping[UserId, Member], persons: Collection[UserId]) -> None:
    if not members.keys() >= set(persons):
        raise NoSuchMember


def _require_dm_without(members: Mapping[UserId, Member], persons: Collection[UserId]) -> None:
    """A campaign keeps a DM: all members are held, so nobody else can go at the same time."""
    leading = {member.user_id for member in members.values() if member.role == "dm"}
    if leading <= set(persons):
        raise LastDm
