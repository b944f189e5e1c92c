"""What each view of a room was told lately, also those of which nobody is connected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.ids import UserId
from projections.people import Viewer
from projections.room_state import RoomState, Step
from projections.turns import Turns
from projections.views import ANY_DM, ANY_PLAYER
from transport.event_loop.weights import LISTENERS_A_HEX
from transport.rooms.told import Telling, Told
from transport.rooms.told_run import ToldRun
from transport.rooms.window import Window


class KeptWindows(NamedTuple):
    """As they were at one moment; see Windows."""

    dms: Sequence[Told] = ()
    players: Sequence[Told] = ()
    named: Mapping[UserId, Sequence[Told]] = {}


class Windows:
    """One for all DMs, one for all players whom no reveal ever named, and one for each player who was named.

    They are a fold of the log, so that each server, after each restart, has the same. Of somebody who is no player at
    the moment there is none: a new player can resume from nothing that was before (`Member.visible_since`).
    """

    def __init__(self, most: int) -> None:
        """`most` events are remembered of each view."""
        self._most = most
        self._dms = Window(most)
        self._players = Window(most)
        self._named: dict[UserId, Window] = {}

    @classmethod
    def as_kept(cls, most: int, kept: KeptWindows) -> Turns[Windows]:
        """As they were when `kept` was made; a window a turn."""
        windows = cls(most)
        windows._dms = Window(most, kept.dms)
        yield
        windows._players = Window(most, kept.players)
        for user, events in kept.named.items():
            yield
            windows._named[user] = Window(most, events)
        return windows

    @property
    def weight(self) -> int:
        """What it is to add an event to each, in hexes."""
        return len(self._named) // LISTENERS_A_HEX

    def of(self, view: Viewer) -> Sequence[Told]:
        """What those were told for whom `projections.views.view_key` says this viewer."""
        if view.role == "dm":
            return self._dms.events
        if not view.user_id:
            return self._players.events
        window = self._named.get(view.user_id)
        return window.events if window is not None else ()

    def follow(self, players: frozenset[UserId], room: RoomState) -> None:
        """Who the players are from now on."""
        self._named = {user: self._named.get(user) or Window(self._most) for user in room.singled_out & players}

    def take_in(self, step: Step, telling: Telling, players: frozenset[UserId]) -> None:
        """The next event."""
        before, after = step.before.singled_out, step.after.singled_out
        if after is not before:
            for user in (after - before) & players:
                # Until now they were told what all are told whom nobody named.
                self._named[user] = self._players.copy()
        if telling.dms is not None:
            self._dms.append(telling.dms)
        if telling.players is not None:
            self._players.append(telling.players)
        if telling.players is not None or telling.apart:
            for user, window in self._named.items():
                told = telling.apart.get(user, telling.players)
                if told is not None:
                    window.append(told)

    def after(self, run: ToldRun, players: frozenset[UserId]) -> Mapping[Window, Window]:
        """Of each window what it is when the run is told, if that is worked out for these players.

        It may be made in a thread: the windows stay as they are.
        """
        after = {self._dms: self._dms.after(run.to(ANY_DM).told)}
        after[self._players] = self._players.after(run.to(ANY_PLAYER).told)
        for user, window in self._named.items():
            if user in players:
                after[window] = window.after(run.to(Viewer(user, "player")).told)
        return after

    def take_in_run(self, run: ToldRun, after: Mapping[Window, Window]) -> None:
        """The parts of an import, with what `after` gave."""
        self._dms, self._players = after[self._dms], after[self._players]
        for user, window in self._named.items():
            # Whoever became a player meanwhile has a new one.
            self._named[user] = after.get(window) or window.after(run.to(Viewer(user, "player")).told)

    def kept(self) -> KeptWindows:
        """As they are now, for a snapshot."""
        named = {user: tuple(window.events) for user, window in self._named.items()}
        return KeptWindows(tuple(self._dms.events), tuple(self._players.events), named)
