"""An undo by position never takes another change out than the one that its sender looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.ids import UserId
from domain.memory_store import MemoryStore
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.rooms.connection import Connection
from transport.rooms.registry import Rooms
from transport.settings import Settings
from transport.wire.sent_lists import KEPT, SETTLED_SECONDS, SentLists

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "dm")}


class Desk:
    """Two DMs at one queue, in which reveals of "1,1", "2,2" ... wait; time stands still until it is moved."""

    def __init__(self, store: MemoryStore, kept: KeptRooms) -> None:
        self.now = 100.0
        self.rooms = Rooms(store, Roster(dict(MEMBERS)), kept, Alone(), Settings(resume_events=0))

    async def sit_down(self, user: UserId) -> Peer:
        async with self.rooms.visit(CAMPAIGN) as room:
            peer = Peer(user)
            peer.connect(room, MEMBERS[user])
            self.slow_down(peer.connection)
            await room.at_rest()
            return peer

    def slow_down(self, connection: Connection) -> None:
        connection.conversation.staged_lists._clock = lambda: self.now

    async def give(self, peer: Peer, **command: Any) -> None:
        async with self.rooms.visit(CAMPAIGN) as room:
            peer.give(json.dumps(command))
            await room.at_rest()
            peer.read()

    async def stage(self, peer: Peer, *keys: str) -> None:
        for key in keys:
            await self.give(peer, type="hex:reveal", hexKeys=[key], targets="all")

    async def queue(self) -> list[str]:
        async with self.rooms.visit(CAMPAIGN) as room:
            return [change.change.hex_keys[0] for change in room.projection.state.table.staged]  # type: ignore[union-attr]

    async def show_lists(self, *peers: Peer) -> None:
        """Sends those that are due, as they are sent a moment later."""
        async with self.rooms.visit(CAMPAIGN) as room:
            for peer in peers:
                room.projection.joining.queue_staged(peer.connection)
                peer.connection.flush()


@pytest.fixture
def desk() -> Desk:
    return Desk(MemoryStore(), KeptRooms())


def lists_of(peer: Peer) -> list[dict[str, Any]]:
    peer.read()
    return [message for message in peer.heard if message["type"] == "staged:changes"]


def refusals(peer: Peer) -> list[str]:
    peer.read()
    return [message["code"] for message in peer.heard if message["type"] == "error"]


async def two_dms(desk: Desk) -> tuple[Peer, Peer, str]:
    """With three changes that Dee staged long ago, and the id of the list that both look at."""
    dee, ada = await desk.sit_down(DM), await desk.sit_down(ADA)
    await desk.give(dee, type="broadcast:mode", mode="staged")
    await desk.stage(dee, "1,1", "2,2", "3,3")
    await desk.show_lists(dee, ada)
    desk.now += 60
    return dee, ada, lists_of(ada)[-1]["eventId"]


async def test_while_the_undo_of_another_dm_is_on_its_way(desk: Desk) -> None:
    """Ada looks at the list of three when she takes the second out: the list of two was sent, and not seen yet."""
    dee, ada, _ = await two_dms(desk)
    await desk.give(dee, type="staged:undo", index=0)
    await desk.show_lists(ada)
    await desk.give(ada, type="staged:undo", index=1)
    assert refusals(ada) == ["no_such_change"]
    assert await desk.queue() == ["2,2", "3,3"]


async def test_who_says_which_list_is_understood_at_once(desk: Desk) -> None:
    """The place in that list names a change, if it is still staged."""
    dee, ada, seen = await two_dms(desk)
    await desk.give(dee, type="staged:undo", index=0)
    await desk.show_lists(ada)
    await desk.give(ada, type="staged:undo", index=0, listId=seen)
    await desk.give(ada, type="staged:undo", index=0, listId="no list")
    assert refusals(ada) == ["no_such_change"] * 2
    await desk.give(ada, type="staged:undo", index=1, listId=seen)
    assert await desk.queue() == ["3,3"]
    await desk.give(ada, type="staged:undo", index=0, listId=lists_of(ada)[-1]["eventId"])
    assert refusals(ada) == ["no_such_change"] * 3  # that list began with what she took out herself
    await desk.show_lists(ada)
    await desk.give(ada, type="staged:undo", index=0, listId=lists_of(ada)[-1]["eventId"])
    assert await desk.queue() == []


async def test_a_moment_later_everybody_has_seen_the_list(desk: Desk) -> None:
    """Then an index alone is enough again."""
    dee, ada, _ = await two_dms(desk)
    await desk.give(dee, type="staged:undo", index=0)
    await desk.show_lists(ada)
    desk.now += SETTLED_SECONDS
    await desk.give(ada, type="staged:undo", index=0)
    assert refusals(ada) == []
    assert await desk.queue() == ["3,3"]


async def test_ones_own_changes_are_no_surprise(desk: Desk) -> None:
    """Who stages and undoes alone need not wait, whatever the command caused."""
    dee = await desk.sit_down(DM)
    await desk.give(dee, type="broadcast:mode", mode="staged")
    await desk.stage(dee, "1,1")
    await desk.give(dee, type="broadcast:mode", mode="immediate")
    await desk.give(dee, type="broadcast:mode", mode="staged")
    await desk.stage(dee, "2,2", "3,3")
    await desk.show_lists(dee)
    await desk.give(dee, type="staged:undo", index=0)
    await desk.show_lists(dee)
    await desk.give(dee, type="staged:undo", index=0)
    assert refusals(dee) == []
    assert await desk.queue() == []


async def test_another_tab_of_ones_own_is_another_reader(desk: Desk) -> None:
    """The two do not show the same at the same moment."""
    dee, _, _ = await two_dms(desk)
    tab = await desk.sit_down(DM)
    await desk.give(dee, type="staged:undo", index=0)
    await desk.show_lists(tab)
    await desk.give(tab, type="staged:undo", index=0)
    assert refusals(tab) == ["no_such_change"]


async def test_a_list_has_an_id_after_a_snapshot_too() -> None:
    """A room that was just loaded has told nothing, and knows which event it stands at all the same."""
    store, kept = MemoryStore(), KeptRooms()
    before = Desk(store, kept)
    dee, _, listed = await two_dms(before)
    async with before.rooms.visit(CAMPAIGN) as room:
        await kept.keep(CAMPAIGN, room.projection.state)
    await before.rooms.close()
    dee = await Desk(store, kept).sit_down(DM)
    assert [message["eventId"] for message in lists_of(dee)] == [listed]


def test_no_more_lists_are_remembered_than_may_be_on_their_way() -> None:
    """The oldest is forgotten, and means nothing then."""
    lists = SentLists()
    for number in range(KEPT + 1):
        lists.sent(f"{number}", ["a"])
    assert lists.change_at(0, "0") is None
    assert lists.change_at(0, "1") == "a"
    assert len(lists._by_id) == KEPT
