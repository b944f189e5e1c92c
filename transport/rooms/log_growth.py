"""How much each person adds to the log in a day, and who has added as much as may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.commands import RecordArrival, RecordDeparture
from domain.event_codec import EventRow
from domain.events import ChangeStaged, Event, Reveal
from domain.ids import UserId
from domain.refusals import QuotaExceeded
from transport.rooms.command import PendingCommand

EVENT_BYTES = 300
"""What an event takes on the disk besides its data, indexes included (docs/operations.md): small ones fill it, too."""

ROW_BYTES = 280
"""What the analysts' table `reveal` takes for a hex and audience, indexes included: a reveal may name many players."""

MEGABYTE = 1_000_000


class Sums(Protocol):
    """What all servers of a database have counted. Each call may raise StoreUnavailable."""

    async def add_log_growth(self, written: Mapping[UserId, int]) -> None:
        """Bytes by person, since the last call."""

    async def log_growth_over(self, most: int) -> frozenset[UserId]:
        """Who has written at least `most` bytes today."""


class LogGrowth:
    """Counts in memory, and knows from the last exchange with the database who is over.

    What comes between two exchanges is bounded by how fast a connection is read, and how many maps are read at once.
    """

    def __init__(self, megabytes_per_day: int) -> None:
        """0: no limit, and nothing is counted."""
        self._most = megabytes_per_day * MEGABYTE
        self._unwritten: dict[UserId, int] = {}
        self._over: frozenset[UserId] = frozenset()

    def count(self, rows: Sequence[EventRow]) -> None:
        """To be called with what was stored: whatever is in the log counts, also that somebody came or left."""
        if self._most:
            for row in rows:
                self._add(UserId(row.actor), len(row.data) + EVENT_BYTES)

    def count_reveals(self, actor: UserId, events: Sequence[Event]) -> None:
        """To be called with the events of a command when they are stored, for what comes of them in analysts' rows."""
        if self._most:
            for event in events:
                change = event.change if isinstance(event, ChangeStaged) else event
                if isinstance(change, Reveal):
                    audiences = 1 if change.audience == "all" else len(change.audience)
                    self._add(actor, change.size * audiences * ROW_BYTES)

    def count_refusal(self, actor: UserId) -> None:
        """To be called when it was stored under its command's id."""
        if self._most:
            self._add(actor, EVENT_BYTES)

    def _add(self, actor: UserId, size: int) -> None:
        self._unwritten[actor] = self._unwritten.get(actor, 0) + size

    def check(self, pending: PendingCommand) -> None:
        """Raises QuotaExceeded. That somebody came or left is recorded in any case: nobody asked for it."""
        if pending.actor in self._over and not isinstance(pending.command, RecordArrival | RecordDeparture):
            raise QuotaExceeded

    async def exchange(self, sums: Sums) -> None:
        """Tells the database what was counted and learns who is over. Raises StoreUnavailable, and keeps the counts."""
        if not self._most:
            return
        written, self._unwritten = self._unwritten, {}
        try:
            if written:
                await sums.add_log_growth(written)
            written = {}
            self._over = await sums.log_growth_over(self._most)
        except Exception:
            for actor, size in written.items():
                self._add(actor, size)
            raise


NO_LIMIT = LogGrowth(0)


def seconds_until_tomorrow(now: datetime) -> int:
    """Until the next day begins, at least 1; `now` in UTC, as the days of the quota are."""
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((tomorrow - now).total_seconds()) + 1
