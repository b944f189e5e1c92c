from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Page

from projections.viewer_state import ViewerState
from tests.recorded.record import FILES, FOLDER

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLD = """
async (messages) => {
  const { ViewerState } = await import("/static/client/viewer-state.js");
  const state = new ViewerState();
  return messages.map((message) => {
    state.apply(message);
    return JSON.stringify({
      status: state.status,
      mode: state.mode,
      session: state.sessionId,
      people: [...state.people],
      terrain: [...state.terrain].sort(),
      revealed: [...state.revealed].sort(),
      staged: state.staged,
      reveals: [...state.reveals].map(([key, to]) => [key, to === "all" ? to : [...to].sort()]).sort(),
    });
  });
}
"""


def known(state: ViewerState) -> dict[str, Any]:
    """What the module's state shows, of ours."""
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


@pytest.mark.parametrize("viewer", FILES)
async def test_the_page_folds_as_the_engine_does(modules: Page, viewer: str) -> None:
    """After every message of a recorded evening the page knows exactly what the reference fold knows."""
    messages = json.loads((FOLDER / f"{viewer}.json").read_text(encoding="utf-8"))
    folded = await modules.evaluate(FOLD, messages)
    reference = ViewerState()
    for message, state in zip(messages, folded, strict=True):
        reference.apply(message)
        assert json.loads(state) == known(reference), message


async def test_a_message_of_tomorrow_changes_nothing(modules: Page) -> None:
    """A type or a key that the page does not know is no reason to fall over."""
    messages = [
        {"type": "weather:changed", "rain": True},
        {"type": "session:statusChanged", "status": "active", "sessionId": "s", "weather": "rain"},
    ]
    first, second = (json.loads(state) for state in await modules.evaluate(FOLD, messages))
    assert first == known(ViewerState())
    assert second == known(ViewerState(status="active", session_id="s"))
