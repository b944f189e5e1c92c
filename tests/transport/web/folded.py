"""What a viewer knows, in one form for the page's fold and for ours."""

from __future__ import annotations

from typing import Any

from projections.viewer_state import ViewerState

SHOWN = """(state) => ({
    status: state.status,
    mode: state.mode,
    session: state.sessionId,
    people: [...state.people],
    terrain: [...state.terrain].sort(),
    revealed: [...state.revealed].sort(),
    staged: state.staged,
    reveals: [...state.reveals].map(([key, to]) => [key, to === "all" ? to : [...to].sort()]).sort(),
})"""
"""A function of the page's ViewerState."""


def known(state: ViewerState) -> dict[str, Any]:
    """The same of ours."""
    return {
        "status": state.status,
        "mode": state.mode,
        "session": state.session_id,
        "people": [[user, dict(person)] for user, person in state.people.items()],
        "terrain": sorted([key, terrain] for key, terrain in state.terrain.items()),
        "revealed": sorted(state.revealed),
        "staged": state.staged,
        "reveals": sorted([key, to if to == "all" else sorted(to)] for key, to in state.reveals.items()),
    }
