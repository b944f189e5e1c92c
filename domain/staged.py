"""The queue of staged changes: what a change of it costs depends on that change, not on how much waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema
from typing_extensions import override

from domain.events import StagedReveal, StagedUpdate
from domain.ids import ChangeId

Change = StagedReveal | StagedUpdate


class StagedChange(NamedTuple):
    """A change in the queue. Its id is that of the last of the events that staged it, most times the only one."""

    id: ChangeId
    change: Change
    earlier: tuple[ChangeId, ...] = ()
    """The ids of the events before the last."""

    @property
    def parts(self) -> tuple[ChangeId, ...]:
        """The ids of all events that staged it."""
        return (*self.earlier, self.id)


class StagedQueue:
    """In the order of staging. Never changes: each method gives another one, which shares the changes with this one."""

    __slots__ = ("_by_id", "_of_several", "hexes")

    def __init__(self, changes: Iterable[StagedChange] = ()) -> None:
        self._by_id = {change.id: change for change in changes}
        self._of_several = tuple(change for change in self if change.earlier)
        self.hexes = sum(change.change.size for change in self)
        """Of all changes together."""

    def __iter__(self) -> Iterator[StagedChange]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, StagedQueue) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # to compute it would take as long as to compare it

    @property
    def last(self) -> StagedChange | None:
        """The newest one."""
        return next(reversed(self._by_id.values()), None)

    def at(self, index: int) -> StagedChange | None:
        """The one before which so many others were staged."""
        return next(islice(self, index, None)) if index < len(self) else None

    def with_id(self, change_id: ChangeId) -> StagedChange | None:
        """The one that has this id."""
        return self._by_id.get(change_id)

    def staged_by(self, part: ChangeId) -> StagedChange | None:
        """The one that the event of this id staged, or a part of it."""
        found = self._by_id.get(part)
        # Of those of several events there are only a few, as each has more hexes than an event holds.
        return found or next((change for change in self._of_several if part in change.earlier), None)

    def with_next(self, change: StagedChange) -> StagedQueue:
        """With one more at its end."""
        several = (*self._of_several, change) if change.earlier else self._of_several
        return self._another({**self._by_id, change.id: change}, several, self.hexes + change.change.size)

    def without(self, change: StagedChange) -> StagedQueue:
        """Without one that is in it."""
        by_id = self._by_id.copy()
        del by_id[change.id]
        several = tuple(one for one in self._of_several if one is not change)
        return self._another(by_id, several, self.hexes - change.change.size)

    @classmethod
    def _another(
        cls, by_id: dict[ChangeId, StagedChange], of_several: tuple[StagedChange, ...], hexes: int
    ) -> StagedQueue:
        queue = cls.__new__(cls)
        queue._by_id, queue._of_several, queue.hexes = by_id, of_several, hexes
        return queue

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read and written as the list of its changes."""
        changes = handler.generate_schema(tuple[StagedChange, ...])
        written = core_schema.plain_serializer_function_ser_schema(tuple, return_schema=changes)
        return core_schema.no_info_after_validator_function(cls, changes, serialization=written)


NOTHING_STAGED = StagedQueue()
