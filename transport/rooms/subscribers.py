"""The connections of a room, grouped by what they see, and the fan-out to them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from domain.ids import UserId
from projections.messages import ServerMessage
from projections.people import People, Viewer
from projections.room_state import RoomState, Step
from projections.views import ANY_DM, changes_only_the_queue, view_key
from transport import metrics
from transport.event_loop.weights import LISTENERS_A_HEX
from transport.rooms.connection import Connection
from transport.rooms.told import Telling, move_message
from transport.rooms.told_run import ToldRun
from transport.wire.frames import message_frame

LIST_INTERVAL = 0.05
"""Seconds between two whole lists to one connection, at least."""

TURN_WRITES = 100
"""Connections that are written to in one turn of the loop: two milliseconds."""

TURN_BYTES = 2_000_000
"""In one turn, and what one connection is sent at least: to copy them takes a millisecond or two."""

FEW = 50
"""Connections to whom each coming and going is told at once."""

MOVE_SECONDS = 0.0003
"""For each one more, until the next are told: to write to it takes the twentieth part of that."""


class Subscribers:
    """Everything is encoded once for all who see the same."""

    def __init__(self, leave: Callable[[Connection], None]) -> None:
        """`leave` is told of connections that turned out to be closed."""
        self._leave = leave
        self._moves: list[tuple[UserId, bytes]] = []
        self._moves_due = 0.0
        self._unwritten: dict[Connection, None] = {}
        self._next_turn: asyncio.Handle | None = None
        self._moves_timer: asyncio.TimerHandle | None = None
        # Of each person in the order of coming, as a dict is an ordered set.
        self._of_user: defaultdict[UserId, dict[Connection, None]] = defaultdict(dict)
        self._of_sign_in: defaultdict[bytes, set[Connection]] = defaultdict(set)
        self._groups: dict[Viewer, set[Connection]] = {}
        self._aside: set[Connection] = set()

    def __iter__(self) -> Iterator[Connection]:
        for group in self._groups.values():
            yield from group
        yield from self._aside

    def __len__(self) -> int:
        return sum(len(group) for group in self._groups.values()) + len(self._aside)

    @property
    def weight(self) -> int:
        """What it is to queue something for everybody, in hexes."""
        return len(self) // LISTENERS_A_HEX

    def views(self) -> list[Viewer]:
        """For whom it is worked out what they see."""
        return list(self._groups)

    def dms(self) -> Iterable[Connection]:
        """The connections that are told of the staged list."""
        return self._groups.get(ANY_DM, ())

    def tabs(self, user: UserId) -> int:
        """How many connections the user has."""
        return len(self._of_user[user]) if user in self._of_user else 0

    def beyond(self, user: UserId, most: int) -> list[Connection]:
        """The oldest of the user's connections, without the newest `most`."""
        connections = list(self._of_user.get(user, ()))
        return connections[: max(0, len(connections) - most)]

    def of_sign_in(self, token_hash: bytes) -> list[Connection]:
        """Those that it let in. Each server asks for each sign-in that ends anywhere: it must not look at everybody."""
        return list(self._of_sign_in.get(token_hash, ()))

    def add(self, connection: Connection, room: RoomState) -> None:
        self._queue_moves()  # the newcomer knows of them
        metrics.CONNECTIONS.inc()
        self._of_user[connection.viewer.user_id][connection] = None
        self._of_sign_in[connection.token_hash].add(connection)
        self._groups.setdefault(view_key(connection.viewer, room), set()).add(connection)

    def remove(self, connection: Connection) -> bool:
        """Whether it was here."""
        user = connection.viewer.user_id
        if connection not in self._of_user.get(user, ()):
            return False
        metrics.CONNECTIONS.dec()
        del self._of_user[user][connection]
        if not self._of_user[user]:
            del self._of_user[user]
        self._of_sign_in[connection.token_hash].discard(connection)
        if not self._of_sign_in[connection.token_hash]:
            del self._of_sign_in[connection.token_hash]
        for group in self._groups.values():
            group.discard(connection)
        self._aside.discard(connection)
        return True

    def set_aside(self, connection: Connection) -> None:
        """It is told nothing until it begins again with a new state."""
        self._queue_moves()
        for group in self._groups.values():
            group.discard(connection)
        self._aside.add(connection)

    def is_aside(self, connection: Connection) -> bool:
        """Whether it still waits for that."""
        return connection in self._aside

    def take_back(self, connection: Connection, room: RoomState) -> None:
        """It is told what happens from now on."""
        self._queue_moves()
        self._aside.discard(connection)
        self._groups.setdefault(view_key(connection.viewer, room), set()).add(connection)

    def regroup(self, room: RoomState) -> None:
        """After a change of who sees what."""
        everybody = [connection for group in self._groups.values() for connection in group]
        self._groups = {}
        for connection in everybody:
            self._groups.setdefault(view_key(connection.viewer, room), set()).add(connection)

    def tell(self, step: Step, telling: Telling, people: People, *, with_lists: bool = True) -> None:
        """Queues what each viewer is told of an event; the staged list goes by its own clock, or not at all."""
        if changes_only_the_queue(step.event):
            if with_lists:
                self.staged_list_due(step.after)
            return
        if step.after.singled_out is not step.before.singled_out:
            self.regroup(step.after)
        if telling.dms is not None and telling.dms.move is not None:
            move = telling.dms.move
            self.tell_of_move(move.user, move_message(telling.dms.event_id, move, people))
            return
        self._queue_moves()
        for view, group in self._groups.items():
            told = telling.to(view)
            if told is not None and told.frames:
                for connection in group:
                    connection.queue(told.frames)
        if telling.has_queue:
            self.staged_list_due(step.after)

    def tell_together(self, run: ToldRun) -> None:
        """Queues what each viewer is told of the parts of an import: for each connection in one go."""
        self._queue_moves()
        for view, group in self._groups.items():
            if frames := run.to(view).frames:
                for connection in group:
                    connection.queue(frames)

    def staged_list_due(self, room: RoomState) -> None:
        """It has changed, or the words in it: each DM is sent it as soon as the line takes it."""
        for connection in self.dms():
            if connection.staged_list is not None:
                connection.staged_list.due(LIST_INTERVAL, is_empty=not room.table.staged)

    def tell_of_move(self, user: UserId, message: ServerMessage) -> None:
        """Somebody came or went: everybody else is told, together with the next ones when very many come at once."""
        self._moves.append((user, message_frame(message)))
        if len(self) <= FEW:
            self._queue_moves()  # before the list of people in which it shows

    def flush(self) -> None:
        """Writes what is queued, DMs first; in several turns of the loop if there are very many to write to."""
        if self._moves:
            loop = asyncio.get_running_loop()
            if loop.time() >= self._moves_due:
                self._queue_moves()
                self._moves_due = loop.time() + max(0, len(self) - FEW) * MOVE_SECONDS
            elif self._moves_timer is None:
                self._moves_timer = loop.call_at(self._moves_due, self._moves_are_due)
        for connection in chain(self.dms(), self):
            if connection.has_more or not connection.is_open:
                self._unwritten[connection] = None
        if self._next_turn is None:
            self._write()

    def flush_soon(self, connection: Connection) -> None:
        """Writes what is queued for one, in a turn after this one: many may be due at the same moment."""
        self._unwritten[connection] = None
        if self._next_turn is None:
            self._next_turn = asyncio.get_running_loop().call_soon(self._write)

    def stop(self) -> None:
        """What is queued is written by nobody any more."""
        for timer in (self._next_turn, self._moves_timer):
            if timer is not None:
                timer.cancel()

    def _moves_are_due(self) -> None:
        self._moves_timer = None
        self.flush()

    def _queue_moves(self) -> None:
        """Before whatever happened after them."""
        if not self._moves:
            return
        moves, self._moves = self._moves, []
        all_of_them = b"".join(frame for _, frame in moves)
        movers = {user for user, _ in moves}
        for group in self._groups.values():
            for connection in group:
                user = connection.viewer.user_id
                if user not in movers:
                    connection.queue(all_of_them)
                elif others := b"".join(frame for mover, frame in moves if mover != user):
                    connection.queue(others)

    def _write(self) -> None:
        self._next_turn = None
        size = 0
        for connection in list(islice(self._unwritten, TURN_WRITES)):
            del self._unwritten[connection]
            before = connection.written
            if not connection.flush():
                self._leave(connection)
            size += connection.written - before
            if size > TURN_BYTES:
                break
        if self._unwritten:
            self._next_turn = asyncio.get_running_loop().call_soon(self._write)
