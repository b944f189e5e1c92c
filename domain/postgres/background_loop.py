"""An event loop in a thread of its own, for programs that have none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from threading import Lock, Thread
from typing import Any, TypeVar

from eventsourcing.persistence import InterfaceError

T = TypeVar("T")


class BackgroundLoop:
    """Any thread may call it, but for its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="event log", daemon=True)
        self._thread.start()
        self._turn = Lock()
        self._is_closed = False

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begins the work. Raises InterfaceError after `close`."""
        with self._turn:
            if self._is_closed:
                work.close()
                raise InterfaceError("the recorder is closed")
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits until the work is done. Raises InterfaceError after `close`, and when that ends the work."""
        future = self.start(work)
        try:
            return future.result()
        except CancelledError:
            raise InterfaceError("the recorder was closed meanwhile") from None

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Does some last work, and ends what else goes on. The second time it does nothing."""
        with self._turn:
            was_closed, self._is_closed = self._is_closed, True
        if was_closed:
            last.close()
            return
        asyncio.run_coroutine_threadsafe(_finish(last), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _finish(last: Coroutine[Any, Any, None]) -> None:
    await last
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
