"""Servers that only listen for notifications, in one process: when did each hear that a log of its own grew?"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from benchmarks.live.carriers import NatsNotifications
from domain.ids import CampaignId
from transport.cluster.notifications import LogGrew, Missed, Notification, Notifications


class Ears:
    """The process, seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def heard(self) -> list[float]:
        """When, by time.monotonic, notifications of a server's own campaigns came since it was asked last."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told: list[float] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def listening(carrier: str, url: str, servers: int, campaigns: Sequence[CampaignId]) -> Iterator[Ears]:
    """So many servers, among which the campaigns are spread, while the block runs."""
    command = [sys.executable, "-m", __name__, carrier, url, str(servers), *map(str, campaigns)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True
    )
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("nobody listens")
        yield Ears(process)
    finally:
        process.kill()
        process.communicate()


async def _listen(carrier: str, url: str, servers: int, campaigns: Sequence[CampaignId]) -> None:
    heard: list[float] = []
    ready = asyncio.Semaphore(0)

    async def one(number: int) -> None:
        own = campaigns[number::servers]
        notifications: AsyncIterable[Notification] = (
            Notifications(url, lambda: None, uuid4()) if carrier == "postgres" else NatsNotifications(url, own)
        )
        mine = set(own)
        async for notification in notifications:
            match notification:
                case LogGrew(grown) if grown is not None and not mine.isdisjoint(grown):
                    heard.append(time.monotonic())
                case Missed():
                    ready.release()

    tasks = [asyncio.create_task(one(number)) for number in range(servers)]
    for _ in tasks:
        await ready.acquire()
    print("ready", flush=True)

    def answer() -> None:
        os.read(0, 1)
        print(json.dumps(heard), flush=True)
        heard.clear()

    asyncio.get_running_loop().add_reader(0, answer)
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    named = [CampaignId(UUID(one)) for one in sys.argv[4:]]
    asyncio.run(_listen(sys.argv[1], sys.argv[2], int(sys.argv[3]), named))
