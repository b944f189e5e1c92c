"""Long logs, as fast as the database takes them: of one busy table, and of many campaigns at once."""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import uuid4

import psycopg
from rich.progress import track

from benchmarks import past
from domain.event_codec import EventRow, encode
from domain.ids import CampaignId
from tests.examples.programs import load

SIMULATED = 20

_ID = re.compile("([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})")
_FIXED = 0xF000_C000 << 48
"""The bits that say that an id is random."""


def fill_with_one_table(url: str, events: int, campaign: CampaignId | None = None) -> int:
    """A small map on which reveals and updates go on and on, a third of them staged; returns how many events."""
    played = islice(past.evenings(campaign or CampaignId(uuid4()), events), events)
    return _fill(url, (_line(encode(event)) for event in track(played, "writing the log", total=events)))


def fill_with_campaigns(url: str, events: int) -> int:
    """About so many, in the order of time, of campaigns of a hundred evenings. Some are simulated, and each of them
    stands for many with other ids.
    """
    rows = list(heapq.merge(*map(_campaign, track(range(SIMULATED), "playing")), key=lambda row: row.recorded_at))
    dice = random.Random("masks")
    masks = [dice.getrandbits(128) & ~_FIXED for _ in range(max(1, round(events / len(rows))))]
    return _fill(url, (line for row in track(rows, "writing the log") for line in _copies(_line(row), masks)))


def _fill(url: str, lines: Iterable[str]) -> int:
    count, into = 0, f"copy event_log ({', '.join(EventRow._fields)}) from stdin"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(into.encode()) as copy:
        for line in lines:
            copy.write(line)
            count += 1
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze event_log")
    return count


def _campaign(seed: int) -> Iterator[EventRow]:
    return map(encode, _simulation()["simulate"](seed).events)


@lru_cache
def _simulation() -> dict[str, Any]:
    return load("simulate.py")


def _line(row: EventRow) -> str:
    """As COPY wants it."""
    data = row.data.decode().replace("\\", r"\\")
    values = [r"\N" if value is None else str(value) for value in row[:-1]]
    return "\t".join([*values, data]) + "\n"


def _copies(line: str, masks: list[int]) -> Iterator[str]:
    """With other ids in each."""
    parts = _ID.split(line)
    ids = [int(one.replace("-", ""), 16) for one in parts[1::2]]
    for mask in masks:
        for place, one in enumerate(ids):
            text = f"{one ^ mask:032x}"
            parts[2 * place + 1] = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        yield "".join(parts)
