"""The process that looks up the past: it answers as this one would, and its end is nobody else's."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from domain.ids import CampaignId, EventId
from domain.postgres import PostgresStore
from domain.store import StoreUnavailable
from tests.domain.scenario import CAMPAIGN
from tests.transport.history.test_answering import SEEN_BY_ADA, SEEN_BY_DM, UNKNOWN, an_evening
from transport.accounts import Directory
from transport.analytics.report.reports import Reports
from transport.database import connection_pool
from transport.history import AnswersHere, Past, worker_process
from transport.history.pipe import Message
from transport.history.questions import AT_ONCE, Answer, Question, Report, Sessions, StateAfter, StateAt, TimelinePart
from transport.history.worker import NICENESS
from transport.history.worker_process import WorkerProcess
from transport.rooms.snapshot_store import SnapshotStore
from transport.web.drawing_library import CannotDraw


@asynccontextmanager
async def a_worker(database: str) -> AsyncIterator[WorkerProcess]:
    worker = WorkerProcess(database)
    try:
        yield worker
    finally:
        await worker.close()


@pytest.fixture
async def played(database: str) -> str:
    """A database with an evening in it, and the people who were there."""
    evening = await an_evening()
    async with PostgresStore(database) as store:
        for event in evening.events:
            await store.append([event])
    with psycopg.connect(database) as sql:
        sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", (CAMPAIGN,))
        for viewer, name, role in ((SEEN_BY_ADA, "Ada", "player"),):
            sql.execute("insert into person (person_id, name) values (%s, %s)", (viewer.user, name))
            sql.execute(
                "insert into member (campaign_id, person_id, role) values (%s, %s, %s)", (CAMPAIGN, viewer.user, role)
            )
    return database


def process_of(worker: WorkerProcess) -> int:
    assert worker._running is not None
    return worker._running._process.pid


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists() and "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]


def command_line(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text()


async def gone(process: int) -> None:
    async with asyncio.timeout(20):
        while is_there(process):  # noqa: ASYNC110 - the system tells nobody
            await asyncio.sleep(0.02)


async def test_it_answers_as_the_server_would(played: str) -> None:
    """Byte for byte, whatever is asked."""
    evening = await an_evening()
    asked: list[Question] = [
        *(Sessions(viewer) for viewer in (SEEN_BY_ADA, SEEN_BY_DM)),
        *(TimelinePart(viewer, number) for viewer in (SEEN_BY_ADA, SEEN_BY_DM) for number in ("1", "2", "3", "x")),
        *(
            StateAt(viewer, evening.now - timedelta(seconds=n))
            for viewer in (SEEN_BY_ADA, SEEN_BY_DM)
            for n in range(5)
        ),
        StateAfter(SEEN_BY_DM, UNKNOWN),
        Report(CampaignId(uuid4())),
    ]
    async with PostgresStore(played) as store, connection_pool(played) as pool, a_worker(played) as worker:
        here = AnswersHere(Past(store, SnapshotStore(pool)), Directory(pool), Reports(pool))
        for question in asked:
            assert await worker.ask(question) == await here.ask(question)


async def test_it_starts_with_the_first_question_and_is_one(played: str) -> None:
    """Nobody pays for it who does not look back, and all share it."""
    async with a_worker(played) as worker:
        assert worker._running is None
        answers = await asyncio.gather(*(worker.ask(Sessions(SEEN_BY_DM)) for _ in range(3)))
        assert len(set(answers)) == 1
        process = process_of(worker)
        await worker.ask(Sessions(SEEN_BY_ADA))
        assert process_of(worker) == process
        # Who plays comes first.
        ours, its = (os.getpriority(os.PRIO_PROCESS, one) for one in (0, process))
        assert its == min(19, ours + NICENESS)
    await gone(process)


async def test_one_that_dies_is_replaced(played: str) -> None:
    """What it was asked is unavailable, and the next question is answered."""
    async with a_worker(played) as worker:
        answer = await worker.ask(Sessions(SEEN_BY_DM))
        process = process_of(worker)
        os.kill(process, signal.SIGSTOP)
        waiting = asyncio.create_task(worker.ask(Sessions(SEEN_BY_DM)))
        await asyncio.sleep(0)
        os.kill(process, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            await waiting
        assert await worker.ask(Sessions(SEEN_BY_DM)) == answer
        assert process_of(worker) != process


async def test_one_that_hangs_is_replaced(played: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever, and it is not left behind."""
    async with a_worker(played) as worker:
        answer = await worker.ask(Sessions(SEEN_BY_DM))
        process = process_of(worker)
        os.kill(process, signal.SIGSTOP)
        with monkeypatch.context() as patch:
            patch.setattr(worker_process, "ANSWER_SECONDS", 0.1)
            with pytest.raises(StoreUnavailable):
                await worker.ask(Sessions(SEEN_BY_DM))
        assert await worker.ask(Sessions(SEEN_BY_DM)) == answer
        await gone(process)


