"""Long work in many short turns: a generator that yields after each, and returns what came out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")
Turns = Generator[None, None, T]


def at_once(work: Turns[T]) -> T:
    """Without a pause, where nobody else waits."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result


async def in_turns(work: Turns[T]) -> T:
    """Everybody else on the event loop has a turn after each of ours."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
        await asyncio.sleep(0)
