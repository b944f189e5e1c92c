"""What a map was like before one import of a file, as far as nothing changed it since."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from domain.events import ChangesPublished, HexesUpdated, StagedUpdate
from domain.hexes import UNKNOWN_TERRAIN, Grid, HexKey, Terrain, Variant
from domain.ids import EventId, ImportId
from domain.map_parts import UnfinishedImport
from projections.room_state import RoomState, Step, takes_back


class HexBefore(NamedTuple):
    """The terrain is `unknown` where nobody had set one; the hex then leaves the map again."""

    terrain: Terrain
    variant: Variant | None
    is_pointy: bool


class BeforeImport:
    """Made by the steps from the import's first part to the head of the log, in order.

    `hexes` are those to be put back: what came with the import, and was not set anew by anybody, or put back already.
    """

    def __init__(self, import_id: ImportId, room: RoomState) -> None:
        """`room` is the one before the first part."""
        self._id = import_id
        self.room = room
        self.hexes: dict[HexKey, HexBefore] = {}
        self._grid: Grid | None = None
        self._grid_is_its = False
        self.painted: EventId | None = None
        """The newest event that may have set terrain."""

    @property
    def grid(self) -> Grid | None:
        """How the map is laid out once the import is taken back."""
        return self._grid if self._grid_is_its else self.room.grid

    @property
    def unfinished(self) -> UnfinishedImport | None:
        """The import as it stands; None if it is whole, or taken back."""
        return next((one for one in self.room.table.imports if one.id == self._id), None)

    def take(self, step: Step) -> None:
        """The next step."""
        event = step.event
        if isinstance(event, HexesUpdated):
            is_part = event.part is not None and event.part.import_id == self._id and not takes_back(event)
            if is_part:
                self._came(event, step.before)
            else:
                self._changed(key for key, _ in event.changes)
                self._grid_is_its &= step.after.grid is step.before.grid
            self.painted = event.event_id
        elif isinstance(event, ChangesPublished):
            for waiting in step.before.table.staged:
                if isinstance(waiting.change, StagedUpdate):
                    self._changed(key for key, _ in waiting.change.changes)
            self.painted = event.event_id
        self.room = step.after

    def _came(self, event: HexesUpdated, before: RoomState) -> None:
        if not self._grid_is_its:
            self._grid, self._grid_is_its = before.grid, True
        for key, _ in event.changes:
            terrain = before.terrain.get(key, UNKNOWN_TERRAIN)
            self.hexes[key] = HexBefore(terrain, before.variants.get(key), key in before.pointy)

    def _changed(self, keys: Iterable[HexKey]) -> None:
        for key in keys:
            self.hexes.pop(key, None)
