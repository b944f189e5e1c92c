"""What a room does when the store fails in ways that no client causes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from typing_extensions import override

from domain.commands import ImportMap
from domain.events import Event, HexesRevealed
from domain.ids import CommandId, EventId
from domain.memory_store import MemoryStore
from domain.store import CommandAlreadyDecided, EventRejected, Refusals, StoreUnavailable, VersionConflict
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM, message
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from tests.transport.rooms.test_costs import CountedStore
from transport.rooms.command import Outcome, PendingCommand
from transport.rooms.inbox import BATCH_HEXES, COMMAND_HEXES
from transport.rooms.live_projection import LiveProjection
from transport.rooms.registry import Rooms
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "player")}
REVEAL = {"type": "hex:reveal", "hexKeys": ["1,1"], "targets": "all"}


class FailingStore(MemoryStore):
    """Fails the next appends as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []

    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        if self.failures:
            raise self.failures.pop(0)
        if any(isinstance(event, HexesRevealed) and event.hex_keys == ("9,9",) for event in events):
            raise EventRejected("too large")
        await super().append(events, roster, refusals)

    def put_back(self) -> None:
        """To its beginning, as by a backup that is restored under a running server."""
        self._streams.clear()
        self._commands.clear()
        self._event_ids.clear()


async def a_table(store: MemoryStore) -> tuple[Rooms, Peer, Peer]:
    """Rooms on the store, with the DM and Ada in one of them."""
    rooms = Rooms(store, Roster(dict(MEMBERS)), KeptRooms(), Alone(), Settings())
    dm, ada = Peer(DM), Peer(ADA)
    async with rooms.visit(CAMPAIGN) as room:
        dm.connect(room, MEMBERS[DM])
        ada.connect(room, MEMBERS[ADA])
        await room.at_rest()
    return rooms, dm, ada


async def given(rooms: Rooms, peer: Peer, *commands: dict[str, object]) -> list[tuple[str, str | None]]:
    """(type or code, id) of the answers to commands that are sent back to back."""
    peer.read()
    peer.heard.clear()
    for command in commands:
        peer.give(json.dumps(command))
    async with rooms.visit(CAMPAIGN) as room:
        await room.at_rest()
    peer.read()
    return [(m.get("code", m["type"]), m.get("id")) for m in peer.heard if m["type"] in ("ack", "error")]


async def test_a_conflict_is_decided_again() -> None:
    """Somebody else wrote first: the command is carried out on top of that, once."""
    store = FailingStore()
    rooms, dm, ada = await a_table(store)
    store.failures = [VersionConflict(), VersionConflict()]
    assert await given(rooms, dm, {**REVEAL, "id": "a"}) == [("ack", "a")]
    ada.read()
    assert [m["type"] for m in ada.heard].count("hex:revealed") == 1
    await rooms.close()


async def test_a_command_of_long_ago_is_answered_as_then() -> None:
    """The log knows an id that the room has forgotten."""
    store = FailingStore()
    rooms, dm, _ = await a_table(store)
    event_id = EventId(CAMPAIGN)
    store.failures = [CommandAlreadyDecided({CommandId("old"): event_id})]
    answers = await given(rooms, dm, {**REVEAL, "id": "old"}, {**REVEAL, "id": "new"})
    assert answers == [("ack", "old"), ("ack", "new")]
    assert next(m["eventId"] for m in dm.heard if m["type"] == "ack") == str(event_id)
    assert (await store.head(CAMPAIGN)).version == 1
    await rooms.close()


async def test_a_row_that_is_refused_fails_its_own_command() -> None:
    """The others of the same batch are carried out, in their order."""
    store = FailingStore()
    rooms, dm, _ = await a_table(store)
    answers = await given(
        rooms, dm, {**REVEAL, "id": "a"}, {**REVEAL, "hexKeys": ["9,9"], "id": "b"}, {**REVEAL, "id": "c"}
    )
    assert answers == [("ack", "a"), ("invalid_message", "b"), ("ack", "c")]
    await rooms.close()


