"""Very many who come to one table: what it costs is counted in writes, turns of the loop and frames, not in time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any, cast

import pytest
from typing_extensions import override

from domain.memory_store import MemoryStore
from projections.people import Member, People
from tests.domain.scenario import ADA, BO, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster, Wire
from tests.transport.event_loop.timeless import TimelessLoop, play
from tests.transport.rooms.test_presence_lists import Crowded
from transport.rooms import people_text
from transport.rooms.people_text import PeopleText
from transport.rooms.presence_lists import TURN_LISTS
from transport.rooms.registry import Rooms
from transport.rooms.subscribers import FEW, TURN_WRITES
from transport.settings import Settings
from transport.wire.json import wire_json

PEOPLE = 400


class Counting(Wire):
    """Notes in which turn of the loop it is written to."""

    def __init__(self, turns: Counter[int]) -> None:
        super().__init__()
        self.turns = turns

    @override
    def write(self, data: Any) -> None:
        super().write(data)
        self.turns[cast(TimelessLoop, asyncio.get_running_loop()).turns] += 1


async def seated(crowd: Crowded, turns: Counter[int]) -> list[Peer]:
    """Everybody, at peace; from now on writes are counted."""
    peers = [await crowd.come(user) for user in (DM, *crowd.users)]
    await asyncio.sleep(3_600)
    for peer in peers:
        peer.read()
        peer.heard.clear()
        peer.wire = peer.connection._transport = Counting(turns)
    return peers


@pytest.mark.parametrize("is_live", [False, True])
def test_arrivals_in_a_crowd_are_told_together(is_live: bool) -> None:
    """A hundred come at once: the others hear of each, by few writes, of which one turn has a bounded part."""
    turns: Counter[int] = Counter()

    async def evening() -> None:
        crowd = Crowded(PEOPLE)
        came, crowd.users = crowd.users[-100:], crowd.users[:-100]
        peers = await seated(crowd, turns)
        if is_live:
            peers[0].give(json.dumps({"type": "session:start"}))
            await asyncio.sleep(3_600)
        turns.clear()
        for peer in peers:
            peer.read()
            peer.heard.clear()
        for user in came:
            await crowd.come(user)
        await asyncio.sleep(5)
        for peer in peers:
            peer.read()
            told = [message["userId"] for message in peer.heard if message["type"] == "player:joined"]
            assert told == came
        assert max(turns.values()) <= TURN_WRITES + TURN_LISTS
        assert sum(turns.values()) <= 5 * len(peers)

    play(evening)


def test_nobody_hears_of_the_own_arrival() -> None:
    """Nor misses that of the others who came at the same time."""

    async def evening() -> None:
        crowd = Crowded(2 * FEW)
        peers = [await crowd.come(user) for user in crowd.users]
        await asyncio.sleep(3_600)
        for number, peer in enumerate(peers):
            peer.read()
            told = [message["userId"] for message in peer.heard if message["type"] == "player:joined"]
            known = {person for person, entry in peer.state.people.items() if entry["online"]}
            assert peer.user not in told
            assert set(told) <= set(crowd.users)
            assert set(crowd.users[number + 1 :]) <= {*told, *known}

    play(evening)


def test_a_command_is_told_to_a_crowd_in_turns_and_its_sender_first() -> None:
    """After each hundred others have their turn; a later command overtakes none."""
    turns: Counter[int] = Counter()

    async def evening() -> None:
        crowd = Crowded(PEOPLE)
        dee, *players = await seated(crowd, turns)
        for number in range(3):
            reveal = {"type": "hex:reveal", "hexKeys": [f"{number},0"], "targets": "all", "id": str(number)}
            dee.give(json.dumps(reveal))
            await dee.room.at_rest()
            dee.read()
            assert [message["type"] for message in dee.heard[-2:]] == ["hex:revealed", "ack"]
        await asyncio.sleep(1)
        for peer in players:
            peer.read()
            told = [message["hexKeys"] for message in peer.heard if message["type"] == "hex:revealed"]
            assert told == [["0,0"], ["1,0"], ["2,0"]]
        assert max(turns.values()) <= TURN_WRITES

    play(evening)


def test_what_happens_after_an_arrival_is_told_after_it() -> None:
    """Also when the arrival waited for others, so that whoever resumes from what came last has missed nothing."""

    async def evening() -> None:
        crowd = Crowded(PEOPLE)
        late, crowd.users = crowd.users[-3:], crowd.users[:-3]
        dee, *players = await seated(crowd, Counter())
        dee.give(json.dumps({"type": "session:start"}))
        await asyncio.sleep(3_600)
        for peer in players:
            peer.read()
            peer.heard.clear()
        for number, user in enumerate(late):
            await crowd.come(user)
            await dee.room.at_rest()
            dee.give(json.dumps({"type": "hex:reveal", "hexKeys": [f"{number},0"], "targets": "all"}))
            await dee.room.at_rest()
        await asyncio.sleep(5)
        for peer in players:
            peer.read()
            told = [m["type"] for m in peer.heard if m["type"] in ("player:joined", "hex:revealed")]
            assert told == ["player:joined", "hex:revealed"] * 3

    play(evening)


def test_who_reads_too_slowly_is_found_in_a_later_turn_too() -> None:
    """However far behind in the crowd."""

    async def evening() -> None:
        crowd = Crowded(PEOPLE)
        dee, *players = await seated(crowd, Counter())

        class Stuck(Wire):
            @override
            def get_write_buffer_size(self) -> int:
                return 1 << 30

        players[-1].connection._transport = Stuck()
        dee.give(json.dumps({"type": "hex:reveal", "hexKeys": ["0,0"], "targets": "all"}))
        await asyncio.sleep(1)
        assert players[-1].socket.code == 4008
        assert players[-1].connection not in list(dee.room.projection.subscribers)

    play(evening)


def test_of_the_list_of_people_only_what_changed_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """And it says what it would say if all were."""
    written = Counter[str]()

    def counted(content: Any) -> bytes:
        written[content["userId"]] += 1
        return wire_json(content)

    monkeypatch.setattr(people_text, "wire_json", counted)
    text, members = PeopleText(), {user: Member(user, "Somebody", "player") for user in (DM, ADA, BO)}
    for online in ((), (ADA,), (ADA, BO), (BO,), (BO, "a stranger")):
        people = People(members, frozenset(online))  # type: ignore[arg-type]
        told = json.loads(wire_json(text.of(people)))
        assert [(one["userId"], one["online"]) for one in told] == [(user, user in online) for user in (DM, ADA, BO)]
    assert written == {DM: 1, ADA: 3, BO: 2}
    text.of(People(dict(members), frozenset()))
    assert written == {DM: 2, ADA: 4, BO: 3}


async def test_a_table_of_five_is_told_at_once() -> None:
    """Without a timer: there it would only be late."""
    members = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player"), BO: Member(BO, "Bo", "player")}
    rooms = Rooms(MemoryStore(), Roster(members), KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room:
        dee = Peer(DM)
        dee.connect(room, members[DM])
        for user in (ADA, BO):
            Peer(user).connect(room, members[user])
            await room.at_rest()
            dee.read()
            assert dee.heard[-1]["type"] in ("player:joined", "player:presence")
            assert user in [message.get("userId") for message in dee.heard]
    await rooms.close()
