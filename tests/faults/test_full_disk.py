"""PostgreSQL's disk is full, and somebody makes room again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import psycopg
import pytest

from tests.faults.evening import an_evening
from tests.faults.machine import Machine
from tests.faults.rounds import check_round
from tests.faults.small_disk import SmallDisk

FULL_SECONDS = 60.0
ROUNDS = 3
NO_ROOM = "could not extend file"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk.mounted(tmp_path / "machine" / "postgres") as disk:
        # What PostgreSQL says while its disk is full must find room: its log lies elsewhere.
        (tmp_path / "postgres.log").touch()
        (disk.folder / "postgres.log").symlink_to(tmp_path / "postgres.log")
        yield disk


@pytest.fixture
async def machine(disk: SmallDisk) -> AsyncIterator[Machine]:
    # The rest of the machine has a disk of its own: a server that can't log would hide what went wrong.
    async with Machine.running(disk.folder.parent) as machine:
        yield machine


async def test_tables_that_can_not_grow(machine: Machine, disk: SmallDisk, seed: int) -> None:
    """PostgreSQL refuses what it can't take and goes on; no command is lost or doubled, and all goes on with room."""

    async def fill(machine: Machine, random: Random) -> None:
        refused = logged(disk, NO_ROOM)
        await asyncio.to_thread(begin_wal_file, machine.cluster.url)
        async with asyncio.timeout(FULL_SECONDS):
            while logged(disk, NO_ROOM) == refused:
                # Again and again: at a checkpoint PostgreSQL removes files of its own.
                disk.fill()
                await asyncio.sleep(0.05)
        assert machine.cluster.is_running
        disk.free()

    random = Random(seed)
    async with an_evening(machine.url, random) as evening:
        for _ in range(ROUNDS):
            await check_round(machine, [evening], fill, random)


async def test_a_log_that_can_not_grow(machine: Machine, disk: SmallDisk, seed: int) -> None:
    """PostgreSQL falls over and can't get up before there is room; no command is lost or doubled."""

    async def fill(machine: Machine, random: Random) -> None:
        disk.fill()
        async with asyncio.timeout(FULL_SECONDS):
            await asyncio.to_thread(use_up_wal, machine.cluster.url)
            while machine.cluster.is_running:  # noqa: ASYNC110 - it is no child of ours
                await asyncio.sleep(0.05)
        disk.free()
        await machine.start_postgres()

    random = Random(seed)
    async with an_evening(machine.url, random) as evening:
        for _ in range(ROUNDS):
            await check_round(machine, [evening], fill, random)
    assert logged(disk, "PANIC") >= ROUNDS
    assert logged(disk, "automatic recovery in progress") >= ROUNDS


def begin_wal_file(url: str) -> None:
    """Of the next 16 MiB: it is the tables that need room first."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_switch_wal()")
        connection.execute("checkpoint")


def use_up_wal(url: str) -> None:
    """Writes what nobody reads, until PostgreSQL is gone."""
    with suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        while True:
            connection.execute("select pg_logical_emit_message(true, 'filler', repeat('x', 1000000))")


def logged(disk: SmallDisk, what: str) -> int:
    """How often PostgreSQL has logged it."""
    return len(re.findall(what, (disk.folder / "postgres.log").read_text(encoding="utf-8")))
