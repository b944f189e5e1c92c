"""The projection that docs/extending.md shows follows a log."""

from __future__ import annotations

import os
import sqlite3
import sys
from asyncio import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from domain.postgres import PostgresStore
from tests.docs.pages import page
from tests.domain.store.patience import until
from tests.domain.store.streams import a_campaign, end, reveal, start

Entry = tuple[str, bool]


@asynccontextmanager
async def running(database: str, folder: Path) -> AsyncIterator[None]:
    """The program of the page, until it is killed."""
    (program,) = page("docs/extending.md").examples("python")
    environment = os.environ | {"FOGBOUND_DATABASE_URL": database}
    process = await subprocess.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", program, cwd=folder, env=environment, stderr=subprocess.PIPE
    )
    try:
        yield
        assert process.returncode is None
    finally:
        process.kill()
        _, errors = await process.communicate()
        print(errors.decode())
    assert errors == b""


def diary(folder: Path) -> list[Entry]:
    """The sessions in the order in which they were written down, each with whether it has ended."""
    file = folder / "diary.sqlite"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("select session, ended is not null from diary order by rowid").fetchall()
        except sqlite3.OperationalError:  # not made yet, or being written
            return []


async def test_the_projection_keeps_a_diary(database: str, tmp_path: Path) -> None:
    """What was there, what comes while it runs, and, after it was killed, what came meanwhile: each once."""
    campaign = a_campaign()
    first, second = start(campaign, 1), start(campaign, 4, number=2)
    ended = end(campaign, 3).model_copy(update={"session_id": first.session_id})
    async with PostgresStore(database) as store:
        await store.append([first])
        async with running(database, tmp_path):
            await until(lambda: diary(tmp_path) == [(str(first.session_id), False)], seconds=60)
            await store.append([reveal(campaign, 2), ended])
            await until(lambda: diary(tmp_path) == [(str(first.session_id), True)], seconds=60)
        await store.append([second])
        async with running(database, tmp_path):
            both = [(str(first.session_id), True), (str(second.session_id), False)]
            await until(lambda: diary(tmp_path) == both, seconds=60)


def test_it_is_short() -> None:
    (program,) = page("docs/extending.md").examples("python")
    assert len([line for line in program.splitlines() if line]) <= 34
