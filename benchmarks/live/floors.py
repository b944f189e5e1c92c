"""The floors: what the same machine, in the same run, needs for the part that nobody can leave out."""

from __future__ import annotations

import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from benchmarks.live.bare import FRAME, INSERT, TABLE
from benchmarks.live.cores import on_the_servers_core, output_there
from migrations.embedded.binaries import find_binaries

CLIENTS = (1, 4, 8, 16, 32, 64)
SECONDS = 2


def durable_inserts(database: str, clients: Sequence[int] = CLIENTS) -> dict[int, float]:
    """Bare single-row inserts a second by pgbench, by the number of its clients, with the disk behind each."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLE)
        for name in ("fsync", "synchronous_commit"):
            if connection.execute(f"show {name}".encode()).fetchone() != ("on",):
                raise RuntimeError(f"{name} is not on: what is measured would not be durable")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"{INSERT};\n")
        script.flush()
        return {count: _pgbench(database, script.name, count) for count in clients}


def _pgbench(database: str, script: str, clients: int) -> float:
    command = [str(find_binaries() / "pgbench"), "-n", "-M", "prepared", "-f", script]
    output = output_there(*command, "-c", str(clients), "-T", str(SECONDS), database)
    found = re.search(r"tps = ([\d.]+)", output)
    if found is None:
        raise RuntimeError(output)
    return float(found[1])


class Broadcast:
    """A bare process that writes one ready frame to many; with a database after a durable insert."""

    def __init__(self, sender: socket.socket, receivers: list[socket.socket]) -> None:
        self._sender = sender
        self._receivers = {receiver.fileno(): receiver for receiver in receivers}
        self._poll = select.epoll()
        for receiver in receivers:
            receiver.setblocking(False)
            self._poll.register(receiver, select.EPOLLIN)

    def took(self) -> list[float]:
        """Seconds until each receiver had it, the last one last."""
        start, arrived = time.perf_counter(), []
        missing = dict.fromkeys(self._receivers, len(FRAME))
        self._sender.send(b"go")
        while missing:
            for number, _ in self._poll.poll(10):
                missing[number] -= len(self._receivers[number].recv(65_536))
                if not missing[number]:
                    del missing[number]
                    arrived.append(time.perf_counter() - start)
        return arrived


@contextmanager
def broadcast(receivers: int, database: str | None = None) -> Iterator[Broadcast]:
    with bare("broadcast", str(receivers), *([database] if database else [])) as (port, _), ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(receivers + 1)]
        time.sleep(0.2)
        yield Broadcast(sockets[0], sockets[1:])


@contextmanager
def bare(*arguments: str) -> Iterator[tuple[int, int]]:
    """The port and the process id of one of the programs of `bare.py`, on the server's core."""
    command = [sys.executable, "-m", "benchmarks.live.bare", *arguments]
    with on_the_servers_core():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ, cwd=Path(__file__).parents[2])
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.communicate()
