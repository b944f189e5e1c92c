"""Who plays notices little of who attacks, and the server's memory stays what it is."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from statistics import median

import pytest

from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.scene import Scene, a_scene
from tests.lanes import Lane

SLACK_SECONDS = 0.05
"""What attackers and players on the same two cores may take from each other, which is not the server's doing."""

MIB = 1024 * 1024
MEMORY = 64 * MIB
QUICK, ALL, LONG = 20, 50, 500
"""Commands."""
ROUNDS = 12
"""A machine that is busy with something else spoils some; a server that suffers spoils each."""


# An attacker who is stopped while connecting leaves a connection of the client library open.
@pytest.mark.filterwarnings("ignore:.*Connection.__del__:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_others_go_on(
    database: str, attack: Attack, lane: Lane, record_property: Callable[[str, object], None]
) -> None:
    """Under each attack commands reach the players within twice the usual time, and memory is bounded."""
    commands = lane.of(QUICK, ALL, LONG)
    async with a_scene(database) as scene:
        await scene.latencies(20)
        before, memory = await _beyond_a_commit(scene, commands), scene.server.memory
        bound = 2 * before + SLACK_SECONDS
        attacking = asyncio.create_task(attack(scene))
        await asyncio.sleep(1)
        during = await _within(bound, scene, commands)
        grown = scene.server.memory - memory
        attacking.cancel()
        with pytest.raises(asyncio.CancelledError):  # otherwise the attack had an end before
            await attacking
        newcomer = await scene.a_player()
        assert len((await newcomer.fresh_state(scene.table.campaign))["revealedHexes"]) == scene.played
    figures = f"{1000 * before:.1f} ms, under attack {1000 * during:.1f} ms, memory {grown // MIB:+} MiB"
    record_property("figures", figures)
    gc.collect()  # here, where what is left open is expected
    assert during <= bound, figures
    assert grown < MEMORY, figures


async def _within(bound: float, scene: Scene, commands: int) -> float:
    """That of the first round that is within the bound, or else of the last."""
    for _ in range(ROUNDS):
        if (latency := await _beyond_a_commit(scene, commands)) <= bound:
            break
    return latency


async def _beyond_a_commit(scene: Scene, commands: int) -> float:
    """The median latency less what a commit takes past the server: a disk that others keep busy is not its doing."""
    return median(await scene.latencies(commands)) - median(await scene.bare_commits(commands // 5))
