"""Runs the benchmarks that are named; without a name the live engine, in less than ten minutes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from benchmarks import analytics, bad_lines, flame, idle_pages, map_frames, past
from benchmarks.live.run import LONG, SCENARIOS, run

OTHERS: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
    "map": map_frames.measure,
    "idle": idle_pages.measure,
    "past": past.measure,
    "flame": flame.measure,
    "lines": bad_lines.measure,
    "rebuild": analytics.measure_rebuild,
    "questions": analytics.measure_questions,
}


def main(names: list[str]) -> int:
    """Returns the exit code."""
    known = (*SCENARIOS, *OTHERS)
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    live = [name for name in names if name in SCENARIOS]
    if live or not names:
        run(live or [name for name in SCENARIOS if name not in LONG])
    for name in names:
        if name in OTHERS:
            asyncio.run(OTHERS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
