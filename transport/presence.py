"""Who is at the table: a person, however many tabs are open, and for a moment after the last one is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from domain.ids import UserId


class Presence:
    """`announced` are those whom the others know to be here.

    Calls `arrived` when somebody who is not announced connects and `departed` when the grace of somebody who is
    announced has run out; the room records these and then says `announce` or `withdraw`.
    """

    def __init__(
        self,
        grace: float,
        arrived: Callable[[UserId], None],
        departed: Callable[[UserId], None],
    ) -> None:
        """`grace` in seconds, so that a page that is loaded again is no departure."""
        self.announced: frozenset[UserId] = frozenset()
        self._grace = grace
        self._arrived = arrived
        self._departed = departed
        self._connected: set[UserId] = set()
        self._leaving: dict[UserId, asyncio.TimerHandle] = {}

    def here(self) -> set[UserId]:
        """Who is connected or within the grace."""
        return self._connected | self._leaving.keys()

    def expect(self, users: frozenset[UserId]) -> None:
        """Those of whom the log says that they are here, when a room is opened: they get the grace to come back."""
        self.announced = users
        for user in users:
            self._start_grace(user)

    def connect(self, user: UserId) -> None:
        """The user's first connection."""
        self._connected.add(user)
        timer = self._leaving.pop(user, None)
        if timer is not None:
            timer.cancel()
        if user not in self.announced:
            self._arrived(user)

    def disconnect(self, user: UserId) -> None:
        """The user's last connection is gone."""
        self._connected.discard(user)
        self._start_grace(user)

    def announce(self, user: UserId) -> None:
        """The others know now. Somebody who left meanwhile is on the way out again."""
        self.announced |= {user}
        if user not in self.here():
            self._start_grace(user)

    def withdraw(self, user: UserId) -> None:
        """The others know now. Somebody who came back meanwhile is new again."""
        self.announced -= {user}
        if user in self._connected:
            self._arrived(user)

    def stop(self) -> None:
        for timer in self._leaving.values():
            timer.cancel()
        self._leaving.clear()

    def _start_grace(self, user: UserId) -> None:
        # A user who comes and goes within the grace has one timer, the latest.
        before = self._leaving.pop(user, None)
        if before is not None:
            before.cancel()
        self._leaving[user] = asyncio.get_running_loop().call_later(self._grace, self._run_out, user)

    def _run_out(self, user: UserId) -> None:
        del self._leaving[user]
        if user in self.announced:
            self._departed(user)
