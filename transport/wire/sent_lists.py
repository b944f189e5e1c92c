"""The staged lists that one connection was sent: what the indexes of its client mean."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

KEPT = 64
"""Lists that a client may still name. At one in 50 ms they go back three seconds, longer than a list is on its way."""

SETTLED_SECONDS = 1.0
"""After which a list has arrived. Before that, its reader may be looking at the one before."""


class SentLists:
    """The newest lists by their `listId`, each as the ids of its changes in order."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: Sequence[str] = ()
        self._by_id: OrderedDict[str, Sequence[str]] = OrderedDict()
        self._changed_at = float("-inf")

    def sent(self, list_id: str | None, changes: Sequence[str]) -> None:
        """The client is sent a list; it has no id as long as nothing has happened."""
        self._last = changes
        if list_id is not None:
            self._by_id[list_id] = changes
            self._by_id.move_to_end(list_id)
            if len(self._by_id) > KEPT:
                self._by_id.popitem(last=False)

    def others_changed_it(self) -> None:
        """Another connection changed the list, also one of the same person: its other tab shows another list."""
        self._changed_at = self._clock()

    def change_at(self, index: int, list_id: str | None) -> str | None:
        """The change at that place of the list that the client looked at; None if that is not certain."""
        if list_id is not None:
            looked_at = self._by_id.get(list_id, ())
        elif self._clock() < self._changed_at + SETTLED_SECONDS:
            return None
        else:
            looked_at = self._last
        return looked_at[index] if index < len(looked_at) else None