async def test_without_the_store_nothing_is_remembered() -> None:
    """All of the batch is unavailable, refusals that rested on it too, and the same ids may be used again."""
    store = FailingStore()
    rooms, dm, _ = await a_table(store)
    twice: list[dict[str, object]] = [{"type": "session:start", "id": name} for name in ("a", "b")]
    store.failures = [StoreUnavailable()]
    assert await given(rooms, dm, *twice) == [("unavailable", "a"), ("unavailable", "b")]
    assert await given(rooms, dm, *twice) == [("ack", "a"), ("session_active", "b")]
    await rooms.close()


async def test_a_fault_of_ours_starts_the_room_over() -> None:
    """Everybody is sent away with "try again later", and the next one finds the room as the log has it."""
    store = FailingStore()
    rooms, dm, ada = await a_table(store)
    await given(rooms, dm, {"type": "session:start", "id": "a"})
    store.failures = [RuntimeError("a fault of ours")]
    dm.give(json.dumps(REVEAL))
    await asyncio.sleep(0.05)
    assert (dm.socket.code, ada.socket.code) == (1013, 1013)
    async with rooms.visit(CAMPAIGN) as room:
        assert room.projection.state.table.status == "active"
        assert not room.projection.state.knowers
        ada.connect(room, MEMBERS[ADA])
        ada.read()
    assert ada.state.status == "active"
    await rooms.close()


async def test_a_log_that_was_put_back_starts_the_room_over() -> None:
    """What was told is not in the log any more: everybody is sent away, and comes back to what the log has."""
    store = FailingStore()
    rooms, dm, ada = await a_table(store)
    await given(rooms, dm, {"type": "session:start", "id": "a"})
    store.put_back()
    async with rooms.visit(CAMPAIGN) as room:
        dm.give(json.dumps({**REVEAL, "id": "b"}))
        async with asyncio.timeout(5):
            await room.at_rest()
    assert (dm.socket.code, ada.socket.code) == (1013, 1013)
    async with rooms.visit(CAMPAIGN) as room:
        dm.connect(room, MEMBERS[DM])
        dm.read()
        assert dm.state.status == "waiting"
    assert await given(rooms, dm, {**REVEAL, "id": "b"}) == [("ack", "b")]
    await rooms.close()


async def test_a_change_of_people_that_can_not_be_read_leaves_nobody_in() -> None:
    """It is committed, so nobody goes on with the old authority: all come back to a room that knows the new one."""
    store, roster = FailingStore(), Roster(dict(MEMBERS))
    rooms, dm = Rooms(store, roster, KeptRooms(), Alone(), Settings()), Peer(DM)
    async with rooms.visit(CAMPAIGN) as room:
        dm.connect(room, MEMBERS[DM])
        await room.at_rest()
    roster.change_role(DM, "player")
    roster.is_reachable = False
    dm.give(json.dumps(REVEAL))
    with pytest.raises(StoreUnavailable):
        await rooms.members_changed(CAMPAIGN)
    await room.at_rest()
    assert dm.socket.code == 1013
    assert (await store.head(CAMPAIGN)).version == 0
    roster.is_reachable = True
    async with rooms.visit(CAMPAIGN) as another:
        assert another is not room
        assert another.projection.members[DM].role == "player"
    await rooms.close()


async def test_a_fault_while_people_change_leaves_nobody_in_either() -> None:
    """Whatever kept the change from being known."""

    class Faulty(Roster):
        @override
        async def ended_sign_ins(self, token_hashes: Sequence[bytes]) -> list[bytes]:
            raise RuntimeError("a fault of ours")

    store, roster = FailingStore(), Faulty(dict(MEMBERS))
    rooms, dm = Rooms(store, roster, KeptRooms(), Alone(), Settings()), Peer(DM)
    async with rooms.visit(CAMPAIGN) as room:
        dm.connect(room, MEMBERS[DM])
        await room.at_rest()
    roster.version += 1
    with pytest.raises(RuntimeError):
        await rooms.members_changed(CAMPAIGN)
    await dm.connection.closed()
    assert dm.socket.code == 1013
    await rooms.close()


