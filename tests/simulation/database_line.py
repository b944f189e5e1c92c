"""How one server reaches the database: questions and answers take their time, and get lost when the line is cut."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from typing_extensions import override

from domain.events import Event
from domain.ids import CampaignId, CommandId, EventId, UserId
from domain.refusals import Refused
from domain.store import Head, Refusals, Standing, StoreUnavailable
from projections.people import Member
from projections.room_state import RoomState
from tests.simulation.clocks import EPOCH, NOW
from tests.simulation.database import Database, done_now
from tests.simulation.world import Machine
from transport.accounts.people import SignedInPerson
from transport.cluster.lease import Lease
from transport.cluster.membership import ClusterMembership
from transport.cluster.notifications import Missed, Notification
from transport.rooms.loading import NOW as NEWEST
from transport.rooms.loading import Snapshot

Found = TypeVar("Found")

REFUSED_SECONDS = 0.02
"""Until a connection that nobody takes has failed."""

ASK_AGAIN_SECONDS = 0.1
"""As GroupCommit waits before it asks again what is recorded."""


class OutcomeUnknown(Exception):
    """The question got lost, or its answer."""


class _Asked:
    def __init__(self, work: Callable[[], Any], answer: asyncio.Future[Any]) -> None:
        self.work = work
        self.answer = answer
        self.is_done = False
        self.is_lost = False


class DatabaseLine:
    """One server's."""

    def __init__(self, database: Database, machine: Machine) -> None:
        self.database = database
        self._world = machine.world
        self._machine = machine
        self._under_way: dict[_Asked, None] = {}
        self._cut_until = 0.0
        self.people_are_asked_for_until = 0.0
        """So long the connections of the directory of people are all in use."""
        self._heard: deque[Notification] = deque([Missed()])
        self._next_said = 0.0
        self._hears = asyncio.Event()

    @property
    def is_cut(self) -> bool:
        return NOW.seconds < self._cut_until

    async def ask(self, work: Callable[[], Found]) -> Found:
        """What the work returns or raises at the database. Raises StoreUnavailable, or OutcomeUnknown."""
        if self.is_cut:
            await asyncio.sleep(REFUSED_SECONDS)
            raise StoreUnavailable("nobody answers")
        asked = _Asked(work, asyncio.get_running_loop().create_future())
        self._under_way[asked] = None
        self._world.after(self._latency(), partial(self._arrive, asked))
        try:
            return await asked.answer  # type: ignore[no-any-return]
        finally:
            self._under_way.pop(asked, None)

    async def read(self, work: Callable[[], Found]) -> Found:
        """The same for what changes nothing. Raises StoreUnavailable."""
        try:
            return await self.ask(work)
        except OutcomeUnknown:
            raise StoreUnavailable("the answer got lost") from None

    def cut(self, seconds: float) -> None:
        """What is under way may have been done or not. Whoever waits for an answer learns of it sooner or later."""
        self._cut_until = max(self._cut_until, NOW.seconds + seconds)
        for asked in self._under_way:
            if not asked.is_done and self._world.chance.random() < 0.5:
                self._carry_out(asked)
            asked.is_lost = True
            self._world.after(self._world.chance.choice((0.001, 1.0)), partial(self._machine.do, _lose, asked.answer))
        self.database.listeners.pop(self, None)
        self._world.after(self._cut_until - NOW.seconds, self._listen_again)

    def listen(self) -> None:
        """From now on what is notified is heard here."""
        self.database.listeners[self] = self._on_its_way

    async def notifications(self) -> AsyncIterator[Notification]:
        """As transport.cluster.notifications.Notifications gives them."""
        while True:
            while self._heard:
                yield self._heard.popleft()
            self._hears.clear()
            await self._hears.wait()

    def _latency(self) -> float:
        chance = self._world.chance
        return chance.expovariate(500) if chance.random() < 0.95 else chance.uniform(0.01, 0.3)

    def _arrive(self, asked: _Asked) -> None:
        if asked.is_lost:
            return
        answer = self._carry_out(asked)
        self._world.after(self._latency(), lambda: None if asked.is_lost else self._machine.do(answer, asked.answer))

    def _carry_out(self, asked: _Asked) -> Callable[[asyncio.Future[Any]], None]:
        asked.is_done = True
        try:
            result = asked.work()
        except Exception as failure:
            return partial(_raise_there, failure)
        return partial(_answer, result)

    def _on_its_way(self, said: Notification) -> None:
        # One after the other, in the order of the commits.
        self._next_said = max(self._next_said, NOW.seconds + self._latency())
        self._world.after(self._next_said - NOW.seconds, partial(self._hear, said))

    def _hear(self, said: Notification) -> None:
        if self in self.database.listeners:
            self._machine.do(self._note, said)

    def _listen_again(self) -> None:
        if not self.is_cut and not self._machine.is_dead:
            self.listen()
            self._machine.do(self._note, Missed())

    def _note(self, said: Notification) -> None:
        self._heard.append(said)
        self._hears.set()


