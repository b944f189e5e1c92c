"""Time and chance that only a simulation moves. To be installed before anything of the program is imported."""

from __future__ import annotations

import os
import random
import time

REAL_SECONDS = time.perf_counter
"""What the wall's clock shows, for those who measure the simulation itself."""

BEGIN = 1_000_000.0
"""Seconds; a machine that has been on for some days."""

EPOCH = 1_790_000_000.0
"""Seconds from 1970 to the time at which all clocks showed 0."""


class VirtualTime:
    """What every clock of every machine shows."""

    def __init__(self) -> None:
        self.seconds = BEGIN
        self.chance = random.Random(0)

    def begin(self, seed: int) -> None:
        """An evening begins: the same one for the same seed."""
        self.seconds = BEGIN
        self.chance.seed(seed)


NOW = VirtualTime()


def install() -> None:
    """For the whole process: it can't be undone, since modules keep the functions that they import by name."""
    time.monotonic = lambda: NOW.seconds
    time.perf_counter = lambda: NOW.seconds
    time.monotonic_ns = lambda: int(NOW.seconds * 1e9)
    time.time = lambda: EPOCH + NOW.seconds
    time.clock_gettime = lambda _clock: NOW.seconds
    os.urandom = NOW.chance.randbytes  # of which uuid4 makes ids
