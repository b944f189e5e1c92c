"""How Python's threads take turns."""

from __future__ import annotations

import sys

SWITCH_SECONDS = 0.0005
"""A thread that computes lets the others have their turn after so long."""


def yield_often() -> None:
    """To be called once by a server.

    The loop gives up its turn each time it reads or writes a socket, which for a single reveal it does a dozen times.
    With Python's own five milliseconds a reveal takes 80 ms while a thread writes a large map.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
