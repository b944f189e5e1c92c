"""What a viewer missed since the last event it saw, out of what its view was told lately."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from projections.people import Member
from transport.rooms.told import Told


def missed(member: Member, window: Sequence[Told], last_event_id: str) -> list[Told] | None:
    """All of it, in order, or None if that is not certain: then the viewer starts afresh.

    Unknown ids, old ones, those of events that this viewer was not told of, and those from before a change of role make
    no difference.
    """
    seen = _position(window, last_event_id)
    if seen is None or not was_told(member, window[seen]):
        return None
    # Of the several messages of one event perhaps only the first arrived; folding them twice is harmless.
    first = seen if window[seen].messages > 1 else seen + 1
    if first == seen and window[seen].is_left_out:
        return None  # what comes before one is never kept, so that it can't be among the later ones
    return [told for told in islice(window, first, None) if was_told(member, told)]


def newest(member: Member, window: Sequence[Told], up_to: int) -> str | None:
    """The id of the last event to that version that the viewer was told of and can resume from, if there is one."""
    for told in reversed(window):
        if told.version <= member.visible_since:
            break
        if told.version <= up_to and was_told(member, told):
            return told.event_id
    return None


def _position(window: Sequence[Told], event_id: str) -> int | None:
    for position in range(len(window) - 1, -1, -1):
        if window[position].event_id == event_id:
            return position
    return None


def was_told(member: Member, told: Told) -> bool:
    """Not of their own coming and going; nor can what was told to a player be continued as a DM, or the reverse."""
    is_own = told.move is not None and told.move.user == member.user_id
    return told.version > member.visible_since and not is_own
