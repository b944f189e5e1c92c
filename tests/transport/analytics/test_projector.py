"""The tables follow the log: in the background of a server, as a program, and after each kill."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from random import Random

import aiohttp
import psycopg
import pytest
from prometheus_client import REGISTRY

from domain.postgres import PostgresStore
from projections.postgres.feeder import Feeder
from projections.postgres.rebuild import rebuild
from tests.domain.store.patience import until
from tests.domain.store.proxy import Proxy
from tests.lanes import Lane
from tests.projections.analytics.histories import history
from tests.projections.postgres.kit import NAMES, checkpoints, damage, feed, head, log, set_aside, tables
from transport.analytics.projector import feeding
from transport.cli.doctor.checks import examine
from transport.server.server import running
from transport.settings import Settings

METRIC = re.compile(r'^fogbound_analytics_(\w+)\{projection="(\w+)"\} (\S+)$', re.MULTILINE)
DAMAGED = """
insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)
select campaign_id, 1000, gen_random_uuid(), 'hexes_updated', 1, now() - interval '1 hour', actor, '{}'
from event_log limit 1
"""

QUICK, ALL, LONG = 2, 4, 100
"""Kills."""


def fogbound(*words: str) -> list[str]:
    return [sys.executable, "-m", "transport.cli", *words]


async def test_a_kill_at_any_moment_loses_and_doubles_nothing(database: str, seed: int, lane: Lane) -> None:
    """`fogbound project` is killed again and again while the log grows; rebuilt equals what it left."""
    random, is_over = Random(seed), False
    environment = {**os.environ, "FOGBOUND_DATABASE_URL": database}

    async def play() -> None:
        async with PostgresStore(database) as store:
            while not is_over:
                for event in history(random, 20, campaigns=2):
                    await store.append([event])

    playing = asyncio.create_task(play())
    for _ in range(lane.of(QUICK, ALL, LONG)):
        before = checkpoints(database)["session"][0]
        program = await asyncio.create_subprocess_exec(*fogbound("project"), env=environment)
        await until(lambda before=before: checkpoints(database)["session"][0] > before)  # type: ignore[misc]
        await asyncio.sleep(random.random() / 10)
        program.send_signal(signal.SIGKILL)
        await program.wait()
    is_over = True
    await playing
    left = checkpoints(database)["session"][0]
    assert left > 0
    await feed(database)
    grown = tables(database)
    await rebuild(database, lambda _done, _total: None)
    assert tables(database) == grown


async def test_a_server_feeds_them_and_says_how_far_it_is(database: str, seed: int) -> None:
    """About a second after the log; that a campaign is set aside is a metric, and nothing else stands still."""
    await log(database, history(Random(seed), 200))
    async with running(Settings(port=0, metrics=True), database) as url, aiohttp.ClientSession() as http:

        async def metrics() -> dict[tuple[str, str], float]:
            async with http.get(f"{url}/metrics") as answer:
                found = re.findall(
                    r'^fogbound_analytics_(\w+)\{projection="(\w+)"\} (\S+)$', await answer.text(), re.MULTILINE
                )
            return {(name, projection): float(value) for name, projection, value in found}

        async def campaigns_set_aside() -> float:
            async with http.get(f"{url}/metrics") as answer:
                (found,) = re.findall(r"^fogbound_analytics_set_aside (\S+)$", await answer.text(), re.MULTILINE)
            return float(found)

        await until(lambda: checkpoints(database) == dict.fromkeys(NAMES, (head(database), None)))
        await asyncio.sleep(1.2)
        assert set((await metrics()).items()) == {
            ((name, projection), 0.0) for name in ("lag_events", "lag_seconds", "stopped") for projection in NAMES
        }
        assert await campaigns_set_aside() == 0
        with psycopg.connect(database) as connection:
            connection.execute(DAMAGED)
        await until(lambda: len(set_aside(database)) == 1)
        await until(lambda: checkpoints(database) == dict.fromkeys(NAMES, (head(database), None)))
        await asyncio.sleep(1.2)
        assert await campaigns_set_aside() == 1
        assert set((await metrics()).values()) == {0.0}


async def test_a_fault_of_ours_is_told_and_does_not_end_the_feeding(
    database: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on after a pause, and operators see that there was a fault."""
    step, faults = Feeder.step, [ZeroDivisionError("a fault of ours")]

    async def fail_once(feeder: Feeder) -> int:
        if faults:
            raise faults.pop()
        return await step(feeder)

    monkeypatch.setattr(Feeder, "step", fail_once)
    monkeypatch.setattr("transport.event_loop.supervision.PAUSE_SECONDS", 0.01)
    before = feeder_faults()
    await log(database, history(Random(seed), 50))
    async with feeding(database):
        await until(lambda: checkpoints(database) == dict.fromkeys(NAMES, (head(database), None)))
    assert feeder_faults() == before + 1


