"""Persons and the cookies that they are signed in with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from psycopg.rows import class_row, scalar_row

from domain.ids import CampaignId, UserId
from projections.people import Role
from transport.directory.connections import Connected, Connection, execute, fetch
from transport.tokens import hash_token, new_token


class Person(NamedTuple):
    """Somebody with a name, whatever the campaigns."""

    user_id: UserId
    name: str


class Visitor(NamedTuple):
    """Somebody who comes to a campaign; without a role in it, a stranger there."""

    user_id: UserId
    role: Role | None


class SignUp(NamedTuple):
    """A new person, and the token of the cookie; it is kept nowhere else."""

    user_id: UserId
    token: str


async def insert_person(connection: Connection, name: str) -> UserId:
    """`name` must be clean, see transport.names."""
    person = UserId(str(uuid4()))
    await execute(connection, "create_person", person=person, name=name)
    return person


async def insert_sign_in(connection: Connection, person: UserId, link: UUID | None = None) -> str:
    """The token of a new cookie for the person; it dies with the sign-in link `link`."""
    token = new_token()
    await execute(connection, "create_sign_in", token_hash=hash_token(token), person=person, invite=link)
    return token


class People(Connected):
    """Who there is."""

    async def create_person(self, name: str) -> UserId:
        """`name` must be clean, see transport.names."""
        async with self._connection() as connection:
            return await insert_person(connection, name)

    async def forget(self, person: UserId) -> list[CampaignId] | None:
        """Erases name, sign-ins and memberships; the invites that the person made end.

        Gives the campaigns without a DM now, None if nobody has that id.
        """
        async with self._connection() as connection, connection.transaction():
            # In the order of transport.directory.authority.
            await fetch(connection, scalar_row, "hold_sign_ins_of_person", person=person)
            await fetch(connection, scalar_row, "hold_campaigns_of_person", person=person)
            await execute(connection, "revoke_invites_of_person", person=person)
            alone = await fetch(connection, scalar_row, "campaigns_led_alone", person=person)
            gone = await execute(connection, "forget_person", person=person)
        return alone if gone else None

    async def sign_in(self, person: UserId) -> str:
        """The token of a new cookie for the person."""
        async with self._connection() as connection:
            return await insert_sign_in(connection, person)

    async def sign_up(self, name: str) -> SignUp:
        """A new person, signed in."""
        async with self._connection() as connection, connection.transaction():
            person = await insert_person(connection, name)
            return SignUp(person, await insert_sign_in(connection, person))

    async def person_of(self, token_hash: bytes) -> Person | None:
        """Whose cookie this is, unless it was revoked."""
        found = await self._fetch(class_row(Person), "person_of_sign_in", token_hash=token_hash)
        return found[0] if found else None

    async def visitor_of(self, token_hash: bytes, campaign: UUID | None) -> Visitor | None:
        """Who comes to a campaign with this cookie, in one question; None if it is not good."""
        found = await self._fetch(class_row(Visitor), "visitor_of_sign_in", token_hash=token_hash, campaign=campaign)
        return found[0] if found else None

    async def sign_out(self, token_hash: bytes) -> None:
        """Revokes this one cookie; the person's others stay good."""
        await self._execute("revoke_sign_in", token_hash=token_hash)

    async def is_reachable(self) -> bool:
        """Raises StoreUnavailable when the database does not answer; False when it takes no changes."""
        return await self._fetch(scalar_row, "takes_changes") == [True]

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        """Those of them that are worth nothing any more."""
        found: list[bytes] = await self._fetch(scalar_row, "ended_sign_ins", token_hashes=list(token_hashes))
        return found
