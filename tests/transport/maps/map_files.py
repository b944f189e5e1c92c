"""Map files for tests."""

from __future__ import annotations

import json
from typing import Any


def a_map_file(hexes: int = 3) -> dict[str, Any]:
    """The content of a good map file, 400 hexes wide."""
    return {
        "version": 1,
        "name": "The Sunken Coast",
        "gridWidth": 400,
        "gridHeight": 250,
        "hexSize": 30.5,
        "orientation": "flat",
        "hexes": [
            {"q": i % 400 - 200, "r": i // 400, "terrain": "grassland", "terrainVariant": i % 4} for i in range(hexes)
        ],
    }


def as_bytes(content: object) -> bytes:
    """As it comes in a file."""
    return json.dumps(content).encode()
