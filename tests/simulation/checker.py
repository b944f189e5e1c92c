"""Whether what the clients of an evening were told can be true, judged from outside: by the log, and by nothing else.

Takes O(n log n) for n messages, but for the views of versions, of which there are few.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import inf
from typing import Any

from domain.events import ChangesDiscarded, ChangeStaged, ChangeUndone, Event, HexesRevealed, PlayerJoined, PlayerLeft
from domain.ids import UserId
from projections.people import Member, People, Role, Viewer
from projections.room_state import RoomState, fold
from projections.viewer_state import ViewerState
from projections.views import state_for
from tests.simulation.history import Answered, Heard, History
from transport.rooms.told import Told

Knowledge = tuple[Any, ...]
"""What of a viewer's state follows from the log alone."""

DECIDES_NOTHING = ("dm_only",)
"""Refusals that are about who asks; see docs/decisions/0022-one-outcome.md."""

TELLS_NOTHING = ("error", "ack", "tick")
"""Messages that don't change what their reader knows."""


class Checked:
    """A history beside the log that it must agree with."""

    def __init__(
        self,
        history: History,
        log: Sequence[Event],
        members: Mapping[UserId, Member],
        roles: Sequence[tuple[int, Mapping[UserId, Role]]],
        bound: float,
    ) -> None:
        """`roles`: who was what after which version of the log; `members` are those at the end.

        `bound`: so many seconds after it was acknowledged every server knows who was removed, or has signed out.
        """
        self.history = history
        self.log = log
        self.members = members
        self.roles = roles
        self._known_to_all = {one.user: one.at + bound for one in history.gone}
        self.rooms = [RoomState()]
        for event in log:
            self.rooms.append(fold(self.rooms[-1], event))
        self.versions = {str(event.event_id): event.originator_version for event in log}
        for event_id, version in list(self.versions.items()):
            for place in Told(event_id, version, b"", 2).places():
                self.versions[place.event_id] = version
        self._known: dict[tuple[Viewer, int], Knowledge] = {}
        acknowledged = sorted((one.at, self.versions.get(one.event_id or "", 0)) for one in history.answers)
        self._ack_times = [at for at, _ in acknowledged]
        self._ack_versions = [0]
        for _, version in acknowledged:
            self._ack_versions.append(max(self._ack_versions[-1], version))

    def violations(self) -> list[str]:
        """In words, one each."""
        return [
            *self._outcomes(),
            *self._order(),
            *self._authority(),
            *self._hidden(),
            *self._connections(),
        ]

    def acknowledged_before(self, at: float) -> int:
        """The newest version that anybody was told of, by then, as the event of a command."""
        return self._ack_versions[bisect_left(self._ack_times, at)]

    def known(self, viewer: Viewer, version: int) -> Knowledge:
        """What the viewer is to know at that version."""
        found = self._known.get((viewer, version))
        if found is None:
            people = People(self.members, frozenset())
            found = self._known[viewer, version] = knowledge(
                ViewerState.of(state_for(viewer, self.rooms[version], people))
            )
        return found

    def is_known_since(self, viewer: Viewer, what: Knowledge, version: int) -> bool:
        """Whether that is what the viewer is to know at that version, or at a later one."""
        return any(self.known(viewer, later) == what for later in range(version, len(self.rooms)))

    def _outcomes(self) -> Iterator[str]:
        """One id has one outcome for ever, and it is what the log says; each command is in the log once at most."""
        recorded: defaultdict[str, list[str]] = defaultdict(list)
        for event in self.log:
            if event.command_id is not None and not isinstance(event, ChangesDiscarded):
                recorded[event.command_id].append(str(event.event_id))
        for command, events in recorded.items():
            if len(events) > 1:
                yield f"executed {len(events)} times: {command}"
        first: dict[str, Answered] = {}
        for answer in self.history.answers:
            if answer.kind in DECIDES_NOTHING:
                continue
            before = first.setdefault(answer.command, answer)
            if (before.kind, before.event_id) != (answer.kind, answer.event_id):
                yield f"two outcomes of {answer.command}: {before.kind} at {before.at}, {answer.kind} at {answer.at}"
        for command, answer in first.items():
            events = recorded.get(command, [])
            if answer.kind == "ack" and answer.event_id not in self.versions:
                yield f"acknowledged and not recorded: {command}"
            if answer.kind != "ack" and events:
                yield f"refused ({answer.kind}) and recorded: {command}"

    def _order(self) -> Iterator[str]:
        """What was acknowledged before another command was sent is earlier in the log."""
        for event in self.log:
            said = self.history.said.get(event.command_id or "")
            if said is not None and self.acknowledged_before(said.at) >= event.originator_version:
                yield f"recorded before what was acknowledged when it was sent: {event.command_id}"

    def _authority(self) -> Iterator[str]:
        """Whoever caused an event was a DM, in the order of the log."""
        at = 0
        for event in self.log:
            while at + 1 < len(self.roles) and self.roles[at + 1][0] < event.originator_version:
                at += 1
            if not isinstance(event, PlayerJoined | PlayerLeft) and self.roles[at][1].get(event.actor) != "dm":
                yield f"event {event.originator_version} is by {event.actor}, who was no DM"

    def _hidden(self) -> Iterator[str]:
        """No byte that a player got tells what was never meant for that player."""
        for user in {one.user for one in self.history.connections}:
            if any(roles.get(user) == "dm" for _, roles in self.roles):
                continue
            viewer = Viewer(user, "player")
            terrains = {text for version in range(len(self.rooms)) for _, text in self.known(viewer, version)[2]}
            hidden = {str(event.event_id) for event in self.log if _is_hidden(event, user)}
            for connection in self.history.connections:
                if connection.user == user:
                    told = json.dumps([message for _, message in connection.messages])
                    for text in set(re.findall(r"terrain \d+", told)) - terrains:
                        yield f"{connection.client} was told of {text}"
                    for event_id in hidden:
                        if event_id in told:
                            yield f"{connection.client} was told of the hidden event {self.versions[event_id]}"

    def _connections(self) -> Iterator[str]:
        states: defaultdict[str, ViewerState] = defaultdict(ViewerState)
        for connection in self.history.connections:
            yield from self._connection(connection, states[connection.client])

    def _connection(self, connection: Heard, state: ViewerState) -> Iterator[str]:
        """Each message leaves the viewer with what the log shows that viewer, up to the event of that message."""
        who, role = f"{connection.client}, connected at {connection.asked_at}", None
        version = self.versions.get(connection.last_event_id or "", 0)
        is_new = True
        newest = self.acknowledged_before(connection.asked_at)
        gone = next((head for head, roles in self.roles if connection.user not in roles), None)
        for at, (time, message) in enumerate(connection.messages):
            state.apply(message)  # type: ignore[arg-type]
            kind = message["type"]
            if kind not in TELLS_NOTHING and time > self._known_to_all.get(connection.user, inf):
                yield f"{who}: at {time} {message}, and was gone"
            if kind == "connected":
                role = message["role"]
            if kind in ("connected", *TELLS_NOTHING) or role is None:
                continue
            viewer = Viewer(connection.user, role)
            event_id = message.get("eventId")
            if kind == "session:state":
                version = self.versions.get(event_id or "", 0)
                if not self.is_known_since(viewer, knowledge(state), newest if is_new else version):
                    yield f"{who}: at {time} a state that the log does not have since version {newest}"
            elif event_id:
                before, version = version, self.versions.get(event_id, -1)
                if version < before:
                    yield f"{who}: at {time} event {version} after {before}"
                if gone is not None and version > gone:
                    yield f"{who}: at {time} event {version}, and was no member since version {gone}"
                following = connection.messages[at + 1][1] if at + 1 < len(connection.messages) else {}
                if following.get("eventId") != event_id and not self._agrees(viewer, state, version):
                    yield f"{who}: at {time} event {version}, and knows something else than the log shows"
            is_new = False

    def _agrees(self, viewer: Viewer, state: ViewerState, version: int) -> bool:
        return knowledge(state) == self.known(viewer, version)


def knowledge(state: ViewerState) -> Knowledge:
    """What of it follows from the log alone."""
    return (
        state.status,
        state.session_id,
        frozenset(state.terrain.items()),
        frozenset(state.revealed),
        frozenset(state.reveals.items()),
    )


def _is_hidden(event: Event, user: UserId) -> bool:
    match event:
        case HexesRevealed(audience=audience):
            return audience != "all" and user not in audience
        case ChangeStaged() | ChangeUndone() | ChangesDiscarded():
            return True
        case _:
            return False
