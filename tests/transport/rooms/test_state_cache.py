"""A crowd that comes at once is sent what each of it would be sent alone."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.ids import CampaignId
from projections import views
from projections.people import Member, People, Viewer, players_among
from projections.room_state import RoomState, Step, fold, replay
from tests.domain.scenario import ADA, BO, CY, DM
from tests.domain.store.streams import reveal
from transport.event_loop.large_work import LargeWork
from transport.rooms import state_cache as state_frames
from transport.rooms.people_text import PeopleText
from transport.rooms.staged_text import StagedText
from transport.rooms.state_cache import WORTH_KEEPING, StateFrames
from transport.rooms.told import tell_of
from transport.wire.frames import message_frame

MEMBERS = {
    DM: Member(DM, "Dee", "dm"),
    ADA: Member(ADA, "Ada", "player"),
    BO: Member(BO, "Bo", "player"),
    CY: Member(CY, "Cy", "player"),
}
VIEWERS = [Viewer(member.user_id, member.role) for member in MEMBERS.values()]


def a_room(hexes: int) -> RoomState:
    """With so many hexes known to all, and one more to Ada."""
    campaign = CampaignId(UUID(int=1))
    known = reveal(campaign, 1).model_copy(
        update={"hex_keys": tuple(f"{number},1" for number in range(hexes)), "audience": "all"}
    )
    to_ada = reveal(campaign, 2).model_copy(
        update={"event_id": uuid4(), "hex_keys": ("0,2",), "audience": (ADA,)},
    )
    return replay([known, to_ada])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Viewer]:
    """For whom states are made from now on."""
    viewers: list[Viewer] = []

    def noted(viewer: Viewer, room: RoomState, people: People) -> Any:
        viewers.append(viewer)
        return views.state_without_people(viewer, room, people)

    monkeypatch.setattr(state_frames, "state_without_people", noted)
    return viewers


@pytest.mark.parametrize("hexes", [3, 2 * WORTH_KEEPING])
async def test_each_gets_the_same_bytes_as_alone(hexes: int) -> None:
    """Whoever came before, and whoever is here by then."""
    kept, room = StateFrames(LargeWork(), PeopleText(), StagedText()), a_room(hexes)
    online: frozenset[Any] = frozenset()
    for viewer in (*VIEWERS, *reversed(VIEWERS)):
        online |= {viewer.user_id}
        people = People(MEMBERS, online)
        assert kept.frame(viewer, room, people) == message_frame(views.state_for(viewer, room, people))


async def test_a_large_map_is_made_once_for_those_who_see_the_same(made: list[Viewer]) -> None:
    """Once for the DM, for Ada, and for all others."""
    kept, room, people = (
        StateFrames(LargeWork(), PeopleText(), StagedText()),
        a_room(WORTH_KEEPING),
        People(MEMBERS, frozenset()),
    )
    for _ in range(3):
        for viewer in VIEWERS:
            kept.frame(viewer, room, people)
    assert len(made) == 3


async def test_what_happens_is_in_the_next_state_of_those_who_are_told(made: list[Viewer]) -> None:
    """The DM and Ada see one hex more; for Bo and Cy nothing has happened, and no time tells that something has."""
    kept, before, people = (
        StateFrames(LargeWork(), PeopleText(), StagedText()),
        a_room(WORTH_KEEPING),
        People(MEMBERS, frozenset()),
    )
    for viewer in VIEWERS:
        kept.frame(viewer, before, people)
    event = reveal(CampaignId(UUID(int=1)), 3).model_copy(update={"hex_keys": ("0,3",), "audience": (ADA,)})
    after = fold(before, event)
    kept.take_in(tell_of(Step(event, before, after), people, players_among(MEMBERS)))
    made.clear()
    for viewer in VIEWERS:
        assert kept.frame(viewer, after, people) == message_frame(views.state_for(viewer, after, people))
    assert made == [views.ANY_DM, Viewer(ADA, "player")]


async def test_each_has_a_place_of_their_own_to_come_back_to() -> None:
    """The event from which somebody can resume is no part of what is shared."""
    kept, room, people = (
        StateFrames(LargeWork(), PeopleText(), StagedText()),
        a_room(WORTH_KEEPING),
        People(MEMBERS, frozenset()),
    )
    for viewer, event_id in ((VIEWERS[2], "e1"), (VIEWERS[3], "e2"), (VIEWERS[2], None)):
        state = views.state_for(viewer, room, people)
        if event_id is not None:
            state["eventId"] = event_id
        assert kept.frame(viewer, room, people, event_id) == message_frame(state)


async def test_of_who_is_no_player_nothing_is_kept(made: list[Viewer]) -> None:
    """What they are told is not followed: once they are players again it would be old."""
    kept, room, people = (
        StateFrames(LargeWork(), PeopleText(), StagedText()),
        a_room(WORTH_KEEPING),
        People(MEMBERS, frozenset()),
    )
    for viewer in VIEWERS:
        kept.frame(viewer, room, people)
    kept.forget_all_but(players_among(MEMBERS) - {ADA})
    made.clear()
    for viewer in VIEWERS:
        kept.frame(viewer, room, people)
    assert made == [Viewer(ADA, "player")]


async def test_a_map_of_which_little_is_known_is_not_kept(made: list[Viewer]) -> None:
    """Whatever there is beyond that: the viewer's own part decides."""
    kept, room, people = StateFrames(LargeWork(), PeopleText(), StagedText()), a_room(3), People(MEMBERS, frozenset())
    for _ in range(2):
        kept.frame(VIEWERS[2], room, people)
    assert len(made) == 2


async def test_after_a_moment_the_memory_is_given_back(made: list[Viewer], monkeypatch: pytest.MonkeyPatch) -> None:
    """A room that nobody comes to keeps no text."""
    monkeypatch.setattr(state_frames, "KEPT_SECONDS", 0.0)
    kept, room, people = (
        StateFrames(LargeWork(), PeopleText(), StagedText()),
        a_room(WORTH_KEEPING),
        People(MEMBERS, frozenset()),
    )
    kept.frame(VIEWERS[1], room, people)
    await asyncio.sleep(0.01)
    kept.frame(VIEWERS[1], room, people)
    assert len(made) == 2
