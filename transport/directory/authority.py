"""Whether somebody may change a campaign: asked in the transaction that makes the change, and held until its commit."""

from __future__ import annotations

from typing import NamedTuple

from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from projections.people import Member
from transport.directory.connections import Connection, fetch
from transport.directory.refusals import NotADm, SignInEnded


class Actor(NamedTuple):
    """Somebody who asks for a change, and the SHA-256 of the session cookie that shows who it is."""

    user_id: UserId
    token_hash: bytes


async def hold_sign_in(connection: Connection, actor: Actor) -> None:
    """The sign-in can end only after our commit. Raises SignInEnded if it has ended already."""
    found = await fetch(connection, scalar_row, "hold_sign_in", token_hash=actor.token_hash, person=actor.user_id)
    if not found:
        raise SignInEnded


async def hold_dm(connection: Connection, campaign: CampaignId, actor: Actor) -> None:
    """The actor stays a DM until our commit. For changes of anything but the members.

    Raises SignInEnded, NotADm.
    """
    await hold_sign_in(connection, actor)
    role = await fetch(connection, scalar_row, "hold_role", campaign=campaign, person=actor.user_id)
    if role != ["dm"]:
        raise NotADm


async def hold_members(connection: Connection, campaign: CampaignId, actor: Actor) -> dict[UserId, Member]:
    """All members, none of whom changes before our commit. For changes of the members themselves.

    Two who change the same campaign wait for each other here: the later one may be no DM any more.
    Raises SignInEnded, NotADm.
    """
    await hold_sign_in(connection, actor)
    members = await fetch(connection, class_row(Member), "lock_members", campaign=campaign)
    by_id = {member.user_id: member for member in members}
    if actor.user_id not in by_id or by_id[actor.user_id].role != "dm":
        raise NotADm
    return by_id
