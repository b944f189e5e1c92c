"""The program of the process that reads one map file: transport.maps.reader starts it.

The file comes in over the line. Out goes a word, `map` or `invalid`, and after it the commands, a line each, or what is
wrong.
"""

from __future__ import annotations

import os
import resource
import select
import socket
from contextlib import suppress
from threading import Thread

from transport.maps.command_lines import line_of
from transport.maps.file import InvalidMap, read_map

NICENESS = 10
"""Where the processors are few, those who play come first."""

MEMORY = 512 * 1024 * 1024
"""Bytes. The largest map takes less than half of it."""


def main(seconds: str) -> None:
    """`seconds` of a processor are all that it gets: then the system ends it."""
    # A second later by a signal that may come from others too, and so says nothing of the file.
    _limit(resource.RLIMIT_CPU, int(seconds), int(seconds) + 1)
    _limit(resource.RLIMIT_DATA, MEMORY, MEMORY)
    _limit(resource.RLIMIT_CORE, 0, 0)
    line = socket.socket(fileno=0)
    with suppress(RuntimeError):  # no thread may be left: then it ends when its time is over
        Thread(target=_end_with, args=(line,), daemon=True).start()
    # A service may be forbidden to do this, as ours for systemd is: then all have the same.
    with suppress(OSError):
        os.nice(NICENESS)
    try:
        told = b"\n".join([b"map", *map(line_of, read_map(_all_of(line)))])
    except InvalidMap as invalid:
        told = b"invalid\n" + invalid.message.encode(errors="replace")
    except MemoryError:
        told = b"invalid\nThe map file takes too much memory"
    with suppress(ConnectionError):  # nobody is there who would read it
        line.sendall(told)


def _all_of(line: socket.socket) -> bytes:
    with line.makefile("rb") as file:
        return file.read()


def _end_with(line: socket.socket) -> None:
    """Ends the process when the server is gone, which may have been killed."""
    gone = select.poll()
    gone.register(line, 0)  # of that one is told in any case
    gone.poll()
    os._exit(1)


def _limit(what: int, soft: int, hard: int) -> None:
    _, most = resource.getrlimit(what)
    soft, hard = (one if most == resource.RLIM_INFINITY else min(one, most) for one in (soft, hard))
    resource.setrlimit(what, (soft, hard))
