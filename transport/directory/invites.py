"""Links that let people in."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID, uuid4

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from projections.people import Role
from transport.directory.connections import Connected, Connection, execute, fetch
from transport.directory.people import Device, add_sign_in, insert_person, insert_sign_in
from transport.directory.refusals import (
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    NameRequired,
    NoSuchInvite,
)
from transport.tokens import hash_token, new_token

InviteState = Literal["open", "used_up", "expired", "revoked"]


class NewInvite(NamedTuple):
    """`token` is kept nowhere else."""

    invite_id: UUID
    token: str


class Invite(NamedTuple):
    """What is known of an invite later. `uses_left` None: any number; `expires_at` None: never.

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
        uses: int | None = None,
        expires_in_hours: float | None = None,
        created_by: UserId | None = None,
        person: UserId | None = None,
    ) -> NewInvite:
        """With `person` a link that signs this member in. No `uses`: any number; no hours: for ever."""
        invite, token = uuid4(), new_token()
        await self._execute(
            "create_invite",
            invite=invite,
            campaign=campaign,
            token_hash=hash_token(token),
            role=role,
            person=person,
            uses=uses,
            hours=expires_in_hours,
            created_by=created_by,
        )
        return NewInvite(invite, token)

    async def invites(self, campaign: CampaignId) -> list[Invite]:
        """All that were ever made, the newest first."""
        return await self._fetch(class_row(Invite), "list_invites", campaign=campaign)

    async def revoke_invite(self, campaign: CampaignId, invite: UUID) -> list[bytes]:
        """May be repeated. Raises NoSuchInvite.

        With a sign-in link go the sign-ins that it made, whose token hashes are returned. Whoever became a member by an
        invite stays one: members are removed one by one.
        """
        async with self._connection() as connection, connection.transaction():
            found = await fetch(connection, scalar_row, "revoke_invite", campaign=campaign, invite=invite)
            if not found:
                raise NoSuchInvite
            return await fetch(connection, scalar_row, "revoke_sign_ins_by_link", person=found[0], invite=invite)

    async def redeem(self, token: str, person: UserId | None, name: str | None, label: str = "") -> Redeemed:
        """Lets `person` in, or somebody new with this `name`, who only comes to be if all goes well.

        `label` tells the device, for which there may be a sign-in afterwards.
        Raises NoSuchInvite, InviteRevoked, InviteExpired, InviteUsedUp, NameRequired.
        """
        device = Device(label, self._bounds)
        async with self._connection() as connection, connection.transaction():
            invite = await _lock_invite(connection, token)
            if invite.person is not None:
                return await _sign_in_member(connection, invite, invite.person, person, device)
            return await _admit(connection, invite, person, name, device)


async def _lock_invite(connection: Connection, token: str) -> Invite:
    """The row stays locked until the commit, so that racing redeemers count its uses one after the other."""
    found = await fetch(connection, class_row(Invite), "lock_invite", token_hash=hash_token(token))
    if not found:
        raise NoSuchInvite
    if found[0].state == "revoked":
        raise InviteRevoked
    if found[0].state == "expired":
        raise InviteExpired
    return found[0]


async def _sign_in_member(
    connection: Connection, invite: Invite, member: UserId, present: UserId | None, device: Device
) -> Redeemed:
    role = await _role_of(connection, invite.campaign_id, member)
    if role is None:
        raise InviteRevoked
    token = await add_sign_in(connection, member, device, invite.invite_id) if present != member else None
    return Redeemed(invite.campaign_id, member, role, token, changed=False)


async def _admit(
    connection: Connection, invite: Invite, present: UserId | None, name: str | None, device: Device
) -> Redeemed:
    role = await _role_of(connection, invite.campaign_id, present) if present is not None else None
    if present is not None and role is not None and (role == "dm" or invite.role == "player"):
        return Redeemed(invite.campaign_id, present, role, token=None, changed=False)
    if invite.state == "used_up":
        raise InviteUsedUp
    person, token = (present, None) if present is not None else await _newcomer(connection, name, device)
    await execute(connection, "take_use", invite=invite.invite_id)
    try:
        await execute(connection, "add_member", campaign=invite.campaign_id, person=person, role=invite.role)
    except ForeignKeyViolation:  # the campaign was closed at this moment
        raise NoSuchInvite from None
    return Redeemed(invite.campaign_id, person, invite.role, token, changed=True)


async def _newcomer(connection: Connection, name: str | None, device: Device) -> tuple[UserId, str]:
    if name is None:
        raise NameRequired
    person = await insert_person(connection, name)
    return person, await insert_sign_in(connection, person, device)


async def _role_of(connection: Connection, campaign: CampaignId, person: UserId) -> Role | None:
    found = await fetch(connection, scalar_row, "role_of_member", campaign=campaign, person=person)
    return found[0] if found else None
