"""The connections of a room, grouped by what they see, and the fan-out to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from domain.ids import UserId
from projections.messages import ServerMessage
from projections.people import People, Viewer
from projections.room_state import RoomState, Step
from projections.views import ANY_DM, changes_only_the_queue, same_eyes
from transport import metrics
from transport.connection import Connection
from transport.frames import message_frame
from transport.told import Telling, move_message

LIST_INTERVAL = 0.05
"""Seconds between two whole lists to one connection, at least."""


class Crowd:
    """Everything is encoded once for all who see the same."""

    def __init__(self) -> None:
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
        metrics.CONNECTIONS.inc()
        self._of_user[connection.viewer.user_id][connection] = None
        self._of_sign_in[connection.token_hash].add(connection)
        self._groups.setdefault(same_eyes(connection.viewer, room), set()).add(connection)

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
        for group in self._groups.values():
            group.discard(connection)
        self._aside.add(connection)

    def is_aside(self, connection: Connection) -> bool:
        """Whether it still waits for that."""
        return connection in self._aside

    def take_back(self, connection: Connection, room: RoomState) -> None:
        """It is told what happens from now on."""
        self._aside.discard(connection)
        self._groups.setdefault(same_eyes(connection.viewer, room), set()).add(connection)

    def regroup(self, room: RoomState) -> None:
        """After a change of who sees what."""
        everybody = [connection for group in self._groups.values() for connection in group]
        self._groups = {}
        for connection in everybody:
            self._groups.setdefault(same_eyes(connection.viewer, room), set()).add(connection)

    def tell(self, step: Step, telling: Telling, people: People, *, with_lists: bool = True) -> None:
        """Queues what each viewer is told of an event; the staged list goes by its own clock, or not at all."""
        if changes_only_the_queue(step.event):
            if with_lists:
                self._staged_due(self._groups.get(ANY_DM, ()))
            return
        if step.after.singled_out is not step.before.singled_out:
            self.regroup(step.after)
        if telling.dms is not None and telling.dms.move is not None:
            move = telling.dms.move
            self.tell_all(move_message(telling.dms.event_id, move, people), but=move.user)
            return
        for eyes, group in self._groups.items():
            told = telling.to(eyes)
            if told is not None and told.frames:
                for connection in group:
                    connection.queue(told.frames)
        if telling.has_queue:
            self._staged_due(self._groups.get(ANY_DM, ()))

    def _staged_due(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            if connection.staged_list is not None:
                connection.staged_list.due(LIST_INTERVAL)

    def tell_all(self, message: ServerMessage, but: UserId | None = None) -> None:
        """Queues the same for everybody but one person."""
        frame = message_frame(message)
        for group in self._groups.values():
            for connection in group:
                if connection.viewer.user_id != but:
                    connection.queue(frame)

    def flush(self) -> list[Connection]:
        """Writes what is queued, and returns the connections that are not open any more."""
        return [connection for connection in self if not connection.flush()]
