"""How fast the tables of the analysts are made anew, and how fast the documented questions are answered from them.

The floor of making them is reading the log and nothing else; that of an answer is the smallest question.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.long_logs import fill_with_campaigns, fill_with_one_table
from benchmarks.past import a_server
from projections.analytics import PROJECTIONS
from projections.postgres.feeder import LARGE, Feeder, feeding_connection
from projections.postgres.log_reader import LogReader
from projections.postgres.rebuild import rebuild
from transport.analytics.analysts import read_as_analyst
from transport.cli.progress_bar import terminal_bar
from transport.event_loop.garbage import collect_rarely

MILLION = 1_000_000
READINGS = 5
PAGE = Path(__file__).parents[1] / "docs/analytics.md"

_QUESTION = re.compile(r"^### (\d+\. .*?)$.*?```sql\n(.*?)```", re.MULTILINE | re.DOTALL)
_CAMPAIGN = re.compile(r"'[0-9a-f]{8}-[0-9a-f-]{27}'")


async def measure_rebuild() -> None:
    """A million events of two kinds: grown, made anew, and compared."""
    collect_rarely()
    table = Table(title="A million events into the tables of the analysts")
    for column in ("log", "what", "events/s", "rows", "floor"):
        table.add_column(column, justify="left" if column in ("log", "what") else "right")
    logs: dict[str, Callable[[str, int], int]] = {
        "one busy table": fill_with_one_table,
        "many campaigns": fill_with_campaigns,
    }
    for name, fill in logs.items():
        with a_server() as url:
            events = fill(url, MILLION)
            floor = await _read(url)
            digests: list[list[str]] = []
            for what, run in (("grown", _grow), ("made anew", _make_anew)):
                start = time.perf_counter()
                await run(url)
                pace = events / (time.perf_counter() - start)
                table.add_row(name, what, f"{pace:,.0f}", f"{sum(map(int, _rows(url))):,}", f"{floor:,.0f}")
                digests.append(_digests(url))
            if digests[0] != digests[1]:
                raise AssertionError("rebuilt tables differ from those that grew")
    Console().print(table)


async def measure_questions() -> None:
    """All that are documented, on ten million events."""
    collect_rarely()
    table = Table(title="Questions to ten million events")
    for column in ("question", "first", "median", "floor"):
        table.add_column(column, justify="left" if column == "question" else "right")
    with a_server() as url:
        events = fill_with_campaigns(url, 10 * MILLION)
        await _make_anew(url)
        with psycopg.connect(url) as connection:
            read_as_analyst(connection)
            connection.execute("set search_path = analytics")
            (campaign,) = connection.execute("select campaign_id from session limit 1").fetchone() or (None,)
            floor = median(_answered(connection, "select 1") for _ in range(READINGS))
            for title, question in track(_QUESTION.findall(PAGE.read_text(encoding="utf-8")), "asking"):
                asked = _CAMPAIGN.sub(f"'{campaign}'", question)
                first, *later = [_answered(connection, asked) for _ in range(READINGS)]
                table.add_row(
                    title, f"{first * 1000:.0f} ms", f"{median(later) * 1000:.0f} ms", f"{floor * 1000:.1f} ms"
                )
    table.caption = f"{events:,} events"
    Console().print(table)


async def _read(url: str) -> float:
    """Events a second, decoded and let go."""
    start, events, after = time.perf_counter(), 0, 0
    async with feeding_connection(url) as connection:
        log = LogReader(connection, LARGE)
        while rows := (await log.page_after(after)).rows:
            events, after = events + len(rows), rows[-1].position
    return events / (time.perf_counter() - start)


async def _grow(url: str) -> None:
    async with feeding_connection(url) as connection:
        feeder = Feeder(connection, LARGE)
        while await feeder.step():
            pass


async def _make_anew(url: str) -> None:
    with terminal_bar("rebuilding") as progress:
        await rebuild(url, progress)


def _rows(url: str) -> list[str]:
    return _asked(url, "select count(*)::text from {}")


def _digests(url: str) -> list[str]:
    """Of all rows of each table, whatever their order."""
    return _asked(url, "select count(*) || ' ' || sum(hashtextextended(one::text, 0)) from {} as one")


def _asked(url: str, question: str) -> list[str]:
    with psycopg.connect(url) as connection:
        tables = [sql.Identifier("analytics", projection.name) for projection in PROJECTIONS]
        return [connection.execute(sql.SQL(question).format(table)).fetchall()[0][0] for table in tables]


def _answered(connection: psycopg.Connection, question: str) -> float:
    """Seconds."""
    start = time.perf_counter()
    connection.execute(question.encode()).fetchall()
    return time.perf_counter() - start
