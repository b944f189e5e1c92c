"""A machine of the simulation: an event loop that turns when it is told to, may be frozen, and dies without a word."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop
from math import inf
from typing import Any

from typing_extensions import override

from tests.simulation.clocks import NOW


class MachineLoop(asyncio.BaseEventLoop):
    """Waits for nothing: whoever turns it also moves the time. Threads do their work at once, and answer later."""

    def __init__(self, on_fault: Callable[[str], None]) -> None:
        super().__init__()
        self._is_dead = False
        self.set_exception_handler(lambda _loop, context: on_fault(_described(context)))

    @override
    def time(self) -> float:
        return NOW.seconds

    def _write_to_self(self) -> None: ...

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...

    @override
    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        future = self.create_future()
        try:
            result = func(*args)
        except Exception as failure:
            self.call_soon(_fail, future, failure)
        else:
            self.call_soon(_succeed, future, result)
        return future

    def next_turn(self) -> float:
        """When there is something to do; infinite if something else must happen before."""
        return 0.0 if self._ready else self._next_timer()  # type: ignore[attr-defined]

    def _next_timer(self) -> float:
        scheduled = self._scheduled  # type: ignore[attr-defined]
        while scheduled and scheduled[0]._cancelled:
            heappop(scheduled)
        return scheduled[0]._when if scheduled else inf

    def turn(self) -> None:
        """What is ready now, as an event loop does it between two looks at its sockets."""
        while self._next_timer() <= NOW.seconds:
            self._ready.append(heappop(self._scheduled))  # type: ignore[attr-defined]
        asyncio._set_running_loop(self)
        try:
            for _ in range(len(self._ready)):  # type: ignore[attr-defined]
                handle = self._ready.popleft()  # type: ignore[attr-defined]
                if not handle._cancelled:
                    handle._run()
                if self._is_dead:
                    return
        finally:
            asyncio._set_running_loop(None)

    def die(self) -> None:
        """Nothing of it runs ever again."""
        self._is_dead = True
        self._ready.clear()  # type: ignore[attr-defined]
        self._scheduled.clear()  # type: ignore[attr-defined]

    def release(self) -> None:
        """Frees what its tasks hold. What goes wrong in their last steps is not told."""
        self.set_exception_handler(lambda _loop, _context: None)
        asyncio._set_running_loop(self)
        try:
            for task in asyncio.all_tasks(self):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                _close(task.get_coro())
        finally:
            asyncio._set_running_loop(None)
        self.die()
        self.close()


def _close(coroutine: Any) -> None:
    # It may wait for something even now, or stumble over what is gone.
    with suppress(Exception, BaseExceptionGroup):
        coroutine.close()


def _succeed(future: asyncio.Future[Any], result: Any) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], failure: Exception) -> None:
    if not future.done():
        future.set_exception(failure)


def _described(context: dict[str, Any]) -> str:
    return f"{context.get('message')}: {context.get('exception')!r}"
