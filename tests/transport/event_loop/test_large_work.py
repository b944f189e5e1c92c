"""Work on large maps takes turns, and nobody waits for one without an end."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from domain.postgres.pool import asking_for
from domain.store import StoreUnavailable
from projections.turns import Turns
from transport.event_loop.large_work import LargeWork


async def test_turns_go_round_the_groups_and_those_who_ask() -> None:
    """Whoever asks for very much waits for themselves."""
    work, done, may_end = LargeWork(), list[str](), False

    def long() -> Turns[None]:
        while not may_end:
            yield

    def piece(name: str) -> Turns[None]:
        yield
        done.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(work.of("a", "long", long))
        await asyncio.sleep(0)
        for number in range(3):
            with asking_for("Bo"):
                group.create_task(work.of("a", f"Bo {number}", partial(piece, f"Bo {number}")))
        with asking_for("Cy"):
            group.create_task(work.of("a", "Cy", lambda: piece("Cy")))
        with asking_for("Dee"):
            group.create_task(work.of("b", "Dee", lambda: piece("Dee")))
        await asyncio.sleep(0.01)
        may_end = True
    assert done.index("Dee") <= 1
    assert done.index("Cy") <= 2
    assert len(done) == 5


async def test_who_has_no_turn_in_time_is_told_so() -> None:
    """And the others go on."""
    work, may_end = LargeWork(wait_seconds=0.05), False

    def long() -> Turns[str]:
        while not may_end:
            yield
        return "made"

    async with asyncio.TaskGroup() as group:
        first = group.create_task(work.of("a", "long", long))
        await asyncio.sleep(0)
        with pytest.raises(StoreUnavailable, match="for others"):
            await work.of("b", "other", long)
        may_end = True
    assert first.result() == "made"
    assert await work.of("b", "other", long) == "made"
