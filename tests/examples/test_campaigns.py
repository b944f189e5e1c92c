"""Campaigns that the examples play through the rules make archives that the engine takes, and files to walk through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from domain.events import ChangesDiscarded, HexesRevealed, PlayerLeft, SessionStarted
from tests.examples.programs import EXAMPLES, load
from tests.projections.postgres.kit import feed, log
from transport.analytics.export import Wanted, export
from transport.history.archive_file import check
from transport.rehearsal.script import read_script

SCRIPT = EXAMPLES / "first-evening.jsonl"


def test_the_script_is_played_by_its_own_clock(tmp_path: Path) -> None:
    """All that is not refused, in the time of its pauses."""
    played = load("play_script.py")["play"](read_script(SCRIPT))
    (tmp_path / "evening.archive").write_bytes(played.archive())
    header = check(tmp_path / "evening.archive")
    assert header.name == read_script(SCRIPT).title
    assert [person.name for person in header.people] == ["Wren", "Mira", "Ada", "Bo", "Cy", "Dee"]
    assert sum(isinstance(event, SessionStarted) for event in played.events) == 2
    seconds = sum(getattr(step, "after", 0) for step in read_script(SCRIPT).steps)
    assert (played.events[-1].timestamp - played.events[0].timestamp).total_seconds() == seconds - 7  # to the map


def test_a_simulated_campaign_is_the_same_each_time(tmp_path: Path) -> None:
    """To the byte, for one seed; and another one for another seed."""
    simulate = load("simulate.py")["simulate"]
    first = simulate(1, range(4)).archive()
    (tmp_path / "some.archive").write_bytes(first)
    assert check(tmp_path / "some.archive").events > 80
    assert simulate(1, range(4)).archive() == first
    assert simulate(2, range(4)).archive() != first


def test_a_hundred_evenings_are_a_campaign() -> None:
    """Time goes on, land is found to the end, and everything that happens at tables happens."""
    events = load("simulate.py")["simulate"]().events
    times = [event.timestamp for event in events]
    assert times == sorted(times)
    assert sum(isinstance(event, SessionStarted) for event in events) == 100
    assert {type(event) for event in events} >= {ChangesDiscarded, PlayerLeft}
    shown = [event for event in events if isinstance(event, HexesRevealed)]
    assert len([event for event in shown if event.timestamp > times[len(times) * 9 // 10]]) > 10


async def test_the_walk_leads_through_the_files(database: str, tmp_path: Path) -> None:
    """Every cell runs, and the last one leaves a picture."""
    await log(database, load("play_script.py")["play"](read_script(SCRIPT)).events)
    await feed(database)
    export(database, tmp_path, Wanted(), since_last=False, progress=lambda _done, _total: None)
    walk = subprocess.run(  # noqa: ASYNC221 - nothing else waits
        [sys.executable, str(EXAMPLES / "walk.py"), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert walk.returncode == 0, walk.stderr
    assert "2026-03-06 18:20:56" in walk.stdout
    assert walk.stdout.splitlines()[-1].endswith("327 hexes")
    assert (tmp_path / "known.html").stat().st_size > 1_000_000
