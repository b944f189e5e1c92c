"""How much work an event is, in hexes: what a plain change of one hex takes is the unit, a few microseconds.

Each weight is known before the work is done, and is rather too large than too small: what it says is too much for one
turn of the loop is done in a thread.
"""

from __future__ import annotations

from collections.abc import Sized

from domain.events import Audience, ChangesPublished, ChangeStaged, Event, HexesRevealed, HexesUpdated, StagedReveal
from domain.parts import is_earlier_part
from domain.staged import StagedChange
from projections.pieces import weight_of
from projections.room_state import RoomState
from projections.staged_list import CHANGE_WEIGHT

TURN_HEXES = 2_500
"""Folded, viewed and encoded in some milliseconds, after which others have their turn."""

EVENT_HEXES = 20
"""What an event weighs by itself."""

LISTENERS_A_HEX = 4
"""So many connections, or views that are remembered, are told of an event while a hex is worked out."""


def weight_to_fold(event: Event, before: RoomState) -> int:
    """For `fold`, in a room as it was before."""
    match event:
        case HexesUpdated():
            return _hexes_updated(event, before)
        case HexesRevealed():
            return _weight_shown(event.size, event.audience)
        case ChangeStaged():
            return event.change.size
        case ChangesPublished():
            return sum(map(_weight_published, before.table.staged))
        case _:
            return 0


def weight_to_tell(event: Event, before: RoomState, players: Sized) -> int:
    """For `fold` and for the views of everybody, of whom so many are `players`.

    There may be a view for each player whom a reveal named, and each looks at all hexes of an update or a publish.
    """
    match event:
        case HexesUpdated():
            named = len(before.singled_out)
            return _hexes_updated(event, before) * (1 + min(named, len(players)) // 2)
        case ChangesPublished():
            staged = before.table.staged
            named = len(before.singled_out) + sum(map(_named, staged))
            return weight_to_fold(event, before) + staged.hexes * (min(named, len(players)) // 2)
        case _:
            return weight_to_fold(event, before)


def _hexes_updated(event: HexesUpdated, before: RoomState) -> int:
    """An earlier part waits for the last one, which brings in all of them. An import has variants, and a layout."""
    if is_earlier_part(event.event_id):
        return 0
    times = 1 if event.part is None else 3 if event.part.takes_back else 2
    return times * (len(before.begun) + event.size)


def _weight_published(waiting: StagedChange) -> int:
    change = waiting.change
    audience = change.audience if isinstance(change, StagedReveal) else "all"
    return CHANGE_WEIGHT + _weight_shown(change.size, audience)


def _weight_shown(hexes: int, audience: Audience) -> int:
    """Each hex may be known to others already, and then who knows it from now on is worked out for it alone."""
    return hexes * (1 + weight_of(None if audience == "all" else audience))


def _named(waiting: StagedChange) -> int:
    change = waiting.change
    return len(change.audience) if isinstance(change, StagedReveal) and change.audience != "all" else 0
