"""Links that let people in."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from projections.people import Role
from transport.accounts.authority import OPERATOR, Actor, Authority, hold_campaigns, hold_dm, hold_persons
from transport.accounts.refusals import NoSuchInvite, TooManyInvites
from transport.accounts.sign_ins import end_sign_ins, giving_place, lock_sign_ins
from transport.accounts.statements import DirectoryPart, execute, fetch
from transport.accounts.tokens import hash_token, new_token
from transport.wire.answers import InviteState

KEPT = 400
"""Links of a campaign that let nobody in any more and are still listed; older ones are dropped."""


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


class Invites(DirectoryPart):
    """Made, listed and revoked. Redeeming them: transport.accounts.redeeming."""

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
        is_printed: bool = False,
    ) -> NewInvite:
        """With `person` a link that signs this member in, any number of times. An operator may name who made it.

        Of too many sign-ins of this person one ends now: whoever comes by the link pushes out none that came otherwise.
        Without `uses` or hours it gets those of the settings. With `is_printed` it takes the place of the one with the
        same role that the last start of `fogbound play` printed, which lets nobody in any more.
        Raises TooManyInvites, and what hold_dm raises.
        """
        invite, token = _printed_id() if is_printed else uuid4(), new_token()
        if uses is None and person is None:
            uses = self._bounds.invite_uses
        async with self._transaction() as connection:
            ending: list[bytes] = []
            if person is not None:
                await hold_persons(connection, person)
                ending = giving_place(await lock_sign_ins(connection, person), self._bounds.sign_ins)
                await hold_campaigns(connection, campaign, led_by=person)
            await hold_dm(connection, campaign, by)
            await end_sign_ins(connection, ending)
            if isinstance(by, Actor):
                created_by = by.user_id
                await self._require_place(connection, campaign)
            if is_printed:
                await execute(connection, "revoke_printed_links", campaign=campaign, role=role)
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

        If its owner or an operator revokes a sign-in link, the sign-ins end that it made; their token hashes are
        returned. If another DM does they stay: they are good for other campaigns, too.
        Whoever became a member by an invite stays one: Campaigns.remove_members is for them.
        """
        async with self._transaction() as connection:
            which = {"campaign": campaign, "invite": invite}
            ending: list[bytes] = []
            for owner in await fetch(connection, scalar_row, "person_of_link", **which):
                if owner is not None and (by is OPERATOR or by.user_id == owner):
                    await hold_persons(connection, owner)
                    all_of_them = await lock_sign_ins(connection, owner)
                    ending = [one.token_hash for one in all_of_them if one.link == invite]
                    await hold_campaigns(connection, campaign, led_by=owner)
            await hold_dm(connection, campaign, by)
            if not await execute(connection, "revoke_invite", **which):
                raise NoSuchInvite
            await end_sign_ins(connection, ending)
            return ending


def _printed_id() -> UUID:
    """As random as any other; by its version, 5 in the place of 4, the next start knows which links it has to end."""
    return uuid5(uuid4(), "fogbound play")
