"""A loop whose time moves only when nothing else is to be done: what happens in an hour is the same each time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

from typing_extensions import override


class _Skipping(selectors.DefaultSelector):
    """Never waits: what was to be waited for is over at once."""

    waited = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found and timeout is not None:
            self.waited += timeout
        return found


class TimelessLoop(asyncio.SelectorEventLoop):
    """Counts its turns; an hour passes in a moment."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        self.turns = 0
        super().__init__(self._skipping)

    @override
    def time(self) -> float:
        return self._skipping.waited

    def _run_once(self) -> None:
        self.turns += 1
        super()._run_once()  # type: ignore[misc]


def play(evening: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=TimelessLoop) as runner:
        runner.run(evening())
