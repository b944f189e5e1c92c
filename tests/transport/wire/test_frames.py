"""Frames as RFC 6455 has them."""

from __future__ import annotations

import pytest

from projections.messages import HexRevealed, HexTerrain
from projections.pieces import PIECE_HEXES
from transport.wire.frames import large_message_frame, message_frame, text_frame
from transport.wire.json import wire_json


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65_535, b"\x81\x7e\xff\xff"),
        (65_536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_length_is_told_in_the_shortest_form(length: int, header: bytes) -> None:
    """One, three or nine bytes of length, and then the payload as it is."""
    payload = b"x" * length
    assert text_frame(payload) == header + payload


def test_a_message_is_json_in_utf_8() -> None:
    """Names are written as they are, not escaped."""
    frame = message_frame({"type": "player:joined", "userId": "u", "name": "Zoë"})  # type: ignore[typeddict-item]
    assert frame[2:] == '{"type":"player:joined","userId":"u","name":"Zoë"}'.encode()


@pytest.mark.parametrize("hexes", [0, 1, PIECE_HEXES, PIECE_HEXES + 1, 3 * PIECE_HEXES])
def test_a_large_message_is_the_same_in_pieces(hexes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Byte by byte, and no call encodes more than a piece."""
    calls: list[int] = []

    def counted(content: object) -> bytes:
        calls.append(len(content) if isinstance(content, list) else 1)
        return wire_json(content)

    keys = [f"{number},0" for number in range(hexes)]
    terrain: list[HexTerrain] = [{"key": key, "terrain": "forêt"} for key in keys]
    message: HexRevealed = {"type": "hex:revealed", "hexKeys": keys, "terrain": terrain, "to": "all", "eventId": "e"}
    whole = message_frame(message)
    monkeypatch.setattr("transport.wire.frames.wire_json", counted)
    assert large_message_frame(message) == whole
    assert max(calls) <= PIECE_HEXES
