"""Those who look at a room: they join, are told what happens, and leave. What is large is made before, and waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from domain.events import Event
from domain.ids import EventId, UserId
from domain.store import StoreUnavailable
from projections.people import Member, People, Viewer, players_among
from projections.room_state import RoomState, Step, fold
from projections.views import same_eyes, sees_queue
from transport import metrics
from transport.attendance import Attendance, Neighbours
from transport.connection import Connection
from transport.crowd import Crowd
from transport.frames import text_frame
from transport.large_work import LargeWork
from transport.outcome import Order
from transport.people_text import PeopleText, presence_list
from transport.presence_lists import PresenceLists
from transport.resume import missed, newest, was_told
from transport.room_loading import Snapshot
from transport.staged_text import StagedText
from transport.state_frames import StateFrames, is_large
from transport.throttle import Throttle
from transport.told import Telling, Told, frames_of, tell_of, with_more
from transport.windows import Windows

NOT_A_MEMBER = 4003
SIGNED_OUT = 4001
TOO_MANY_CONNECTIONS = 4009

START_OVER_SECONDS = 0.1
"""Until it is tried again to begin anew with a large state that was not the right one any more."""


class Gathering:
    """The folded room, the people, and their connections."""

    def __init__(
        self,
        state: RoomState,
        windows: Windows,
        members: Mapping[UserId, Member],
        submit: Callable[[Order], None],
        neighbours: Neighbours,
        *,
        grace: float,
        work: LargeWork,
        elsewhere: frozenset[UserId] = frozenset(),
    ) -> None:
        """`windows` have what was told of `state`; `submit` takes what presence wants recorded.

        `elsewhere` are those who are connected to other servers.
        """
        self.state = state
        self._windows = windows
        self._take_roster(members)
        self._people = People(members, frozenset())
        self.is_over = False
        self.crowd = Crowd(self.leave)
        self.attendance = Attendance(self, neighbours, submit, grace=grace)
        self.presence = self.attendance.presence
        self.attendance.begin(elsewhere)
        self._text = PeopleText()
        self._presence_lists = PresenceLists(self.people, self._text)
        self._staged_text = StagedText()
        self._states = StateFrames(work, self._text, self._staged_text)
        self._beginning: set[asyncio.Task[None]] = set()
        self._listed: tuple[object, Sequence[str]] = ((), ())

    # What happens

    def take_in(self, event: Event, sender: object = None, *, more_follows: bool = False) -> None:
        """Folds a stored event and queues what everybody is told of it. `sender`: the connection that caused it.

        `more_follows`: it is a part of a command, and the next part comes at once.
        """
        people = self.people()
        self._tell(*_worked_out(event, self.state, people, self.players), people, sender, more_follows=more_follows)

    async def work_out(self, run: Sequence[Event], held: Callable[[], Awaitable[None]]) -> Callable[..., None]:
        """The same for large events, in two parts: the long one is done in a thread, and the other one returned.

        That one is to be called at once. Meanwhile people come and go, with the room as it was before the events, and
        the server may lose its place: `held` returns when it has it. Nobody else may take in an event.
        """
        people, players = self.people(), self.players
        worked_out = await asyncio.to_thread(_all_worked_out, run, self.state, people, players)
        await held()
        while new := self.players - players:
            # Only theirs is missing. All of it anew would never end where somebody comes all the time.
            worked_out = await asyncio.to_thread(_with_more, worked_out, people, new)
            players |= new
            await held()
        return partial(self._tell_all, worked_out, people)

    def _tell_all(self, run: list[tuple[Step, Telling]], people: People, sender: object, *, more_follows: bool) -> None:
        if len(run) == 1:
            self._tell(*run[0], people, sender, more_follows=more_follows)
            return
        for step, telling in run:
            self.state = step.after
            self._windows.take_in(step, telling, self.players)
            self._states.take_in(telling)
        self.crowd.tell_together([telling for _, telling in run])

    def _tell(self, step: Step, telling: Telling, people: People, sender: object, *, more_follows: bool) -> None:
        self.state = step.after
        self._windows.take_in(step, telling, self.players)
        self._states.take_in(telling)
        self.crowd.tell(step, telling, people, with_lists=not more_follows)
        if step.after.table.staged is not step.before.table.staged:
            for connection in self.crowd.dms():
                if connection is not sender:
                    connection.conversation.staged_lists.others_changed_it()
        self.attendance.take_in(step.event)

    def snapshot(self) -> Snapshot:
        """The room as it is now."""
        return Snapshot(self.state, self._windows.kept())

    def newest_event(self) -> EventId | None:
        """The one that led to the state; None if there is none."""
        return self.state.newest

    def flush(self) -> None:
        """Writes what is queued for everybody. Who turns out to read too slowly is here no more."""
        self.crowd.flush()

    def people(self, joining: UserId | None = None) -> People:
        """`joining` counts as here before the others know."""
        online = self.presence.announced
        if joining is not None:
            return People(self.members, online | {joining})
        if self._people.members is not self.members or self._people.online is not online:
            self._people = People(self.members, online)
        return self._people

    # Coming and going

    def join(self, connection: Connection, last_event_id: str | None) -> None:
        """Sends what the viewer needs and makes it part of the crowd.

        There is no await between taking the snapshot and joining the fan-out, so that no event falls between
        them and none is told twice.
        """
        viewer = connection.viewer
        people = self.people(joining=viewer.user_id)
        resumed = None
        if last_event_id:
            resumed = self._missed(self.members[viewer.user_id], last_event_id)
            metrics.RESUMES.labels("afresh" if resumed is None else "resumed").inc()
        self._greet(connection, resumed=resumed is not None)
        if resumed is None:
            self._say_state(connection, people)
        else:
            for told in resumed:
                connection.queue(frames_of(told, people))
            self._say_staged(connection)
            # Who came and went is not among the events: who is here now is told anew.
            connection.queue(text_frame(presence_list(self._text.of(people))))
        connection.staged_list = Throttle(
            partial(self._queue_staged, connection),
            partial(self.crowd.flush_soon, connection),
            lambda: not connection.backlog,
        )
        self._presence_lists.came(connection)
        is_first = self.crowd.tabs(viewer.user_id) == 0
        self.crowd.add(connection, self.state)
        connection.flush()
        if is_first:
            self.attendance.came(viewer.user_id)

    @asynccontextmanager
    async def ready_for(self, user: UserId, last_event_id: str | None, *, packs: bool) -> AsyncIterator[None]:
        """While the block runs somebody with a large map can join: what takes long of that is done at its beginning.

        `packs`: the state is compressed, too.
        """
        if (member := self.members.get(user)) is not None and sees_queue(Viewer(user, member.role)):
            await self._states.write_queue(self.state.table.staged, self.members)
            member = self.members.get(user)
        if member is None or (last_event_id and self._missed(member, last_event_id) is not None):
            yield
            return
        async with self._states.made(member, self.state, self.people(), packs=packs):
            yield

    def is_ready_for(self, user: UserId, last_event_id: str | None) -> bool:
        """Whether a member can join in a moment. False if too much has happened since `ready_for` began."""
        member = self.members[user]
        if not is_large(Viewer(user, member.role), self.state) or self._states.large(member, self.state) is not None:
            return True
        return last_event_id is not None and self._missed(member, last_event_id) is not None

    def leave(self, connection: Connection) -> None:
        """The connection is gone or about to close; harmless when it left before."""
        connection.stop_lists()
        self._presence_lists.left(connection)
        if self.crowd.remove(connection) and self.crowd.tabs(connection.viewer.user_id) == 0:
            self.attendance.went(connection.viewer.user_id)

    def keep_newest(self, user: UserId, most: int) -> None:
        """Closes the oldest connections of somebody who has more: a phone whose line breaks leaves dead ones behind."""
        for connection in self.crowd.beyond(user, most):
            self._dismiss(connection, TOO_MANY_CONNECTIONS, "too many connections of yours are open")
            if connection.backlog:
                connection.cut_off()  # it reads nothing, and who comes again and again would pile such ones up

    # People change

    def members_changed(self, members: Mapping[UserId, Member]) -> None:
        """Who is no member any more is closed; who has another role starts afresh with it."""
        is_news = _shown(members) != _shown(self.members)
        self._take_roster(members)
        self._states.forget_all_but(self.players)
        for connection in list(self.crowd):
            user = connection.viewer.user_id
            if user not in members:
                self._dismiss(connection, NOT_A_MEMBER, "no longer a member")
            elif (members[user].role, members[user].told_from) != (connection.viewer.role, connection.told_from):
                # Perhaps another role was given and taken back: what was asked in the old one counts no more.
                connection.change_role(members[user])
        self._start_over_with_new_roles()
        if is_news:
            self.presence_changed()
        self.flush()

    def signed_out(self, token_hash: bytes) -> None:
        """Closes the connections of a sign-in that has ended."""
        for connection in self.crowd.of_sign_in(token_hash):
            connection.may_command = False
            self._dismiss(connection, SIGNED_OUT, "signed out")

    def close_all(self, code: int, reason: str) -> list[Connection]:
        """Closes every connection and returns them."""
        everybody = list(self.crowd)
        for connection in everybody:
            connection.flush()
            self._dismiss(connection, code, reason)
        self.presence.stop()
        self.crowd.stop()
        return everybody

    def disband(self, code: int, reason: str) -> None:
        """Closes every connection for good; what members have asked for and is not decided yet is refused."""
        self.is_over = True
        self._take_roster({})
        self.close_all(code, reason)

    def _take_roster(self, members: Mapping[UserId, Member]) -> None:
        self.members = members
        self.players = players_among(members)
        self._windows.follow(self.players, self.state)

    def _dismiss(self, connection: Connection, code: int, reason: str) -> None:
        self.leave(connection)
        connection.close(code, reason)

    def _greet(self, connection: Connection, *, resumed: bool) -> None:
        viewer = connection.viewer
        connection.say(
            {
                "type": "connected",
                "userId": viewer.user_id,
                "role": viewer.role,
                "name": self.members[viewer.user_id].name,
                "resumed": resumed,
            }
        )

    def _start_over_with_new_roles(self) -> None:
        changed = [connection for connection in self.crowd if connection.role_is_new]
        if changed:
            self.crowd.regroup(self.state)
        for connection in changed:
            connection.role_is_new = False
            if is_large(connection.viewer, self.state):
                self._start_over_later(connection)
            else:
                self._start_over(connection)

    def _start_over(self, connection: Connection) -> None:
        self._greet(connection, resumed=False)
        self._say_state(connection, self.people())
        self._presence_lists.came(connection)

    def _start_over_later(self, connection: Connection) -> None:
        if not self.crowd.is_aside(connection):
            self.crowd.set_aside(connection)
            task = asyncio.create_task(self._start_over_when_ready(connection))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _start_over_when_ready(self, connection: Connection) -> None:
        while self.crowd.is_aside(connection):
            with suppress(StoreUnavailable):  # it had no turn to be written: the next time, perhaps
                await self._try_to_start_over(connection)
            await asyncio.sleep(START_OVER_SECONDS)

    async def _try_to_start_over(self, connection: Connection) -> None:
        member = self.members[connection.viewer.user_id]
        async with self._states.made(member, self.state, self.people(), packs=connection.reads_packed):
            # Meanwhile it may have left, or have got another role, or the room may be behind the log.
            if self.crowd.is_aside(connection) and self.is_ready_for(member.user_id, None):
                self.crowd.take_back(connection, self.state)
                self._start_over(connection)
                connection.flush()

    # Whole lists

    def _say_state(self, connection: Connection, people: People) -> None:
        viewer = connection.viewer
        member = self.members[viewer.user_id]
        large = self._states.large(member, self.state)
        if large is None:
            event_id = self._newest_told(viewer)
            packs = connection.reads_packed
            connection.queue(self._states.frame(viewer, self.state, people, event_id, reads_packed=packs))
        else:
            event_id = newest(member, self._told_to(viewer), large.room.version)
            for part in large.frame(viewer, people, event_id, reads_packed=connection.reads_packed):
                connection.queue(*part)
            for told in large.since:
                if was_told(member, told):
                    connection.queue(frames_of(told, people))
        # The rest repeats it for clients that know only the base protocol: without it they go on showing what ended
        # while they were away.
        self._say_staged(connection)
        connection.say({"type": "dm:preparing", "preparing": self.state.table.mode == "staged"})

    def _queue_staged(self, connection: Connection, is_late: bool = False) -> int:
        if is_late:
            # Its client may have looked at the one before for long, and may still do so.
            connection.conversation.staged_lists.others_changed_it()
        return self._say_staged(connection)

    def _say_staged(self, connection: Connection) -> int:
        """Queues the list for somebody who sees it, and says how many bytes it has."""
        list_id = self._list_id(connection.viewer)
        self._remember_staged(connection, list_id)
        if not sees_queue(connection.viewer):
            return 0
        frame = self._staged_text.frame(self.state.table.staged, self.members, list_id)
        connection.queue(frame)
        return len(frame)

    def _remember_staged(self, connection: Connection, list_id: str | None) -> None:
        staged = self.state.table.staged
        if self._listed[0] is not staged:
            self._listed = (staged, [str(change.id) for change in staged])
        connection.conversation.staged_lists.sent(list_id, self._listed[1])

    def _list_id(self, viewer: Viewer) -> str | None:
        """Of the staged list as it is now: the newest event from which the viewer can resume, or else the newest."""
        event_id = self._newest_told(viewer)
        if event_id is None and self.state.newest is not None:
            return str(self.state.newest)
        return event_id

    def _told_to(self, viewer: Viewer) -> Sequence[Told]:
        return self._windows.of(same_eyes(viewer, self.state))

    def _newest_told(self, viewer: Viewer) -> str | None:
        return newest(self.members[viewer.user_id], self._told_to(viewer), self.state.version)

    def _missed(self, member: Member, last_event_id: str) -> list[Told] | None:
        return missed(member, self._told_to(Viewer(member.user_id, member.role)), last_event_id)

    def presence_changed(self) -> None:
        """Everybody is sent the list of who is here, soon."""
        self._presence_lists.changed()


def _worked_out(event: Event, before: RoomState, people: People, players: frozenset[UserId]) -> tuple[Step, Telling]:
    step = Step(event, before, fold(before, event))
    return step, tell_of(step, people, players)


def _all_worked_out(
    run: Sequence[Event], before: RoomState, people: People, players: frozenset[UserId]
) -> list[tuple[Step, Telling]]:
    worked_out: list[tuple[Step, Telling]] = []
    for event in run:
        step, telling = _worked_out(event, before, people, players)
        worked_out.append((step, telling))
        before = step.after
    return worked_out


def _with_more(
    worked_out: list[tuple[Step, Telling]], people: People, players: frozenset[UserId]
) -> list[tuple[Step, Telling]]:
    return [(step, with_more(telling, step, people, players)) for step, telling in worked_out]


def _shown(members: Mapping[UserId, Member]) -> dict[UserId, tuple[str, str]]:
    """What everybody is told of them: the end of a sign-in is a change of the members too, and nobody's business."""
    return {user: (member.name, member.role) for user, member in members.items()}
