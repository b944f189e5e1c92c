"""Any moment of a campaign: the nearest snapshot before it, and what happened from there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import structlog

from domain.events import Event
from domain.ids import CampaignId, EventId
from domain.store import EventStore, StoreUnavailable
from projections import snapshots
from projections.room_state import RoomState, Step
from projections.stretches import Moment, Stretch, stretches
from transport.event_loop.steps import steps
from transport.rooms.loading import Snapshots

log = structlog.get_logger()

OFTEN_SPACING = 200
"""Events before a place that many ask for, a session's beginning, from which on it gets a snapshot of its own."""


class Past:
    """Reads the log; what is in it never changes. Each call may raise StoreUnavailable or UnreadableEvent."""

    def __init__(self, store: EventStore, kept: Snapshots) -> None:
        self._store = store
        self._kept = kept

    async def head(self, campaign: CampaignId) -> int:
        """The version of the newest event, 0 for none."""
        return (await self._store.head(campaign)).version

    async def version_of(self, campaign: CampaignId, event: EventId) -> int | None:
        """The place of an event, if it is one of this campaign."""
        return await self._store.version_of(campaign, event)

    async def version_at(self, campaign: CampaignId, moment: datetime) -> int:
        """The last event by then, 0 for none."""
        return await self._store.version_at(campaign, moment)

    async def stretches(self, campaign: CampaignId) -> list[Stretch]:
        """All sessions, the last of which may not have begun."""
        return stretches(await self._store.lifecycle(campaign), datetime.now(UTC))

    async def beginning(self, campaign: CampaignId, stretch: Stretch, since: datetime | None = None) -> Moment | None:
        """The moment before the first event of a stretch, or that of a joining in it; None if that came after it.

        Decided by times that everybody knows: what was recorded last before the joining may be hidden.
        """
        if since is not None and stretch.ended_at is not None and since >= stretch.ended_at:
            return None
        if since is not None and (stretch.since is None or since > stretch.since):
            after = await self._store.version_at(campaign, since)
            if stretch.covers(after):
                return (await self.moment(campaign, after))._replace(recorded_at=since)
        else:
            since = stretch.since
        return Moment(stretch, None, await self.room_at(campaign, stretch.after, is_asked_often=True), since)

    async def room_at(self, campaign: CampaignId, version: int, *, is_asked_often: bool = False) -> RoomState:
        """The room after that many events. Leaves snapshots behind where there were none, for the next one who asks."""
        room = await self._kept.newest(campaign, version) or RoomState()
        last, takes_more = room.version, True
        async for batch in self.steps(campaign, room, version):
            room = batch[-1].after
            if takes_more and snapshots.is_due(room, last):
                takes_more = await self._leave(campaign, room)
                last = room.version
        if takes_more and is_asked_often and room.version - last >= OFTEN_SPACING:
            await self._leave(campaign, room)
        return room

    async def _leave(self, campaign: CampaignId, room: RoomState) -> bool:
        """Whether a snapshot could be kept. One that could not, at a standby for example, must not fail a read."""
        try:
            await self._kept.keep(campaign, room)
        except StoreUnavailable as problem:
            log.info("a snapshot is not kept", campaign=str(campaign), reason=str(problem))
            return False
        return True

    async def moment(self, campaign: CampaignId, version: int) -> Moment:
        """The moment after the event of that version, which the stream has reached; 0: before the first."""
        every = await self.stretches(campaign)
        stretch = next((stretch for stretch in every if stretch.covers(version)), every[0])
        return await self._moment(campaign, version, stretch)

    async def moment_at(self, campaign: CampaignId, at: datetime) -> Moment:
        """The moment after the last event by then.

        In which session it is goes by times that everybody knows, as in `beginning`. Going by the event it would show
        when the first one happened after a session's end, which may be hidden.
        """
        every = await self.stretches(campaign)
        stretch = [stretch for stretch in every if stretch.since is None or stretch.since <= at][-1]
        return await self._moment(campaign, await self._store.version_at(campaign, at), stretch)

    async def _moment(self, campaign: CampaignId, version: int, stretch: Stretch) -> Moment:
        if version == 0:
            return Moment(stretch, None, RoomState(), None)
        room = await self.room_at(campaign, version - 1)
        (step,) = [step async for batch in self.steps(campaign, room, version) for step in batch]
        return Moment(stretch, step, step.after, step.event.timestamp)

    def events(self, campaign: CampaignId, after: int) -> AsyncIterator[Sequence[Event]]:
        """What happened after that version, as it was logged."""
        return self._store.read(campaign, after)

    async def steps(self, campaign: CampaignId, room: RoomState, up_to: int) -> AsyncIterator[list[Step]]:
        """What happened after `room`, in batches small enough to be worked on in one turn."""
        async for batch in steps(self._store, campaign, room, up_to):
            yield batch
