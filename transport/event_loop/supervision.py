"""What a server does as long as it runs must go on, whatever goes wrong in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import structlog

from domain.store import NewerEvent, StoreUnavailable
from transport import metrics
from transport.metrics import Task

PAUSE_SECONDS = 1.0
"""Before a task that failed goes on. Twice as long after each failure in a row, up to the longest pause."""

LONGEST_PAUSE_SECONDS = 8.0

STEADY_SECONDS = 60.0
"""Whoever has run for so long before a failure begins with the short pause again."""

log = structlog.get_logger()


@contextmanager
def surviving(task: Task) -> Iterator[None]:
    """A step of a task that may fail without ending the task, for a fault of ours: it is told, and left undone.

    Raises StoreUnavailable as it is: nobody needs to be told of that, and what else is to be done now can't be either.
    A NewerEvent is no fault: a newer server does the step, and whoever met the event has told of it.
    """
    try:
        yield
    except StoreUnavailable:
        raise
    except NewerEvent:
        return
    except Exception as failure:
        note_failure(task, failure)


async def keep_running(
    task: Task, work: Callable[[], Awaitable[object]], *, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> None:
    """Runs until the work returns by itself, or this is cancelled; work that fails is begun again after a pause."""
    clock = asyncio.get_running_loop().time
    pause = PAUSE_SECONDS
    while True:
        begin = clock()
        try:
            await work()
            return
        except StoreUnavailable:
            pause = PAUSE_SECONDS  # it comes back at any moment, and everybody waits for it
        except Exception as failure:
            note_failure(task, failure)
            if clock() - begin > STEADY_SECONDS:
                pause = PAUSE_SECONDS
        await sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def note_failure(task: Task, failure: Exception, **where: str) -> None:
    """Of an exception that nobody expected: its traceback goes into the log, and it is counted."""
    log.error("a task failed", task=task, **where, exc_info=failure)
    metrics.TASK_FAILURES.labels(task).inc()
