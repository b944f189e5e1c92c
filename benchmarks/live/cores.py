"""Which processor core does what: one for the server, the others for the load and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_ALL = sorted(os.sched_getaffinity(0))
SERVER = {_ALL[0]}
LOAD = set(_ALL[1:]) or SERVER


def leave_the_server_alone() -> None:
    """This process, and all it starts from now on, runs beside the server's core."""
    os.sched_setaffinity(0, LOAD)


@contextmanager
def on_the_servers_core() -> Iterator[None]:
    """A process that is started in the block runs on the server's core, and nowhere else."""
    os.sched_setaffinity(0, SERVER)
    try:
        yield
    finally:
        os.sched_setaffinity(0, LOAD)
