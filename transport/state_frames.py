"""The states that those who come are sent, made and encoded once for all who come at about the same time."""

from __future__ import annotations

import asyncio
from typing import cast

import orjson

from projections.messages import SessionState
from projections.people import People, Viewer
from projections.room_state import RoomState
from projections.views import people_list, same_eyes, state_for
from transport.frames import message_frame
from transport.wire_json import wire_json

KEPT_SECONDS = 1.0
"""A crowd comes within seconds; longer the text of a map of thousands of hexes isn't worth its memory."""

WORTH_KEEPING = 200
"""Hexes; a smaller map is written as fast as it is looked up."""

_OF_THE_MAP = ("revealedHexes", "terrain", "reveals")


class StateFrames:
    """Of one room. All but the list of people is the same for all who see the same, as long as nothing happens."""

    def __init__(self) -> None:
        self._room: RoomState | None = None
        self._by_eyes: dict[Viewer, SessionState] = {}
        self._timer: asyncio.TimerHandle | None = None

    def frame(self, viewer: Viewer, room: RoomState, people: People) -> bytes:
        """What `state_for` says, as one frame."""
        if len(room.terrain) + len(room.knowers) < WORTH_KEEPING:
            return message_frame(state_for(viewer, room, people))
        if room is not self._room:
            self.forget()
            self._room = room
        eyes = same_eyes(viewer, room)
        state = self._by_eyes.get(eyes)
        if state is None:
            state = self._by_eyes[eyes] = _with_text(state_for(eyes, room, people))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(KEPT_SECONDS, self.forget)
        return message_frame({**state, "connectedPlayers": people_list(people)})

    def forget(self) -> None:
        """Gives the memory back."""
        self._room, self._by_eyes = None, {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _with_text(state: SessionState) -> SessionState:
    """The large parts as the JSON that they become."""
    text = {key: orjson.Fragment(wire_json(value)) for key, value in state.items() if key in _OF_THE_MAP}
    return cast(SessionState, {**state, **text})
