"""Coming in by a link: as somebody new, as who one is already, or as the member whom a sign-in link signs in."""

from __future__ import annotations

import math
from typing import NamedTuple
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from projections.people import Role
from transport.directory.authority import Actor, hold_campaigns, hold_persons, hold_sign_in
from transport.directory.connections import Connected, Connection, execute, fetch
from transport.directory.invites import Invite
from transport.directory.people import Device, insert_person, insert_sign_in
from transport.directory.refusals import (
    CampaignFull,
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    NameRequired,
    NoSuchInvite,
    TooManyByLink,
)
from transport.directory.sign_ins import end_sign_ins, giving_place, lock_sign_ins
from transport.tokens import hash_token


class Redeemed(NamedTuple):
    """`token` is that of a new cookie, None when the one who came was already signed in.

    `changed` tells whether somebody is a member or a DM now who was not before.
    """

    campaign_id: CampaignId
    user_id: UserId
    role: Role
    token: str | None
    changed: bool


class _Link(NamedTuple):
    """What never changes about a link, so that it can be read before anything is locked."""

    invite_id: UUID
    campaign_id: CampaignId
    person: UserId | None


class Redeeming(Connected):
    """Each use of a link is one transaction."""

    async def redeem(self, token: str, who: Actor | None, name: str | None, label: str = "") -> Redeemed:
        """Lets in `who` is signed in, or somebody new with this `name`, who only comes to be if all goes well.

        `label` tells the device, for which there may be a sign-in afterwards.
        Raises NoSuchInvite, InviteRevoked, InviteExpired, InviteUsedUp, CampaignFull, TooManyByLink, NameRequired,
        SignInEnded.
        """
        device = Device(label, self._bounds)
        async with self._transaction() as connection:
            ending = await self._hold_people(connection, token, who)
            invite = await _lock_invite(connection, token)
            if invite.person is None:
                return await self._admit(connection, invite, who, name, device)
            role = await _role_of(connection, invite.campaign_id, invite.person)
            if role is None:
                raise InviteRevoked
            if who is not None and who.user_id == invite.person:
                return Redeemed(invite.campaign_id, invite.person, role, token=None, changed=False)
            await end_sign_ins(connection, ending)
            cookie = await insert_sign_in(connection, invite.person, device, invite.invite_id)
            return Redeemed(invite.campaign_id, invite.person, role, cookie, changed=False)

    async def _hold_people(self, connection: Connection, token: str, who: Actor | None) -> list[bytes]:
        """In the order of transport.directory.authority. Gives the sign-ins that end for the one that is asked for.

        Raises SignInEnded, NoSuchInvite.
        """
        found = await fetch(connection, class_row(_Link), "link_of_token", token_hash=hash_token(token))
        if not found:
            raise NoSuchInvite
        [link] = found
        await hold_persons(connection, *(one for one in (link.person, who and who.user_id) if one is not None))
        ending: list[bytes] = []
        if link.person is not None and (who is None or who.user_id != link.person):
            all_of_them = await lock_sign_ins(connection, link.person)
            ending = giving_place(all_of_them, self._bounds.sign_ins)
        if who is not None:
            await hold_sign_in(connection, who)
        if link.person is not None and ending:
            await hold_campaigns(connection, link.campaign_id, led_by=link.person)
        return ending

    async def _admit(
        self, connection: Connection, invite: Invite, who: Actor | None, name: str | None, device: Device
    ) -> Redeemed:
        campaign, role = invite.campaign_id, None
        if who is not None:
            role = await _role_of(connection, campaign, who.user_id)
            if role is not None and (role == "dm" or invite.role == "player"):
                known = {"person": who.user_id, "invite": invite.invite_id}
                await execute(connection, "note_way_in", **known)
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


async def _newcomer(connection: Connection, name: str | None, device: Device) -> tuple[UserId, str]:
    if name is None:
        raise NameRequired
    person = await insert_person(connection, name)
    return person, await insert_sign_in(connection, person, device)


async def _role_of(connection: Connection, campaign: CampaignId, person: UserId) -> Role | None:
    found = await fetch(connection, scalar_row, "role_of_member", campaign=campaign, person=person)
    return found[0] if found else None
