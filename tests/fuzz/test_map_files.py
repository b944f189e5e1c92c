"""Map files that make no sense, or some."""

from __future__ import annotations

from itertools import islice
from random import Random
from uuid import uuid4

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.append import Append
from domain.commands import ImportMap
from domain.decide import CommandContext
from tests.domain.scenario import CAMPAIGN, DM, NOW
from tests.fuzz.frames import mutations
from tests.fuzz.test_frames import INTERNALS, UNSTORABLE
from tests.lanes import Lane
from tests.transport.maps.map_files import a_map_file
from transport.maps.file import InvalidMap, read_map

QUICK, ALL, LONG = 2_000, 10_000, 500_000


def test_map_files_that_make_no_sense(seed: int, lane: Lane) -> None:
    """Each can be stored, or is refused with a text that tells nothing of our tools."""
    taken = refused = 0
    for text in islice(mutations(Random(seed), [a_map_file(4), a_map_file(1)]), lane.of(QUICK, ALL, LONG)):
        read = outcome(text)
        if isinstance(read, InvalidMap):
            refused += 1
            assert len(read.message) < 300, text
            assert not INTERNALS.search(read.message), (read.message, text)
        else:
            taken += 1
            assert not UNSTORABLE.search(stored(read)), text
    assert taken > 100
    assert refused > 1_000


def outcome(text: str) -> list[ImportMap] | InvalidMap:
    """What becomes of a file."""
    try:
        return read_map(text.encode())
    except InvalidMap as invalid:
        return invalid


def stored(parts: list[ImportMap]) -> bytes:
    """What the log would hold of it."""
    aggregate = SessionAggregate.at(CAMPAIGN)
    nobody, metadata = CommandContext(players=()), CommandMetadata(DM, NOW, uuid4)
    return b"".join(row.data for part in parts for row in Append.of(aggregate.handle(part, nobody, metadata)).rows)