def _answer(result: Any, answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_result(result)


def _raise_there(failure: Exception, answer: asyncio.Future[Any]) -> None:
    if not answer.done():
        answer.set_exception(failure)


def _lose(answer: asyncio.Future[Any]) -> None:
    _raise_there(OutcomeUnknown(), answer)


class DistantStore:
    """An EventStore at the other end of a line. It keeps the contract: who appends learns what is recorded."""

    def __init__(self, line: DatabaseLine) -> None:
        self._line = line
        self._store = line.database.store

    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        """See EventStore.append."""
        if not events and refusals is None:
            return
        name, database = object(), self._line.database
        try:
            await self._line.ask(partial(database.append, name, self._line, events, roster, refusals))
        except OutcomeUnknown:
            if not await self._was_recorded(name):
                raise StoreUnavailable("the connection broke before the commit") from None

    async def read(self, campaign: CampaignId, after: int = 0, up_to: int | None = None) -> AsyncIterator[list[Event]]:
        """See EventStore.read."""
        while batch := await self._line.read(partial(self._line.database.batch, campaign, after, up_to)):
            yield batch
            after += len(batch)

    async def head(self, campaign: CampaignId) -> Head:
        """See EventStore.head."""
        return await self._ask(lambda: self._store.head(campaign))

    async def heads(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        """See EventStore.heads."""
        return await self._ask(lambda: self._store.heads(campaigns))

    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        """See EventStore.standings."""
        return await self._ask(lambda: self._store.standings(campaigns))

    async def outcomes(self, campaign: CampaignId, commands: Sequence[CommandId]) -> dict[CommandId, EventId | Refused]:
        """See EventStore.outcomes."""
        return await self._ask(lambda: self._store.outcomes(campaign, commands))

    async def lifecycle(self, campaign: CampaignId) -> list[Event]:
        """See EventStore.lifecycle."""
        return await self._ask(lambda: self._store.lifecycle(campaign))

    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        """See EventStore.version_of."""
        return await self._ask(lambda: self._store.version_of(campaign, event))

    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        """See EventStore.version_at."""
        return await self._ask(lambda: self._store.version_at(campaign, moment))

    async def now(self) -> datetime:
        """The time of the database."""
        return await self._line.read(lambda: datetime.fromtimestamp(EPOCH + NOW.seconds, UTC))

    async def _ask(self, question: Callable[[], Awaitable[Found]]) -> Found:
        return await self._line.read(lambda: done_now(question()))

    async def _was_recorded(self, name: object) -> bool:
        while True:
            try:
                return await self._line.read(lambda: name in self._line.database.recorded)
            except StoreUnavailable:
                await asyncio.sleep(ASK_AGAIN_SECONDS)


class DistantDirectory:
    """What rooms, and the entrance, ask of the directory of people."""

    def __init__(self, line: DatabaseLine) -> None:
        self._line = line

    async def roster(self, _campaign: CampaignId) -> dict[UserId, Member]:
        return await self._read(lambda: dict(self._line.database.members))

    async def roster_versions(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, int]:
        return await self._read(lambda: {one: self._line.database.store.rosters[one] for one in campaigns})

    async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
        return await self._read(lambda: [one for one in token_hashes if one in self._line.database.ended])

    async def campaign_name(self, _campaign: CampaignId) -> str:
        return "Fog"

    async def person_in(self, token_hash: bytes, _campaign: UUID | None) -> SignedInPerson | None:
        return await self._read(partial(self._line.database.person_in, token_hash))

    async def _read(self, work: Callable[[], Found]) -> Found:
        if NOW.seconds < self._line.people_are_asked_for_until:
            await asyncio.sleep(REFUSED_SECONDS)
            raise StoreUnavailable("all connections are in use")
        return await self._line.read(work)


class DistantSnapshots:
    """Snapshots at the other end of a line."""

    def __init__(self, line: DatabaseLine) -> None:
        self._line = line

    async def newest(self, campaign: CampaignId, up_to: int = NEWEST) -> RoomState | None:
        return await self._line.read(lambda: done_now(self._line.database.kept.newest(campaign, up_to)))

    async def newest_whole(self, campaign: CampaignId) -> Snapshot | None:
        return await self._line.read(lambda: done_now(self._line.database.kept.newest_whole(campaign)))

    async def keep(self, campaign: CampaignId, room: RoomState) -> None:
        await self._line.read(lambda: done_now(self._line.database.kept.keep(campaign, room)))

    async def keep_next(self, campaign: CampaignId, room: Snapshot, last: int) -> int:
        return await self._line.read(lambda: done_now(self._line.database.kept.keep_next(campaign, room, last)))


class DistantMembership(ClusterMembership):
    """The real one, with its statements carried out by the database of the simulation."""

    def __init__(self, line: DatabaseLine, lease: Lease) -> None:
        super().__init__("postgresql:///never-opened", lease)
        self._line = line

    @override
    async def _ask(self, statement: str, **values: object) -> list[Any]:
        work = partial(getattr(self._line.database, statement), self.node, **values)
        return await self._line.read(work)
