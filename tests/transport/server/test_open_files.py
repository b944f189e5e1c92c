"""The limit on open files, as a process of its own finds it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.docs.pages import ROOT

ASK = """
import resource, sys
soft, hard, wanted = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from transport.server.open_files import room_for
print(room_for(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "room", "raised_to"),
    [
        (1_024, 4_096, 3_000, 3_000, 3_200),
        (1_024, 4_096, 500, 500, 1_024),
        (1_024, 2_000, 10_000, 1_800, 2_000),
        (150, 150, 10_000, 1, 150),
    ],
)
def test_the_limit_is_raised_as_far_as_it_goes(soft: int, hard: int, wanted: int, room: int, raised_to: int) -> None:
    """There is room for as many connections as the files leave, and the rest is for the database."""
    said = subprocess.run(
        [sys.executable, "-c", ASK, *map(str, (soft, hard, wanted))],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    ).stdout.splitlines()
    assert said[-1] == f"{room} {raised_to}"
    assert len(said) == (2 if room < wanted else 1)  # a warning tells the operator