def feeder_faults() -> float:
    """That were counted in this process."""
    return REGISTRY.get_sample_value("fogbound_task_failures_total", {"task": "feeder"}) or 0.0


async def test_a_server_need_not_feed_them(database: str, seed: int) -> None:
    """Where the settings say so: somebody else does."""
    await log(database, history(Random(seed), 50))
    async with running(Settings(port=0, analytics=False), database):
        await asyncio.sleep(0.5)
        assert checkpoints(database) == dict.fromkeys(NAMES, (0, None))


def run(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        fogbound(*words),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "FOGBOUND_DATABASE_URL": database},
    )


async def test_the_verbs(database: str, seed: int) -> None:
    """Once, anew, until it is told to stop; and what is in the way is said in a line."""
    events = history(Random(seed), 200)
    await log(database, events)
    once = await asyncio.to_thread(run, database, "project", "--once")
    assert (once.returncode, once.stdout, once.stderr) == (0, f"{len(events)} events projected\n", "")
    again = await asyncio.to_thread(run, database, "project", "rebuild")
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{len(events)} events projected\n", "")
    damage(database, events[-1], "type = 'comet_struck'")
    for words in (("project", "rebuild"), ("project", "--once")):
        odd = await asyncio.to_thread(run, database, *words)
        assert odd.returncode == 0
        assert re.fullmatch(
            rf"campaign {events[-1].originator_id} is set aside: event {events[-1].originator_version}, "
            "a comet_struck: .* has the unknown topic comet_struck: a newer program wrote it",
            odd.stderr.splitlines()[-1],
        )
    found = {finding.what: finding for finding in await examine(database)}
    assert found["analysts' tables"].verdict == "look"
    assert f"1 of the campaigns, such as {events[-1].originator_id}" in found["analysts' tables"].said


@pytest.mark.parametrize("words", [("project", "--once"), ("project", "rebuild")])
def test_without_a_database(words: tuple[str, ...]) -> None:
    """A line, no traceback."""
    failed = run("postgresql://nobody@127.0.0.1:1/nothing", *words)
    assert failed.returncode == 1
    assert failed.stderr.startswith("fogbound: The database cannot be reached: ")
    assert failed.stderr.count("\n") == 1


async def test_a_database_that_falls_silent_is_left_and_found_again(
    database: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is logged meanwhile follows; who ends the feeding does not wait for an answer that never comes."""
    monkeypatch.setattr("transport.analytics.projector.RETRY_SECONDS", 0.1)
    events = history(Random(seed), 200)
    await log(database, events[:50])
    async with Proxy.to(database) as proxy:
        async with asyncio.timeout(30), feeding(proxy.url, answer_seconds=1.5):
            await until(lambda: checkpoints(database)["session"][0] == head(database))
            proxy.swallow_answers()
            await log(database, events[50:])
            await until(lambda: checkpoints(database)["session"][0] == head(database))
            proxy.swallow_answers()
            await asyncio.sleep(1.2)
            end = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - end < 5
