"""How long a room takes to open, and to take in what is new, depends on what is hidden, and is not shown."""

from __future__ import annotations

import asyncio

import pytest

from tests.end_to_end.test_authority import set_role
from tests.nodes.conftest import SplitMaker
from transport.http.pace import Pace
from transport.websocket.endpoint import JOINING_BEAT, OPENING_BEAT


async def test_how_long_a_room_takes_to_open_is_not_shown(split: SplitMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A player who is the first at a server waits for a long beat, one who comes to an open room for a short one."""
    beats: list[float] = []

    class Noted(Pace):
        def __init__(self, beat: float) -> None:
            beats.append(beat)
            super().__init__(beat)

    monkeypatch.setattr("transport.websocket.endpoint.Pace", Noted)
    at = await split("Ada", "Bo", "Cy")
    await set_role(at.table, at.table.players["Bo"], "dm")
    assert beats == [0, 0]  # Dee, at the first server
    begin = asyncio.get_running_loop().time()
    await at.join_there(at.table.players["Ada"])
    assert asyncio.get_running_loop().time() - begin >= OPENING_BEAT
    begin = asyncio.get_running_loop().time()
    await at.join_there(at.table.players["Cy"])
    assert asyncio.get_running_loop().time() - begin >= JOINING_BEAT
    await at.join_there(at.table.players["Bo"])  # a DM, from whom nothing is hidden
    assert beats == [0, 0, OPENING_BEAT, JOINING_BEAT, 0, JOINING_BEAT, 0, 0]
