"""What a command costs in things that can be counted, so that a loss of speed fails a test on any machine.

How fast it is in the end is measured by the benchmarks.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from typing_extensions import override

from domain.events import Event
from domain.ids import UserId
from domain.memory_store import MemoryStore
from domain.store import Refusals
from projections import gist, net_effect
from projections.people import Member
from tests.domain.scenario import CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster, Wire
from tests.transport.event_loop.timeless import play
from transport.rooms import staged_text
from transport.rooms.presence_lists import PresenceLists
from transport.rooms.registry import Rooms
from transport.settings import Settings
from transport.wire import frames
from transport.wire.frames import header
from transport.wire.json import wire_json

PLAYERS = [UserId(f"00000000-0000-4000-8000-{number:012}") for number in range(100, 160)]


class CountedStore(MemoryStore):
    """Remembers how many events came in each append."""

    def __init__(self) -> None:
        super().__init__()
        self.appends: list[int] = []

    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        self.appends.append(len(events))
        await super().append(events, roster, refusals)


class CountedWire(Wire):
    """Counts the writes: each is a call of the operating system."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    @override
    def write(self, data: Any) -> None:
        self.writes += 1
        super().write(data)


class Company:
    """A room with a DM and some players, all of them connected."""

    def __init__(self, players: int) -> None:
        self.store = CountedStore()
        people = [Member(DM, "Dee", "dm"), *(Member(user, "Somebody", "player") for user in PLAYERS[:players])]
        self.members = {member.user_id: member for member in people}
        self.rooms = Rooms(self.store, Roster(self.members), KeptRooms(), Alone(), Settings())
        self.peers = [Peer(member.user_id) for member in people]

    async def sit_down(self) -> Company:
        async with self.rooms.visit(CAMPAIGN) as room:
            for peer in self.peers:
                peer.connect(room, self.members[peer.user])
                await room.at_rest()
        return self

    async def give(self, *commands: dict[str, Any]) -> None:
        """Commands of the DM that arrive at once."""
        async with self.rooms.visit(CAMPAIGN) as room:
            for command in commands:
                self.peers[0].give(json.dumps(command))
            await room.at_rest()

    async def lists_are_sent(self) -> None:
        """Who came is told a moment later: not while something is counted."""
        async with self.rooms.visit(CAMPAIGN) as room:
            while room.projection.presence_lists._timer is not None:  # noqa: ASYNC110 - it ends by itself
                await asyncio.sleep(0.01)

    def wires(self) -> list[CountedWire]:
        """New ones for all."""
        made = []
        for peer in self.peers:
            peer.wire = CountedWire()
            peer.connection._transport = peer.wire
            made.append(peer.wire)
        return made


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The types of the messages that are encoded from now on."""
    types: list[str] = []

    def counted(content: Any) -> bytes:
        types.append(content["type"])
        return wire_json(content)

    def counted_list(length: int) -> bytes:
        types.append("staged:changes")
        return header(length)

    monkeypatch.setattr(frames, "wire_json", counted)
    monkeypatch.setattr(staged_text, "header", counted_list)
    return types


def reveal(number: int, *keys: str, to: object = "all") -> dict[str, Any]:
    return {"type": "hex:reveal", "id": str(number), "hexKeys": keys or ("1,1",), "targets": to}


async def test_a_reveal_is_encoded_once_for_all_players(encoded: list[str]) -> None:
    """And once for DMs, who are told more; the ack is the third."""
    company = await Company(50).sit_down()
    await company.lists_are_sent()
    encoded.clear()
    await company.give(reveal(1))
    assert Counter(encoded) == {"hex:revealed": 2, "ack": 1}


async def test_what_is_the_same_is_encoded_once(encoded: list[str]) -> None:
    """A reveal to two of fifty: theirs and the DM's; one to all after it: that of all players and the DM's."""
    company = await Company(50).sit_down()
    await company.lists_are_sent()
    encoded.clear()
    await company.give(reveal(1, to={"playerIds": PLAYERS[:2]}))
    assert Counter(encoded) == {"hex:revealed": 2, "ack": 1}
    encoded.clear()
    await company.give(reveal(2))
    assert Counter(encoded) == {"hex:revealed": 2, "ack": 1}
    encoded.clear()
    await company.give({"type": "hex:update", "id": "3", "changes": [{"key": "1,1", "terrain": "sea"}]})
    assert Counter(encoded) == {"hex:updated": 2, "ack": 1}


async def test_only_who_knows_other_hexes_has_an_encoding_of_their_own(encoded: list[str]) -> None:
    """One, two and three of four hexes; connected or not, since whoever comes back is told the same."""
    company = await Company(50).sit_down()
    for number, players in enumerate((PLAYERS[:9], PLAYERS[:6], PLAYERS[:3])):
        await company.give(reveal(number, f"{number},1", to={"playerIds": players}))
    for peer in company.peers[1:]:
        peer.leave()
    encoded.clear()
    changes = [{"key": f"{number},1", "terrain": "sea"} for number in range(4)]
    await company.give({"type": "hex:update", "id": "3", "changes": changes})
    assert Counter(encoded) == {"hex:updated": 1 + 3, "ack": 1}


async def test_a_publish_is_reckoned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many views there are of it."""
    reckoned: list[int] = []

    def counted(staged: Any) -> Any:
        reckoned.append(len(staged))
        return net_effect.net_effect(staged)

    monkeypatch.setattr(gist, "net_effect", counted)
    company = await Company(20).sit_down()
    await company.give({"type": "broadcast:mode", "mode": "staged"})
    await company.give(*(reveal(n, f"{n},0", to={"playerIds": PLAYERS[n : n + 3]}) for n in range(8)))
    await company.give({"type": "broadcast:publish"})
    assert reckoned == [8]


