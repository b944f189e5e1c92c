"""What somebody sees. Nothing else decides that: every push, snapshot, HTTP answer and replay comes from here.

`state_for` is what a viewer knows at a moment, `messages_for` what a viewer is told when an event happens. Folding
the second into the first gives the first again, for every viewer and at every event; tests/laws holds them to it.
"""

from __future__ import annotations

from projections.views.knowledge import ANY_DM, ANY_PLAYER, sees_queue, view_key
from projections.views.map import map_for, map_in_pieces
from projections.views.pushes import changes_only_the_queue, joined, left, messages_for, staged_for
from projections.views.state import (
    known_hexes,
    people_list,
    person_here,
    state_for,
    state_without_lists,
    state_without_people,
    weighs_more,
)

__all__ = [
    "ANY_DM",
    "ANY_PLAYER",
    "changes_only_the_queue",
    "joined",
    "known_hexes",
    "left",
    "map_for",
    "map_in_pieces",
    "messages_for",
    "people_list",
    "person_here",
    "sees_queue",
    "staged_for",
    "state_for",
    "state_without_lists",
    "state_without_people",
    "view_key",
    "weighs_more",
]
