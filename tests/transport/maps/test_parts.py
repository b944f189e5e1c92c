"""A large map comes in parts, each of which only somebody may store who is a DM then."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from domain.commands import ImportMap
from domain.hexes import Grid, HexKey
from domain.ids import UserId
from domain.map_parts import UnfinishedImport
from domain.refusals import Refused
from projections.people import Member, Role
from tests.domain.scenario import ADA, CAMPAIGN, DM
from tests.laws.fake_peers import Alone, KeptRooms, Roster
from tests.transport.rooms.test_authority import StoreOnTheWay
from transport.accounts.authority import Actor
from transport.accounts.refusals import NotADm, NothingHere
from transport.maps.file import ReadMap
from transport.maps.parts import bring_in
from transport.rooms.registry import Rooms
from transport.settings import Settings

GRID = Grid(name="Coast", width=5_000, height=3, hex_size=60.0, orientation="flat")
SIGN_IN = b"the hash of a cookie"

FILE = ReadMap("0" * 64, [ImportMap([(f"{q},{r}", "forest") for q in range(5_000)], grid=GRID) for r in range(3)])


async def nothing_came(_unfinished: UnfinishedImport) -> list[HexKey]:
    return []


class Scene:
    """Rooms whose members change between the first part and the second."""

    def __init__(self) -> None:
        self.store = StoreOnTheWay()
        self.roster = Roster({DM: Member(DM, "Dee", "dm"), ADA: Member(ADA, "Ada", "dm")})
        self.rooms = Rooms(self.store, self.roster, KeptRooms(), Alone(), Settings())

    async def demote(self) -> None:
        self.roster.change_role(ADA, "player")
        self.store.rosters[CAMPAIGN] = self.roster.version

    async def sign_out(self) -> None:
        """Ada: of DMs it counts as a change of the members."""
        self.roster.ended.append(SIGN_IN)
        self.roster.version += 1
        self.store.rosters[CAMPAIGN] = self.roster.version

    async def demote_and_promote(self) -> None:
        roles: list[Role] = ["player", "dm"]
        for role in roles:
            self.roster.change_role(ADA, role, 1)
        self.store.rosters[CAMPAIGN] = self.roster.version

    async def remove(self) -> None:
        del self.roster.members[ADA]
        self.roster.version += 1
        self.store.rosters[CAMPAIGN] = self.roster.version

    async def bring_in(self, between: Callable[[], Awaitable[None]]) -> None:
        """By Ada."""

        async def after_the_first() -> None:
            if await self.stored() == 1:
                await between()

        await self.send(after_the_first)

    async def send(self, before_each: Callable[[], Awaitable[None]], user: UserId = ADA) -> None:
        """The file, all of which is new."""
        async with self.rooms.importer(CAMPAIGN, Actor(user, SIGN_IN), before_each) as importer:
            await bring_in(importer, FILE, nothing_came)

    async def stored(self) -> int:
        return (await self.store.head(CAMPAIGN)).version


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    made = Scene()
    yield made
    await made.rooms.close()


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize(("what", "refusal"), [("demote", NotADm), ("remove", NothingHere), ("sign_out", NotADm)])
async def test_after_a_part_nobody_goes_on_without_authority(
    scene: Scene, what: str, refusal: type[Refused], *, is_told: bool
) -> None:
    """Whether this server was told of the change, or finds out when it stores the next part."""

    async def lose() -> None:
        await getattr(scene, what)()
        if is_told:
            await scene.rooms.members_changed(CAMPAIGN, scene.roster.version)

    with pytest.raises(refusal):
        await scene.bring_in(lose)
    assert await scene.stored() == 1


async def test_a_dm_brings_in_all_parts(scene: Scene) -> None:
    """Also when somebody else was removed meanwhile."""

    async def somebody_else() -> None:
        del scene.roster.members[DM]
        scene.roster.version += 1
        scene.store.rosters[CAMPAIGN] = scene.roster.version

    await scene.bring_in(somebody_else)
    assert await scene.stored() == 3


async def test_who_was_never_a_member_stores_nothing(scene: Scene) -> None:
    """Though the call asks before it comes here."""

    async def let_everybody() -> None: ...

    with pytest.raises(NothingHere):
        await scene.send(let_everybody, UserId("nobody"))
    assert await scene.stored() == 0


@pytest.mark.parametrize("what", ["demote", "sign_out", "demote_and_promote"])
async def test_what_changes_after_the_question_counts_too(scene: Scene, what: str) -> None:
    """The call has asked who it is, and the part is on its way into the log."""

    async def ask() -> None:
        scene.store.meanwhile = getattr(scene, what)

    with pytest.raises(NotADm):
        await scene.send(ask)
    assert await scene.stored() == 0


@pytest.mark.parametrize(("what", "refusal"), [("demote", NotADm), ("remove", NothingHere), ("sign_out", NotADm)])
async def test_who_lost_authority_is_told_nothing_of_an_import(scene: Scene, what: str, refusal: type[Refused]) -> None:
    async def ask() -> None: ...

    async with scene.rooms.importer(CAMPAIGN, Actor(ADA, SIGN_IN), ask) as importer:
        await importer.look()
        await getattr(scene, what)()
        with pytest.raises(refusal):
            await importer.look()
