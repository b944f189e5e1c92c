"""What it costs to wake the other servers at each commit: by PostgreSQL's notifications, and by NATS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple
from uuid import uuid4

import psycopg

from benchmarks.live.carriers import Nats, Voice, a_nats, is_there
from benchmarks.live.cores import anywhere
from benchmarks.live.ears import Ears, listening
from benchmarks.live.measured import Floor, Measured, Results, Unit
from benchmarks.live.nodes import backends
from benchmarks.live.postgres import a_database
from benchmarks.live.processes import processor_seconds
from domain.ids import CampaignId
from domain.postgres.statements import SQL

SERVERS = (1, 4, 16, 64)
CAMPAIGNS = 64
SECONDS = 2.0
REPETITIONS = 3
PACED = 100
PAUSE = 0.02

INSERT = """
insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor, data)
values (
    %s, %s, gen_random_uuid(), 'hexes_revealed', 1, now(), gen_random_uuid(),
    '{"hex_keys": ["1,1"], "audience": "all"}'
)
"""

Say = Callable[[psycopg.Connection, CampaignId], object]


class Costs(NamedTuple):
    """Commits a second, and microseconds of processor time for each of them."""

    commits: float
    postgres: float
    servers: float
    nats: float


class Writer:
    """One connection that commits an event after the other, as a server does, and says so by one of the carriers."""

    def __init__(self, connection: psycopg.Connection, within: Say | None, after: Voice | None) -> None:
        self._connection, self._within, self._after = connection, within, after
        self.campaigns = [CampaignId(uuid4()) for _ in range(CAMPAIGNS)]
        self._written = 0

    def commit(self) -> None:
        campaign = self.campaigns[self._written % CAMPAIGNS]
        version = self._written // CAMPAIGNS + 1
        with self._connection.pipeline(), self._connection.transaction():
            self._connection.execute(SQL["lock_log"])
            self._connection.execute(INSERT, [campaign, version])
            if self._within is not None:
                self._within(self._connection, campaign)
        self._written += 1
        if self._after is not None:
            self._after.say(campaign)


def measure(results: Results) -> None:
    """A commit that wakes nobody, and then one that wakes 1, 4, 16 and 64 servers. All share the machine's cores."""
    with anywhere(), a_database() as database, a_writer(database) as writer:
        nobody = _usual(_costs(writer, backends(database), None, None))
    _report(results, "nobody", [nobody], [], None)
    for servers in SERVERS:
        with (
            anywhere(),
            a_database() as database,
            a_writer(database, within=_notify) as writer,
            listening("postgres", database, servers, writer.campaigns) as ears,
        ):
            costs = _costs(writer, backends(database), ears, None)
            _report(results, f"{servers} by PostgreSQL", costs, _delays(writer, ears), nobody)
        if not is_there():
            results.note("no nats-server on this machine")
            continue
        with (
            anywhere(),
            a_database() as database,
            a_nats() as nats,
            Voice(nats.port) as voice,
            a_writer(database, after=voice) as writer,
            listening("nats", nats.url, servers, writer.campaigns) as ears,
        ):
            costs = _costs(writer, backends(database), ears, nats)
            _report(results, f"{servers} by NATS", costs, _delays(writer, ears), nobody)


@contextmanager
def a_writer(database: str, *, within: Say | None = None, after: Voice | None = None) -> Iterator[Writer]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield Writer(connection, within, after)


def _notify(connection: psycopg.Connection, campaign: CampaignId) -> None:
    connection.execute("select pg_notify(channel_key || '_events', %s) from database_access", [str(campaign)])


def _costs(writer: Writer, postgres: Sequence[int], ears: Ears | None, nats: Nats | None) -> list[Costs]:
    pids = [postgres, [ears.pid] if ears else [], [nats.pid] if nats else []]
    return [_measured_once(writer, pids) for _ in range(REPETITIONS)]


def _measured_once(writer: Writer, pids: Sequence[Sequence[int]]) -> Costs:
    before = [_used(each) for each in pids]
    commits, start = 0, time.perf_counter()
    while (took := time.perf_counter() - start) < SECONDS:
        writer.commit()
        commits += 1
    postgres, servers, nats = (1e6 * (_used(each) - used) / commits for each, used in zip(pids, before, strict=True))
    return Costs(commits / took, postgres, servers, nats)


def _used(pids: Sequence[int]) -> float:
    return sum(map(processor_seconds, pids))


def _delays(writer: Writer, ears: Ears) -> list[float]:
    """Milliseconds from the answer to a commit until the campaign's server hears of it; less than 0: before."""
    time.sleep(0.5)
    ears.heard()
    answered = []
    for _ in range(PACED):
        writer.commit()
        answered.append(time.monotonic())
        time.sleep(PAUSE)
    return [1000 * (heard - told) for heard, told in zip(ears.heard(), answered, strict=True)]


def _usual(costs: Sequence[Costs]) -> Costs:
    return Costs(*(median(column) for column in zip(*costs, strict=True)))


def _report(results: Results, whom: str, costs: Sequence[Costs], delays: Sequence[float], nobody: Costs | None) -> None:
    commits, postgres, servers, nats = (list(column) for column in zip(*costs, strict=True))
    rows: list[tuple[str, Unit, Sequence[float], float | None]] = [
        ("commits", "/s", commits, nobody and nobody.commits),
        ("PostgreSQL's time for each", "us", postgres, nobody and nobody.postgres),
    ]
    if nobody is not None:
        rows.append(("all servers' time for each", "us", servers, None))
        rows.append(("from the commit to the notification", "ms", [median(delays)], None))
    if "NATS" in whom:
        rows.append(("NATS's time for each", "us", nats, None))
    for what, unit, samples, alone in rows:
        floor = Floor("waking nobody", alone) if alone is not None else None
        results.add(Measured("notifications", f"waking {whom}: {what}", unit, samples, floor))
