"""The projection of an open room: its state, its subscribers, and what each view was told lately."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

from domain.events import Event
from domain.ids import UserId
from domain.store import StoreUnavailable
from projections.people import Member, People, Viewer, players_among
from projections.room_state import RoomState, Step
from projections.views import view_key
from transport.event_loop.freeing import free_in_turns
from transport.event_loop.large_work import LargeWork
from transport.event_loop.weights import EVENT_HEXES, weight_to_tell
from transport.rooms.attendance import Attendance, Neighbours
from transport.rooms.command import PendingCommand
from transport.rooms.connection import Connection
from transport.rooms.joining import Joining
from transport.rooms.loading import Snapshot
from transport.rooms.people_text import PeopleText
from transport.rooms.presence_lists import PresenceLists
from transport.rooms.subscribers import Subscribers
from transport.rooms.told import Telling, Told
from transport.rooms.told_run import ToldRun, worked_out
from transport.rooms.window import Window
from transport.rooms.windows import Windows

NOT_A_MEMBER = 4003
SIGNED_OUT = 4001
TOO_MANY_CONNECTIONS = 4009


class LiveProjection:
    """The folded room, the people, and their connections."""

    def __init__(
        self,
        state: RoomState,
        windows: Windows,
        members: Mapping[UserId, Member],
        submit: Callable[[PendingCommand], None],
        neighbours: Neighbours,
        *,
        grace: float,
        work: LargeWork,
        elsewhere: frozenset[UserId] = frozenset(),
    ) -> None:
        """`windows` have what was told of `state`; `submit` takes what presence wants recorded.

        `elsewhere` are those who are connected to other servers.
        """
        self._state: RoomState | None = state
        self._windows = windows
        self._take_roster(members)
        self._people = People(members, frozenset())
        self.is_over = False
        self.subscribers = Subscribers(self.leave)
        self.attendance = Attendance(self, neighbours, submit, grace=grace)
        self.presence = self.attendance.presence
        self.attendance.begin(elsewhere)
        text = PeopleText()
        self.presence_lists = PresenceLists(self.people, text)
        self.joining = Joining(self, work, text)
        self._work = work

    @property
    def state(self) -> RoomState:
        """Raises StoreUnavailable when the room has left memory: whoever still holds it is not shown an empty one."""
        if self._state is None:
            raise StoreUnavailable("the room starts over")
        return self._state

    # What happens

    def take_in(self, event: Event, sender: object = None, *, more_follows: bool = False) -> None:
        """Folds a stored event and queues what everybody is told of it. `sender`: the connection that caused it.

        `more_follows`: it is a part of a command, and the next part comes at once.
        """
        people = self.people()
        self._tell(*worked_out(event, self.state, people, self.players), people, sender, more_follows=more_follows)

    async def work_out(self, run: Sequence[Event], held: Callable[[], Awaitable[None]]) -> Callable[..., None]:
        """The same for large events, in two parts: the long one is done in a thread, and the other one returned.

        That one is to be called at once. Meanwhile people come and go, with the room as it was before the events, and
        the server may lose its place: `held` returns when it has it. Nobody else may take in an event.
        """
        people, players = self.people(), self.players
        told = await asyncio.to_thread(ToldRun, run, self.state, people, players)
        after: Mapping[Window, Window] = {}
        if len(run) > 1:
            after = await asyncio.to_thread(_put_together, told, players, self._windows, self.subscribers.views())
        await held()
        while new := self.players - players:
            # Only theirs is missing. All of it anew would never end where somebody comes all the time.
            await asyncio.to_thread(told.add, people, new)
            players |= new
            await held()
        if len(run) == 1:
            return partial(self._tell, *told.parts[0], people)
        return partial(self._tell_run, told, after)

    def _tell_run(self, run: ToldRun, after: Mapping[Window, Window], *_: object, **_list: bool) -> None:
        self._state = run.parts[-1].step.after
        self._windows.take_in_run(run, after)
        self.joining.states.take_in_run(run)
        self.subscribers.tell_together(run)

    def _tell(self, step: Step, telling: Telling, people: People, sender: object, *, more_follows: bool) -> None:
        self._state = step.after
        self._windows.take_in(step, telling, self.players)
        self.joining.states.take_in(telling)
        self.subscribers.tell(step, telling, people, with_lists=not more_follows)
        if step.after.table.staged is not step.before.table.staged:
            for connection in self.subscribers.dms():
                if connection is not sender:
                    connection.conversation.staged_lists.others_changed_it()
        self.attendance.take_in(step.event)

    def weight_of(self, event: Event) -> int:
        """How much there is to be worked out of the next event, in hexes."""
        return weight_to_tell(event, self.state, self.players)

    @property
    def weight_of_telling(self) -> int:
        """What an event costs beside that."""
        return EVENT_HEXES + self._windows.weight + self.subscribers.weight

    def snapshot(self) -> Snapshot:
        """The room as it is now."""
        return Snapshot(self.state, self._windows.kept())

    def flush(self) -> None:
        """Writes what is queued for everybody. Who turns out to read too slowly is here no more."""
        self.subscribers.flush()

    def people(self, joining: UserId | None = None) -> People:
        """`joining` counts as here before the others know."""
        online = self.presence.announced
        if joining is not None:
            return People(self.members, online | {joining})
        if self._people.members is not self.members or self._people.online is not online:
            self._people = People(self.members, online)
        return self._people

    # Coming and going

    def told_to(self, viewer: Viewer) -> Sequence[Told]:
        """From which a viewer can resume."""
        return self._windows.of(view_key(viewer, self.state))

    def leave(self, connection: Connection) -> None:
        """The connection is gone or about to close; harmless when it left before."""
        connection.stop_lists()
        self.presence_lists.left(connection)
        if self.subscribers.remove(connection) and self.subscribers.tabs(connection.viewer.user_id) == 0:
            self.attendance.went(connection.viewer.user_id)

    def keep_newest(self, user: UserId, most: int) -> None:
        """Closes the oldest connections of somebody who has more: a phone whose line breaks leaves dead ones behind."""
        for connection in self.subscribers.beyond(user, most):
            self._dismiss(connection, TOO_MANY_CONNECTIONS, "too many connections of yours are open")
            if connection.backlog:
                connection.cut_off()  # it reads nothing, and who comes again and again would pile such ones up

    # People change

    def members_changed(self, members: Mapping[UserId, Member]) -> None:
        """Who is no member any more is closed; who has another role starts afresh with it."""
        is_news = _shown(members) != _shown(self.members)
        new = members.keys() - self.members.keys()
        self._take_roster(members)
        self.joining.states.forget_all_but(self.players)
        for connection in list(self.subscribers):
            member = members.get(connection.viewer.user_id)
            if member is None:
                self._dismiss(connection, NOT_A_MEMBER, "no longer a member")
            elif (member.role, member.visible_since) != (connection.viewer.role, connection.visible_since):
                # Perhaps another role was given and taken back: what was asked in the old one counts no more.
                connection.change_role(member)
        self.joining.start_over_with_new_roles()
        if is_news:
            self.presence_changed()
            self.attendance.came_in(new)
            if self.state.table.staged:
                self.subscribers.staged_list_due(self.state)  # it says by name who will be shown what
        self.flush()

    def signed_out(self, token_hash: bytes) -> None:
        """Closes the connections of a sign-in that has ended."""
        for connection in self.subscribers.of_sign_in(token_hash):
            connection.may_command = False
            self._dismiss(connection, SIGNED_OUT, "signed out")

    def close_all(self, code: int, reason: str) -> list[Connection]:
        """Closes every connection and returns them."""
        everybody = list(self.subscribers)
        for connection in everybody:
            connection.flush()
            self._dismiss(connection, code, reason)
        self.presence.stop()
        self.subscribers.stop()
        return everybody

    def disband(self, code: int, reason: str) -> None:
        """Closes every connection for good; what members have asked for is not carried out."""
        self.is_over = True
        self._take_roster({})
        self.close_all(code, reason)

    def let_go(self) -> None:
        """Forgets whatever may be large. To free it all at once may take too long for one turn."""
        large: list[object] = [*self.state, self._windows, self.joining]
        self._state = None
        self._windows = Windows(0)
        self.joining = Joining(self, self._work, PeopleText())
        free_in_turns(large)

    def _take_roster(self, members: Mapping[UserId, Member]) -> None:
        self.members = members
        self.players = players_among(members)
        self._windows.follow(self.players, self.state)

    def _dismiss(self, connection: Connection, code: int, reason: str) -> None:
        self.leave(connection)
        connection.close(code, reason)

    def presence_changed(self) -> None:
        """Everybody is sent the list of who is here, soon."""
        self.presence_lists.changed()


def _put_together(
    run: ToldRun, players: frozenset[UserId], windows: Windows, views: Iterable[Viewer]
) -> Mapping[Window, Window]:
    """What each window is when the run is told. Those of `views` are connected: what they are sent is put together."""
    for each in views:
        run.to(each).put_together()
    return windows.after(run, players)


def _shown(members: Mapping[UserId, Member]) -> dict[UserId, tuple[str, str]]:
    """What everybody is told of them: the end of a sign-in is a change of the members too, and nobody's business."""
    return {user: (member.name, member.role) for user, member in members.items()}
