"""What an event's messages have in common for all viewers, so that it is computed once."""

from __future__ import annotations

from typing import NamedTuple

from domain.events import ChangesPublished, Event
from projections.net_effect import NO_EFFECT, NetEffect, net_effect
from projections.room_state import RoomState


class Gist(NamedTuple):
    """`effect` is that of a publish; of other events it is empty."""

    event_id: str
    effect: NetEffect


def gist_of(event: Event, before: RoomState) -> Gist:
    """Of an event, and the room before it."""
    is_publish = type(event) is ChangesPublished
    return Gist(str(event.event_id), net_effect(before.table.staged) if is_publish else NO_EFFECT)
