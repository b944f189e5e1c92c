"""How often Python looks for cycles of objects that nobody can reach any more."""

from __future__ import annotations

import gc

THRESHOLDS = (20_000, 50, 100)
"""Objects made since the last look, and how many looks of one generation go before one of the next."""


def collect_rarely() -> None:
    """To be called when all modules are loaded.

    We make few cycles and very many short-lived objects that have none: with Python's own thresholds a third of the
    time of a long fold is spent looking. A look at 20,000 objects takes about a millisecond.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
