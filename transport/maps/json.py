"""The map that a viewer may see, as JSON."""

from __future__ import annotations

from collections.abc import Generator

from projections.messages import MapHex, MapView
from projections.turns import Turns
from transport.wire.json import wire_json


def map_json(pieces: Generator[list[MapHex] | None, None, MapView]) -> Turns[bytes]:
    """Of what `projections.views.map_in_pieces` gives, a piece in a turn."""
    hexes: list[bytes] = []
    while True:
        try:
            piece = next(pieces)
        except StopIteration as done:
            # The hexes come last, whatever else there is.
            around = {name: value for name, value in done.value.items() if name != "hexes"}
            break
        if piece:
            hexes += (b"," if hexes else b"", wire_json(piece)[1:-1])
        yield
    begin = wire_json({**around, "hexes": []}).removesuffix(b"]}")
    # Put together once: each copy of a large map takes milliseconds.
    return b"".join([begin, *hexes, b"]}"])
