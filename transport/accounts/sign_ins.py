"""The devices that somebody is signed in on: listed, and ended one by one or all but one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from psycopg.rows import class_row

from domain.ids import UserId
from domain.postgres.pool import Connection
from transport.accounts.authority import Actor, hold_persons
from transport.accounts.refusals import NoSuchSignIn, SignInEnded, TooManySignIns
from transport.accounts.statements import DirectoryPart, execute, fetch


class SignIn(NamedTuple):
    """One that is still good. `label` tells browser and system, or nothing; `last_used_at` is right to the day.

    `link` is the sign-in link that made it, if one did.
    """

    sign_in_id: UUID
    token_hash: bytes
    label: str
    created_at: datetime
    last_used_at: datetime
    link: UUID | None


class SignIns(DirectoryPart):
    """One's own, and no others. What ended is returned by its token hashes: open sockets are to be closed."""

    async def sign_ins(self, person: UserId) -> list[SignIn]:
        """Those that are good, the one that was used last comes first."""
        return await self._fetch(class_row(SignIn), "list_sign_ins", person=person)

    async def end_sign_in(self, actor: Actor, sign_in: UUID) -> bytes:
        """One of them, perhaps the actor's own. Raises SignInEnded, NoSuchSignIn."""
        async with self._connection() as connection, connection.transaction():
            all_of_them = await _lock_sign_ins(connection, actor)
            found = next((one.token_hash for one in all_of_them if one.sign_in_id == sign_in), None)
            if found is None:
                raise NoSuchSignIn
            await end_sign_ins(connection, [found])
            return found

    async def end_other_sign_ins(self, actor: Actor) -> list[bytes]:
        """All but the actor's own. Raises SignInEnded."""
        async with self._connection() as connection, connection.transaction():
            all_of_them = await _lock_sign_ins(connection, actor)
            others = [one.token_hash for one in all_of_them if one.token_hash != actor.token_hash]
            await end_sign_ins(connection, others)
            return others

    async def sweep_sign_ins(self) -> int:
        """Deletes some of those that ended long ago; how many."""
        return await self._execute("sweep_sign_ins")


async def lock_sign_ins(connection: Connection, person: UserId) -> list[SignIn]:
    """All that are good, none of which ends before our commit."""
    return await fetch(connection, class_row(SignIn), "lock_sign_ins", person=person)


def giving_place(all_of_them: Sequence[SignIn], most: int, link: UUID | None = None) -> list[bytes]:
    """Which of somebody's sign-ins end for one more: of too many the longest unused of the link that made most of them.

    Whoever comes by a link, which may have been stolen, pushes out those that it made, or of a link that made two more:
    none that came without one. Raises TooManySignIns.
    """
    by_link: defaultdict[UUID | None, list[SignIn]] = defaultdict(list)
    for one in sorted(all_of_them, key=lambda one: (one.last_used_at, one.created_at)):
        by_link[one.link].append(one)
    ending: list[bytes] = []
    while len(all_of_them) - len(ending) >= most:
        own = len(by_link[link])
        candidates = [
            (len(made), maker == link, maker)
            for maker, made in by_link.items()
            if made and (link is None or maker == link or (maker is not None and len(made) > own + 1))
        ]
        if not candidates:
            raise TooManySignIns(most)
        _, _, maker = max(candidates, key=lambda one: one[:2])
        ending.append(by_link[maker].pop(0).token_hash)
    return ending


async def end_sign_ins(connection: Connection, token_hashes: list[bytes]) -> None:
    """Makes these cookies worthless. Their owner is held (transport.accounts.authority)."""
    await execute(connection, "end_sign_ins", token_hashes=token_hashes)


async def _lock_sign_ins(connection: Connection, actor: Actor) -> list[SignIn]:
    """With the actor's own among them: of two devices that end each other one is too late. Raises SignInEnded."""
    await hold_persons(connection, actor.user_id)
    all_of_them = await lock_sign_ins(connection, actor.user_id)
    if not any(one.token_hash == actor.token_hash for one in all_of_them):
        raise SignInEnded
    return all_of_them
