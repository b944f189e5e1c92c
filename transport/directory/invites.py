"""Links that let people in."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from projections.people import Role
from transport.directory.authority import Actor, Authority, hold_dm, hold_sign_in, hold_sign_ins_by_links
from transport.directory.connections import Connected, execute, fetch
from transport.directory.people import Device, add_sign_in, insert_person, insert_sign_in
from transport.directory.refusals import (
    CampaignFull,
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    NameRequired,
    NoSuchInvite,
    TooManyByLink,
    TooManyInvites,
)
from transport.tokens import hash_token, new_token

InviteState = Literal["open", "used_up", "expired", "revoked"]

KEPT = 400
"""Invites of a campaign that let nobody in any more and are still listed; older ones are dropped."""


class NewInvite(NamedTuple):
    """`token` is kept nowhere else."""

    invite_id: UUID
    token: str


class Invite(NamedTuple):
    """What is known of an invite later. `uses_left` None: any number; `expires_at` None: never (an old one).

    One with a `person` is a sign-in link: it signs in that member and nobody else.
    """

    invite_id: UUID
    campaign_id: CampaignId
    role: Role
    person: UserId | None
    uses_left: int | None
    expires_at: datetime | None
    created_by: UserId | None
    created_at: datetime
    state: InviteState


class Redeemed(NamedTuple):
    """`token` is that of a new cookie, None when the one who came was already signed in.

    `changed` tells whether somebody is a member or a DM now who was not before.
    """

    campaign_id: CampaignId
    user_id: UserId
    role: Role
    token: str | None
    changed: bool


class Invites(Connected):
    """Made, listed, revoked and redeemed."""

    async def create_invite(
        self,
        campaign: CampaignId,
        role: Role,
        *,
        by: Authority,
        uses: int | None = None,
        expires_in_hours: float | None = None,
        created_by: UserId | None = None,
        person: UserId | None = None,
    ) -> NewInvite:
        """With `person` a link that signs this member in, any number of times. An operator may name who made it.

        Without `uses` or hours it gets those of the settings. Raises TooManyInvites, and what hold_dm raises.
        """
        invite, token = uuid4(), new_token()
        if uses is None and person is None:
            uses = self._bounds.invite_uses
        async with self._transaction() as connection:
            await hold_dm(connection, campaign, by)
            if isinstance(by, Actor):
                created_by = by.user_id
                await self._require_place(connection, campaign)
            await execute(
                connection,
                "create_invite",
                invite=invite,
                campaign=campaign,
                token_hash=hash_token(token),
                role=role,
                person=person,
                uses=uses,
                hours=self._bounds.invite_hours if expires_in_hours is None else expires_in_hours,
                created_by=created_by,
            )
            await execute(connection, "drop_old_invites", campaign=campaign, kept=KEPT)
        return NewInvite(invite, token)

    async def _require_place(self, connection: Connection, campaign: CampaignId) -> None:
        [number] = await fetch(connection, scalar_row, "count_open_invites", campaign=campaign)
        if number >= self._bounds.invites:
            raise TooManyInvites(self._bounds.invites)

    async def invites(self, campaign: CampaignId) -> list[Invite]:
        """The newest first: all that are open, and the newest of the others."""
        return await self._fetch(class_row(Invite), "list_invites", campaign=campaign)

    async def revoke_invite(self, campaign: CampaignId, invite: UUID, *, by: Authority) -> list[bytes]:
        """May be repeated. Raises NoSuchInvite, and what hold_dm raises.

        With a sign-in link go the sign-ins that it made, whose token hashes are returned. Whoever became a member by an
        invite stays one: Campaigns.remove_members is for them.
        """
        async with self._transaction() as connection:
            await hold_sign_ins_by_links(connection, campaign, by, invite=invite)
            await hold_dm(connection, campaign, by)
            found = await fetch(connection, scalar_row, "revoke_invite", campaign=campaign, invite=invite)
            if not found:
                raise NoSuchInvite
            return await fetch(connection, scalar_row, "revoke_sign_ins_by_links", persons=found, links=[invite])

    async def redeem(self, token: str, who: Actor | None, name: str | None, label: str = "") -> Redeemed:
        """Lets in `who` is signed in, or somebody new with this `name`, who only comes to be if all goes well.

        `label` tells the device, for which there may be a sign-in afterwards.
        Raises NoSuchInvite, InviteRevoked, InviteExpired, InviteUsedUp, CampaignFull, TooManyByLink, NameRequired,
        SignInEnded.
        """
        device = Device(label, self._bounds)
        async with self._transaction() as connection:
            # Of a member who gets a new sign-in an older one may end: it is held before the campaign, as any that ends.
            await fetch(connection, scalar_row, "lock_person_of_invite", token_hash=hash_token(token))
            await fetch(connection, scalar_row, "hold_sign_ins_of_invite", token_hash=hash_token(token))
            if who is not None:
                await hold_sign_in(connection, who)
            invite = await _lock_invite(connection, token)
            if invite.person is not None:
                return await _sign_in_member(connection, invite, invite.person, who, device)
            return await self._admit(connection, invite, who, name, device)

    async def _admit(
        self, connection: Connection, invite: Invite, who: Actor | None, name: str | None, device: Device
    ) -> Redeemed:
        campaign, role = invite.campaign_id, None
        if who is not None:
            role = await _role_of(connection, campaign, who.user_id)
            if role is not None and (role == "dm" or invite.role == "player"):
                return Redeemed(campaign, who.user_id, role, token=None, changed=False)
        if invite.state == "used_up":
            raise InviteUsedUp
        if role is None:
            await self._require_room(connection, invite)
        person, token = (who.user_id, None) if who is not None else await _newcomer(connection, name, device)
        await execute(connection, "take_use", invite=invite.invite_id)
        joined = {"person": person, "role": invite.role, "invite": invite.invite_id}
        try:
            await execute(connection, "add_member", campaign=campaign, **joined)
        except ForeignKeyViolation:  # the campaign was closed at this moment
            raise NoSuchInvite from None
        return Redeemed(campaign, person, invite.role, token, changed=True)

    async def _require_room(self, connection: Connection, invite: Invite) -> None:
        """For one more member. Nobody can take the place meanwhile: the campaign is held."""
        [members] = await fetch(connection, scalar_row, "count_members", campaign=invite.campaign_id)
        if members >= self._bounds.members:
            raise CampaignFull(self._bounds.members)
        if a_minute := self._bounds.redeems_per_minute:
            link = {"campaign": invite.campaign_id, "invite": invite.invite_id}
            waits = await fetch(connection, scalar_row, "wait_for_link", **link, a_minute=a_minute)
            if waits and waits[0] > 0:
                raise TooManyByLink(math.ceil(waits[0]))


async def _lock_invite(connection: Connection, token: str) -> Invite:
    """The row stays locked until the commit, so that racing redeemers count its uses one after the other."""
    await fetch(connection, scalar_row, "hold_campaign_of_invite", token_hash=hash_token(token))
    found = await fetch(connection, class_row(Invite), "lock_invite", token_hash=hash_token(token))
    if not found:
        raise NoSuchInvite
    if found[0].state == "revoked":
        raise InviteRevoked
    if found[0].state == "expired":
        raise InviteExpired
    return found[0]


async def _sign_in_member(
    connection: Connection, invite: Invite, member: UserId, who: Actor | None, device: Device
) -> Redeemed:
    role = await _role_of(connection, invite.campaign_id, member)
    if role is None:
        raise InviteRevoked
    if who is not None and who.user_id == member:
        return Redeemed(invite.campaign_id, member, role, token=None, changed=False)
    token = await add_sign_in(connection, member, device, invite.invite_id)
    return Redeemed(invite.campaign_id, member, role, token, changed=False)


async def _newcomer(connection: Connection, name: str | None, device: Device) -> tuple[UserId, str]:
    if name is None:
        raise NameRequired
    person = await insert_person(connection, name)
    return person, await insert_sign_in(connection, person, device)


async def _role_of(connection: Connection, campaign: CampaignId, person: UserId) -> Role | None:
    found = await fetch(connection, scalar_row, "role_of_member", campaign=campaign, person=person)
    return found[0] if found else None
