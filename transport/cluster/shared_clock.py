"""The time of the database, by which all its servers record what happens, whatever their own clocks show."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from math import inf

from transport.cluster.lease import clock

DRIFT = 1e-4
"""Seconds by which two clocks may go apart in one."""


class SharedClock:
    """Until the database has answered once it shows the time of this machine."""

    def __init__(self) -> None:
        self._ahead = time.time() - clock()
        self._unsure = inf
        self._told_at = clock()

    def now(self) -> datetime:
        return datetime.fromtimestamp(clock() + self._ahead, UTC)

    def told(self, asked: float, answer: float) -> None:
        """The database answered with its time, in seconds since 1970, what it was `asked` then, by `clock`.

        It looked at it somewhere between. Where the answer took long, an older one may still tell more.
        """
        answered = clock()
        unsure = (answered - asked) / 2
        if unsure <= self._unsure + DRIFT * (answered - self._told_at):
            self._ahead = answer - (asked + answered) / 2
            self._unsure, self._told_at = unsure, answered
