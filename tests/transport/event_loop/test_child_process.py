"""Programs of ours in processes of their own: none is left behind, whatever fails."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
from structlog.testing import capture_logs

from domain.store import EngineError, StoreUnavailable
from tests.domain.store.patience import until
from transport.event_loop import child_process
from transport.event_loop.child_process import ChildProcess

ECHO = "import os; os.write(0, os.read(0, 100) + sys.argv[2].encode())"
SLEEP = "import time; time.sleep(600)"
DEAF = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT}); " + SLEEP


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Started:
    """The processes that were started, and in which threads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.processes: list[Popen[bytes]] = []
        self.threads: list[int] = []
        self.may_start = threading.Event()
        self.may_start.set()
        monkeypatch.setattr(child_process, "Popen", self._start)

    def _start(self, *given: Any, **more: Any) -> Popen[bytes]:
        self.threads.append(threading.get_ident())
        self.may_start.wait(60)
        self.processes.append(Popen(*given, **more))
        return self.processes[-1]

    async def have_ended(self) -> None:
        async with asyncio.timeout(60):
            while any(process.returncode is None for process in self.processes):  # noqa: ASYNC110 - the system ends them
                await asyncio.sleep(0.01)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    return Started(monkeypatch)


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with Path("/dev/null").open() as lowest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest.fileno(), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_the_line_goes_both_ways(started: Started) -> None:
    """And the loop is not in the thread that starts the process: that takes long on a busy machine."""
    child = await ChildProcess.start(ECHO, "!")
    child.writer.write(b"hello")
    assert await child.reader.read() == b"hello!"
    assert await child.ended() == 0
    await child.end()
    assert threading.get_ident() not in started.threads


@pytest.mark.parametrize("patience", [0.0, 0.2])
async def test_one_that_does_not_end_is_killed(patience: float, started: Started) -> None:
    """It does not look at its line."""
    before = descriptors()
    child = await ChildProcess.start(DEAF)
    await child.end(patience)
    assert started.processes[0].returncode == -9
    await until(lambda: descriptors() == before)  # a thread may have the last one


async def test_whoever_gives_up_while_it_starts_leaves_none(started: Started) -> None:
    """As when a browser goes away: it may have started by then, or not."""
    before = descriptors()
    started.may_start.clear()
    for _ in range(3):
        starting = asyncio.create_task(ChildProcess.start(SLEEP))
        for _ in range(10):
            await asyncio.sleep(0)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    started.may_start.set()
    async with asyncio.timeout(60):
        while len(started.processes) < 3:  # noqa: ASYNC110 - threads start them
            await asyncio.sleep(0.01)
    await started.have_ended()
    await until(lambda: descriptors() == before)  # a thread may have the last one


def test_a_server_that_ends_meanwhile_leaves_none(started: Started) -> None:
    """Nothing that takes another turn of the loop would be done any more."""

    async def give_up() -> None:
        starting = asyncio.create_task(ChildProcess.start(SLEEP))
        for _ in range(10):
            await asyncio.sleep(0)
        while not started.processes:
            time.sleep(0.01)  # noqa: ASYNC251 - the loop must not hear of it before the end
        starting.cancel()

    asyncio.run(give_up())
    assert [process.wait(60) for process in started.processes] == [-9]


async def test_with_no_thread_left_it_is_tried_again_later(monkeypatch: pytest.MonkeyPatch, started: Started) -> None:
    """The system has a bound for threads and processes together."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = descriptors()
    with monkeypatch.context() as patch, capture_logs() as said:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(StoreUnavailable, match="start new thread"):
            await ChildProcess.start(SLEEP)
    assert not started.processes
    await until(lambda: descriptors() == before)  # a thread may have the last one
    assert [line["event"] for line in said] == ["a process does not start"]


async def test_with_no_descriptor_left_it_is_tried_again_later() -> None:
    """None is lost."""
    before = descriptors()
    with no_descriptor_left(), pytest.raises(StoreUnavailable, match="open files"):
        await ChildProcess.start(SLEEP)
    await until(lambda: descriptors() == before)  # a thread may have the last one


async def test_a_program_that_is_not_there_is_our_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting would not help."""
    before = descriptors()
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="does not start") as failed:
        await ChildProcess.start(SLEEP)
    assert not isinstance(failed.value, StoreUnavailable)
    await until(lambda: descriptors() == before)  # a thread may have the last one
