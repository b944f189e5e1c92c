"""The server that is measured. Another one that speaks the protocol can stand here: it needs a URL and a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

from benchmarks.live.cores import on_the_servers_core

SETTINGS = {
    # The scenarios send, and come, faster than people do, and more of them to one table.
    "FOGBOUND_COMMANDS_PER_SECOND": "0",
    "FOGBOUND_SIGN_UPS_PER_MINUTE": "0",
    "FOGBOUND_TRIES_PER_MINUTE": "0",
    "FOGBOUND_REDEEMS_PER_MINUTE": "0",
    "FOGBOUND_MEMBERS": "10000",
    "FOGBOUND_CAMPAIGNS_PER_PERSON": "10000",
    "FOGBOUND_CAMPAIGNS_PER_DAY": "10000",
    "FOGBOUND_LOG_MEGABYTES_PER_DAY": "0",
    "FOGBOUND_PUBLIC_URL": "http://127.0.0.1",
    "FOGBOUND_CONNECTIONS": "20000",
}


class Server(NamedTuple):
    """A server that answers."""

    url: str
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid


PROGRAM = ("-m", "transport.cli")


@contextmanager
def serving(
    database: str, port: int = 0, program: Sequence[str] = PROGRAM, *, pinned: bool = True, **settings: str
) -> Iterator[Server]:
    """Fogbound, if `pinned` on its own core, killed in the end: what is measured is on the disk or it is not."""
    server = start(database, port, settings, program, pinned=pinned)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def start(
    database: str,
    port: int,
    settings: Mapping[str, str] = {},
    program: Sequence[str] = PROGRAM,
    *,
    pinned: bool = True,
) -> Server:
    """Returns when it serves."""
    environment = (
        os.environ | SETTINGS | {"FOGBOUND_DATABASE_URL": database, "FOGBOUND_PORT": str(port)} | dict(settings)
    )
    command = [sys.executable, *program, "serve", "--json"]
    with on_the_servers_core() if pinned else nullcontext():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the server ended with exit code {process.wait()}")
    return Server(json.loads(line)["url"], process)
