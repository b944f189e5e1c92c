"""A campaign with its people, for tests of the directory alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from domain.ids import CampaignId, UserId
from projections.people import Role
from transport.accounts import OPERATOR, Actor, Directory
from transport.accounts.tokens import hash_token


class Joined(NamedTuple):
    """Somebody who came in by an invite of their own."""

    actor: Actor
    invite: UUID
    token: str

    @property
    def user_id(self) -> UserId:
        return self.actor.user_id


@dataclass
class Circle:
    """A campaign whose first DM is Dee."""

    directory: Directory
    campaign: CampaignId
    dee: Actor

    async def join(self, name: str, role: Role = "player") -> Joined:
        """Somebody new, by an invite that the operator made."""
        invite = await self.directory.create_invite(self.campaign, role, by=OPERATOR)
        redeemed = await self.directory.redeem(invite.token, None, name)
        assert redeemed.token is not None
        return Joined(Actor(redeemed.user_id, hash_token(redeemed.token)), invite.invite_id, invite.token)

    async def roles(self) -> dict[str, str]:
        """By name."""
        return {one.name: one.role for one in (await self.directory.roster(self.campaign)).values()}

    async def state_of(self, invite: UUID) -> str:
        return next(one.state for one in await self.directory.invites(self.campaign) if one.invite_id == invite)


async def somebody(directory: Directory, name: str) -> Actor:
    """New here, signed in, and in no campaign."""
    signed_up = await directory.sign_up(name)
    return Actor(signed_up.user_id, hash_token(signed_up.token))


async def a_circle(directory: Directory) -> Circle:
    dee = await somebody(directory, "Dee")
    return Circle(directory, await directory.create_campaign("Coast", dee.user_id, by=dee), dee)
