"""A room: one task that takes the commands of a campaign in order, stores what they cause, and then tells everybody."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import zip_longest
from time import monotonic_ns

from domain.commands import AnyCommand, ImportMap, ImportTogether, RevealHexes, UpdateHexes
from domain.decide import Surroundings
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
from transport.decider import Decider, Decision
from transport.following.follower import Follower
from transport.following.following import Following
from transport.gathering import Gathering
from transport.log_growth import NO_LIMIT, LogGrowth
from transport.nodes.lease import Lease
from transport.outcome import Order, Outcome
from transport.steps import EVENT_HEXES, TURN_HEXES, hexes_of
from transport.supervision import note_failure
from transport.told_together import told_together, without_last_run

BATCH_HEXES = 5_000
"""Hexes in one append: folding and telling them takes several milliseconds, in which no other room has its turn."""

ORDER_HEXES = 50
"""What a command weighs by itself: a hundred of them are decided in some milliseconds."""

NANOSECONDS = 1e9
"""In a second."""

JOINS_AT_ONCE = 4
"""Those who ask together what is new also join together, in one turn of the loop."""

CATCH_UP_SECONDS = 5.0
"""How long somebody who joins or asks waits until the room knows what another server has acknowledged."""


class Room:
    """Between two awaits nobody sees a half-done change: everything runs on one event loop."""

    def __init__(
        self,
        campaign: CampaignId,
        store: EventStore,
        gather: Callable[[Callable[[Order], None]], Gathering],
        *,
        max_staged: int,
        lease: Lease,
        know_members: Callable[[Room], Awaitable[None]],
        on_failure: Callable[[Room], None],
        followers: Sequence[Follower] = (),
        growth: LogGrowth = NO_LIMIT,
        now: Callable[[], datetime],
    ) -> None:
        """`gather` makes the gathering, given where its orders go; `on_failure` is told when the room can't go on.

        `know_members` brings the members up to date, or raises StoreUnavailable; `now` is when something happens.
        """
        self.campaign = campaign
        self._store = store
        self._max_staged = max_staged
        self._lease = lease
        self._know_members = know_members
        self._on_failure = on_failure
        self._following = Following(campaign, followers)
        self._inbox: deque[Order] = deque()
        self._unanswered: deque[Order] = deque()
        """Those that are carried out now, in order."""
        self._outcomes: deque[Outcome] = deque()
        """Of the first of them, once they are known."""
        self._behind = False
        self._worked = 0
        self._awake = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self.roster_lock = asyncio.Lock()
        self.door = asyncio.Semaphore(JOINS_AT_ONCE)
        """Through which those who come join."""
        self.roster_version = 0
        """How often the members had changed when they were read."""
        self.kept = 0
        """The version that the newest snapshot has."""
        self.gathering = gather(self.submit)
        self._decider = Decider(campaign, now, growth)
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []
        self._forget_undecided()
        self._task = asyncio.create_task(self._run(), name=f"room {campaign}")
        metrics.ROOMS.inc()

    @property
    def is_idle(self) -> bool:
        """Nobody is here, nobody is expected back and nothing waits: the room may leave memory."""
        return not len(self.gathering.crowd) and self.gathering.presence.is_settled and self._at_rest.is_set()

    def submit(self, order: Order) -> None:
        """Takes a command. Its reply comes after the commit, in the order of the log."""
        if self.gathering.is_over:
            # Whoever still holds the room would wait for ever: its task is ending.
            _answer(order, StoreUnavailable("the room starts over"))
            return
        self._inbox.append(order)
        self._at_rest.clear()
        self._awake.set()

    def catch_up(self) -> None:
        """Somebody else may have written to the log."""
        self._behind = True
        self._awake.set()

    async def reached(self, version: int) -> None:
        """Returns when the room knows the log up to that version. Raises StoreUnavailable if that takes too long."""
        if self.gathering.state.version >= version:
            return
        reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited.append((version, reached))
        self.catch_up()
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                await reached
        except TimeoutError:
            raise StoreUnavailable("the room does not know the newest events yet") from None
        finally:
            self._awaited = [one for one in self._awaited if one[1] is not reached]

    async def at_rest(self) -> None:
        """Returns when all that was taken is stored and answered."""
        await self._at_rest.wait()

    def stop(self) -> None:
        """Ends the task of a room in which nothing waits."""
        self._task.cancel()
        for _, reached in self._awaited:
            if not reached.done():
                reached.set_exception(StoreUnavailable("the room starts over"))
        metrics.ROOMS.dec()
        self.gathering.presence.stop()

    async def _run(self) -> None:
        try:
            while True:
                await self._awake.wait()
                self._awake.clear()
                if self._behind:
                    await self._try_to_catch_up()
                while self._inbox:
                    orders = self._take_batch()
                    self._unanswered.extend(orders)
                    await self._execute(orders)
                self._at_rest.set()
        except Exception as failure:
            # A fault of ours: what is in memory can't be trusted, the log can. Everybody starts over from there.
            note_failure("room", failure, campaign=str(self.campaign))
            self._fail(failure)

    def _take_batch(self) -> list[Order]:
        batch = [self._inbox.popleft()]
        hexes = _weight(batch[0].command)
        while self._inbox:
            hexes += _weight(self._inbox[0].command)
            if hexes > BATCH_HEXES:
                break
            batch.append(self._inbox.popleft())
        return batch

    async def _execute(self, orders: Sequence[Order]) -> None:
        """Decides, stores, and only then tells. Decides again when somebody else wrote first."""
        while True:
            if not self._lease.is_held:
                self._answer_all(orders, StoreUnavailable("this server has yet to catch up with the others"))
                return
            decided = monotonic_ns()
            # What is decided on these members is stored only if they are the newest then: both are kept together.
            basis = Standing(self.gathering.state.version, self.roster_version)
            decisions = await self._decide(orders)
            try:
                await self._store_all(decisions, basis)
                await self._lease.held()
                await self._settle(decisions, decided)
                return
            except VersionConflict:
                metrics.CONFLICTS.inc()
                self._behind = True
            except CommandAlreadyDecided as before:
                self._decider.remember(before.outcomes)
                self._behind = True
            except EventRejected as rejected:
                self._forget_undecided()
                await self._execute_singly(orders, rejected)
                return
            except StoreUnavailable as unavailable:
                self._answer_all(orders, unavailable)
                return
            known = self.gathering.state.version
            if not await self._try_to_catch_up():
                self._answer_all(orders, StoreUnavailable())
                return
            if self.gathering.state.version == known:
                await self._check_log()

    async def _decide(self, orders: Sequence[Order]) -> list[Decision]:
        """In a thread if it takes long. Nobody else asks the decider: that is done by the room's task alone."""
        given = orders, self._surroundings(), self.gathering.members
        if sum(_weight(order.command) for order in orders) > BATCH_HEXES:
            return await asyncio.to_thread(self._decider.decide, *given)
        return self._decider.decide(*given)

    async def _store_all(self, decisions: Sequence[Decision], basis: Standing) -> None:
        """Raises EngineError; VersionConflict also if what need not be stored does not rest on the newest state."""
        if (put_off := self._decider.put_off(decisions)) and (
            before := await self._store.outcomes(self.campaign, put_off)
        ):
            raise CommandAlreadyDecided(before)
        events = [event for decision in decisions for event in decision.events]
        refusals = self._decider.refusals(decisions, basis.version)
        if events or refusals is not None:
            start = monotonic_ns()
            await self._store.append(events, basis.roster, refusals)
            metrics.APPEND_SECONDS.observe((monotonic_ns() - start) / NANOSECONDS)
        elif any(decision.rests_on_the_newest for decision in decisions):
            # An append finds that out by itself.
            standings = await self._store.standings([self.campaign])
            if standings[self.campaign] != basis:
                raise VersionConflict("decided on an old state")

    async def _execute_singly(self, orders: Sequence[Order], rejected: EventRejected) -> None:
        if len(orders) == 1:
            self._answer_all(orders, rejected)
            return
        for order in orders:
            await self._execute([order])

    async def _settle(self, decisions: Sequence[Decision], decided: int) -> None:
        stored = monotonic_ns()
        self._decider.stored(decisions)
        self._outcomes.extend(decision.outcome() for decision in decisions)
        for decision in decisions:
            runs = told_together(decision.events)
            for run, following in zip_longest(runs, runs[1:]):
                is_part = following is not None and type(following[0]) is type(run[0])
                await self._take_in(run, decision.order.sender, more_follows=is_part)
            self._answer_next(self._outcomes.popleft())
        self.gathering.flush()
        self._tell_those_who_await()
        metrics.FAN_OUT_SECONDS.observe((monotonic_ns() - stored) / NANOSECONDS)
        self._following.settled(decisions, decided, stored)

    def _answer_next(self, outcome: Outcome) -> None:
        _answer(self._unanswered.popleft(), outcome)

    def _answer_all(self, orders: Sequence[Order], error: EngineError) -> None:
        self._forget_undecided()
        for _ in orders:
            self._answer_next(error)
        self.gathering.flush()
        self._following.failed(orders, error)

    async def _try_to_catch_up(self) -> bool:
        """Takes in what others wrote. False if the store cannot be reached; the next call tries again."""
        self._behind = False  # now: what is said from here on may not be read any more
        asked = monotonic_ns()
        unfinished: list[Event] = []
        try:
            async for events in self._unknown():
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

    async def _unknown(self) -> AsyncIterator[Sequence[Event]]:
        """What the log has more than we know. Raises EngineError if it is not the log that we know."""
        known, version = self.gathering.newest_event(), self.gathering.state.version
        # A database that was put back may have grown since, to the same version or beyond, with other events.
        async for events in self._store.read(self.campaign, after=version if known is None else version - 1):
            if known is not None and events[0].event_id != known:
                raise EngineError(f"the log has another event {version} than was told")
            if unknown := events if known is None else events[1:]:
                yield unknown
            known = None
        if known is not None:
            raise EngineError(f"the log ends before event {version}, which was told")

    async def _check_log(self) -> None:
        """A database that was put back to an earlier state has forgotten what we told: deciding again never ends."""
        with suppress(StoreUnavailable):
            head = await self._store.head(self.campaign)
            if head.version < (told := self.gathering.state.version):
                raise EngineError(f"the log ends with event {head.version}, and event {told} was told")

    async def _take_in_all(self, events: Sequence[Event], asked: int) -> None:
        if not events:
            return
        # Whoever was removed before one of them happened must not be told of it.
        await self._know_members(self)
        await self._lease.held()
        for run in told_together(events):
            await self._take_in(run)
        self.gathering.flush()
        self._tell_those_who_await()
        self._following.heard(events, asked)

    async def _take_in(self, run: Sequence[Event], sender: object = None, *, more_follows: bool = False) -> None:
        """Events that are told together. Others have their turn meanwhile, or after some milliseconds of ours."""
        hexes = sum(hexes_of(event, self.gathering.state.table) for event in run)
        self._worked += EVENT_HEXES * len(run) + hexes
        if hexes > TURN_HEXES or len(run) > 1:
            self.gathering.flush()
            tell = await self.gathering.work_out(run, self._lease.held)
            tell(sender, more_follows=more_follows)
            return
        if self._worked > TURN_HEXES:
            self.gathering.flush()
            await asyncio.sleep(0)
            await self._lease.held()
            self._worked = 0
        self.gathering.take_in(run[0], sender, more_follows=more_follows)

    def _tell_those_who_await(self) -> None:
        for version, reached in self._awaited:
            if version <= self.gathering.state.version and not reached.done():
                reached.set_result(None)

    def _forget_undecided(self) -> None:
        state = self.gathering.state
        self._decider.stand_at(state.version, state.table, state.latest)

    def _surroundings(self) -> Surroundings:
        gathering = self.gathering
        return Surroundings(gathering.players, gathering.presence.here(), self._max_staged, gathering.members)

    def _fail(self, failure: Exception) -> None:
        self._on_failure(self)
        error = EngineError(str(failure))
        while self._unanswered:
            # What was stored is stored, though not everybody could be told.
            self._answer_next(self._outcomes.popleft() if self._outcomes else error)
        while self._inbox:
            _answer(self._inbox.popleft(), error)
        self._at_rest.set()


def _answer(order: Order, outcome: Outcome) -> None:
    metrics.count_command(order.command, outcome)
    order.reply(outcome)


def _weight(command: AnyCommand) -> int:
    match command:
        case RevealHexes():
            return ORDER_HEXES + len(command.hex_keys)
        case UpdateHexes() | ImportMap():
            return ORDER_HEXES + len(command.changes)
        case ImportTogether():
            return sum(_weight(part) for part in command.parts)
        case _:
            return ORDER_HEXES
