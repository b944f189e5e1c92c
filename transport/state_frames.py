"""The states that those who come are sent, made and encoded once for all who come at about the same time."""

from __future__ import annotations

import asyncio
from typing import cast

import orjson

from domain.ids import UserId
from projections.messages import SessionState
from projections.people import People, Viewer
from projections.room_state import RoomState
from projections.views import people_list, same_eyes, state_for
from transport.deflate import as_it_is, message_of, packed
from transport.frames import message_frame, text_frame
from transport.told import Telling
from transport.wire_json import wire_json

KEPT_SECONDS = 1.0
"""A crowd comes within seconds; longer the text of a map of thousands of hexes isn't worth its memory."""

WORTH_KEEPING = 200
"""Hexes that are known; a smaller map is written as fast as it is looked up."""

WORTH_PACKING = 256 * 1024
"""Bytes of the map in a state; smaller ones come quickly over any line."""

_OF_THE_MAP = ("revealedHexes", "terrain", "reveals")


class StateFrames:
    """Of one room. All but the list of people is the same for all who see the same, until they are told something.

    What they are not told changes nothing here either: else who comes again and again could tell by the time that
    it takes when something hidden happens.
    """

    def __init__(self) -> None:
        self._by_eyes: dict[Viewer, SessionState] = {}
        self._packed: dict[Viewer, bytes] = {}
        """The large part of some of them, compressed."""
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
        """What `state_for` says, as one frame; `event_id` is the newest event that this viewer can resume from.

        `reads_packed`: if it was packed it is sent as that.
        """
        eyes = same_eyes(viewer, room)
        whole: SessionState = {**self._state(eyes, room, people), "connectedPlayers": people_list(people)}
        if event_id is not None:
            whole["eventId"] = event_id
        if reads_packed and eyes in self._packed:
            rest = wire_json({key: value for key, value in whole.items() if key not in _OF_THE_MAP})
            return text_frame(message_of(as_it_is(rest[:-1]), self._packed[eyes]), is_packed=True)
        return message_frame(whole)

    async def pack(self, viewer: Viewer, room: RoomState, people: People) -> None:
        """Compresses what the viewer is about to be sent, if that is worth it. Nobody waits but the viewer."""
        eyes = same_eyes(viewer, room)
        state = self._state(eyes, room, people)
        if eyes in self._packed or eyes not in self._by_eyes:
            return
        text = wire_json({key: value for key, value in state.items() if key in _OF_THE_MAP})
        if len(text) < WORTH_PACKING:
            return
        compressed = await asyncio.to_thread(packed, b"," + text[1:])
        if self._by_eyes.get(eyes) is state:  # else the viewer was told something meanwhile, and gets it as it is then
            self._packed[eyes] = compressed

    def _state(self, eyes: Viewer, room: RoomState, people: People) -> SessionState:
        state = self._by_eyes.get(eyes)
        if state is None:
            state = state_for(eyes, room, people)
            if len(state["terrain"]) >= WORTH_KEEPING:
                state = self._keep(eyes, state)
        return state

    def take_in(self, telling: Telling) -> None:
        """Forgets the states of those who are told of the event: by the laws nobody else's has changed."""
        for eyes in list(self._by_eyes):
            if telling.to(eyes) is not None:
                del self._by_eyes[eyes]
                self._packed.pop(eyes, None)

    def forget_all_but(self, players: frozenset[UserId]) -> None:
        """Of who is no player at the moment it is not computed what they are told, so that what is kept gets old."""
        self._by_eyes = {
            eyes: state for eyes, state in self._by_eyes.items() if not eyes.user_id or eyes.user_id in players
        }
        self._packed = {eyes: text for eyes, text in self._packed.items() if eyes in self._by_eyes}

    def _keep(self, eyes: Viewer, state: SessionState) -> SessionState:
        """With the large parts as the JSON that they become."""
        text = {key: orjson.Fragment(wire_json(value)) for key, value in state.items() if key in _OF_THE_MAP}
        self._by_eyes[eyes] = kept = cast(SessionState, {**state, **text})
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self._end)
        return kept

    def _end(self) -> None:
        self._by_eyes, self._packed, self._timer = {}, {}, None
