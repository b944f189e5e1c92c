"""Counts in bytes, by turns of the loop, what is decoded of the log and what of it is freed again."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.event_codec import EventRow, decode
from domain.events import Event
from domain.postgres import store


class DecodingTurns:
    """Turns in which an event is decoded, or freed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._turn = 0
        self._next: asyncio.Handle | None = None
        self.decoded: Counter[int] = Counter()
        self.freed: Counter[int] = Counter()
        self.freed_elsewhere = 0
        """In threads beside the loop."""

    def decode(self, row: EventRow) -> Event:
        """As the store does."""
        event = decode(row)
        size = len(row.data)
        self.decoded[self._this()] += size
        weakref.finalize(event, self._free, size)
        return event

    def _free(self, size: int) -> None:
        if self._loop.is_closed():
            return
        if threading.current_thread() is threading.main_thread():
            self.freed[self._this()] += size
        else:
            self.freed_elsewhere += size

    def _this(self) -> int:
        """The number of the turn; it ends before whoever lets others have their turn goes on."""
        if self._next is None:
            self._next = self._loop.call_soon(self._end)
        return self._turn

    def _end(self) -> None:
        self._turn += 1
        self._next = None


@contextmanager
def decoding_turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[DecodingTurns]:
    """Of all stores in PostgreSQL in this block."""
    turns = DecodingTurns()
    with monkeypatch.context() as patched:
        patched.setattr(store, "decode", turns.decode)
        yield turns
