"""What a projection into a table is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.events import ChangeStaged, Event
from domain.ids import ChangeId

Row = dict[str, Any]
"""Values by column."""

Needed = Literal["staged_changes", "open_sessions", "open_stays"]


class Logged(NamedTuple):
    """An event at its place in the whole log."""

    position: int
    event: Event


class StagedEvent(NamedTuple):
    """The same for one that staged a change."""

    position: int
    event: ChangeStaged


class Known(NamedTuple):
    """What a batch refers to and does not hold itself; a projection gets what it `needs`, and nothing of the rest.

    `staged_changes` are those that the batch stages, publishes, undoes or drops; `open_sessions` the rows of sessions
    that run, by campaign; `open_stays` those of players who are there, by campaign.
    """

    staged_changes: Mapping[ChangeId, StagedEvent] = {}
    open_sessions: Mapping[UUID, Row] = {}
    open_stays: Mapping[UUID, Sequence[Row]] = {}

    def staged(self, change_id: ChangeId) -> StagedEvent:
        """Raises LookupError."""
        found = self.staged_changes.get(change_id)
        if found is None:
            raise LookupError(f"the staged change {change_id} is missing or cannot be read")
        return found


@dataclass(frozen=True)
class Projection:
    """How events of some topics become rows of the table `name`.

    `fold` gives each row whole and as it is after the batch, and at most once a batch; but the table `reveal` keeps the
    first of a key that it gets. One event may make millions of rows: they are made as they are asked for. To fold a
    batch is the same as to fold its parts one after the other, and events of other topics make no difference. It may
    raise anything, also after some rows: then none of the batch counts, and the projection stops before that event.
    """

    name: str
    topics: frozenset[str]
    needs: Needed | None
    fold: Callable[[Sequence[Logged], Known], Iterable[Row]]
