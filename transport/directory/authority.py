"""Whether somebody may change a campaign: asked in the transaction that makes the change, and held until its commit.

Locks are always taken in this order, so that no two changes wait for each other: the person who gets something that is
counted for them, sign-ins (the actor's and those that end, by their key), campaigns, their links and members.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum, auto
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from projections.people import Member, Role
from transport.directory.connections import fetch
from transport.directory.refusals import NotADm, NothingHere, SignInEnded


class Actor(NamedTuple):
    """Somebody who asks for a change, and the SHA-256 of the session cookie that shows who it is."""

    user_id: UserId
    token_hash: bytes


class Operator(Enum):
    """Whoever runs the server: has no sign-in, and may change every campaign."""

    OPERATOR = auto()


OPERATOR = Operator.OPERATOR

Authority = Actor | Operator
"""On whose authority a change is made. No HTTP call acts as the operator."""


async def hold_campaign(connection: Connection, campaign: CampaignId) -> None:
    """Whoever else changes the members or the links of this campaign waits for our commit."""
    await fetch(connection, scalar_row, "hold_campaign", campaign=campaign)


async def hold_sign_in(connection: Connection, by: Authority) -> None:
    """The sign-in can end only after our commit. Raises SignInEnded if it has ended already."""
    if isinstance(by, Operator):
        return
    found = await fetch(connection, scalar_row, "hold_sign_in", token_hash=by.token_hash, person=by.user_id)
    if not found:
        raise SignInEnded


async def hold_sign_ins_by_links(
    connection: Connection,
    campaign: CampaignId,
    by: Authority,
    *,
    persons: Collection[UserId] = (),
    invite: UUID | None = None,
) -> None:
    """Before hold_dm or hold_members where sign-ins end that links of this campaign made.

    `persons` are those whom the links sign in, `invite` is one of these links. The actor's own may be among them:
    of two who end each other's, each would hold what the other one wants.
    """
    own = by.token_hash if isinstance(by, Actor) else None
    which = {"token_hash": own, "persons": list(persons), "invite": invite}
    await fetch(connection, scalar_row, "hold_sign_ins_by_links", campaign=campaign, **which)


async def hold_dm(connection: Connection, campaign: CampaignId, by: Authority) -> None:
    """The actor stays a DM until our commit. For changes of anything but the members.

    Raises SignInEnded, NothingHere, NotADm.
    """
    await hold_sign_in(connection, by)
    await hold_campaign(connection, campaign)
    if isinstance(by, Actor):
        role = await fetch(connection, scalar_row, "hold_role", campaign=campaign, person=by.user_id)
        _require_dm(role[0] if role else None)


async def hold_members(connection: Connection, campaign: CampaignId, by: Authority) -> dict[UserId, Member]:
    """All members, none of whom changes before our commit. For changes of the members themselves.

    Two who change the same campaign wait for each other here: the later one may be no DM any more.
    Raises SignInEnded, NothingHere, NotADm.
    """
    await hold_sign_in(connection, by)
    await hold_campaign(connection, campaign)
    members = await fetch(connection, class_row(Member), "lock_members", campaign=campaign)
    by_id = {member.user_id: member for member in members}
    if isinstance(by, Actor):
        actor = by_id.get(by.user_id)
        _require_dm(actor.role if actor else None)
    return by_id


def _require_dm(role: Role | None) -> None:
    """To a stranger a campaign looks as if there were none."""
    if role is None:
        raise NothingHere
    if role != "dm":
        raise NotADm