async def test_what_arrives_at_once_is_stored_and_written_at_once() -> None:
    """One append for all commands that wait, and one write to each connection."""
    company = await Company(20).sit_down()
    await company.lists_are_sent()
    wires = company.wires()
    company.store.appends.clear()
    await company.give(*(reveal(number) for number in range(30)))
    assert company.store.appends == [30]
    assert [wire.writes for wire in wires] == [1] * 21


def test_staging_costs_a_list_now_and_then(encoded: list[str]) -> None:
    """Players are told nothing, and the DM is not told the whole queue for each change."""

    async def evening() -> None:
        company = await Company(20).sit_down()
        await company.lists_are_sent()
        await company.give({"type": "broadcast:mode", "mode": "staged"})
        encoded.clear()
        await company.give(*(reveal(number) for number in range(100)))
        assert Counter(encoded) == {"staged:changes": 1, "ack": 100}

    play(evening)  # at once, however long it takes


async def test_what_a_join_is_sent_grows_with_the_members_alone() -> None:
    """Linear: twice as many members more are twice as many bytes more."""
    sizes = []
    for players in (15, 30, 60):
        company = await Company(players).sit_down()
        [*_, last] = company.peers
        sizes.append(len(last.wire.written))
        assert sizes[-1] < 220 * players + 1_000
    # All ids and names are of one length.
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


async def test_a_command_costs_the_same_in_a_room_that_knows_much() -> None:
    """As many calls of Python functions with 4,000 known hexes as with four."""
    calls = []
    for known in (4, 4_000):
        company = await Company(3).sit_down()
        await company.give(reveal(1, *(f"{number // 100},{number % 100}" for number in range(known))))
        await company.give(reveal(2, "0,1"))  # whatever is done once only
        await company.lists_are_sent()
        with counted_calls() as count:
            await company.give(reveal(3, "0,2"))
        calls.append(count["call"])
    assert calls[0] == calls[1]
    assert calls[0] > 50  # they are counted


async def test_a_player_more_costs_a_few_calls_more() -> None:
    """The fan-out: the same for each."""
    calls = []
    for players in (10, 20, 40):
        company = await Company(players).sit_down()
        await company.give(reveal(1))
        await company.lists_are_sent()
        with counted_calls() as count:
            await company.give(reveal(2))
        calls.append(count["call"])
    assert calls[2] - calls[1] == 2 * (calls[1] - calls[0])
    assert (calls[1] - calls[0]) / 10 <= FAN_OUT_CALLS


async def test_what_is_hidden_costs_those_who_come_back_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many calls whatever others were shown meanwhile, and with an id that is hidden, or none at all."""
    # Whether a list of the people is due goes by the time; and nobody comes or goes: it is one tab more.
    monkeypatch.setattr(PresenceLists, "changed", lambda _lists: None)
    calls = []
    for hidden in (0, 40):
        company = await Company(3).sit_down()
        dm, back = company.peers[0], Peer(PLAYERS[2])
        async with company.rooms.visit(CAMPAIGN) as room:
            back.connect(room, company.members[back.user])
            await company.give(*(reveal(n, f"{n},0") for n in range(8)), reveal(99, "9,9", to=SOMEBODY_ELSE))
            back.leave()
            back.read()
            known = [message["eventId"] for message in back.heard if "eventId" in message]
            for n in range(hidden):
                await company.give(reveal(100 + n, "9,9", to=SOMEBODY_ELSE))
            dm.read()
            secret = [message["eventId"] for message in dm.heard if message["type"] == "hex:revealed"][-1]
            for event_id in (known[0], known[-1], secret, "nonsense", None):
                back.last_event_id = event_id
                with counted_calls() as count:
                    back.connect(room, company.members[back.user])
                calls.append(count["call"])
                back.leave()
    assert calls[:5] == calls[5:]
    assert calls[2] == calls[3]


SOMEBODY_ELSE = {"playerIds": PLAYERS[:1]}


FAN_OUT_CALLS = 12
"""Python functions that are called to tell one more player of an event."""


@contextmanager
def counted_calls() -> Iterator[Counter[str]]:
    """Of functions written in Python, on this thread."""
    count: Counter[str] = Counter()

    def note(_frame: object, event: str, _argument: object) -> None:
        count[event] += 1

    before = sys.getprofile()
    gc.disable()  # others may have asked to be called when it runs
    sys.setprofile(note)
    try:
        yield count
    finally:
        sys.setprofile(before)
        gc.enable()
