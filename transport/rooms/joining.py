"""Sends a new connection its view of the room, before it is told events. Large states are made before they are due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from domain.ids import UserId
from domain.store import StoreUnavailable
from projections.people import Member, People, Viewer
from projections.views import sees_queue
from transport import metrics
from transport.event_loop.large_work import LargeWork
from transport.rooms.connection import Connection
from transport.rooms.people_text import PeopleText, presence_list
from transport.rooms.resume import missed, newest, was_told
from transport.rooms.staged_text import StagedText
from transport.rooms.state_cache import StateFrames, is_large
from transport.rooms.throttle import Throttle
from transport.rooms.told import Told, frames_of
from transport.wire.frames import text_frame

if TYPE_CHECKING:
    from transport.rooms.live_projection import LiveProjection

JOINS_AT_ONCE = 4
"""Those who ask together what is new also join together, in one turn of the loop."""

START_OVER_SECONDS = 0.1
"""Until it is tried again to begin anew with a large state that was not the right one any more."""


class Joining:
    """What a new connection is sent, and one whose role is new."""

    def __init__(self, room: LiveProjection, work: LargeWork, text: PeopleText) -> None:
        self._room = room
        self._text = text
        self.staged_text = StagedText()
        self.states = StateFrames(work, text, self.staged_text)
        self._beginning: set[asyncio.Task[None]] = set()
        self.door = asyncio.Semaphore(JOINS_AT_ONCE)
        """Through which those who come go in."""
        self._listed: tuple[object, Sequence[str]] = ((), ())

    def join(self, connection: Connection, last_event_id: str | None) -> None:
        """Sends what the viewer needs and makes it one of those who are told.

        There is no await between taking the snapshot and joining the fan-out, so that no event falls between
        them and none is told twice.
        """
        viewer = connection.viewer
        people = self._room.people(joining=viewer.user_id)
        resumed = None
        if last_event_id:
            resumed = self._missed(self._room.members[viewer.user_id], last_event_id)
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
            partial(self.queue_staged, connection),
            partial(self._room.subscribers.flush_soon, connection),
            lambda: not connection.backlog,
        )
        self._room.presence_lists.came(connection)
        is_first = self._room.subscribers.tabs(viewer.user_id) == 0
        self._room.subscribers.add(connection, self._room.state)
        connection.flush()
        if is_first:
            self._room.attendance.came(viewer.user_id)

    @asynccontextmanager
    async def ready_for(self, user: UserId, last_event_id: str | None, *, packs: bool) -> AsyncIterator[None]:
        """While the block runs somebody with a large map can join: what takes long of that is done at its beginning.

        `packs`: the state is compressed, too.
        """
        if (member := self._room.members.get(user)) is not None and sees_queue(Viewer(user, member.role)):
            await self.states.write_queue(self._room.state.table.staged, self._room.members)
            member = self._room.members.get(user)
        if member is None or (last_event_id and self._missed(member, last_event_id) is not None):
            yield
            return
        async with self.states.made(member, self._room.state, self._room.people(), packs=packs):
            yield

    def is_ready_for(self, user: UserId, last_event_id: str | None) -> bool:
        """Whether a member can join in a moment. False if too much has happened since `ready_for` began."""
        member = self._room.members[user]
        state = self._room.state
        if not is_large(Viewer(user, member.role), state) or self.states.large(member, state) is not None:
            return True
        return last_event_id is not None and self._missed(member, last_event_id) is not None

    def _greet(self, connection: Connection, *, resumed: bool) -> None:
        viewer = connection.viewer
        connection.say(
            {
                "type": "connected",
                "userId": viewer.user_id,
                "role": viewer.role,
                "name": self._room.members[viewer.user_id].name,
                "resumed": resumed,
            }
        )

    def start_over_with_new_roles(self) -> None:
        """To be called after a change of the members: whose role is new is sent all that it knows."""
        changed = [connection for connection in self._room.subscribers if connection.role_is_new]
        if changed:
            self._room.subscribers.regroup(self._room.state)
        for connection in changed:
            connection.role_is_new = False
            # Who still waits for a large state gets that of the new role in its place.
            if is_large(connection.viewer, self._room.state) or self._room.subscribers.is_aside(connection):
                self._start_over_later(connection)
            else:
                self._start_over(connection)

    def _start_over(self, connection: Connection) -> None:
        self._greet(connection, resumed=False)
        self._say_state(connection, self._room.people())
        self._room.presence_lists.came(connection)

    def _start_over_later(self, connection: Connection) -> None:
        if not self._room.subscribers.is_aside(connection):
            self._room.subscribers.set_aside(connection)
            task = asyncio.create_task(self._start_over_when_ready(connection))
            self._beginning.add(task)
            task.add_done_callback(self._beginning.discard)

    async def _start_over_when_ready(self, connection: Connection) -> None:
        while self._room.subscribers.is_aside(connection):
            with suppress(StoreUnavailable):  # it had no turn to be written: the next time, perhaps
                await self._try_to_start_over(connection)
            await asyncio.sleep(START_OVER_SECONDS)

    async def _try_to_start_over(self, connection: Connection) -> None:
        member = self._room.members[connection.viewer.user_id]
        async with self.states.made(member, self._room.state, self._room.people(), packs=connection.reads_packed):
            # Meanwhile it may have left, or have got another role, or the room may be behind the log.
            if self._room.subscribers.is_aside(connection) and self.is_ready_for(member.user_id, None):
                self._room.subscribers.take_back(connection, self._room.state)
                self._start_over(connection)
                connection.flush()

    def _say_state(self, connection: Connection, people: People) -> None:
        viewer = connection.viewer
        member = self._room.members[viewer.user_id]
        large = self.states.large(member, self._room.state)
        if large is None:
            event_id = self._newest_told(viewer)
            packs = connection.reads_packed
            connection.queue(self.states.frame(viewer, self._room.state, people, event_id, reads_packed=packs))
        else:
            event_id = newest(member, self._room.told_to(viewer), large.room.version)
            for part in large.frame(viewer, people, event_id, reads_packed=connection.reads_packed):
                connection.queue(*part)
            for told in large.since:
                if was_told(member, told):
                    connection.queue(frames_of(told, people))
        # The rest repeats it for clients that know only the base protocol: without it they go on showing what ended
        # while they were away.
        self._say_staged(connection)
        connection.say({"type": "dm:preparing", "preparing": self._room.state.table.mode == "staged"})

    def queue_staged(self, connection: Connection, is_late: bool = False) -> int:
        if is_late:
            # Its client may have looked at the one before for long, and may still do so.
            connection.conversation.staged_lists.others_changed_it()
        return self._say_staged(connection)

    def _say_staged(self, connection: Connection) -> int:
        """Queues the list for somebody who sees it, and says how many bytes it has."""
        list_id = self.list_id(connection.viewer)
        self._remember_staged(connection, list_id)
        if not sees_queue(connection.viewer):
            return 0
        frame = self.staged_text.frame(self._room.state.table.staged, self._room.members, list_id)
        connection.queue(frame)
        return len(frame)

    def _remember_staged(self, connection: Connection, list_id: str | None) -> None:
        staged = self._room.state.table.staged
        if self._listed[0] is not staged:
            self._listed = (staged, [str(change.id) for change in staged])
        connection.conversation.staged_lists.sent(list_id, self._listed[1])

    def list_id(self, viewer: Viewer) -> str | None:
        """Of the staged list as it is now: the newest event from which the viewer can resume, or else the newest."""
        event_id = self._newest_told(viewer)
        if event_id is None and self._room.state.newest is not None:
            return str(self._room.state.newest)
        return event_id

    def _newest_told(self, viewer: Viewer) -> str | None:
        return newest(self._room.members[viewer.user_id], self._room.told_to(viewer), self._room.state.version)

    def _missed(self, member: Member, last_event_id: str) -> list[Told] | None:
        return missed(member, self._room.told_to(Viewer(member.user_id, member.role)), last_event_id)
