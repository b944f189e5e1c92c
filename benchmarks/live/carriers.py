"""NATS as the carrier of notifications in the place of PostgreSQL: each server asks for those of its campaigns."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, Self
from uuid import UUID

import nats
from nats.aio.msg import Msg

from domain.ids import CampaignId
from transport.cluster.notifications import LogGrew, Missed, Notification

PROGRAM = "nats-server"
START_SECONDS = 10.0


class NatsNotifications:
    """What transport.cluster.notifications.Notifications is, of these campaigns alone."""

    def __init__(self, url: str, campaigns: Sequence[CampaignId]) -> None:
        self._url = url
        self._campaigns = campaigns

    async def __aiter__(self) -> AsyncIterator[Notification]:
        heard: asyncio.Queue[Notification] = asyncio.Queue()

        async def take(message: Msg) -> None:
            heard.put_nowait(LogGrew((CampaignId(UUID(message.subject)),)))

        connection = await nats.connect(self._url)
        for campaign in self._campaigns:
            await connection.subscribe(str(campaign), cb=take)
        await connection.flush()
        yield Missed()
        while True:
            yield await heard.get()


class Voice:
    """Says that a campaign's log grew. As bare as can be, so that it counts as little as possible."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.recv(4096)  # INFO
        self._socket.sendall(b'CONNECT {"verbose":false}\r\n')

    def say(self, campaign: CampaignId) -> None:
        self._socket.sendall(b"PUB %s 0\r\n\r\n" % str(campaign).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


class Nats(NamedTuple):
    """A server of it."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"


def is_there() -> bool:
    """Whether this machine has the program."""
    return shutil.which(PROGRAM) is not None


@contextmanager
def a_nats() -> Iterator[Nats]:
    """While the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([PROGRAM, "-a", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        try:
            _wait_for(port)
            yield Nats(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
