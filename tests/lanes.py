"""How much a run of the tests tries: what a change needs, all that is promised, or more than anybody waits for."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

ROOT = Path(__file__).parent

NOT_QUICK = ("backup", "deploy", "hostile")
"""Folders of tests that need more programs than PostgreSQL and Chromium, or minutes."""


class Lane(IntEnum):
    """`python3 dev.py test` is quick; with `--all` and `--long` it tries what they say."""

    QUICK = 0
    ALL = 1
    LONG = 2

    def of(self, quick: int, in_all: int, in_long: int) -> int:
        """How often to try."""
        return (quick, in_all, in_long)[self]


def is_quick(test: Path) -> bool:
    """Whether the tests of this file are in the quick lane."""
    return test.relative_to(ROOT).parts[0] not in NOT_QUICK
