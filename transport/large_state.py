"""A state with very many hexes, made before it is due, and what its viewers were told since."""

from __future__ import annotations

import asyncio

from projections.people import Member, People, Viewer
from projections.room_state import RoomState
from projections.turns import Turns
from projections.views import known_hexes, state_without_lists
from transport.deflate import as_it_is, message_of, packed
from transport.frames import header, text_frame
from transport.people_text import PeopleText
from transport.told import Told
from transport.wire_json import wire_json

WORTH_PACKING = 256 * 1024
"""Bytes of the map in a state; smaller ones come quickly over any line."""

MOST_SINCE = 1 << 20
"""Bytes told since: beyond that it is made anew."""


class LargeState:
    """For all who see the same. Whoever comes is sent it as it was, and then what was told since."""

    def __init__(self, eyes: Viewer, room: RoomState, text: PeopleText) -> None:
        self.room = room
        """As it was: by the laws the state of then and what was told since are the state of now."""
        self.since: list[Told] = []
        self.holders = 0
        self.is_over = False
        """Nobody may be sent it any more."""
        self._eyes = eyes
        self._text = text
        self._since_bytes = 0
        self._hexes = b""
        self._packed: asyncio.Task[bytes] | None = None

    @property
    def is_made(self) -> bool:
        return bool(self._hexes) and not self.is_over

    def making(self) -> Turns[None]:
        """Writes its hexes, a piece in a turn."""
        parts: list[bytes] = []
        begun = ""
        for piece in known_hexes(self._eyes, self.room):
            if piece is not None:
                parts.append(b"," if piece.of == begun else b'%s,"%s":[' % (b"]" if begun else b"", piece.of.encode()))
                parts.append(wire_json(piece.items)[1:-1])
                begun = piece.of
            yield
        # Put together once: each copy of a large map takes milliseconds.
        self._hexes = b"".join([*parts, b"]}"])

    async def pack(self) -> None:
        """Compresses it, if that is worth the time, once for all; in a thread, which lets others run meanwhile."""
        if len(self._hexes) < WORTH_PACKING:
            return
        if self._packed is None:
            self._packed = asyncio.create_task(asyncio.to_thread(packed, self._hexes))
        await asyncio.shield(self._packed)

    def told(self, told: Told) -> None:
        """Its viewers were told of one event more."""
        self.since.append(told)
        self._since_bytes += len(told.frames)
        self.is_over = self.is_over or self._since_bytes > MOST_SINCE

    def is_for(self, member: Member) -> bool:
        """Not if it shows what was before the time from which on the member is told."""
        return self.room.version >= member.told_from

    def frame(self, viewer: Viewer, people: People, event_id: str | None, *, reads_packed: bool) -> list[bytes]:
        """The state of then, with the people of now, as the parts of one frame.

        `event_id` is the newest event that the viewer can resume from, of those of then.
        """
        small: dict[str, object] = {**state_without_lists(viewer, self.room, people)}
        small["connectedPlayers"] = self._text.of(people)
        for name in ("revealedHexes", "terrain", "reveals"):
            small.pop(name, None)
        if event_id is not None:
            small["eventId"] = event_id
        begin = wire_json(small)[:-1]
        if reads_packed and self._packed is not None and self._packed.done():
            return [text_frame(message_of(as_it_is(begin), self._packed.result()), is_packed=True)]
        return [header(len(begin) + len(self._hexes)), begin, self._hexes]
