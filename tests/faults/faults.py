"""What can happen to a machine at any moment. Each fault mends itself before it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

from tests.faults.machine import Machine

DAY = 86_400.0
COMMIT_SECONDS = 0.3
"""Until somebody commits, while people play."""

Fault = Callable[[Machine, Random], Awaitable[None]]


async def kill_server(machine: Machine, random: Random) -> None:
    """kill -9."""
    await machine.server.kill()
    await asyncio.sleep(random.uniform(0, 0.1))
    await machine.server.start()


async def kill_postgres(machine: Machine, random: Random) -> None:
    """kill -9 of all its processes, while the server goes on."""
    await machine.cluster.kill()
    await asyncio.sleep(random.uniform(0, 0.1))
    await machine.start_postgres()


async def cut_power(machine: Machine, random: Random) -> None:
    """Server and PostgreSQL at once, in either order."""
    kills = [machine.server.kill(), machine.cluster.kill()]
    random.shuffle(kills)
    await asyncio.gather(*kills)
    await machine.start_postgres()
    await machine.server.start()


async def stop_postgres(machine: Machine, random: Random) -> None:
    """In order, and for 5 s."""
    await machine.cluster.stop()
    await asyncio.sleep(5)
    await machine.start_postgres()


async def lose_answers(machine: Machine, random: Random) -> None:
    """What the server has just sent is carried out, a COMMIT as a rule, and the line breaks before the answer comes."""
    machine.proxy.swallow_answers()
    sent = machine.proxy.requests
    with suppress(TimeoutError):
        async with asyncio.timeout(COMMIT_SECONDS):
            while machine.proxy.requests == sent:  # noqa: ASYNC110 - polling leaves the proxy as simple as it is
                await asyncio.sleep(0.001)
    await asyncio.sleep(random.choice((0, 0, 0.01, 0.05)))
    machine.proxy.hang_up()
    # PostgreSQL may take long to notice: until then, the transaction that was under way holds what it holds.
    await asyncio.sleep(random.choice((0, 0.1, 0.5)))
    await machine.proxy.end_broken()


async def terminate_server(machine: Machine, random: Random) -> None:
    """SIGTERM: it says goodbye, and ends well."""
    assert await machine.server.terminate() == 0
    await asyncio.sleep(random.uniform(0, 0.1))
    await machine.server.start()


async def set_clock_back(machine: Machine, random: Random) -> None:
    """By up to three days, while the server runs."""
    machine.set_clock(float(machine.clock.read_text(encoding="ascii")) - random.uniform(0, 1) ** 4 * 3 * DAY)
    await asyncio.sleep(0.2)


SHARE: dict[Fault, int] = {
    kill_server: 11,
    kill_postgres: 11,
    lose_answers: 12,
    terminate_server: 6,
    set_clock_back: 6,
    cut_power: 3,
    stop_postgres: 1,
}
"""Of fifty rounds."""


def shuffled(random: Random) -> list[Fault]:
    """Fifty faults."""
    faults = [fault for fault, times in SHARE.items() for _ in range(times)]
    random.shuffle(faults)
    return faults
