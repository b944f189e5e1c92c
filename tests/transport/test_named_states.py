"""What a DM is told of who knows what: hexes that are known to many people by name weigh as much as many hexes."""

from __future__ import annotations

import json
import zlib
from typing import Any
from uuid import UUID

import orjson
import pytest

from domain.ids import CampaignId, UserId
from projections.people import Member, People
from projections.room_state import RoomState, replay
from projections.viewer_state import ViewerState
from projections.views import ANY_DM, ANY_PLAYER, known_hexes, state_for
from tests.domain.scenario import ADA, DM
from tests.domain.store.streams import reveal
from transport import state_frames
from transport.large_work import LargeWork
from transport.people_text import PeopleText
from transport.staged_text import StagedText
from transport.state_frames import StateFrames, is_large
from transport.wire_json import wire_json

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


def unpacked(frames: list[bytes]) -> Any:
    """The message of a compressed frame; fails if it is none."""
    frame = b"".join(frames)
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
    assert unpacked([packed]) == json.loads(plain[10:])
    small = states.frame(ANY_PLAYER, a_room(10, 1), here, reads_packed=True)
    assert small[0] == 0x81
