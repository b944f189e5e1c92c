"""Who is at the table. A person with several tabs counts once, and stays for a moment after the last tab is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from domain.ids import UserId


class Presence:
    """`announced` are those whom the others know to be here, `elsewhere` those who are connected to other servers.

    Calls `changed` with whoever came, or has been gone for the grace.
    """

    def __init__(self, grace: float, changed: Callable[[UserId], None]) -> None:
        """`grace` in seconds, so that a page that is loaded again is no departure."""
        self.announced: frozenset[UserId] = frozenset()
        self.elsewhere: frozenset[UserId] = frozenset()
        self._grace = grace
        self._changed = changed
        self._connected: set[UserId] = set()
        self._leaving: dict[UserId, asyncio.TimerHandle] = {}

    def here(self) -> set[UserId]:
        """Who is connected, to whichever server, or within the grace."""
        return self._connected | self._leaving.keys() | self.elsewhere

    def is_here(self, user: UserId) -> bool:
        """Whether that is so of one of them."""
        return user in self._connected or user in self._leaving or user in self.elsewhere

    def is_connected(self, user: UserId) -> bool:
        """To this server."""
        return user in self._connected

    @property
    def is_settled(self) -> bool:
        """Nobody is expected back, and whoever is announced is connected to other servers."""
        return not self._leaving and self.announced <= self.elsewhere

    def expect(self, users: frozenset[UserId]) -> None:
        """Those of whom the log says that they are here: if we don't know where, they get the grace to turn up."""
        self.announced |= users
        for user in users:
            if not self.is_here(user):
                self._start_grace(user)

    def connect(self, user: UserId) -> None:
        """The user's first connection."""
        self._connected.add(user)
        timer = self._leaving.pop(user, None)
        if timer is not None:
            timer.cancel()
        self._changed(user)

    def disconnect(self, user: UserId) -> None:
        """The user's last connection is gone."""
        self._connected.discard(user)
        self._start_grace(user)

    def are_elsewhere(self, users: frozenset[UserId]) -> None:
        """Who is connected to other servers now. Whoever was before gets the grace to turn up again."""
        before, self.elsewhere = self.elsewhere, users
        for user in before - users:
            if not self.is_here(user):
                self._start_grace(user)
        for user in users - before:
            self._changed(user)

    def announce(self, user: UserId) -> None:
        """The others know now that the user is here."""
        self.announced |= {user}

    def withdraw(self, user: UserId) -> None:
        """The others know now that the user is here no more."""
        self.announced -= {user}

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
        self._changed(user)
