"""A long log of many campaigns: some are simulated, and each of them stands for many with other ids."""

from __future__ import annotations

import heapq
import random
import re
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from rich.progress import track

from domain.event_codec import EventRow, encode

SIMULATED = 20
EXAMPLES = Path(__file__).parents[1] / "examples"

_ID = re.compile("([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")
_FIXED = 0xF000_C000 << 48
"""The bits that say that an id is random."""


def fill(url: str, events: int) -> int:
    """Writes about so many events, each campaign of a hundred evenings, in the order of time; returns how many."""
    rows = list(heapq.merge(*(_campaign(seed) for seed in range(SIMULATED)), key=lambda row: row.recorded_at))
    dice = random.Random("masks")
    masks = [dice.getrandbits(128) & ~_FIXED for _ in range(max(1, events // len(rows)))]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        columns = ", ".join(EventRow._fields)
        with cursor.copy(f"copy event_log ({columns}) from stdin") as copy:
            for row in track(rows, "writing the log"):
                parts = _ID.split(_line(row))
                ids = [int(one.replace("-", ""), 16) for one in parts[1::2]]
                copy.write("".join([_with_ids(parts, ids, mask) for mask in masks]))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze event_log")
    return len(rows) * len(masks)


def _campaign(seed: int) -> Iterator[EventRow]:
    return map(encode, _program("simulate.py")["simulate"](seed).events)


def _line(row: EventRow) -> str:
    """As COPY wants it."""
    data = row.data.decode().replace("\\", r"\\")
    values = [r"\N" if value is None else str(value) for value in row[:-1]]
    return "\t".join([*values, data]) + "\n"


def _with_ids(parts: list[str], ids: list[int], mask: int) -> str:
    new = list(parts)
    for place, one in enumerate(ids):
        text = f"{one ^ mask:032x}"
        new[2 * place + 1] = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
    return "".join(new)


def _program(name: str) -> dict[str, Any]:
    """The names that a program of the examples defines, which import each other as files."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        return runpy.run_path(str(EXAMPLES / name))
    finally:
        sys.path.remove(str(EXAMPLES))
