"""What a server does as long as it runs goes on after a fault of ours, and each such fault is told and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from domain.store import StoreUnavailable
from transport.event_loop import supervision
from transport.event_loop.supervision import LONGEST_PAUSE_SECONDS, PAUSE_SECONDS, keep_running, surviving


def failures(task: str) -> float:
    """How often it has failed."""
    return REGISTRY.get_sample_value("fogbound_task_failures_total", {"task": task}) or 0.0


class Work:
    """Raises these one after the other, and then goes on for ever."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.goes_on = asyncio.Event()

    async def __call__(self) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.goes_on.set()
        await asyncio.Event().wait()


async def ended(task: asyncio.Task[None]) -> None:
    """Cancelled, and gone in the next turns: who stops a server waits for no pause."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(1):
            await task
    assert task.cancelled()


async def pauses_of(work: Work) -> list[float]:
    """How long it waits between, until the work goes on."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    task = asyncio.create_task(keep_running("upkeep", work, sleep=sleep))
    async with asyncio.timeout(5):
        await work.goes_on.wait()
    await ended(task)
    return pauses


async def test_it_goes_on_after_a_fault() -> None:
    """With a traceback in the log, and counted by task."""
    before = failures("upkeep")
    with capture_logs() as said:
        pauses = await pauses_of(Work(RuntimeError("one"), OSError("two")))
    assert pauses == [PAUSE_SECONDS, 2 * PAUSE_SECONDS]
    assert [(line["event"], line["task"], str(line["exc_info"])) for line in said] == [
        ("a task failed", "upkeep", "one"),
        ("a task failed", "upkeep", "two"),
    ]
    assert failures("upkeep") == before + 2


async def test_the_pauses_are_bounded() -> None:
    """However often it fails in a row."""
    pauses = await pauses_of(Work(*(RuntimeError() for _ in range(10))))
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS


async def test_a_database_that_is_away_is_no_fault() -> None:
    """It may be back at any moment: the pauses stay short, and nobody needs to be told."""
    before = failures("upkeep")
    with capture_logs() as said:
        assert await pauses_of(Work(*(StoreUnavailable() for _ in range(5)))) == [PAUSE_SECONDS] * 5
    assert (said, failures("upkeep")) == ([], before)


async def test_who_ran_well_begins_with_a_short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault an hour is not a fault a second."""
    monkeypatch.setattr(supervision, "STEADY_SECONDS", 0.0)
    assert await pauses_of(Work(*(RuntimeError() for _ in range(3)))) == [PAUSE_SECONDS] * 3


@pytest.mark.parametrize("work", [Work, lambda: Work(RuntimeError())], ids=["at work", "in a pause"])
async def test_it_ends_at_once(work: Callable[[], Work]) -> None:
    """When it is cancelled."""
    task = asyncio.create_task(keep_running("upkeep", work()))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    await ended(task)


async def test_what_is_done_is_not_begun_again() -> None:
    """Work that returns is at its end."""
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)

    await keep_running("upkeep", work)
    assert begun == [1]


async def test_a_step_may_fail() -> None:
    """The next one follows; but not when the database is away, nor when the task is to end."""
    before = failures("notifications")
    with capture_logs() as said, surviving("notifications"):
        raise KeyError("what")
    assert [line["event"] for line in said] == ["a task failed"]
    assert failures("notifications") == before + 1
    for passes in (StoreUnavailable, asyncio.CancelledError):
        with pytest.raises(passes), surviving("notifications"):
            raise passes
    assert failures("notifications") == before + 1
