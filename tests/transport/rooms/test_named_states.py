"""What a DM is told of who knows what: hexes that are known to many people by name weigh as much as many hexes."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from aiohttp import web
from typing_extensions import override

from domain.ids import CampaignId, UserId
from projections.people import Member, People
from projections.room_state import RoomState, replay
from projections.viewer_state import ViewerState
from projections.views import ANY_DM, ANY_PLAYER, known_hexes, state_for
from projections.views import state as view_of_state
from tests.domain.scenario import ADA, DM
from tests.domain.store.streams import reveal
from tests.laws.fake_peers import Socket, Wire
from tests.transport.event_loop.timeless import TimelessLoop, play
from transport.event_loop.large_work import LargeWork
from transport.rooms import state_cache as state_frames
from transport.rooms.connection import TURN_BYTES, Connection
from transport.rooms.large_state import PART_BYTES
from transport.rooms.people_text import PeopleText
from transport.rooms.staged_text import StagedText
from transport.rooms.state_cache import StateFrames, is_large
from transport.wire.frames import message_frame
from transport.wire.json import wire_json

PEOPLE = tuple(UserId(str(UUID(int=number))) for number in range(1, 200))
MEMBERS = {
    DM: Member(DM, "Dee", "dm"),
    ADA: Member(ADA, "Ada", "player"),
    **{user: Member(user, "Somebody", "player") for user in PEOPLE},
}


def a_room(hexes: int, people: int, audiences: int = 1) -> RoomState:
    """With so many hexes, each known to so many players by name."""
    campaign, events = CampaignId(UUID(int=1)), []
    for number in range(audiences):
        keys = tuple(f"{q},{number}" for q in range(hexes // audiences))
        audience = PEOPLE[number : number + people]
        event = reveal(campaign, number + 1)
        events.append(event.model_copy(update={"hex_keys": keys, "audience": audience}))
    return replay(events)


def unpacked(frames: Iterable[tuple[bytes, ...]]) -> Any:
    """The message of a compressed frame; fails if it is none."""
    frame = b"".join(chain(*frames))
    assert frame[0] == 0xC1, "final, compressed, text"
    start = {126: 4, 127: 10}.get(frame[1], 2)
    return json.loads(zlib.decompressobj(-15).decompress(frame[start:] + b"\x00\x00\xff\xff"))


def test_no_piece_is_much_larger_than_another() -> None:
    """Whether it has hexes or those who know them."""
    room = a_room(2_000, 199)
    sizes = [len(wire_json(piece.items)) for piece in known_hexes(ANY_DM, room) if piece is not None]
    assert sum(sizes) > 15_000_000
    assert max(sizes) < 250_000


def test_who_knows_a_hex_is_written_once_for_all_hexes_of_the_same_people() -> None:
    """And the lists are the same as if each were written by itself."""
    room, written = a_room(5_000, 20, audiences=5), list[Any]()

    def write(to: Any) -> Any:
        written.append(to)
        return orjson.Fragment(wire_json(to))

    pieces = [piece for piece in known_hexes(ANY_DM, room, write) if piece is not None]
    told = [entry for piece in pieces if piece.of == "reveals" for entry in json.loads(wire_json(piece.items))]
    assert len(written) == 5
    assert told == state_for(ANY_DM, room, People(MEMBERS, frozenset()))["reveals"]


def test_what_is_kept_of_very_many_audiences_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are written once more then, and the lists are the same."""
    monkeypatch.setattr(view_of_state, "PIECE_HEXES", 3)
    room, written = a_room(5_000, 20, audiences=5), list[Any]()

    def write(to: Any) -> Any:
        written.append(to)
        return to

    told = [
        entry for piece in known_hexes(ANY_DM, room, write) if piece and piece.of == "reveals" for entry in piece.items
    ]
    assert len(written) > 5
    assert told == state_for(ANY_DM, room, People(MEMBERS, frozenset()))["reveals"]


