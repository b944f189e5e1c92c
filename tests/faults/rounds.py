"""A round: people play, something fails, and afterwards everything is compared with everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from uuid import UUID

from domain.events import PlayerJoined, PlayerLeft
from domain.ids import CampaignId
from domain.postgres import PostgresStore
from domain.store import EngineError
from domain.table import Table, evolve
from tests.faults.evening import Evening
from tests.faults.faults import Fault
from tests.faults.machine import Machine
from tests.faults.prober import Prober
from transport.client.errors import ClientError
from transport.rehearsal.verdict import judge

ANSWER_SECONDS = 60.0
BACK_SECONDS = 30.0


async def check_round(
    machine: Machine, evenings: Sequence[Evening], fault: Fault, random: Random, prober: Prober | None = None
) -> None:
    """Fails if anything is lost, doubled or known otherwise than it should be, or if servers contradict each other."""
    await play_round(machine, evenings, fault, random, prober)
    for evening in evenings:
        found = [
            *await mismatches(machine, evening),
            *violations(machine, evening),
            *await absences(machine, evening),
        ]
        assert not found, (fault.__name__, *found)
    if prober is not None:
        found = prober.history.violations(machine.recorded(prober.campaign))
        assert not found, (fault.__name__, *found)
    assert "Traceback" not in (log := machine.log.read_text(encoding="utf-8")), log


async def play_round(
    machine: Machine, evenings: Sequence[Evening], fault: Fault, random: Random, prober: Prober | None = None
) -> None:
    """A fault while all play; then they stop, and wait for their answers."""
    over = asyncio.Event()
    async with asyncio.timeout(ANSWER_SECONDS), asyncio.TaskGroup() as playing:
        for evening in evenings:
            playing.create_task(evening.play(over))
        if prober is not None:
            playing.create_task(prober.play(over))
        await asyncio.sleep(random.uniform(0, 0.3))
        await fault(machine, random)
        await asyncio.sleep(random.uniform(0, 0.2))
        over.set()


async def mismatches(machine: Machine, evening: Evening) -> list[str]:
    """What anybody knows otherwise than a new connection, or the log."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            try:
                verdict = await judge(evening.company, machine.cluster.url)
                return [f"{one.alias} against {one.source}: {one.what}" for one in verdict.mismatches]
            except (ClientError, EngineError):
                await asyncio.sleep(0.05)  # somebody is on the way back


async def absences(machine: Machine, evening: Evening) -> list[str]:
    """What the log says wrongly of who came and left; in the end all are there, while a session runs."""
    everybody = {actor.user_id for actor in evening.company.actors.values()}
    try:
        async with asyncio.timeout(BACK_SECONDS):
            while True:
                table, wrong = await _comings_and_goings(machine, evening)
                if wrong or table.present == (everybody if table.is_live else set()):
                    return wrong
                await asyncio.sleep(0.1)
    except TimeoutError:
        return [f"absent in the log: {user}" for user in everybody - table.present]


async def _comings_and_goings(machine: Machine, evening: Evening) -> tuple[Table, list[str]]:
    table, wrong = Table(), []
    async with PostgresStore(machine.cluster.url) as store:
        async for events in store.read(CampaignId(UUID(evening.company.campaign))):
            for event in events:
                match event:
                    case PlayerJoined(player_id=user) if user in table.present:
                        wrong.append(f"came twice: {user} with event {event.originator_version}")
                    case PlayerLeft(player_id=user) if user not in table.present:
                        wrong.append(f"left twice: {user} with event {event.originator_version}")
                table = evolve(table, event)
    return table, wrong


def violations(machine: Machine, evening: Evening) -> list[str]:
    """What the log says against the ledger."""
    return evening.ledger.violations(machine.recorded(evening.company.campaign))
