"""Redeeming a link: as a new person, as the person who is signed in, or as the owner of a sign-in link."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from projections.people import Role
from transport.accounts.authority import Actor, hold_campaigns, hold_persons, hold_sign_in
from transport.accounts.invites import Invite
from transport.accounts.people import Device, insert_person, insert_sign_in
from transport.accounts.refusals import (
    CampaignFull,
    InviteExpired,
    InviteRevoked,
    InviteUsedUp,
    NameRequired,
    NoSuchInvite,
    TooManyByLink,
)
from transport.accounts.sign_ins import SignIn, end_sign_ins, giving_place, lock_sign_ins
from transport.accounts.statements import DirectoryPart, execute, fetch
from transport.accounts.tokens import hash_token


class Redeemed(NamedTuple):
    """`token` is that of a new cookie, None when the one who came was already signed in.

    `changed` tells whether somebody is a member or a DM now who was not before. `ended` are the sign-ins that gave
    place to the new one.
    """

    campaign_id: CampaignId
    user_id: UserId
    role: Role
    token: str | None
    changed: bool
    ended: Sequence[bytes] = ()


class _Link(NamedTuple):
    """What never changes about a link, so that it can be read before anything is locked."""

    campaign_id: CampaignId
    person: UserId | None


class Redeeming(DirectoryPart):
    """Each use of a link is one transaction."""

    async def redeem(self, token: str, who: Actor | None, name: str | None, label: str = "") -> Redeemed:
        """Lets in `who` is signed in, or somebody new with this `name`, who only comes to be if all goes well.

        `label` tells the device, for which there may be a sign-in afterwards.
        Raises NoSuchInvite, InviteRevoked, InviteExpired, InviteUsedUp, CampaignFull, TooManyByLink, TooManySignIns,
        NameRequired, SignInEnded.
        """
        device = Device(label, self._bounds)
        async with self._transaction() as connection:
            sign_ins = await self._hold_people(connection, token, who)
            invite = await _lock_invite(connection, token)
            if invite.person is None:
                return await self._admit(connection, invite, who, name, device)
            role = await _role_of(connection, invite.campaign_id, invite.person)
            if role is None:
                raise InviteRevoked
            if who is not None and who.user_id == invite.person:
                return Redeemed(invite.campaign_id, invite.person, role, token=None, changed=False)
            await self._require_time(connection, invite)
            ended = giving_place(sign_ins, self._bounds.sign_ins, invite.invite_id)
            await end_sign_ins(connection, ended)
            cookie = await insert_sign_in(connection, invite.person, device, invite.invite_id)
            return Redeemed(invite.campaign_id, invite.person, role, cookie, changed=False, ended=ended)

    async def _hold_people(self, connection: Connection, token: str, who: Actor | None) -> list[SignIn]:
        """In the order of transport.accounts.authority. Gives the sign-ins of whom a sign-in link signs in.

        Raises SignInEnded, NoSuchInvite.
        """
        found = await fetch(connection, class_row(_Link), "link_of_token", token_hash=hash_token(token))
        if not found:
            raise NoSuchInvite
        campaign, owner = found[0]
        await hold_persons(connection, *(one for one in (owner, who and who.user_id) if one is not None))
        sign_ins = await lock_sign_ins(connection, owner) if owner is not None else []
        if who is not None:
            await hold_sign_in(connection, who)
        if owner is not None and len(sign_ins) >= self._bounds.sign_ins:  # one has to end
            await hold_campaigns(connection, campaign, led_by=owner)
        return sign_ins

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
        await self._require_time(connection, invite)

    async def _require_time(self, connection: Connection, invite: Invite) -> None:
        """Since the last ones who came in by this link. They are counted at the link, however soon they go again."""
        if a_minute := self._bounds.redeems_per_minute:
            pace = {"invite": invite.invite_id, "a_minute": a_minute}
            if not await execute(connection, "count_use_in_time", **pace):
                [seconds] = await fetch(connection, scalar_row, "wait_for_link", **pace)
                raise TooManyByLink(math.ceil(seconds))


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
