"""What a viewer missed since the last event it saw, out of the newest steps of a room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from projections.messages import Push
from projections.people import Member, People, Viewer
from projections.room_state import Step
from projections.views import messages_for


def missed(member: Member, window: Sequence[Step], last_event_id: str, people: People) -> list[Push] | None:
    """All of it, in order, or None if that is not certain: then the viewer starts afresh.

    Unknown ids, old ones, those of events that this viewer was not told of, and those from before a change of role make
    no difference. Without the staged list, of which only the newest counts: one that was on its way when the connection
    broke is no event's alone.
    """
    viewer = Viewer(member.user_id, member.role)
    seen = position(window, last_event_id)
    if seen is None or not _told(viewer, window[seen], people):
        return None
    # What was told to somebody as a player can't be continued as a DM, nor the other way round.
    if window[seen].event.originator_version <= member.told_from:
        return None
    # Of the several messages of one event perhaps only the first arrived; folding them twice is harmless.
    first = seen if len(_told_once(viewer, window[seen], people)) > 1 else seen + 1
    return [message for step in islice(window, first, None) for message in _told_once(viewer, step, people)]


def _told_once(viewer: Viewer, step: Step, people: People) -> list[Push]:
    return [message for message in _told(viewer, step, people) if message["type"] != "staged:changes"]


def position(window: Sequence[Step], event_id: str) -> int | None:
    """Where an event stands among the steps, if it does."""
    for position in range(len(window) - 1, -1, -1):
        if str(window[position].event.event_id) == event_id:
            return position
    return None


def _told(viewer: Viewer, step: Step, people: People) -> list[Push]:
    return messages_for(viewer, step.event, step.before, step.after, people)
