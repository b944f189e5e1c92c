"""The states that those who come are sent, made and encoded once for all who come at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import orjson

from domain.ids import UserId
from domain.staged import StagedQueue
from projections.messages import SessionState
from projections.people import Member, People, Viewer
from projections.room_state import RoomState
from projections.views import state_without_people, view_key, weighs_more
from transport.event_loop.large_work import LargeWork
from transport.event_loop.weights import TURN_HEXES
from transport.rooms.large_state import WORTH_PACKING, LargeState
from transport.rooms.people_text import PeopleText
from transport.rooms.staged_text import StagedText
from transport.rooms.told import Telling
from transport.rooms.told_run import ToldRun
from transport.wire.deflate import message_of, packed
from transport.wire.frames import text_frame
from transport.wire.json import wire_json

KEPT_SECONDS = 1.0
"""A crowd comes within seconds; longer the text of a map of thousands of hexes isn't worth its memory."""

WORTH_KEEPING = 200
"""Hexes that are known; a smaller map is written as fast as it is looked up."""

_OF_THE_MAP = ("revealedHexes", "terrain", "reveals")


def is_large(viewer: Viewer, room: RoomState) -> bool:
    """Whether the state has to be made in turns, before it is due. Depends on what the viewer knows alone."""
    return weighs_more(viewer, room, TURN_HEXES)


class StateFrames:
    """Of one room. All but the list of people is the same for all who see the same, until they are told something.

    What they are not told changes nothing here either: else who comes again and again could tell by the time that
    it takes when something hidden happens.
    """

    def __init__(self, work: LargeWork, text: PeopleText, staged: StagedText) -> None:
        self._work = work
        self._text = text
        self._staged = staged
        self._by_view: dict[Viewer, SessionState] = {}
        self._large: dict[Viewer, LargeState] = {}
        self._timer: asyncio.TimerHandle | None = None

    def frame(
        self,
        viewer: Viewer,
        room: RoomState,
        people: People,
        event_id: str | None = None,
        *,
        reads_packed: bool = False,
    ) -> bytes:
        """What `state_for` says, as one frame; `event_id` is the newest event that this viewer can resume from."""
        whole: dict[str, object] = {**self._state(view_key(viewer, room), room, people)}
        whole["connectedPlayers"] = self._text.of(people)
        if event_id is not None:
            whole["eventId"] = event_id
        text = wire_json(whole)
        if reads_packed and len(text) > WORTH_PACKING:
            return text_frame(message_of(packed([text])), is_packed=True)
        return text_frame(text)

    async def write_queue(self, staged: StagedQueue, members: Mapping[UserId, Member]) -> None:
        """Writes a list of staged changes in turns, before somebody is sent it who is the first to see it here."""
        if not self._staged.has_all(staged):
            await self._work.of(self, (self, "queue"), lambda: self._staged.writing(staged, members))

    @asynccontextmanager
    async def made(self, member: Member, room: RoomState, people: People, *, packs: bool) -> AsyncIterator[None]:
        """While the block runs there is a `large` state for somebody who is about to come, if one is needed."""
        viewer = Viewer(member.user_id, member.role)
        if not is_large(viewer, room):
            yield
            return
        view = view_key(viewer, room)
        state = self._large.get(view)
        if state is None or state.is_over or not state.is_for(member):
            state = self._large[view] = LargeState(view, room, people, self._text, self._staged)
        state.holders += 1
        try:
            if not state.is_made:
                await self._work.of(self, state, state.making)
            if packs:
                await state.pack()
            yield
        finally:
            asyncio.get_running_loop().call_later(KEPT_SECONDS, self._let_go, view, state)

    def large(self, member: Member, room: RoomState) -> LargeState | None:
        """The one that was made, if it may be sent to this member as the room is now."""
        state = self._large.get(view_key(Viewer(member.user_id, member.role), room))
        return state if state is not None and state.is_made and state.is_for(member) else None

    def take_in(self, telling: Telling) -> None:
        """Forgets the small states of those who are told of the event: by the laws nobody else's has changed."""
        for view in list(self._by_view):
            if telling.to(view) is not None:
                del self._by_view[view]
        for view, state in self._large.items():
            if (told := telling.to(view)) is not None:
                state.told([told], len(told.frames))

    def take_in_run(self, run: ToldRun) -> None:
        """The same for the parts of an import."""
        for view in list(self._by_view):
            if run.to(view).told:
                del self._by_view[view]
        for view, state in self._large.items():
            told = run.to(view)
            state.told(told.told, len(told.frames))

    def forget_all_but(self, players: frozenset[UserId]) -> None:
        """Of who is no player at the moment it is not computed what they are told, so that what is kept gets old."""
        self._by_view = {view: state for view, state in self._by_view.items() if _is_followed(view, players)}
        for view, state in list(self._large.items()):
            if not _is_followed(view, players):
                state.is_over = True
                del self._large[view]

    def _state(self, view: Viewer, room: RoomState, people: People) -> SessionState:
        state = self._by_view.get(view)
        if state is None:
            state = state_without_people(view, room, people)
            if len(state["terrain"]) >= WORTH_KEEPING:
                state = self._keep(view, state)
        return state

    def _keep(self, view: Viewer, state: SessionState) -> SessionState:
        """With the large parts as the JSON that they become."""
        text = {key: orjson.Fragment(wire_json(value)) for key, value in state.items() if key in _OF_THE_MAP}
        self._by_view[view] = kept = cast(SessionState, {**state, **text})
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._end)
        return kept

    def _end(self) -> None:
        self._by_view, self._timer = {}, None

    def _let_go(self, view: Viewer, state: LargeState) -> None:
        state.holders -= 1
        if not state.holders and self._large.get(view) is state:
            del self._large[view]


def _is_followed(view: Viewer, players: frozenset[UserId]) -> bool:
    return not view.user_id or view.user_id in players
