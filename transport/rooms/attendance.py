"""Who came and who left: the others at the table learn of it, and the log does while a session runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Protocol

from domain.commands import RecordArrival, RecordDeparture
from domain.events import Event, PlayerJoined, PlayerLeft, SessionEnded, SessionStarted
from domain.ids import UserId
from domain.store import EngineError
from projections.messages import ServerMessage
from projections.people import Member
from projections.room_state import RoomState
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.presence import Presence
from transport.rooms.subscribers import Subscribers

RETRY_SECONDS = 1.0
"""Until an arrival or a departure that could not be stored is tried again."""


_OF_PEOPLE = frozenset({PlayerJoined, PlayerLeft, SessionStarted, SessionEnded})


class Neighbours(Protocol):
    """The other servers, as one room sees them."""

    def came(self, user: UserId) -> None:
        """Tells them of the user's first connection to this server."""

    def went(self, user: UserId) -> None:
        """Tells them that the last one is gone."""

    def look(self) -> None:
        """Has it looked up who is connected to them; `Attendance.are_elsewhere` is told."""


class Company(Protocol):
    """Those at the table, as transport.rooms.live_projection.LiveProjection has them."""

    members: Mapping[UserId, Member]
    subscribers: Subscribers
    is_over: bool

    @property
    def state(self) -> RoomState:
        """Of now."""

    def presence_changed(self) -> None:
        """To be called when somebody else is here, or is here no more."""


class Attendance:
    """Records who comes and goes, as `presence` finds it; between sessions it only tells it.

    All servers try to record the same, and the log takes it once.
    """

    def __init__(
        self, company: Company, neighbours: Neighbours, submit: Callable[[PendingCommand], None], *, grace: float
    ) -> None:
        """`submit` takes what is to be recorded; `grace` in seconds."""
        self.presence = Presence(grace, self._review)
        self._company = company
        self._neighbours = neighbours
        self._submit = submit
        self._under_way: set[UserId] = set()
        self._parting: set[UserId] = set()

    def begin(self, elsewhere: frozenset[UserId]) -> None:
        """With those who are connected to other servers, and those of whom the log says that they are here."""
        table = self._company.state.table
        self.presence.elsewhere = elsewhere
        self.presence.expect(table.present)
        if not table.is_live:
            self.presence.announced |= elsewhere

    def came(self, user: UserId) -> None:
        """The user's first connection to this server."""
        self.presence.connect(user)
        self._neighbours.came(user)

    def went(self, user: UserId) -> None:
        """The last one is gone."""
        self.presence.disconnect(user)
        self._neighbours.went(user)

    def are_elsewhere(self, users: frozenset[UserId]) -> None:
        """Who is connected to other servers, as the database has it by now."""
        self.presence.are_elsewhere(users)
        parting, self._parting = self._parting, set()
        for user in parting:
            if user in self.presence.announced and not self.presence.is_here(user):
                self._record(RecordDeparture(user))

    def came_in(self, users: Iterable[UserId]) -> None:
        """They are members now; that they are connected to another server may have been heard before."""
        for user in users:
            if self.presence.is_here(user):
                self._review(user)

    def take_in(self, event: Event) -> None:
        """Whichever server stored it: while a session runs, who is here is what the log says."""
        if type(event) not in _OF_PEOPLE:
            return  # as most are: it is asked of each event
        match event:
            case PlayerJoined(player_id=user):
                self.presence.expect(frozenset({user}))
                self._company.presence_changed()
            case PlayerLeft(player_id=user):
                self.presence.withdraw(user)
                self._company.presence_changed()
                self._review(user)
            case SessionStarted(present=present):
                announced = self.presence.announced
                self.presence.expect(frozenset(present))
                if self.presence.announced != announced:  # of some of them we had not heard yet, or had not told
                    self._company.presence_changed()
                self._review_all()
            case SessionEnded():
                self._review_all()

    def _review_all(self) -> None:
        for user in self.presence.here() | self.presence.announced:
            self._review(user)

    def _review(self, user: UserId) -> None:
        if self._company.is_over or user in self._under_way:
            return
        if self._is_missing(user):
            self._record(RecordArrival(user))
        elif user in self.presence.announced and not self.presence.is_here(user):
            # Unless another server has them by now.
            self._parting.add(user)
            self._neighbours.look()

    def _is_missing(self, user: UserId) -> bool:
        if user not in self._company.members:
            return False
        table = self._company.state.table
        if table.is_live:
            # Who is connected to another server is recorded by that one.
            return self.presence.is_connected(user) and user not in table.present
        return self.presence.is_here(user) and user not in self.presence.announced

    def _record(self, command: RecordArrival | RecordDeparture) -> None:
        self._under_way.add(command.player)
        self._submit(PendingCommand(command, command.player, partial(self._recorded, command.player)))

    def _recorded(self, user: UserId, outcome: Outcome) -> None:
        self._under_way.discard(user)
        if isinstance(outcome, EngineError):
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._review, user)
            return
        if outcome is None:
            self._tell_of(user)
        self._review(user)

    def _tell_of(self, user: UserId) -> None:
        """Between sessions nothing is recorded: the others are told all the same."""
        presence, members = self.presence, self._company.members
        if user in members and presence.is_here(user) and user not in presence.announced:
            name, role = members[user].name, members[user].role
            joined: ServerMessage = {"type": "player:joined", "userId": user, "name": name, "role": role}
            self._company.subscribers.tell_of_move(user, joined)
            presence.announce(user)
        elif user in presence.announced and not presence.is_here(user):
            self._company.subscribers.tell_of_move(user, {"type": "player:left", "userId": user})
            presence.withdraw(user)
        self._company.presence_changed()
