"""Which processor core does what: one for the server, the others for the load and PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ALL = sorted(os.sched_getaffinity(0))
SERVER = {_ALL[0]}
LOAD = set(_ALL[1:]) or SERVER


def leave_the_server_alone() -> None:
    """This process, and all it starts from now on, runs beside the server's core."""
    os.sched_setaffinity(0, LOAD)


@contextmanager
def anywhere() -> Iterator[None]:
    """What is started in the block runs on whichever core is free, and so do we."""
    os.sched_setaffinity(0, _ALL)
    try:
        yield
    finally:
        os.sched_setaffinity(0, LOAD)


@contextmanager
def on_the_servers_core() -> Iterator[None]:
    """A process that is started in the block runs on the server's core, and nowhere else."""
    os.sched_setaffinity(0, SERVER)
    try:
        yield
    finally:
        os.sched_setaffinity(0, LOAD)


def output_there(*command: str) -> str:
    """What a program prints that runs there to its end. Raises RuntimeError if it fails."""
    with on_the_servers_core():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True)
    output = process.communicate()[0]
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with exit code {process.returncode}")
    return output
