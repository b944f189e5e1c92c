"""The newest events that one view was told of, from which somebody with that view can go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from transport.rooms.told import Told

WINDOW_BYTES = 1 << 20
"""Told to one view, all events together: who missed more is sent less with a whole state. As FOGBOUND_BACKLOG_BYTES."""


class Window:
    """`events` are the newest `most`, and fewer when they are very large; from the newest somebody can always go on.

    They depend on nothing but what this view was told: else old ids would tell when something hidden happens.
    """

    __slots__ = ("_bytes", "_most", "events")

    def __init__(self, most: int, events: Iterable[Told] = ()) -> None:
        self.events: deque[Told] = deque()
        self._most = most
        self._bytes = 0
        for told in events:
            self.append(told)

    def append(self, told: Told) -> None:
        """Adds the next event, and forgets what is too old; of one that is too large itself only its place is kept."""
        events = self.events
        if len(told.frames) > WINDOW_BYTES:
            events.clear()
            events.extend(told.places())
            self._bytes = 0
        else:
            events.append(told)
            self._bytes += len(told.frames)
        while len(events) > self._most or self._bytes > WINDOW_BYTES:
            self._bytes -= len(events.popleft().frames)

    def copy(self) -> Window:
        """With the same events, and a future of its own."""
        window = Window(self._most)
        window.events, window._bytes = self.events.copy(), self._bytes
        return window

    def after(self, more: Iterable[Told]) -> Window:
        """What it is when these came; it stays as it is."""
        window = self.copy()
        for told in more:
            window.append(told)
        return window
