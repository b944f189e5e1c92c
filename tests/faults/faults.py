"""What can happen to a machine at any moment. Each fault mends itself before it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from random import Random

from tests.faults.machine import LEASE_SECONDS, Machine, Node

DAY = 86_400.0
COMMIT_SECONDS = 0.3
"""Until somebody commits, while people play."""

Fault = Callable[[Machine, Random], Awaitable[None]]


async def kill_server(machine: Machine, random: Random) -> None:
    """kill -9."""
    await kill(random.choice(machine.nodes), random.uniform(0, 0.1))


async def kill_server_for_long(machine: Machine, random: Random) -> None:
    """Until the others have noticed."""
    await kill(random.choice(machine.nodes), random.uniform(1, 2) * LEASE_SECONDS)


async def kill(node: Node, seconds: float) -> None:
    await node.server.kill()
    await asyncio.sleep(seconds)
    await node.server.start()


async def kill_postgres(machine: Machine, random: Random) -> None:
    """kill -9 of all its processes, while the servers go on."""
    await machine.cluster.kill()
    await asyncio.sleep(random.uniform(0, 0.1))
    await machine.start_postgres()


async def cut_power(machine: Machine, random: Random) -> None:
    """Servers and PostgreSQL at once, in any order."""
    kills = [*(node.server.kill() for node in machine.nodes), machine.cluster.kill()]
    random.shuffle(kills)
    await asyncio.gather(*kills)
    await machine.start_postgres()
    await asyncio.gather(*(node.server.start() for node in machine.nodes))


async def stop_postgres(machine: Machine, random: Random) -> None:
    """In order, and for 5 s."""
    await machine.cluster.stop()
    await asyncio.sleep(5)
    await machine.start_postgres()


async def lose_answers(machine: Machine, random: Random) -> None:
    """What a server has just sent is carried out, a COMMIT as a rule, and the line breaks before the answer comes."""
    proxy = random.choice(machine.nodes).proxy
    proxy.swallow_answers()
    sent = proxy.requests
    with suppress(TimeoutError):
        async with asyncio.timeout(COMMIT_SECONDS):
            while proxy.requests == sent:  # noqa: ASYNC110 - polling leaves the proxy as simple as it is
                await asyncio.sleep(0.001)
    await asyncio.sleep(random.choice((0, 0, 0.01, 0.05)))
    proxy.hang_up()
    # PostgreSQL may take long to notice: until then, the transaction that was under way holds what it holds.
    await asyncio.sleep(random.choice((0, 0.1, 0.5)))
    await proxy.end_broken()


async def terminate_server(machine: Machine, random: Random) -> None:
    """SIGTERM: it says goodbye, and ends well."""
    await terminate(random.choice(machine.nodes), random.uniform(0, 0.1))


async def replace_all_servers(machine: Machine, random: Random) -> None:
    """One after the other, as for a new version."""
    for node in machine.nodes:
        await terminate(node, random.uniform(0, 0.1))


async def terminate(node: Node, seconds: float) -> None:
    assert await node.server.terminate() == 0
    await asyncio.sleep(seconds)
    await node.server.start()


async def freeze_server(machine: Machine, random: Random) -> None:
    """For less than its lease, or for so long that the others have taken it for dead."""
    server = random.choice(machine.nodes).server
    server.freeze()
    await asyncio.sleep(random.uniform(0.2, 2.5) * LEASE_SECONDS)
    server.wake()


async def cut_off_server(machine: Machine, random: Random) -> None:
    """From PostgreSQL, while clients reach it: its lines break, or are silent first."""
    proxy = random.choice(machine.nodes).proxy
    proxy.is_open = False
    if random.random() < 0.5:
        proxy.swallow_requests()
        proxy.swallow_answers()
        await asyncio.sleep(random.uniform(0.5, 1.5) * LEASE_SECONDS)
    proxy.hang_up()
    await proxy.end_broken()
    await asyncio.sleep(random.uniform(0, 1.5) * LEASE_SECONDS)
    proxy.is_open = True


async def lose_notifications(machine: Machine, random: Random) -> None:
    """All, at all servers."""
    machine.deafness.touch()
    await asyncio.sleep(random.uniform(0.5, 2.5))
    machine.deafness.unlink()


async def set_clock_back(machine: Machine, random: Random) -> None:
    """By up to three days, while the server runs."""
    machine.set_clock(float(machine.clock.read_text(encoding="ascii")) - random.uniform(0, 1) ** 4 * 3 * DAY)
    await asyncio.sleep(0.2)


ALONE: dict[Fault, int] = {
    kill_server: 11,
    kill_postgres: 11,
    lose_answers: 12,
    terminate_server: 6,
    set_clock_back: 6,
    cut_power: 3,
    stop_postgres: 1,
}
"""Of fifty rounds with one server."""

AMONG_OTHERS: dict[Fault, int] = {
    kill_server: 2,
    kill_server_for_long: 3,
    freeze_server: 5,
    cut_off_server: 4,
    lose_notifications: 3,
    lose_answers: 2,
    terminate_server: 2,
    replace_all_servers: 1,
    kill_postgres: 2,
    cut_power: 1,
}
"""Of twenty-five with several."""


def shuffled(share: Mapping[Fault, int], random: Random) -> list[Fault]:
    faults = [fault for fault, times in share.items() for _ in range(times)]
    random.shuffle(faults)
    return faults
