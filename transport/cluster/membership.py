"""Who is connected to which server, as the servers of one database tell each other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from typing import Any, Never
from uuid import UUID, uuid4

import psycopg

from domain.ids import CampaignId, UserId
from domain.sql import load_statements
from domain.store import StoreUnavailable
from transport.cluster.lease import Lease, clock
from transport.cluster.shared_clock import SharedClock
from transport.database import connection_pool
from transport.event_loop.supervision import surviving

_SQL = load_statements("transport.cluster", "cluster.sql")

ANSWER_SECONDS = 5.0

_AT_ONCE = 1_000
"""People written in one statement."""

_UNREAD = 20_000
"""Events of a session beyond which it is not read who came and left: opening the room does it from its snapshot."""

_LONGEST_ANNOUNCEMENT = 200
"""Campaigns named in one notification: 8,000 bytes are the server's limit."""

Place = tuple[CampaignId, UserId]


class ClusterMembership:
    """This server's rows in the database, and what it reads of the others'.

    Satisfies transport.rooms.ports.OtherServers.
    What is to be written or read waits for the one task that does it, so that a crowd costs a few statements.
    """

    def __init__(self, url: str, lease: Lease) -> None:
        self.node = uuid4()
        self.lease = lease
        self.time = SharedClock()
        self._connections = connection_pool(url)
        self._here: set[Place] = set()
        self._unwritten: set[Place] = set()
        self._unseen: set[CampaignId] = set()
        self._seen: Callable[[CampaignId, frozenset[UserId]], None] = lambda _campaign, _people: None
        self._awake = asyncio.Event()
        self.others = 0
        """How many other servers live, as far as we know."""

    def tell(self, seen: Callable[[CampaignId, frozenset[UserId]], None]) -> None:
        """`seen` is called with a campaign that was asked for by `look`, and who is connected to it elsewhere."""
        self._seen = seen

    def came(self, campaign: CampaignId, user: UserId) -> None:
        """The user's first connection to this server."""
        self._here.add((campaign, user))
        self._is_unwritten(campaign, user)

    def went(self, campaign: CampaignId, user: UserId) -> None:
        """The last one is gone."""
        self._here.discard((campaign, user))
        self._is_unwritten(campaign, user)

    def look(self, *campaigns: CampaignId) -> None:
        """Has it read who is there, after what is to be written by now."""
        self._unseen.update(campaigns)
        self._awake.set()

    def somebody_moved(self, campaigns: Iterable[CampaignId]) -> None:
        """Another server says so."""
        self.others = max(1, self.others)
        self.look(*campaigns)

    async def elsewhere(self, campaigns: Collection[CampaignId]) -> dict[CampaignId, frozenset[UserId]]:
        """Who is connected to these campaigns at other servers; nothing of those where nobody is.

        Raises StoreUnavailable.
        """
        if not self.others or not campaigns:
            return {}
        found: defaultdict[CampaignId, set[UserId]] = defaultdict(set)
        for campaign, user in await self._ask("elsewhere", campaigns=list(campaigns)):
            found[campaign].add(UserId(user))
        return {campaign: frozenset(users) for campaign, users in found.items()}

    async def run(self) -> Never:
        """Writes and reads, until cancelled. Raises StoreUnavailable; called again it goes on where it was."""
        while True:
            await self._write()
            await self._look_around()
            await self._awake.wait()
            self._awake.clear()

    async def stay_alive(self) -> None:
        """Extends the lease in the database, counts the others, and sets the clock. Raises StoreUnavailable."""
        asked = clock()
        [(is_new, others, now)] = await self._ask("extend_lease", seconds=self.lease.seconds)
        self.time.told(asked, now)
        if is_new:  # or it had run out, and our people were taken for gone
            self._unwritten |= self._here
            self._awake.set()
        self.others = others

    async def expire_leases(self) -> bool:
        """Takes the people of servers whose lease ran out for gone; whether there was such a server.

        Raises StoreUnavailable.
        """
        [(servers, _)] = await self._ask("expire_leases")
        return bool(servers)

    async def left_behind(self, after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        """Of the next campaigns those where, by the log, somebody is and no other server has people.

        And the place to go on from; None when these were the last. Raises StoreUnavailable.
        """
        looked = await self._ask("left_behind", after=after, most=most, unread=_UNREAD)
        found = [CampaignId(campaign) for campaign, is_left_behind in looked if is_left_behind]
        elsewhere = await self.elsewhere(found)
        return [one for one in found if one not in elsewhere], looked[-1][0] if len(looked) == most else None

    async def retire(self) -> None:
        """This server ends: whoever is connected to it is here no more."""
        with suppress(StoreUnavailable):  # the lease will run out
            await self._ask("retire")
        await self._connections.close()

    def _is_unwritten(self, campaign: CampaignId, user: UserId) -> None:
        self._unwritten.add((campaign, user))
        self._awake.set()

    async def _write(self) -> None:
        while self._unwritten:
            moved = [self._unwritten.pop() for _ in range(min(_AT_ONCE, len(self._unwritten)))]
            here = [place for place in moved if place in self._here]
            gone = [place for place in moved if place not in self._here]
            try:
                await self._ask(
                    "move_people",
                    campaigns=[campaign for campaign, _ in here],
                    people=[UUID(user) for _, user in here],
                    left_campaigns=[campaign for campaign, _ in gone],
                    left_people=[UUID(user) for _, user in gone],
                    announcements=self._announcements({campaign for campaign, _ in moved}),
                )
            except Exception:
                self._unwritten.update(moved)
                raise

    def _announcements(self, campaigns: Collection[CampaignId]) -> list[str]:
        named = [str(campaign) for campaign in campaigns]
        parts = [named[at : at + _LONGEST_ANNOUNCEMENT] for at in range(0, len(named), _LONGEST_ANNOUNCEMENT)]
        return [",".join([str(self.node), *part]) for part in parts]

    async def _look_around(self) -> None:
        wanted, self._unseen = self._unseen, set()
        try:
            found = await self.elsewhere(wanted)
        except Exception:
            self._unseen |= wanted
            raise
        for campaign in wanted:
            with surviving("membership"):
                self._seen(campaign, found.get(campaign, frozenset()))

    async def _ask(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        try:
            async with self._connections.connection(ANSWER_SECONDS) as connection:
                cursor = await connection.execute(_SQL[statement], {"node": self.node, **values})
                return await cursor.fetchall()
        except psycopg.Error as error:
            raise StoreUnavailable(f"{statement} got no answer: {error}") from error
