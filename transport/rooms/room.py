"""A room: one task that takes the commands of a campaign in order, stores what they cause, and then tells everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from time import monotonic_ns

from domain.events import Event
from domain.ids import CampaignId
from domain.store import (
    CommandAlreadyDecided,
    EngineError,
    EventRejected,
    EventStore,
    Standing,
    StoreUnavailable,
    VersionConflict,
)
from transport import metrics
from transport.event_loop.freeing import free_events
from transport.rooms.appending import NANOSECONDS, append
from transport.rooms.awaited_versions import AwaitedVersions
from transport.rooms.command import PendingCommand, answer
from transport.rooms.command_handler import CommandHandler, Decision
from transport.rooms.command_observer import CommandObserver
from transport.rooms.command_observers import CommandObservers
from transport.rooms.deciding import decide
from transport.rooms.inbox import Inbox
from transport.rooms.live_projection import LiveProjection
from transport.rooms.log_growth import NO_LIMIT, LogGrowth
from transport.rooms.log_tail import check_length, unknown_events
from transport.rooms.ports import Lease
from transport.rooms.replies import Replies
from transport.rooms.taking_in import TakingIn
from transport.rooms.told_together import without_last_run


class Room:
    """Between two awaits nobody sees a half-done change: everything runs on one event loop."""

    def __init__(
        self,
        campaign: CampaignId,
        store: EventStore,
        project: Callable[[Callable[[PendingCommand], None]], LiveProjection],
        *,
        max_staged: int,
        lease: Lease,
        know_members: Callable[[Room], Awaitable[None]],
        on_failure: Callable[[Room, Exception], None],
        followers: Sequence[CommandObserver] = (),
        growth: LogGrowth = NO_LIMIT,
        now: Callable[[], datetime],
    ) -> None:
        """`project` makes the projection, given where its commands go; `on_failure` is told why the room can't go on.

        `know_members` brings the members up to date, or raises StoreUnavailable; `now` is when something happens.
        """
        self.campaign = campaign
        self._store = store
        self._max_staged = max_staged
        self._lease = lease
        self._know_members = know_members
        self._on_failure = on_failure
        self._observers = CommandObservers(campaign, followers)
        self._inbox = Inbox()
        self._replies = Replies()
        self._behind = False
        self._awake = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self.roster_lock = asyncio.Lock()
        self.roster_version = 0
        """How often the members had changed when they were read."""
        self.kept = 0
        """The version that the newest snapshot has."""
        self.projection = project(self.submit)
        self._taking_in = TakingIn(self.projection, lease)
        self._handler = CommandHandler(campaign, now, growth)
        self._awaited = AwaitedVersions()
        self._forget_undecided()
        self._task: asyncio.Task[None] | None = asyncio.create_task(self._run(), name=f"room {campaign}")
        metrics.ROOMS.inc()

    @property
    def is_idle(self) -> bool:
        """Nobody is here, nobody is expected back and nothing waits: the room may leave memory."""
        return not len(self.projection.subscribers) and self.projection.presence.is_settled and self._at_rest.is_set()

    def submit(self, pending: PendingCommand) -> None:
        """Takes a command. Its reply comes after the commit, in the order of the log."""
        if self.projection.is_over:
            # Whoever still holds the room would wait for ever: its task is ending.
            answer(pending, StoreUnavailable("the room starts over"))
            return
        self._inbox.put(pending)
        self._at_rest.clear()
        self._awake.set()

    def catch_up(self) -> None:
        """Somebody else may have written to the log."""
        self._behind = True
        self._awake.set()

    async def reached(self, version: int) -> None:
        """Returns when the room knows the log up to that version. Raises StoreUnavailable if that takes too long."""
        if version > self.projection.state.version:
            await self._awaited.wait_for(version, self.catch_up)

    async def at_rest(self) -> None:
        """Returns when all that was taken is stored and answered."""
        await self._at_rest.wait()

    def stop(self) -> None:
        """Ends the task of a room in which nothing waits, after which the room knows nothing any more."""
        # Not kept: it knows where it was cancelled, and so its room, and only the collector would find the two.
        task, self._task = self._task, None
        if task is None:
            return
        task.add_done_callback(self._let_go)
        task.cancel()
        self._awaited.give_up()
        metrics.ROOMS.dec()
        self.projection.is_over = True
        self.projection.presence.stop()

    def _let_go(self, _task: object) -> None:
        """What remains are a hundred small objects that know each other: they wait for the collector."""
        self._give_up(EngineError("the room was left before it was known what became of the command"))
        self._handler.let_go()
        self.projection.let_go()

    async def _run(self) -> None:
        try:
            while True:
                await self._awake.wait()
                self._awake.clear()
                if self._behind:
                    await self._try_to_catch_up()
                while self._inbox:
                    batch = self._inbox.take_batch()
                    self._replies.begin(batch)
                    await self._execute(batch)
                    del batch  # it may be a large map, and the next one may come in an hour
                self._at_rest.set()
        except Exception as failure:
            # What is in memory can't be trusted, the log can: everybody starts over from there.
            self._fail(failure)

    async def _execute(self, batch: Sequence[PendingCommand]) -> None:
        """Decides, stores, and only then tells. Decides again when somebody else wrote first."""
        while True:
            if self.projection.is_over or not self._lease.is_held:
                self._answer_all(batch, StoreUnavailable("what is known here may be old"))
                return
            decided = monotonic_ns()
            # What is decided on these members is stored only if they are the newest then: both are kept together.
            basis = Standing(self.projection.state.version, self.roster_version)
            decisions = await decide(self._handler, batch, self.projection, self._max_staged)
            try:
                await append(self._store, self.campaign, self._handler, decisions, basis)
                await self._lease.held()
                await self._settle(decisions, decided)
                return
            except VersionConflict:
                metrics.CONFLICTS.inc()
                self._behind = True
            except CommandAlreadyDecided as before:
                self._handler.remember(before.outcomes)
                self._behind = True
            except EventRejected as rejected:
                if len(batch) == 1:
                    self._answer_all(batch, rejected)
                    return
                self._forget_undecided()
                for pending in batch:
                    await self._execute([pending])
                return
            except StoreUnavailable as unavailable:
                self._answer_all(batch, unavailable)
                return
            known = self.projection.state.version
            if not await self._try_to_catch_up():
                self._answer_all(batch, StoreUnavailable())
                return
            if self.projection.state.version == known:
                await check_length(self._store, self.campaign, known)

    async def _settle(self, decisions: Sequence[Decision], decided: int) -> None:
        stored = monotonic_ns()
        self._handler.stored(decisions)
        self._replies.stored(decision.outcome() for decision in decisions)
        for decision in decisions:
            await self._taking_in.of_a_command(decision.events, decision.pending.sender)
            self._replies.give_stored()
        self.projection.flush()
        self._awaited.reach(self.projection.state.version)
        metrics.FAN_OUT_SECONDS.observe((monotonic_ns() - stored) / NANOSECONDS)
        self._observers.settled(decisions, decided, stored)

    def _answer_all(self, batch: Sequence[PendingCommand], error: EngineError) -> None:
        self._forget_undecided()
        for _ in batch:
            self._replies.give(error)
        self.projection.flush()
        self._observers.failed(batch, error)

    async def _try_to_catch_up(self) -> bool:
        """Takes in what others wrote. False if the store cannot be reached; the next call tries again."""
        self._behind = False  # now: what is said from here on may not be read any more
        asked = monotonic_ns()
        unfinished: list[Event] = []
        try:
            async for events in unknown_events(self._store, self.campaign, self.projection.state):
                whole, unfinished = without_last_run([*unfinished, *events])
                await self._take_in_all(whole, asked)
            await self._take_in_all(unfinished, asked)
            await self._know_members(self)
        except StoreUnavailable:
            self._behind = True
            return False
        finally:
            self._forget_undecided()
        return True

    async def _take_in_all(self, events: list[Event], asked: int) -> None:
        if not events:
            return
        # Whoever was removed before one of them happened must not be told of it.
        await self._know_members(self)
        await self._taking_in.of_others(events)
        self._awaited.reach(self.projection.state.version)
        self._observers.heard(events, asked)
        await free_events(events)

    def _forget_undecided(self) -> None:
        state = self.projection.state
        self._handler.stand_at(state.version, state.table, state.latest)

    def _fail(self, failure: Exception) -> None:
        self._on_failure(self, failure)
        self._give_up(failure if isinstance(failure, EngineError) else EngineError(str(failure)))

    def _give_up(self, error: EngineError) -> None:
        self._replies.give_up(error)
        while self._inbox:
            answer(self._inbox.take(), StoreUnavailable("the room starts over"))
        self._at_rest.set()
