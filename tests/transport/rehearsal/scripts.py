"""Short scripts for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]

TITLE: Line = {"title": "A short evening"}
DM: Line = {"cast": "dm", "name": "Wren", "role": "dm"}
MIRA: Line = {"cast": "mira", "name": "Mira", "role": "co-dm"}
ADA: Line = {"cast": "ada", "name": "Ada", "role": "player"}
DEE: Line = {"cast": "dee", "name": "Dee", "role": "player", "late": True}
TABLE = (TITLE, DM, MIRA, ADA)


def send(who: str, kind: str, **fields: Any) -> Line:
    """A line that sends a message."""
    return {"who": who, "send": {"type": kind, **fields}}


def reveal(key: str, to: list[str] | None = None, who: str = "dm") -> Line:
    """A line that reveals a hex, to all or to some."""
    return send(who, "hex:reveal", hexKeys=[key], targets="all" if to is None else {"playerIds": to})


def write(folder: Path, *lines: Line | str) -> Path:
    """A script file; text goes in as it is."""
    path = folder / "script.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path
