"""The server, which from SIGUSR1 to the next one notes where it is after each millisecond of processor time.

`python -m benchmarks.live.sampled FILE serve …` writes stacks and how often each was seen, as JSON.
"""

from __future__ import annotations

import json
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import NamedTuple

EVERY_SECONDS = 0.001


class Place(NamedTuple):
    """A function, and the file it stands in."""

    file: str
    function: str


class Sampler:
    """Python calls a signal's handler between two of its steps: time in a call of C counts for whoever called it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: Counter[tuple[Place, ...]] = Counter()
        self._is_on = False
        signal.signal(signal.SIGPROF, self._look)
        signal.signal(signal.SIGUSR1, self._switch)

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append(Place(frame.f_code.co_filename, frame.f_code.co_qualname))
            frame = frame.f_back
        self._seen[tuple(reversed(stack))] += 1

    def _switch(self, _signal: int, _frame: FrameType | None) -> None:
        self._is_on = not self._is_on
        every = EVERY_SECONDS if self._is_on else 0
        signal.setitimer(signal.ITIMER_PROF, every, every)
        if not self._is_on:
            part = self._file.with_suffix(".part")
            part.write_text(json.dumps(list(self._seen.items())), encoding="utf-8")
            part.replace(self._file)  # whoever waits for it finds all of it


if __name__ == "__main__":
    sampler = Sampler(Path(sys.argv[1]))
    sys.argv[:2] = ["fogbound"]
    runpy.run_module("transport.cli", run_name="__main__")
