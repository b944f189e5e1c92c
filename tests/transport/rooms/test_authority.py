"""A room decides by the members that it knows, and what it decided counts only if they are still those."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

from typing_extensions import override

from domain.events import Event
from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.store import Refusals, Standing
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.rooms.registry import Rooms
from transport.settings import Settings

MEMBERS = {DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "dm")}
REVEAL = {"type": "hex:reveal", "hexKeys": ["7,7"], "targets": "all"}


class StoreOnTheWay(MemoryStore):
    """Something happens once, while the room waits for the store."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def _pass_time(self) -> None:
        if self.meanwhile is not None:
            now, self.meanwhile = self.meanwhile, None
            await now()

    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        await self._pass_time()
        await super().append(events, roster, refusals)

    @override
    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        await self._pass_time()
        return await super().standings(campaigns)


async def answers_after_a_demotion(*commands: dict[str, object]) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Ada, a DM, sends commands and is demoted while the room waits for the store: the answers, and the log's types."""
    store = StoreOnTheWay()
    roster = Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    ada = Peer(ADA)
    async with rooms.visit(CAMPAIGN) as room:
        ada.connect(room, roster.members[ADA])
        await room.at_rest()

        async def demote() -> None:
            roster.change_role(ADA, "player")
            store.rosters[CAMPAIGN] = roster.version
            await rooms.members_changed(CAMPAIGN, roster.version)  # what a demotion at this server does

        store.meanwhile = demote
        for command in commands:
            ada.give(json.dumps(command))
        await room.at_rest()
        ada.read()
    types = [event.TOPIC async for events in store.read(CAMPAIGN) for event in events]
    await rooms.close()
    told = [(m.get("code", m["type"]), m.get("id")) for m in ada.heard if m["type"] in ("ack", "error")]
    return told, types


async def test_an_event_does_not_go_through_with_members_that_it_was_not_decided_on() -> None:
    """The room has learned of the demotion while it waited: the reveal was decided before, and is refused."""
    assert await answers_after_a_demotion({**REVEAL, "id": "r"}) == ([("dm_only", "r")], [])


async def test_nor_beside_a_refusal() -> None:
    """The first command is refused by the rules, which the store is told of with the second one."""
    told, types = await answers_after_a_demotion({"type": "session:pause", "id": "p"}, {**REVEAL, "id": "r"})
    assert told == [("dm_only", "p"), ("dm_only", "r")]
    assert types == []


async def test_a_refusal_alone_rests_on_the_newest_members_too() -> None:
    """Without an id there is nothing to record: it is asked for."""
    assert await answers_after_a_demotion({"type": "session:pause"}) == ([("dm_only", None)], [])


async def test_nobody_arrives_who_was_removed_on_the_way() -> None:
    """The arrival waits for the store, and is decided anew on the members of today."""
    store, roster = StoreOnTheWay(), Roster(dict(MEMBERS))
    rooms = Rooms(store, roster, KeptRooms(), Alone(), Settings())
    dee, ada = Peer(DM), Peer(ADA)
    async with rooms.visit(CAMPAIGN) as room:
        dee.connect(room, roster.members[DM])
        await room.at_rest()
        dee.give(json.dumps({"type": "session:start"}))
        await room.at_rest()

        async def remove() -> None:
            del roster.members[ADA]
            roster.version += 1
            store.rosters[CAMPAIGN] = roster.version
            await rooms.members_changed(CAMPAIGN, roster.version)

        store.meanwhile = remove
        ada.connect(room, roster.members[ADA])
        await room.at_rest()
        dee.read()
    types = [event.TOPIC async for events in store.read(CAMPAIGN) for event in events]
    await rooms.close()
    assert types == ["session_started"]
    assert "player:joined" not in {message["type"] for message in dee.heard}
