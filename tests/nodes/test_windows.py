"""From where somebody can go on is the same at each server, whichever of them had the room open."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.nodes.conftest import Split, SplitMaker


async def reveal(at: Split, *keys: str, to: object = "all") -> None:
    dm = at.table.sockets["dm"]
    for key in keys:
        await dm.send("hex:reveal", id=key, hexKeys=[key], targets=to)
        await dm.until("ack")


async def which_resume(at: Split, url: str, ids: Sequence[str]) -> list[bool]:
    """What Ada finds out who tries all ids that she knows."""
    ada, answers = at.table.players["Ada"], []
    ada.url = url
    for event_id in ids:
        socket = await ada.open(at.table.campaign, event_id)
        answers.append((await socket.until("connected"))["resumed"])
        await socket.socket.close()
    return answers


@pytest.mark.parametrize("bo_only", [0, 3])
async def test_each_server_knows_as_much(split: SplitMaker, bo_only: int) -> None:
    """The second one opens the room late, and hears of what follows; what is hidden makes no difference to either."""
    at = await split("Ada", "Bo", resume_events=5, analytics=False)
    bo = {"playerIds": [at.table.players["Bo"].user_id]}
    socket = await at.table.players["Ada"].join(at.table.campaign)
    await reveal(at, *(f"{n},0" for n in range(9)))
    await reveal(at, *(f"{n},9" for n in range(bo_only)), to=bo)
    ids = [(await socket.until("hex:revealed"))["eventId"] for _ in range(9)]
    for url in (at.there, at.here):
        assert await which_resume(at, url, ids) == [False] * 4 + [True] * 5
    await reveal(at, "0,1", "1,1", to={"playerIds": [at.table.players["Ada"].user_id]})
    await reveal(at, *(f"{n},8" for n in range(bo_only)), to=bo)
    for url in (at.there, at.here):
        assert await which_resume(at, url, ids) == [False] * 6 + [True] * 3
