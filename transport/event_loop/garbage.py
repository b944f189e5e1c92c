"""How often Python looks for cycles of objects that nobody can reach any more."""

from __future__ import annotations

import gc

THRESHOLDS = (2_000, 10, 10_000)
"""A pass looks at young objects when so many more were made than freed; at older ones after so many passes.

Nothing else runs meanwhile. To look at a thousand objects takes a third of a millisecond, or one on a slow machine.
A pass over the second generation looks at what is left of the eleven passes before it: at 20,000 objects in an import
of 100,000 hexes, and at 30,000 where several come in together. That is no bound: objects that are made in place of
others that are freed do not count.

A pass over the third generation would look at all objects, of which each map of 100,000 hexes has 75,000 or more. So it
comes only after 220 million more were made than freed, as by 400 such imports; and `collect_all` looks when nobody
plays.
"""


def collect_rarely() -> None:
    """To be called when all modules are loaded.

    We make few cycles and very many objects that have none. What is there now is never looked at again.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


def collect_all() -> None:
    """To be called when no large map is in memory: then it takes some milliseconds."""
    gc.collect()
