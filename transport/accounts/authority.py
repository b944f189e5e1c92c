"""Whether somebody may change a campaign: asked in the transaction that makes the change, and held until its commit.

Locks are always taken in this order, so that no two changes wait for each other:

1. persons, all in one statement: who gets something that is counted for them, becomes a DM, or loses a sign-in
2. sign-ins: those that may end, in one statement, then the actor's
3. campaigns, all in one statement: the one that is changed, and those that are led by who loses a sign-in
4. links and members of the campaign
5. the turn of the log, which triggers take at the commit: whoever has it waits for nobody

A statement that locks several rows takes them in the order of their key.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection
from projections.people import Member, Role
from transport.accounts.refusals import NotADm, NothingHere, SignInEnded
from transport.accounts.statements import fetch


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


async def hold_persons(connection: Connection, *persons: UserId) -> None:
    """Whoever else changes what is counted for them, makes them DMs or ends their sign-ins waits for our commit."""
    await fetch(connection, scalar_row, "hold_persons", persons=list(persons))


async def hold_campaigns(connection: Connection, campaign: CampaignId, *, led_by: UserId) -> None:
    """Before hold_dm or hold_members where a sign-in of `led_by` ends, which counts as a change of what they lead."""
    await fetch(connection, scalar_row, "hold_campaigns", campaign=campaign, person=led_by)


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
