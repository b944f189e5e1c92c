"""Where files grow before they are put in their place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import NamedTuple

from transport.analytics.failure import AnalyticsFailed

NAME = ".unfinished"


class Workshop(NamedTuple):
    """A folder in a directory."""

    path: Path

    def put_in_place(self) -> None:
        """Moves all files into the directory, in the place of those with the same names. Raises OSError."""
        for file in sorted(self.path.iterdir()):
            file.replace(self.path.parent / file.name)


@contextmanager
def workshop_in(directory: Path) -> Iterator[Workshop]:
    """Empty, for one program at a time; what a killed program left in it goes. Raises AnalyticsFailed, OSError."""
    handle = os.open(directory, os.O_RDONLY)
    workshop = directory / NAME
    try:
        try:
            flock(handle, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise AnalyticsFailed(f"Something else exports into {directory}") from None
        shutil.rmtree(workshop, ignore_errors=True)
        workshop.mkdir()
        try:
            yield Workshop(workshop)
        finally:
            shutil.rmtree(workshop)
    finally:
        os.close(handle)
