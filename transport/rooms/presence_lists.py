"""Sends the list of people to everybody at a table, as often as a fixed cost allows.

Who comes and goes is told by a small message each. The list follows: it brings new members, names and roles.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from projections.people import People
from transport.rooms.connection import Connection
from transport.rooms.people_text import PeopleText, presence_list
from transport.rooms.subscribers import LIST_INTERVAL
from transport.wire.frames import text_frame

CONNECTION_BYTES = 20_000
"""A second, to one connection: what a phone on a bad line takes beside the play. The list of five people has 500."""

ROOM_BYTES = 2_000_000
"""A second, to all connections of a room: writing them takes one hundredth of the server's time."""

PERSON_BYTES = 100
"""In the list, with a short name: what a list that was not written yet is taken to have."""

TURN_BYTES = 500_000
"""In one turn of the loop, and one list at least: copying them takes less than a millisecond."""

TURN_LISTS = 100
"""In one turn of the loop: writing to so many sockets takes two milliseconds."""


@dataclass(slots=True)
class _Known:
    """When a connection was last sent the list, and which one."""

    at: float
    version: int


class PresenceLists:
    """Of one room. A `session:state` has the list in it, so whoever comes has been sent it."""

    def __init__(self, people: Callable[[], People], text: PeopleText) -> None:
        """`people` gives the same object as long as nothing has changed."""
        self._people = people
        self._text = text
        self._of: People | None = None
        self._frame = b""
        self._version = 0
        # Whose list is oldest comes first: each waits for as long as all the others.
        self._known: OrderedDict[Connection, _Known] = OrderedDict()
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def came(self, connection: Connection) -> None:
        """The connection was just sent the list."""
        self._sent(connection, asyncio.get_running_loop().time())

    def left(self, connection: Connection) -> None:
        """Harmless for one that is not here."""
        self._known.pop(connection, None)
        if not self._known:
            self._stop()

    def changed(self) -> None:
        """Everybody is to be sent the new list. Queues it at once where it is due; the rest comes by itself."""
        self._version += 1
        if self._timer is None:
            self._turn()

    def _turn(self) -> list[Connection]:
        """Queues as many lists as one turn may cost, and sees to it that the others follow."""
        loop = asyncio.get_running_loop()
        now, sent = loop.time(), list[Connection]()
        while (due := self._next_due()) is not None and due <= now:
            frame = self._newest()
            if sent and (len(sent) == TURN_LISTS or (len(sent) + 1) * len(frame) > TURN_BYTES):
                break
            connection = next(iter(self._known))
            connection.queue(frame)
            self._sent(connection, now)
            sent.append(connection)
        self._free_at = max(self._free_at, now) + len(sent) * len(self._frame) / ROOM_BYTES
        if due is not None:
            self._timer = loop.call_at(max(due, self._free_at), self._late)
        return sent

    def _next_due(self) -> float | None:
        """When the next list may be sent; None if everybody has it."""
        first = next(iter(self._known.values()), None)
        if first is None or first.version == self._version:
            return None
        size = max(len(self._frame), PERSON_BYTES * len(self._people().members))
        return max(first.at + max(LIST_INTERVAL, size / CONNECTION_BYTES), self._free_at)

    def _sent(self, connection: Connection, now: float) -> None:
        self._known[connection] = _Known(now, self._version)
        self._known.move_to_end(connection)

    def _newest(self) -> bytes:
        people = self._people()
        if self._of is not people:
            self._of = people
            self._frame = text_frame(presence_list(self._text.of(people)))
        return self._frame

    def _late(self) -> None:
        self._timer = None
        for connection in self._turn():
            connection.flush()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
