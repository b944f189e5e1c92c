"""Evenings in which anything may happen at any moment, and can happen again in the same way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import SystemRandom

import pytest

from tests.lanes import Lane

ROOT = Path(__file__).parents[2]

PARTS = 4
QUICK, ALL, LONG = 60, 250, 2_500
"""Evenings in each part; the long ones have numbers that nobody has played before."""

SOON = (
    "told_before_the_commit",
    "gap_at_a_resume",
    "members_not_in_the_append",
    "join_without_a_question",
    "everybody_is_told_all",
)
"""Faults that show within some dozens of evenings; the others take some hundreds."""


def simulate(*arguments: str) -> str:
    """In a process of its own, in which nothing moves the clocks but the simulation. What it prints."""
    command = [sys.executable, "-m", "tests.simulation", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_goes_wrong(part: int, lane: Lane) -> None:
    """Whatever is cut, frozen, killed or lost, and whoever comes, goes, or has another role."""
    evenings = lane.of(QUICK, ALL, LONG)
    first = SystemRandom().randrange(1_000_000, 2**40) if lane == Lane.LONG else part * evenings + 1
    told = simulate("--from", str(first), "--evenings", str(evenings))
    assert told.startswith(f"{evenings} evenings with ")


def test_an_evening_can_be_played_again() -> None:
    """To the byte: all that was said and heard, and the log."""
    first, second = (
        [line for line in simulate("--evenings", "5", "--story").splitlines() if line.startswith("evening ")]
        for _ in range(2)
    )
    assert first == second
    assert len(set(first)) == 5


def test_faults_show(lane: Lane) -> None:
    """Which the program has had, or could have: each is put back, and found."""
    sought = {Lane.QUICK: SOON[:2], Lane.ALL: SOON, Lane.LONG: ()}[lane]
    told = simulate("--faults", *sought, "--evenings", str(lane.of(300, 300, 5_000)))
    assert "not found" not in told
    assert told.count(": evening ") >= len(sought or SOON)
