"""What happens when, to whom: one thread, one clock, and every choice drawn from one seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from heapq import heappop, heappush
from math import inf
from typing import Any

from tests.simulation.clocks import BEGIN, NOW
from tests.simulation.machine import MachineLoop


class Machine:
    """Runs a server. What is to happen on it waits while it is frozen, and never happens once it is dead."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name
        self.loop = MachineLoop(world.fault)
        self.frozen_until = 0.0
        self.is_dead = False
        self.on_death: list[Callable[[], object]] = []
        """What its end means elsewhere."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def next_turn(self) -> float:
        """When it has something to do and is able to do it; infinite if something else must happen before."""
        if self.is_dead:
            return inf
        return max(self.loop.next_turn(), self.frozen_until)

    def do(self, action: Callable[..., object], *arguments: object) -> None:
        """In its next turn."""
        if not self.is_dead:
            self.loop.call_soon(action, *arguments)

    def start(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """A task, in its next turn."""

        def create() -> None:
            self._tasks.add(task := self.loop.create_task(work()))
            task.add_done_callback(self._ended)

        self.do(create)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.world.fault(f"{self.name}: {failure!r}")

    def freeze(self, seconds: float) -> None:
        """As SIGSTOP does it, or a host that has no time for it."""
        self.frozen_until = NOW.seconds + seconds
        self.world.tell(f"{self.name} stands still for {seconds:.1f} s")

    def die(self) -> None:
        """As SIGKILL does it, or at the end of its program."""
        self.is_dead = True
        self.loop.die()
        self.world.tell(f"{self.name} is dead")
        for happen in self.on_death:
            happen()


class World:
    """The machines, and what is on its way between them."""

    def __init__(self, seed: int) -> None:
        NOW.begin(seed)
        self.chance = NOW.chance
        self.machines: list[Machine] = []
        self.faults: list[str] = []
        """What nobody expected: exceptions that nobody took, and failures that the program told its operator of."""
        self.story: list[str] = []
        self.turns = 0
        self._coming: list[tuple[float, int, Callable[[], object]]] = []
        self._count = 0

    def machine(self, name: str) -> Machine:
        """A new one."""
        machine = Machine(self, name)
        self.machines.append(machine)
        return machine

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        """Outside of all machines: in the network, at the database, or in somebody's hands."""
        self._count += 1
        heappush(self._coming, (NOW.seconds + seconds, self._count, action))

    def tell(self, line: str) -> None:
        """For whoever reads what happened."""
        self.story.append(f"{NOW.seconds - BEGIN:9.4f}  {line}")

    def fault(self, line: str) -> None:
        """Something that must never happen."""
        self.tell(f"FAULT {line}")
        self.faults.append(line)

    def run(self, is_over: Callable[[], bool], longest: float) -> bool:
        """Until it is over, or nothing happens any more, or so many seconds have gone by; whether it is over."""
        end = NOW.seconds + longest
        while not is_over():
            able, soonest = list[Machine](), self._coming[0][0] if self._coming else inf
            for machine in self.machines:
                due = machine.next_turn()
                if due <= NOW.seconds:
                    able.append(machine)
                elif due < soonest:
                    soonest = due
            if able:
                self.turns += 1
                (able[0] if len(able) == 1 else self.chance.choice(able)).loop.turn()
                continue
            if soonest > end:
                NOW.seconds = end
                return is_over()
            NOW.seconds = max(NOW.seconds, soonest)
            while self._coming and self._coming[0][0] <= NOW.seconds:
                heappop(self._coming)[2]()
        return True

    def end(self) -> None:
        """Frees all of it."""
        for machine in self.machines:
            machine.loop.release()
        self._coming.clear()
