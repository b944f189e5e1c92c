"""When a rehearsal can't go on."""

from __future__ import annotations


class RehearsalFailed(Exception):
    """The message says why, and names the line if it was one of the script."""
