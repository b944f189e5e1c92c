"""What everybody was told lately as bytes, to be kept with a snapshot of the room.

Records of packed JSON, each behind its length. `{"told": [...]}`, in which each is written
once however many views share it; `{"more": ...}`, with more of the frames of the last one; and views,
`{"view": ..., "places": [...]}`, by their places in what was told before.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from domain.ids import UserId
from projections.turns import Turns
from transport.rooms.told import Move, Told
from transport.rooms.windows import KeptWindows
from transport.wire.json import wire_json

SHAPE = "2"
"""Raise it when other bytes are written, or something else is told of an event: what was kept is then not read."""

RECORD_BYTES = 64 * 1024
"""Of frames in one record: packed or unpacked in a millisecond or two. Longer ones would hardly be packed better."""

_FASTEST = 1
_LENGTH = 4


def encoding(windows: KeptWindows) -> Turns[bytes]:
    """Makes a tenth of the bytes that were told, or less: frames are much alike."""
    packed = bytearray()
    for record in _records(windows):
        content = zlib.compress(wire_json(record), _FASTEST)
        packed += len(content).to_bytes(_LENGTH, "big") + content
        yield
    return bytes(packed)


def decoding(packed: bytes) -> Turns[KeptWindows]:
    """Gives what was encoded."""
    windows, told, named = KeptWindows(), list[Told](), dict[UserId, Sequence[Told]]()
    at = 0
    while at < len(packed):
        begin = at + _LENGTH
        at = begin + int.from_bytes(packed[at:begin], "big")
        match orjson.loads(zlib.decompress(packed[begin:at])):
            case {"told": more}:
                told += map(_read, more)
            case {"more": frames}:
                told[-1] = told[-1]._replace(frames=told[-1].frames + frames.encode("latin-1"))
            case {"view": "dms", "places": places}:
                windows = windows._replace(dms=tuple(told[place] for place in places))
            case {"view": "players", "places": places}:
                windows = windows._replace(players=tuple(told[place] for place in places))
            case {"view": "named", "user": user, "places": places}:
                named[UserId(user)] = tuple(told[place] for place in places)
        yield
    return windows._replace(named=named)


def _records(windows: KeptWindows) -> Iterator[dict[str, Any]]:
    places: dict[int, int] = {}
    yield from _view({"view": "dms"}, windows.dms, places)
    yield from _view({"view": "players"}, windows.players, places)
    for user, events in windows.named.items():
        yield from _view({"view": "named", "user": user}, events, places)


def _view(which: dict[str, str], events: Sequence[Told], places: dict[int, int]) -> Iterator[dict[str, Any]]:
    part: list[Any] = []
    heavy = 0
    for told in events:
        # By the place in memory: whatever several views were told in the same words is one object.
        if id(told) not in places:
            places[id(told)] = len(places)
            part.append(_written(told))
            heavy += min(len(told.frames), RECORD_BYTES)
            if heavy >= RECORD_BYTES:
                yield {"told": part}
                part, heavy = [], 0
                for begin in range(RECORD_BYTES, len(told.frames), RECORD_BYTES):
                    yield {"more": told.frames[begin : begin + RECORD_BYTES].decode("latin-1")}
    yield {"told": part}
    yield {**which, "places": [places[id(told)] for told in events]}


def _written(told: Told) -> list[Any]:
    # As text a byte a character, for JSON has no bytes.
    frames = told.frames[:RECORD_BYTES].decode("latin-1")
    return [told.event_id, told.version, frames, told.messages, told.move and list(told.move)]


def _read(written: list[Any]) -> Told:
    event_id, version, frames, messages, move = written
    return Told(event_id, version, frames.encode("latin-1"), messages, Move(*move) if move is not None else None)
