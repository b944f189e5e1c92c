"""After an event that is larger than a window: who knows all of it goes on, and everybody else begins anew."""

from __future__ import annotations

import json

import pytest

import transport.rooms.window
from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections.people import Member
from projections.turns import at_once
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.rooms.registry import Rooms
from transport.rooms.told import Told
from transport.rooms.windows import KeptWindows, Windows
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player")}
KEYS = [f"{q},0" for q in range(100)]


def test_those_of_many_come_back_one_in_a_turn() -> None:
    """As a snapshot has them: a room with a thousand named players holds nobody up when it is opened."""
    told = tuple(Told(f"{n}", n, b"frame", 1) for n in range(100))
    kept = KeptWindows(told, told[:50], {UserId(f"player {n}"): told[n:] for n in range(20)})
    assert sum(1 for _turn in Windows.as_kept(100, kept)) == 21
    assert at_once(Windows.as_kept(100, kept)).kept() == kept


@pytest.mark.parametrize("is_painted", [False, True])
async def test_at_a_quiet_table_everybody_goes_on(monkeypatch: pytest.MonkeyPatch, is_painted: bool) -> None:
    """At once after a single message; after two of one event perhaps from a state, and then at once too."""
    rooms = Rooms(MemoryStore(), Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:

        async def give(**message: object) -> None:
            dee.give(json.dumps(message))
            await room.at_rest()

        def come_back(peer: Peer) -> bool:
            peer.leave()
            peer.connect(room, MEMBERS[peer.user])
            peer.read()
            assert peer.state.revealed == set(KEYS)
            assert set(peer.state.terrain.values()) == {"swamp" if is_painted else "unknown"}
            return peer.resumed

        dee, ada, away = Peer(DM), Peer(ADA), Peer(ADA)
        for peer in (dee, ada, away):
            peer.connect(room, MEMBERS[peer.user])
        await give(type="hex:reveal", hexKeys=KEYS[:1], targets="all")
        await give(type="broadcast:mode", mode="staged")
        away.read()
        away.leave()
        await give(type="hex:reveal", hexKeys=KEYS, targets="all")
        if is_painted:
            await give(type="hex:update", changes=[{"key": key, "terrain": "swamp"} for key in KEYS])
        monkeypatch.setattr(transport.rooms.window, "WINDOW_BYTES", 1_000)
        await give(type="broadcast:publish")
        for peer in (dee, ada):
            peer.read()
        assert not come_back(away)
        for peer in (dee, ada, away):
            first, second = come_back(peer), come_back(peer)
            assert first or is_painted
            assert second
        await give(type="hex:update", changes=[{"key": "9,9", "terrain": "lava"}])
        assert all(come_back(peer) for peer in (ada, away))
    await rooms.close()
