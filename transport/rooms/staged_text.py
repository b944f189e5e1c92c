"""The list of staged changes as JSON, of which only what changed is written anew: it may be of 100,000 hexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.events import StagedReveal
from domain.ids import ChangeId, UserId
from domain.staged import NOTHING_STAGED, StagedChange, StagedQueue
from projections.people import Member
from projections.pieces import PIECE_HEXES
from projections.staged_list import CHANGE_WEIGHT, weight_of_change, wire_change
from projections.turns import Turns, at_once
from projections.words import described
from transport.wire.frames import header
from transport.wire.json import wire_json

_FRAMES = 4
"""That are kept of one list, each with the id under which some of the DMs know it."""


@dataclass(slots=True)
class _Change:
    """`members` are those whose names are in the `head`; None if it names nobody."""

    members: Mapping[UserId, Member] | None
    head: bytes
    rest: bytes


class StagedText:
    """Of one room. A change is written once, for as long as it is staged; of new names only where they are told."""

    def __init__(self) -> None:
        self._changes: dict[ChangeId, _Change] = {}
        self._staged = NOTHING_STAGED
        self._members: Mapping[UserId, Member] | None = None
        self._parts: list[bytes] = [b"[", b"]"]
        self._frames: dict[str | None, bytes] = {}

    def has_all(self, staged: StagedQueue) -> bool:
        """Whether each was written."""
        return all(waiting.id in self._changes for waiting in staged)

    def writing(self, staged: StagedQueue, members: Mapping[UserId, Member]) -> Turns[list[bytes]]:
        """What `staged_list` gives, in parts; a turn writes a piece of what was not written yet."""
        parts, weight = [b"["], 0
        for waiting in staged:
            change = self._changes.get(waiting.id)
            if change is None or (change.members is not None and change.members is not members):
                weight += weight_of_change(waiting) if change is None else CHANGE_WEIGHT
                change = self._changes[waiting.id] = _written(waiting, members, change)
            parts += (change.head, change.rest, b",")
            if weight > PIECE_HEXES:
                weight = 0
                yield
        parts[max(len(parts) - 1, 1) :] = [b"]"]
        return parts

    def frame(self, staged: StagedQueue, members: Mapping[UserId, Member], list_id: str | None) -> bytes:
        """The message that brings it, as one frame, put together once for all who are sent the same."""
        self._list(staged, members)
        if list_id not in self._frames:
            if len(self._frames) == _FRAMES:
                self._frames.clear()
            end = b"}" if list_id is None else b',"eventId":%s}' % wire_json(list_id)
            parts = [b'{"type":"staged:changes","changes":', *self._parts, end]
            self._frames[list_id] = b"".join([header(sum(map(len, parts))), *parts])
        return self._frames[list_id]

    def _list(self, staged: StagedQueue, members: Mapping[UserId, Member]) -> None:
        if staged is self._staged and members is self._members:
            return
        self._parts = at_once(self.writing(staged, members))
        self._staged, self._members = staged, members
        self._frames.clear()
        if len(self._changes) > len(staged):
            self._changes = {waiting.id: self._changes[waiting.id] for waiting in staged}


def _written(waiting: StagedChange, members: Mapping[UserId, Member], before: _Change | None) -> _Change:
    """Of one that was written before only the description can be another one now."""
    change = waiting.change
    names = members if isinstance(change, StagedReveal) and change.audience != "all" else None
    if before is not None:
        words = {"id": str(waiting.id), "description": described(change, members)}
        return _Change(names, wire_json(words)[:-1], before.rest)
    wire = wire_change(waiting, members)
    head = wire_json({"id": wire["id"], "description": wire["description"]})[:-1]
    return _Change(names, head, b"," + wire_json({"type": wire["type"], "data": wire["data"]})[1:])
