"""What everybody was told lately comes back from its bytes as it was."""

from __future__ import annotations

from uuid import uuid4

import pytest

from projections.turns import at_once
from tests.domain.scenario import ADA, BO
from transport.rooms import windows_codec
from transport.rooms.told import Move, Told
from transport.rooms.windows import KeptWindows
from transport.rooms.windows_codec import RECORD_BYTES, decoding, encoding
from transport.wire.frames import text_frame
from transport.wire.json import wire_json


def told(version: int, text: str = "", move: Move | None = None) -> Told:
    return Told(str(uuid4()), version, text_frame(text.encode()) if text else b"", 1 if text else 0, move)


def again(windows: KeptWindows) -> KeptWindows:
    return at_once(decoding(at_once(encoding(windows))))


def test_all_of_it_comes_back() -> None:
    """Any text, more than a record holds, comings and goings, what has no bytes, and somebody who was told nothing."""
    some = [
        told(1, "a dragon’s lair 🐉"),
        told(2, "x" * 3 * RECORD_BYTES),
        told(3),
        told(4, move=Move(ADA, "player:left")),
    ]
    many = [told(version, f"message {version} " * 500) for version in range(5, 60)]
    windows = KeptWindows((*some, *many), tuple(some), {ADA: tuple(many), BO: ()})
    assert again(windows) == windows
    assert again(KeptWindows()) == KeptWindows()


def test_what_several_were_told_is_written_once_and_stays_one() -> None:
    """In the bytes, and in memory after they were read."""
    alike = tuple(told(version, str(uuid4())) for version in range(500))
    alone = len(at_once(encoding(KeptWindows(dms=alike))))
    windows = KeptWindows(dms=alike, players=alike, named={ADA: alike, BO: alike})
    assert len(at_once(encoding(windows))) < 1.2 * alone
    back = again(windows)
    assert len({id(one) for view in (back.dms, back.players, *back.named.values()) for one in view}) == len(alike)


@pytest.mark.parametrize("length", [1, RECORD_BYTES, RECORD_BYTES + 1, 10 * RECORD_BYTES])
def test_a_large_event_is_written_and_read_in_turns(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """No record has more than a piece of its frames."""
    sizes: list[int] = []

    def noted(record: object) -> bytes:
        sizes.append(len(wire_json(record)))
        return wire_json(record)

    monkeypatch.setattr(windows_codec, "wire_json", noted)
    large = told(2)._replace(frames=b"x" * length, messages=1)
    windows = KeptWindows((told(1, "before"), large, told(3, "after")), (large,))
    assert again(windows) == windows
    assert max(sizes) < 1.1 * RECORD_BYTES + 500
    pieces = sum(1 for _ in encoding(windows))
    assert pieces >= length // RECORD_BYTES
    assert sum(1 for _ in decoding(at_once(encoding(windows)))) == pieces
