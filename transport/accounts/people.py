"""Persons and the cookies that they are signed in with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from psycopg.rows import scalar_row, tuple_row
from typing_extensions import override

from domain.ids import CampaignId, UserId
from domain.postgres.pool import Connection, ConnectionPool
from projections.people import Role
from transport.accounts.authority import hold_persons
from transport.accounts.sign_ins import end_sign_ins, giving_place, lock_sign_ins
from transport.accounts.statements import DirectoryPart, execute, fetch
from transport.accounts.tokens import hash_token, new_token
from transport.settings import Bounds


class Person(NamedTuple):
    """Somebody with a name, whatever the campaigns."""

    user_id: UserId
    name: str


class SignedInPerson(NamedTuple):
    """Somebody with a good cookie, and their role in a campaign; None where they are no member."""

    user_id: UserId
    role: Role | None


class SignUp(NamedTuple):
    """A new person, and the token of the cookie; it is kept nowhere else."""

    user_id: UserId
    token: str


async def insert_person(connection: Connection, name: str) -> UserId:
    """`name` must be clean, see transport.accounts.names."""
    person = UserId(str(uuid4()))
    await execute(connection, "create_person", person=person, name=name)
    return person


class Device(NamedTuple):
    """Where somebody is signed in: what it calls itself, and how long and how often that goes."""

    label: str
    bounds: Bounds


async def insert_sign_in(connection: Connection, person: UserId, device: Device, link: UUID | None = None) -> str:
    """The token of a new cookie for the person; it dies with the sign-in link `link`."""
    token = new_token()
    await execute(
        connection,
        "create_sign_in",
        token_hash=hash_token(token),
        person=person,
        invite=link,
        label=device.label,
        lifetime=device.bounds.sign_in_lifetime,
    )
    return token


class People(DirectoryPart):
    """Who there is."""

    @override
    def __init__(self, pool: ConnectionPool, bounds: Bounds = Bounds()) -> None:  # noqa: B008 - it can't be changed
        super().__init__(pool, bounds)
        self._used: set[bytes] = set()

    async def create_person(self, name: str) -> UserId:
        """`name` must be clean, see transport.accounts.names."""
        async with self._connection() as connection:
            return await insert_person(connection, name)

    async def forget(self, person: UserId) -> list[CampaignId] | None:
        """Erases name, sign-ins and memberships; the invites that the person made end.

        Gives the campaigns without a DM now, None if nobody has that id.
        """
        async with self._connection() as connection, connection.transaction():
            # In the order of transport.accounts.authority.
            await hold_persons(connection, person)
            await lock_sign_ins(connection, person)
            await fetch(connection, scalar_row, "hold_campaigns_of_person", person=person)
            await execute(connection, "revoke_invites_of_person", person=person)
            alone = await fetch(connection, scalar_row, "campaigns_led_alone", person=person)
            gone = await execute(connection, "forget_person", person=person)
        return alone if gone else None

    async def sweep_people(self) -> int:
        """Deletes some of those who can never come back, and whom no log names; how many."""
        async with self._transaction() as connection:
            unused = await fetch(connection, scalar_row, "lock_unused_persons")
            return await execute(connection, "delete_unused_persons", persons=unused) if unused else 0

    async def sign_in(self, person: UserId) -> str:
        """The token of a new cookie for the person."""
        async with self._transaction() as connection:
            await hold_persons(connection, person)
            await end_sign_ins(connection, giving_place(await lock_sign_ins(connection, person), self._bounds.sign_ins))
            return await insert_sign_in(connection, person, Device("", self._bounds))

    async def sign_up(self, name: str, label: str = "") -> SignUp:
        """A new person, signed in on the device that `label` tells."""
        async with self._connection() as connection, connection.transaction():
            person = await insert_person(connection, name)
            return SignUp(person, await insert_sign_in(connection, person, Device(label, self._bounds)))

    async def person_of(self, token_hash: bytes) -> Person | None:
        """Whose cookie this is, unless it has ended."""
        for user_id, name, is_due in await self._fetch(tuple_row, "person_of_sign_in", token_hash=token_hash):
            self._note_use(token_hash, is_due=is_due)
            return Person(user_id, name)
        return None

    async def person_in(self, token_hash: bytes, campaign: UUID | None) -> SignedInPerson | None:
        """Whose cookie this is, with their role in the campaign, in one question; None if it is not good."""
        wanted = {"token_hash": token_hash, "campaign": campaign}
        for user_id, role, is_due in await self._fetch(tuple_row, "person_in_campaign", **wanted):
            self._note_use(token_hash, is_due=is_due)
            return SignedInPerson(user_id, role)
        return None

    def _note_use(self, token_hash: bytes, *, is_due: bool) -> None:
        # Written by `write_uses`: nobody waits for it at the door, and a database that takes no changes can be read.
        if is_due:
            self._used.add(token_hash)

    async def write_uses(self) -> None:
        """Writes which sign-ins were used since the last time; what fails is noted again at their next use."""
        used, self._used = list(self._used), set()
        if used:
            await self._execute("note_uses", token_hashes=used, lifetime=self._bounds.sign_in_lifetime)

    async def sign_out(self, token_hash: bytes) -> None:
        """Revokes this one cookie; the person's others stay good."""
        async with self._transaction() as connection:
            for person in await fetch(connection, scalar_row, "owner_of_sign_in", token_hash=token_hash):
                await hold_persons(connection, person)
                await end_sign_ins(connection, [token_hash])

    async def is_reachable(self) -> bool:
        """Raises StoreUnavailable when the database does not answer; False when it takes no changes."""
        return await self._fetch(scalar_row, "takes_changes") == [True]

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        """Those of them that are worth nothing any more."""
        found: list[bytes] = await self._fetch(scalar_row, "ended_sign_ins", token_hashes=list(token_hashes))
        return found
