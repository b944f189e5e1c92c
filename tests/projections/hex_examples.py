"""Examples of hex arithmetic for everybody who does it: the engine, the page, and who writes a client.

To write the file anew:

    python -m tests.projections.hex_examples
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any, get_args

from projections.hex_geometry import (
    Hex,
    Orientation,
    Point,
    center_of,
    distance,
    hex_at,
    in_box,
    line_between,
    within,
)

FILE = Path(__file__).parent / "hex_examples.json"


def examples() -> dict[str, list[dict[str, Any]]]:
    """By operation; each with what goes in and, as `gives`, what must come out."""
    random = Random(11)
    made: dict[str, list[dict[str, Any]]] = {name: [] for name in ("center", "at", "distance", "line", "within", "box")}
    for orientation in get_args(Orientation):
        for _ in range(40):
            place = _some_hex(random, 99_999)
            x, y = center_of(place, orientation)
            made["center"].append({"hex": place, "orientation": orientation, "gives": [x, y]})
            point = Point(random.uniform(-60, 60), random.uniform(-60, 60))
            made["at"].append({"point": point, "orientation": orientation, "gives": hex_at(point, orientation)})
        for _ in range(12):
            one, other = (Point(random.uniform(-6, 6), random.uniform(-6, 6)) for _ in range(2))
            made["box"].append(
                {"from": one, "to": other, "orientation": orientation, "gives": in_box(one, other, orientation)}
            )
    for _ in range(40):
        start, end = _some_hex(random, 12), _some_hex(random, 12)
        made["distance"].append({"from": start, "to": end, "gives": distance(start, end)})
        made["line"].append({"from": start, "to": end, "gives": line_between(start, end)})
    for radius in range(5):
        middle = _some_hex(random, 9)
        made["within"].append({"hex": middle, "radius": radius, "gives": within(middle, radius)})
    return made


def _some_hex(random: Random, farthest: int) -> Hex:
    return Hex(random.randint(-farthest, farthest), random.randint(-farthest, farthest))


def written() -> str:
    """The content of the file, one example a line."""
    parts = [
        f'"{name}": [\n' + ",\n".join(json.dumps(example) for example in made) + "\n]"
        for name, made in examples().items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
