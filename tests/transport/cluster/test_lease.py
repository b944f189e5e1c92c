"""How long a server goes by what it knows."""

from __future__ import annotations

import asyncio
import time

import pytest

from transport.cluster.lease import Lease, clock

HOUR = 3600.0


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine sleeps for as many seconds as are put in here: the clock that counts them is ahead by so much."""
    slept: list[float] = []
    ask = time.clock_gettime
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)

    def clock_gettime(which: int) -> float:
        return ask(which) + (sum(slept) if which == boot_time else 0)

    monkeypatch.setattr(time, "clock_gettime", clock_gettime)
    return slept


async def test_it_runs_out(sleep: list[float]) -> None:
    """While the machine sleeps too, when every other clock of the program stands still."""
    lease = Lease(5)
    assert not lease.is_held
    assert not lease.has_run_out
    lease.extend(clock())
    assert lease.is_held
    before = time.monotonic()
    sleep.append(HOUR)
    assert time.monotonic() < before + HOUR
    assert not lease.is_held
    assert lease.has_run_out


async def test_an_answer_that_was_slept_over_extends_nothing(sleep: list[float]) -> None:
    """It is counted from when the database was asked."""
    lease = Lease(5)
    asked = clock()
    sleep.append(HOUR)
    lease.extend(asked)
    assert not lease.is_held


async def test_who_waits_for_it_goes_on_when_it_is_held_again(sleep: list[float]) -> None:
    """And not before."""
    lease = Lease(5)
    lease.extend(clock())
    sleep.append(HOUR)
    waiting = asyncio.create_task(lease.held())
    await asyncio.sleep(0)
    assert not waiting.done()
    lease.extend(clock())
    await waiting
    assert lease.is_held
