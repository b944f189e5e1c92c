"""Whole evenings at the real rooms: DMs, players, tabs, drops, restarts and role changes in any order.

After every step each tab's folded state must be what a fold of the log shows that person, the messages must have
come in the order of the log, and nothing that a player ever got may name a hex that was not revealed to that player.
The same machine runs on the store in memory and on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from typing_extensions import override

import transport.rooms.presence_lists
import transport.rooms.subscribers
from domain.events import Event
from domain.ids import CampaignId, UserId
from domain.memory_store import MemoryStore
from domain.postgres import PostgresStore
from domain.postgres.statements import SQL
from domain.store import EventStore
from projections.people import Member, People, Role, Viewer
from projections.room_state import RoomState, replay
from projections.viewer_state import ViewerState
from projections.views import state_for
from tests.domain.scenario import ADA, BO, CY, DM
from tests.laws.evenings import audiences, key_lists, keys, terrains
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.settings import Settings

GRACE = 0.004
MOMENT = 0.012
"""Long enough for the grace and for lists that come later."""

users = st.sampled_from([DM, ADA, BO, CY])
ids = st.none() | st.sampled_from(["id1", "id2", "id3"])
commands = st.one_of(
    st.sampled_from(["session:start", "session:pause", "session:resume", "session:end", "broadcast:publish"]).map(
        lambda type_: {"type": type_}
    ),
    st.sampled_from(["immediate", "staged"]).map(lambda mode: {"type": "broadcast:mode", "mode": mode}),
    st.integers(0, 3).map(lambda index: {"type": "staged:undo", "index": index}),
    st.builds(lambda hexes, to: {"type": "hex:reveal", "hexKeys": hexes, "targets": to}, key_lists, audiences),
    st.builds(lambda key, kind: {"type": "hex:update", "changes": [{"key": key, "terrain": kind}]}, keys, terrains),
)


class TableMachine(RuleBasedStateMachine):
    """`make_store` gives an open store for the machine's own event loop."""

    database: str | None = None

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.campaign = CampaignId(uuid4())
        self.store: EventStore = self.run(self.open_store())
        names = ((DM, "Dee", "dm"), (ADA, "Ada", "player"), (BO, "Bo", "player"), (CY, "Cy", "player"))
        self.roster = Roster({user: Member(user, name, role) for user, name, role in names})  # type: ignore[arg-type]
        self.kept = KeptRooms()
        self.peers: list[Peer] = []
        self.outcomes: dict[str, tuple[str, str]] = {}

    async def open_store(self) -> EventStore:
        if self.database is None:
            return MemoryStore()
        store = PostgresStore(self.database)
        await store.open()
        with psycopg.connect(self.database) as sql:
            sql.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", (self.campaign,))
        return store

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def do(self, act: Callable[[], object]) -> None:
        """Runs it inside the loop, where timers can be set."""

        async def acting() -> None:
            act()

        self.run(acting())

    def connect(self, peer: Peer) -> None:
        room = self.run(self.the_room())
        self.do(lambda: peer.connect(room, self.roster.members[peer.user]))

    def open_rooms(self) -> None:
        chosen = Settings(leave_grace_seconds=GRACE, staged_changes=4, resume_events=self.resume_events)
        self.rooms = Rooms(self.store, self.roster, self.kept, Alone(), chosen)

    async def the_room(self) -> Room:
        async with self.rooms.visit(self.campaign) as room:
            return room

    async def settle(self) -> None:
        """Until nothing is under way."""
        room = await self.the_room()
        await room.at_rest()
        await asyncio.sleep(MOMENT)
        await room.at_rest()
        await asyncio.sleep(0.002)

    async def log(self) -> list[Event]:
        return [event async for batch in self.store.read(self.campaign) for event in batch]

    @initialize(most=st.sampled_from([0, 1, 3, 12]))
    def the_dm_sits_down(self, most: int) -> None:
        self.resume_events = most
        self.open_rooms()
        self.sit_down(DM)

    @rule(user=users)
    def sit_down(self, user: UserId) -> None:
        """Somebody opens a tab."""
        peer = Peer(user)
        self.connect(peer)
        self.peers.append(peer)

    @precondition(lambda self: self.peers)
    @rule(data=st.data())
    def close_a_tab(self, data: st.DataObject) -> None:
        peer = data.draw(st.sampled_from(self.peers))
        self.peers.remove(peer)
        self.do(peer.leave)

    @precondition(lambda self: self.peers)
    @rule(data=st.data(), waits=st.booleans())
    def drop_and_return(self, data: st.DataObject, waits: bool) -> None:
        """A connection breaks and comes back, after the grace or before; meanwhile the DM goes on."""
        peer = data.draw(st.sampled_from(self.peers))
        self.do(peer.leave)
        others = [other for other in self.peers if other is not peer and self.is_dm(other)]
        for command in data.draw(st.lists(commands, max_size=4)) if others else []:
            others[0].give(json.dumps(command))
        self.run(self.settle() if waits else asyncio.sleep(0))
        peer.read()
        self.connect(peer)

    def is_dm(self, peer: Peer) -> bool:
        return self.roster.members[peer.user].role == "dm"

    @precondition(lambda self: any(self.is_dm(peer) for peer in self.peers))
    @rule(data=st.data(), orders=st.lists(st.tuples(commands, ids), min_size=1, max_size=5))
    def command(self, data: st.DataObject, orders: list[tuple[dict[str, Any], str | None]]) -> None:
        """A DM sends commands back to back, some with ids that were used before."""
        peer = data.draw(st.sampled_from([peer for peer in self.peers if self.is_dm(peer)]))
        for command, command_id in orders:
            peer.give(json.dumps(command if command_id is None else {**command, "id": command_id}))

    @precondition(lambda self: any(not self.is_dm(peer) for peer in self.peers))
    @rule(data=st.data(), command=commands)
    def overreach(self, data: st.DataObject, command: dict[str, Any]) -> None:
        """A player tries a DM's command: nothing is recorded."""
        self.run(self.settle())
        before = self.run(self.log())
        peer = data.draw(st.sampled_from([peer for peer in self.peers if not self.is_dm(peer)]))
        peer.read()
        peer.give(json.dumps(command))
        self.run(self.settle())
        peer.read()
        assert [m["code"] for m in peer.heard if m["type"] == "error"][-1] == "dm_only"
        assert self.run(self.log()) == before

    @rule(back=st.none() | st.integers(0, 6))
    def keep_a_snapshot(self, back: int | None) -> None:
        """The upkeep leaves one of the room as it is now; somebody who looks back leaves one of a state of then."""
        self.run(self.settle())
        room = self.run(self.the_room())
        if back is None:
            room.kept = self.run(self.kept.keep_next(self.campaign, room.projection.snapshot(), room.kept))
        elif events := self.run(self.log())[: -back or None]:
            self.run(self.kept.keep(self.campaign, replay(events)))

    @rule(promoted=st.none() | st.sampled_from([ADA, BO]))
    def restart(self, promoted: UserId | None) -> None:
        """The server goes and comes back, perhaps to another role; everybody reconnects with what they saw last."""
        self.run(self.settle())
        for peer in self.peers:
            peer.read()
        self.run(self.rooms.close())
        assert {peer.socket.code for peer in self.peers} <= {1001}
        if promoted is not None:
            self.turn(promoted)
        self.open_rooms()
        for peer in self.peers:
            self.connect(peer)

    @rule(user=st.sampled_from([ADA, BO]))
    def change_a_role(self, user: UserId) -> None:
        """A player becomes a DM, or the other way round."""
        self.turn(user)
        self.run(self.rooms.members_changed(self.campaign))

    @rule(user=st.sampled_from([ADA, BO]))
    def change_a_role_elsewhere(self, user: UserId) -> None:
        """This server is not told of it: it finds out at the next command."""
        self.turn(user)
        others = [peer for peer in self.peers if self.is_dm(peer) and peer.user != user]
        if others:
            others[0].give(json.dumps({"type": "hex:reveal", "hexKeys": ["1,1"], "targets": "all"}))
        else:
            self.run(self.rooms.members_changed(self.campaign))

    def turn(self, user: UserId) -> None:
        role: Role = "player" if self.roster.members[user].role == "dm" else "dm"
        if isinstance(self.store, MemoryStore):
            self.roster.change_role(user, role, self.run(self.store.head(self.campaign)).version)
            self.store.rosters[self.campaign] = self.roster.version
            return
        assert self.database is not None
        with psycopg.connect(self.database) as sql:  # as migrations/0009_members_and_events.sql does it
            sql.execute(SQL["lock_log"])
            [head] = sql.execute("select max(version) from event_log where campaign_id = %s", (self.campaign,))
            sql.execute("update campaign set roster_version = roster_version + 1")
            self.roster.change_role(user, role, head[0] or 0)

    @invariant()
    def everybody_knows_what_the_log_shows_them(self) -> None:
        self.run(self.settle())
        events: list[Event] = self.run(self.log())
        assert [event.originator_version for event in events] == list(range(1, len(events) + 1))
        room = replay(events)
        online = frozenset(peer.user for peer in self.peers)
        assert room.table.present == (online if room.table.is_live else frozenset())
        people = People(self.roster.members, online)
        for peer in self.peers:
            peer.read()
            viewer = Viewer(peer.user, self.roster.members[peer.user].role)
            assert peer.state == ViewerState.of(state_for(viewer, room, people)), peer.heard[-8:]
            _came_in_order(peer, events)
        self.answers_stay_the_same()
        self.no_player_heard_of_hidden_hexes(room)

    def answers_stay_the_same(self) -> None:
        """An id has one outcome for ever, whoever asks again."""
        for peer in self.peers:
            for message in peer.heard:
                if message["type"] == "ack":
                    outcome = ("ack", message["eventId"])
                elif message["type"] == "error" and "id" in message and message["code"] != "dm_only":
                    outcome = ("error", message["code"])
                else:
                    continue
                assert self.outcomes.setdefault(message["id"], outcome)[0] in ("error", outcome[0])

    def no_player_heard_of_hidden_hexes(self, room: RoomState) -> None:
        for peer in self.peers:
            if not self.is_dm(peer) and not _was_ever_a_dm(peer):
                for message in peer.heard:
                    for key in _keys_in(message):
                        knowers = room.knowers.get(key, frozenset())
                        assert knowers is None or peer.user in knowers, message

    @override
    def teardown(self) -> None:
        self.run(self.rooms.close())
        if isinstance(self.store, PostgresStore):
            self.run(self.store.close())
        self.loop.close()


