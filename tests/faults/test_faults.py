"""Faults at random moments of random evenings: nothing that was acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from random import Random

import psycopg

from tests.faults.evening import an_evening
from tests.faults.faults import ALONE, AMONG_OTHERS, Fault, kill_postgres, set_clock_back, shuffled
from tests.faults.figures import Figures
from tests.faults.front import at_random, by_campaign
from tests.faults.machine import Machine
from tests.faults.prober import a_prober
from tests.faults.rounds import check_round, play_round, violations
from tests.lanes import Lane

MACHINES = 4
NODES = 3
EVENINGS = 2
LONG = 10
"""How many times as many rounds a long run has."""
QUICK = 8
"""Rounds of one machine in a quick run."""


async def test_faults_lose_nothing_and_double_nothing(
    tmp_path: Path, seed: int, lane: Lane, record_property: Callable[[str, object], None]
) -> None:
    """In two hundred rounds, each with a fault at a random moment, nothing is lost, doubled, or known otherwise."""
    figures = Figures(seed)
    for turn in range(lane.of(1, 1, LONG)):
        # All at once: most of the time nobody does anything but wait for somebody to come back.
        async with asyncio.TaskGroup() as machines:
            for machine in range(lane.of(1, MACHINES, MACHINES)):
                random, folder = Random(f"{seed} {turn} {machine}"), tmp_path / f"{turn}-{machine}"
                running = Machine.running(folder)
                machines.create_task(play_through(running, rounds(ALONE, random, lane), random, figures))
    record_property("figures", str(figures))


async def test_several_servers_lose_nothing_and_double_nothing(
    tmp_path: Path, seed: int, lane: Lane, record_property: Callable[[str, object], None]
) -> None:
    """The same with three servers, and clients spread anyhow or by campaign."""
    figures = Figures(seed)
    for turn in range(lane.of(1, 1, LONG)):
        async with asyncio.TaskGroup() as machines:
            for name in ("anywhere", "by campaign")[: lane.of(1, 2, 2)]:
                random, folder = Random(f"{seed} {turn} {name}"), tmp_path / f"{turn}-{name}"
                running = Machine.running(folder, NODES, by_campaign if name == "by campaign" else at_random(random))
                machines.create_task(play_through(running, rounds(AMONG_OTHERS, random, lane), random, figures))
    record_property("figures", str(figures))


def rounds(faults: Mapping[Fault, int], random: Random, lane: Lane) -> Sequence[Fault]:
    """Of one machine, in any order."""
    return shuffled(faults, random)[: QUICK if lane == Lane.QUICK else None]


async def play_through(
    running: AbstractAsyncContextManager[Machine], faults: Sequence[Fault], random: Random, figures: Figures
) -> None:
    """One machine from its first start on, with a check after each fault."""
    async with AsyncExitStack() as stack:
        machine = await stack.enter_async_context(running)
        evenings = [await stack.enter_async_context(an_evening(machine.url, random)) for _ in range(EVENINGS)]
        prober = None
        if len(machine.nodes) > 1:
            urls = [node.server.url for node in machine.nodes]
            prober = await stack.enter_async_context(a_prober(urls, random))
        for fault in faults:
            await check_round(machine, evenings, fault, random, prober)
            figures.count(fault)
        if prober is not None:
            figures.probed(prober)
        for evening in evenings:
            figures.add(evening)


async def test_a_log_that_is_not_kept_is_found_lost(tmp_path: Path, seed: int) -> None:
    """The check can fail: where PostgreSQL forgets the log in a crash, what was acknowledged is found missing."""
    random = Random(seed)
    async with Machine.running(tmp_path) as machine, an_evening(machine.url, random) as evening:
        with psycopg.connect(machine.cluster.url) as connection:
            connection.execute("alter table event_log set unlogged")
        await play_round(machine, [evening], set_clock_back, random)
        assert violations(machine, evening) == []
        await play_round(machine, [evening], kill_postgres, random)
        assert any(found.startswith("lost: ") for found in violations(machine, evening))
