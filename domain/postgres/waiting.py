"""The appends that wait for the next transaction."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from domain.append import Append
from domain.store import EngineError, StoreUnavailable

BATCH_BYTES = 1024 * 1024
"""What one transaction takes: large enough to share a commit, small enough that the next one waits only a moment."""

ROW_BYTES = 150
"""What an event weighs besides its data."""


@dataclass(slots=True, eq=False)
class Waiting:
    """An append and the caller who waits for its answer; a caller who gives up has cancelled it."""

    append: Append
    deadline: float
    answer: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def size(self) -> int:
        """In bytes, roughly."""
        return sum(len(row.data) + ROW_BYTES for row in self.append.rows)

    def succeed(self) -> None:
        """The events are durable."""
        if not self.answer.done():
            self.answer.set_result(None)

    def fail(self, error: EngineError) -> None:
        """Nothing was recorded, and why."""
        if not self.answer.done():
            self.answer.set_exception(error)


class WaitingAppends:
    """First come, first served; who has waited for `append_timeout` seconds without being sent is turned away."""

    def __init__(self, append_timeout: float) -> None:
        self._append_timeout = append_timeout
        self._queue: deque[Waiting] = deque()
        self._something = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def put(self, append: Append) -> None:
        """Returns when the append is answered; raises its EngineError."""
        if self._closed:
            raise StoreUnavailable("the event store is closed")
        loop = asyncio.get_running_loop()
        waiting = Waiting(append, loop.time() + self._append_timeout)
        self._queue.append(waiting)
        self._something.set()
        if self._timer is None:
            self._timer = loop.call_at(waiting.deadline, self._turn_late_ones_away)
        await waiting.answer

    async def wait(self) -> bool:
        """Returns true as soon as something waits, false when nothing does and nothing will."""
        await self._something.wait()
        return bool(self._queue) or not self._closed

    def take(self) -> list[Waiting]:
        """What goes into one transaction: about BATCH_BYTES, or a single append that is larger.

        At most one append of a campaign: the next one can only be checked against what this one leaves.
        """
        batch: dict[object, Waiting] = {}
        left: deque[Waiting] = deque()
        size = 0
        while self._queue:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            if waiting.append.campaign in batch:
                left.append(waiting)
                continue
            size += waiting.size
            if batch and size > BATCH_BYTES:
                left.append(waiting)
                break
            batch[waiting.append.campaign] = waiting
        self._queue.extendleft(reversed(left))
        self._rest_if_empty()
        return list(batch.values())

    def refuse(self, error: StoreUnavailable) -> None:
        """Turns away all who wait."""
        while self._queue:
            self._queue.popleft().fail(error)
        self._rest_if_empty()

    def close(self) -> None:
        """Lets nobody in any more."""
        self._closed = True
        self._something.set()

    def _turn_late_ones_away(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._queue and self._queue[0].deadline <= loop.time():
            self._queue.popleft().fail(StoreUnavailable("the event store did not get to it in time"))
        if self._queue:
            self._timer = loop.call_at(self._queue[0].deadline, self._turn_late_ones_away)
        self._rest_if_empty()

    def _rest_if_empty(self) -> None:
        if not self._queue and not self._closed:
            self._something.clear()