async def test_one_that_is_not_understood_is_replaced(played: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for an answer that can't come any more."""
    async with a_worker(played) as worker:
        answer = await worker.ask(Sessions(SEEN_BY_DM))
        process = process_of(worker)
        with monkeypatch.context() as patch:
            patch.setattr(worker_process, "read_message", broken)
            assert await worker.ask(Sessions(SEEN_BY_DM)) == answer  # which was waited for before
        async with asyncio.timeout(30):
            assert await worker.ask(Sessions(SEEN_BY_DM)) == answer
        assert process_of(worker) != process


async def broken(reader: asyncio.StreamReader) -> Message | None:
    raise ValueError(f"{reader} has something else")


async def test_one_that_nobody_asks_ends(played: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its memory is for others; the next question starts another one."""
    monkeypatch.setattr(worker_process, "IDLE_SECONDS", 0.1)
    async with a_worker(played) as worker:
        answer = await worker.ask(Sessions(SEEN_BY_DM))
        process = process_of(worker)
        await gone(process)
        assert await worker.ask(Sessions(SEEN_BY_DM)) == answer


async def test_it_is_asked_a_few_questions_at_a_time(played: str) -> None:
    """Of everybody together: the others wait here, where they cost nothing."""
    async with a_worker(played) as worker:
        await worker.ask(Sessions(SEEN_BY_DM))
        process = process_of(worker)
        os.kill(process, signal.SIGSTOP)
        waiting = [asyncio.create_task(worker.ask(Sessions(SEEN_BY_DM))) for _ in range(10)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert worker._running is not None
        assert len(worker._running._waiting) == AT_ONCE
        os.kill(process, signal.SIGCONT)
        assert len(set(await asyncio.gather(*waiting))) == 1


async def test_who_gives_up_is_not_answered(played: str) -> None:
    """An answer that nobody waits for any more disturbs nobody."""
    async with a_worker(played) as worker:
        await worker.ask(Sessions(SEEN_BY_DM))
        os.kill(process_of(worker), signal.SIGSTOP)
        waiting = asyncio.create_task(worker.ask(Sessions(SEEN_BY_ADA)))
        for _ in range(5):
            await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        os.kill(process_of(worker), signal.SIGCONT)
        assert (await worker.ask(StateAfter(SEEN_BY_DM, EventId(uuid4())))) == Answer(None)


async def test_a_database_that_is_away_is_told_as_such() -> None:
    """As when this process had asked."""
    async with a_worker("postgresql://nobody@127.0.0.1:9/nothing") as worker:
        with pytest.raises(StoreUnavailable):
            await worker.ask(Sessions(SEEN_BY_DM))


async def test_a_missing_package_is_told_as_such(played: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever runs the server can install it."""
    (tmp_path / "plotly.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    async with a_worker(played) as worker:
        with pytest.raises(CannotDraw):
            await worker.ask(Report(CAMPAIGN))


async def test_nobody_reads_the_databases_password_from_its_command_line(played: str) -> None:
    """Nor does it take modules from where we happen to be."""
    async with a_worker(played) as worker:
        await worker.ask(Sessions(SEEN_BY_DM))
        line = command_line(process_of(worker))
        assert "postgresql" not in line
        assert "-P" in line.split("\0")