def _came_in_order(peer: Peer, events: list[Event]) -> None:
    order = {str(event.event_id): n for n, event in enumerate(events)}
    came = [order[m["eventId"]] for m in peer.heard if "eventId" in m and m["type"] != "ack" and m["eventId"]]
    assert came == sorted(came)


def _was_ever_a_dm(peer: Peer) -> bool:
    return any(message["type"] == "session:state" and "reveals" in message for message in peer.heard)


def _keys_in(message: dict[str, Any]) -> Iterator[str]:
    yield from message.get("hexKeys", ())
    yield from message.get("revealedHexes", ())
    for listed in ("terrain", "changes"):
        yield from (hex_["key"] for hex_ in message.get(listed, ()) if "key" in hex_)


@contextmanager
def quick_lists() -> Iterator[None]:
    """Whole lists at most once a millisecond: the machine takes thousands of steps."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport.rooms.subscribers, "LIST_INTERVAL", 0.001)
        patch.setattr(transport.rooms.presence_lists, "LIST_INTERVAL", 0.001)
        patch.setattr(transport.rooms.presence_lists, "CONNECTION_BYTES", 1e9)
        yield


def test_evenings_on_the_store_in_memory() -> None:
    """All that holds for one evening holds for every evening that Hypothesis can think of."""
    with quick_lists():
        run_state_machine_as_test(
            TableMachine, settings=settings(max_examples=40, stateful_step_count=12, deadline=None)
        )


def test_evenings_on_postgres(database: str) -> None:
    """The same on the real store."""

    class OnPostgres(TableMachine):
        pass

    OnPostgres.database = database
    with quick_lists():
        run_state_machine_as_test(
            OnPostgres,
            settings=settings(
                max_examples=10, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
