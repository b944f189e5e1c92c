"""The tables in memory: what the rows of a projection do to those of before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.events import ChangeStaged
from domain.ids import ChangeId
from projections.analytics import PROJECTIONS, Known, Logged, Row, StagedEvent

KEYS = {
    "session": ("session_id",),
    "reveal": ("campaign_id", "hex", "audience"),
    "staged_change": ("change_id",),
    "attendance": ("event_id", "player_id"),
    "terrain": ("campaign_id", "hex"),
}


class Tables:
    """Rows by key, of each table."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {name: {} for name in KEYS}
        self._staged: dict[ChangeId, StagedEvent] = {}

    def take(self, batch: Sequence[Logged]) -> None:
        """The next events."""
        for position, event in batch:
            if isinstance(event, ChangeStaged):
                self._staged[ChangeId(event.event_id)] = StagedEvent(position, event)
        for projection in PROJECTIONS:
            table, known = self.rows[projection.name], self._known()
            found = list(projection.fold(batch, known))
            wanted = [one for one in batch if one.event.TOPIC in projection.topics]
            fewer = list(projection.fold(wanted, known))
            assert sorted(fewer, key=str) == sorted(found, key=str), "what its topics leave out makes a difference"
            keys = [tuple(row[column] for column in KEYS[projection.name]) for row in found]
            assert projection.name == "reveal" or len(set(keys)) == len(keys), "a row twice in one batch"
            for key, row in zip(keys, found, strict=True):
                if projection.name != "reveal" or key not in table:
                    table[key] = dict(row)

    def _known(self) -> Known:
        stays: dict[Any, list[Row]] = {}
        for stay in self.rows["attendance"].values():
            if stay["left_at"] is None:
                stays.setdefault(stay["campaign_id"], []).append(stay)
        sessions = [session for session in self.rows["session"].values() if session["ended_at"] is None]
        return Known(self._staged, {session["campaign_id"]: session for session in sessions}, stays)
