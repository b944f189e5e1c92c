"""For whom the database is asked, where the answer is for everybody."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from typing_extensions import override

from domain.events import Event
from domain.ids import CampaignId, UserId
from domain.memory_store import MemoryStore
from domain.postgres.pool import ASKING, asking_for
from domain.store import Refusals, Standing
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.evenings import MEMBERS
from tests.laws.fake_peers import Alone, KeptRooms, Peer, Roster
from transport.rooms.registry import Rooms
from transport.settings import Settings

ASKED: list[tuple[str, Hashable]] = []
"""Which questions were asked, and for whom."""


class Store(MemoryStore):
    @override
    async def append(
        self, events: Sequence[Event], roster: int | None = None, refusals: Refusals | None = None
    ) -> None:
        ASKED.append(("append", ASKING.get()))
        await super().append(events, roster, refusals)

    @override
    async def standings(self, campaigns: Sequence[CampaignId]) -> dict[CampaignId, Standing]:
        ASKED.append(("standings", ASKING.get()))
        return await super().standings(campaigns)


class People(Roster):
    @override
    async def roster(self, campaign: CampaignId) -> dict[UserId, Member]:
        ASKED.append(("roster", ASKING.get()))
        return await super().roster(campaign)


async def test_questions_for_a_table_are_not_those_of_who_came_first() -> None:
    """Else everybody there waited for the turn of somebody who asks much."""
    ASKED.clear()
    roster = People(dict(MEMBERS))
    rooms = Rooms(Store(), roster, KeptRooms(), Alone(), Settings())
    with asking_for("somebody"):
        async with rooms.visit(CAMPAIGN) as room:
            dee = Peer(DM)
            dee.connect(room, MEMBERS[DM])
            dee.give('{"type": "session:start"}')
            await room.at_rest()
            roster.change_role(ADA, "dm")
            await rooms.members_changed(CAMPAIGN, roster.version)
            await rooms.bring_up_to_date(room)
        await rooms.close()
    assert {what for what, _ in ASKED} == {"append", "standings", "roster"}
    assert [(what, who) for what, who in ASKED if who not in (CAMPAIGN, "standings")] == []
