"""A map is stored part by part: who is removed, or whose campaign is closed, in between stores no more of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from typing_extensions import override

from domain.commands import ImportMap
from domain.events import Event
from domain.ids import UserId
from domain.memory_store import MemoryStore
from domain.refusals import QuotaExceeded, Refused
from projections.people import Member
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Roster
from transport.directory.refusals import NotADm, NothingHere
from transport.log_growth import LogGrowth
from transport.rooms import Rooms
from transport.settings import Settings

PARTS = [ImportMap([(f"{q},0", "forest")]) for q in range(3)]


class Interrupted(MemoryStore):
    """After the first append the members are these."""

    def __init__(self, *members: Member) -> None:
        super().__init__()
        self.roster = Roster({user: Member(user, "Dee", "dm") for user in (DM, ADA)})
        self.growth = LogGrowth(1)
        self.rooms = Rooms(self, self.roster, KeptRooms(), Alone(), Settings(), growth=self.growth)
        self._later = {member.user_id: member for member in members}

    @override
    async def append(self, events: Sequence[Event], roster: int | None = None) -> None:
        await super().append(events, roster)
        if self.roster.members != self._later:
            self.roster.members = self._later
            self.roster.version += 1
            self.rosters[CAMPAIGN] = self.roster.version


DEE, CO = Member(DM, "Dee", "player"), Member(ADA, "Ada", "dm")


@pytest.mark.parametrize(
    ("later", "refusal"),
    [((), NothingHere), ((CO,), NothingHere), ((DEE, CO), NotADm)],
    ids=["closed", "removed", "demoted"],
)
async def test_who_may_no_more_is_refused(later: Sequence[Member], refusal: type[Refused]) -> None:
    """As at the door; what was stored by then stays."""
    store = Interrupted(*later)
    with pytest.raises(refusal):
        await store.rooms.import_map(CAMPAIGN, DM, PARTS)
    assert (await store.head(CAMPAIGN)).version == 1
    await store.rooms.close()


class Full:
    """A database in which Dee has written enough for today."""

    async def add_log_growth(self, written: object) -> None: ...

    async def log_growth_over(self, most: int) -> frozenset[UserId]:  # noqa: ARG002 - the Protocol's
        return frozenset({DM})


async def test_who_wrote_enough_is_refused() -> None:
    """Before anything of it is stored."""
    store = Interrupted(DEE, CO)
    await store.growth.exchange(Full())
    with pytest.raises(QuotaExceeded):
        await store.rooms.import_map(CAMPAIGN, DM, PARTS)
    assert (await store.head(CAMPAIGN)).version == 0
    await store.rooms.close()