async def test_nobody_waits_in_a_room_that_is_over() -> None:
    """Who still holds it is answered at once, and what fails in it later leaves the new room alone."""
    store, roster = FailingStore(), Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    async with rooms.visit(CAMPAIGN) as room, room.roster_lock:
        changes = [asyncio.create_task(rooms.members_changed(CAMPAIGN)) for _ in range(2)]
        await asyncio.sleep(0.01)
        roster.is_reachable = False
    first, second = await asyncio.gather(*changes, return_exceptions=True)
    assert isinstance(first, StoreUnavailable)
    assert second is None
    assert room.projection.is_over
    answers: list[Outcome] = []
    room.submit(PendingCommand(ImportMap([("1,1", "forest")]), DM, answers.append))
    assert isinstance(answers[0], StoreUnavailable)
    roster.is_reachable = True
    async with rooms.visit(CAMPAIGN) as another:
        room._fail(RuntimeError("too late"))
        async with rooms.visit(CAMPAIGN) as same:
            assert another is same is not room
    await rooms.close()


async def test_what_is_stored_is_answered_as_stored_though_telling_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command once: the first was told, the second fails on the way, and none of the third is in the log."""
    store = FailingStore()
    rooms, _, _ = await a_table(store)
    told = LiveProjection.take_in
    left = 1

    def fail(projection: LiveProjection, *arguments: Any, **named: Any) -> None:
        nonlocal left
        if not left:
            raise MemoryError
        left -= 1
        told(projection, *arguments, **named)

    monkeypatch.setattr(LiveProjection, "take_in", fail)
    answers: list[tuple[int, Outcome]] = []
    async with rooms.visit(CAMPAIGN) as room:
        for n in range(3):
            reveal = message("hex:reveal", hexKeys=[f"{n},1"], targets="all")
            room.submit(PendingCommand(reveal, DM, partial(lambda n, outcome: answers.append((n, outcome)), n)))
        await room.at_rest()
    stored = [event.event_id async for events in store.read(CAMPAIGN) for event in events]
    assert answers == list(enumerate(stored))
    await rooms.close()


async def test_only_so_many_commands_are_decided_in_one_turn() -> None:
    """Many small ones take as long as a large one."""
    store = CountedStore()
    rooms, _, _ = await a_table(store)
    async with rooms.visit(CAMPAIGN) as room:
        for n in range(250):
            room.submit(PendingCommand(message("hex:reveal", hexKeys=[f"{n},1"], targets="all"), DM, lambda _: None))
        await room.at_rest()
    assert sum(store.appends) == 250
    assert max(store.appends) <= BATCH_HEXES // COMMAND_HEXES
    await rooms.close()


class UnhurriedStore(FailingStore):
    """Others have their turn while it appends."""

    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        await asyncio.sleep(0.001)
        await super().append(events, roster, refusals)


async def test_a_busy_table_keeps_nobody_at_the_door() -> None:
    """Somebody comes back with an event that the room does not know, while its DM never pauses: the door opens soon."""
    rooms, _, _ = await a_table(UnhurriedStore())
    async with rooms.visit(CAMPAIGN) as room:
        goes_on = True

        def again(_: Outcome) -> None:
            if goes_on:
                room.submit(PendingCommand(message("hex:reveal", hexKeys=["1,1"], targets="all"), DM, again))

        again(None)
        again(None)
        async with asyncio.timeout(0.5):
            await rooms.bring_up_to_date(room)
        assert not room._at_rest.is_set()
        goes_on = False
        await room.at_rest()
    await rooms.close()
