"""Where the map of the ready campaign lies."""

from __future__ import annotations

from pathlib import Path

_NAME = "fogbound-coast.json"


def starter_map() -> Path:
    """In an installed package beside this file, in a checkout among the examples."""
    here = Path(__file__).parent
    packaged = here / _NAME
    return packaged if packaged.exists() else here.parents[1] / "examples" / _NAME
