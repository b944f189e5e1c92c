from __future__ import annotations

import json

import pytest
from playwright.async_api import Page

from projections.viewer_state import ViewerState
from tests.recorded.record import FILES, FOLDER
from tests.transport.web.folded import SHOWN, known

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLD = f"""
async (messages) => {{
  const {{ ViewerState }} = await import("/static/client/viewer-state.js");
  const shown = {SHOWN};
  const state = new ViewerState();
  return messages.map((message) => {{
    state.apply(message);
    return JSON.stringify(shown(state));
  }});
}}
"""
OTHER_EYES = f"""
async ([messages, player]) => {{
  const {{ ViewerState }} = await import("/static/client/viewer-state.js");
  const {{ PlayerView }} = await import("/static/client/player-view.js");
  const shown = {SHOWN};
  const state = new ViewerState();
  const view = new PlayerView(player);
  for (const message of messages) {{
    state.apply(message);
    view.follow(state, state.mapChanges.take());
  }}
  return JSON.stringify(shown(view.state));
}}
"""


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


@pytest.mark.parametrize("player", ["ada", "cy"])
async def test_a_dm_sees_through_the_eyes_of_a_player(modules: Page, player: str) -> None:
    """Made of what the DM was told, the player's view is what the player's own messages make of it."""
    told = {name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")) for name in ("dm", player)}
    seen = json.loads(await modules.evaluate(OTHER_EYES, [told["dm"], FILES[player]]))
    own = ViewerState()
    for message in told[player]:
        own.apply(message)
    assert own.revealed
    assert seen == known(own)
