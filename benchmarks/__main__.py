"""Runs the benchmarks that are named, or all of them but those that take very long."""

from __future__ import annotations

import asyncio
import sys

from benchmarks import analytics, idle_pages, map_frames, past

BENCHMARKS = {
    "map": map_frames.measure,
    "idle": idle_pages.measure,
    "past": past.measure,
    "rebuild": analytics.measure_rebuild,
    "questions": analytics.measure_questions,
}
LONG = {"questions"}
"""Half an hour, and 15 GB on the disk."""


def main(names: list[str]) -> int:
    """Returns the exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS.keys() - LONG:
        asyncio.run(BENCHMARKS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