@pytest.mark.parametrize(("hexes", "people"), [(2_000, 20), (100, 199)])
async def test_a_state_with_many_names_is_made_in_turns_and_packed(hexes: int, people: int) -> None:
    """However few its hexes are; for a player they are as many as they are."""
    room, here = a_room(hexes, people), People(MEMBERS, frozenset())
    states = StateFrames(LargeWork(), PeopleText(), StagedText())
    assert is_large(ANY_DM, room)
    assert not is_large(ANY_PLAYER, room)
    async with states.made(MEMBERS[DM], room, here, packs=True):
        large = states.large(MEMBERS[DM], room)
        assert large is not None
        message = unpacked(large.frame(ANY_DM, here, None, reads_packed=True))
    assert ViewerState.of(message) == ViewerState.of(state_for(ANY_DM, room, here))


async def test_whatever_makes_a_state_large_it_is_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its bytes, and only for those who can read it."""
    campaign, here = CampaignId(UUID(int=1)), People(MEMBERS, frozenset())
    keys = tuple(f"{-12_345 - q},-12345" for q in range(2_500))
    room = replay([reveal(campaign, 1).model_copy(update={"hex_keys": keys, "audience": "all"})])
    states = StateFrames(LargeWork(), PeopleText(), StagedText())
    monkeypatch.setattr(state_frames, "WORTH_PACKING", 250_000)
    assert not is_large(ANY_DM, room)
    plain = states.frame(ANY_DM, room, here)
    assert len(plain) > 250_000
    assert plain[0] == 0x81
    packed = states.frame(ANY_DM, room, here, reads_packed=True)
    assert unpacked([(packed,)]) == json.loads(plain[10:])
    small = states.frame(ANY_PLAYER, a_room(10, 1), here, reads_packed=True)
    assert small[0] == 0x81


class Counting(Wire):
    """Notes how much is written in each turn of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: Counter[int] = Counter()

    @override
    def write(self, data: Any) -> None:
        super().write(data)
        self.turns[cast(TimelessLoop, asyncio.get_running_loop()).turns] += len(data)


def connected(wire: Wire) -> Connection:
    socket = cast("web.WebSocketResponse", Socket())
    return Connection(MEMBERS[DM], socket, wire, backlog_limit=1 << 20, token_hash=b"")


async def large_frames() -> tuple[list[tuple[bytes, ...]], Any]:
    room, here = a_room(2_000, 199), People(MEMBERS, frozenset())
    states = StateFrames(LargeWork(), PeopleText(), StagedText())
    async with states.made(MEMBERS[DM], room, here, packs=False):
        large = states.large(MEMBERS[DM], room)
        assert large is not None
        return large.frame(ANY_DM, here, None, reads_packed=False), state_for(ANY_DM, room, here)


def test_a_very_large_state_is_written_in_turns() -> None:
    """To who reads no compressed one: in fragments, between which a ping may stand, and what follows comes after it."""

    async def evening() -> None:
        frames, expected = await large_frames()
        connection = connected(wire := Counting())
        for together in frames:
            connection.queue(*together)
        assert connection.flush()
        connection.say({"type": "tick"})
        assert connection.flush()
        assert connection.backlog > 10_000_000
        await asyncio.sleep(1)
        assert connection.backlog == 0
        assert connection.is_open
        assert max(wire.turns.values()) < TURN_BYTES + 2 * PART_BYTES
        payload, at, opcodes = bytearray(), 0, list[int]()
        while not opcodes or opcodes[-1] < 0x80:
            opcodes.append(wire.written[at])
            length, at = wire.written[at + 1], at + 2
            if length >= 126:
                width = "!H" if length == 126 else "!Q"
                (length,), at = struct.unpack_from(width, wire.written, at), at + struct.calcsize(width)
            payload += wire.written[at : at + length]
            at += length
        assert opcodes == [0x01, *[0x00] * (len(opcodes) - 2), 0x80]
        assert ViewerState.of(json.loads(payload)) == ViewerState.of(expected)
        assert bytes(wire.written[at:]) == message_frame({"type": "tick"})

    play(evening)


def test_who_is_closed_meanwhile_is_sent_no_more_of_it() -> None:
    """A close may stand between two fragments, and nothing after it."""

    async def evening() -> None:
        connection = connected(wire := Counting())
        for together in (await large_frames())[0]:
            connection.queue(*together)
        connection.flush()
        written = len(wire.written)
        connection.close(4003, "no longer a member")
        await asyncio.sleep(1)
        assert len(wire.written) == written < TURN_BYTES + 2 * PART_BYTES
        assert connection.backlog == 0

    play(evening)
