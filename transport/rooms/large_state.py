"""A state with very many hexes or staged changes, made before it is due, and what its viewers were told since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from projections.people import Member, People, Viewer
from projections.room_state import RoomState
from projections.turns import Turns
from projections.views import known_hexes, sees_queue, state_without_lists
from transport.rooms.people_text import PeopleText
from transport.rooms.staged_text import StagedText
from transport.rooms.told import Told
from transport.wire.deflate import as_it_is, message_of, packed
from transport.wire.frames import header, text_frame
from transport.wire.json import wire_json

WORTH_PACKING = 256 * 1024
"""Bytes of a state; smaller ones come quickly over any line."""

PART_BYTES = 1 << 20
"""That are put together, copied or compressed in one call."""

FRAME_PARTS = 4
"""Of a state that is sent as one frame, which some clients like better; a larger one comes in fragments."""

MOST_SINCE = 1 << 20
"""Bytes told since: beyond that it is made anew."""


class LargeState:
    """For all who see the same. Whoever comes is sent it as it was, and then what was told since."""

    def __init__(self, view: Viewer, room: RoomState, people: People, text: PeopleText, staged: StagedText) -> None:
        self.room = room
        """As it was: by the laws the state of then and what was told since are the state of now."""
        self.since: list[Told] = []
        self.holders = 0
        self.is_over = False
        """Nobody may be sent it any more."""
        self._view = view
        self._people = people
        self._text = text
        self._staged = staged
        self._since_bytes = 0
        self._lists: list[bytes] = []
        self._written: set[str] = set()
        self._packed: asyncio.Task[bytes] | None = None

    @property
    def is_made(self) -> bool:
        return bool(self._lists) and not self.is_over

    def making(self) -> Turns[None]:
        """Writes its lists, a piece in a turn."""
        lists = _Parts()
        if sees_queue(self._view):
            self._written.add("stagedChanges")
            lists.add(b',"stagedChanges":')
            for part in (yield from self._staged.writing(self.room.table.staged, self._people.members)):
                if lists.add(part):
                    yield
        begun = ""
        for piece in known_hexes(self._view, self.room, lambda to: orjson.Fragment(wire_json(to))):
            if piece is not None:
                lists.add(b"," if piece.of == begun else b'%s,"%s":[' % (b"]" if begun else b"", piece.of.encode()))
                lists.add(wire_json(piece.items)[1:-1])
                self._written.add(begun := piece.of)
            yield
        lists.add(b"]}" if begun else b"}")
        self._lists = lists.whole()

    async def pack(self) -> None:
        """Compresses it, if that is worth the time, once for all; in a thread, which lets others run meanwhile."""
        if sum(map(len, self._lists)) < WORTH_PACKING:
            return
        if self._packed is None:
            self._packed = asyncio.create_task(asyncio.to_thread(packed, self._lists))
        await asyncio.shield(self._packed)

    def told(self, told: Sequence[Told], size: int) -> None:
        """Its viewers were told of more events, in so many bytes."""
        self.since += told
        self._since_bytes += size
        self.is_over = self.is_over or self._since_bytes > MOST_SINCE

    def is_for(self, member: Member) -> bool:
        """Not if it shows what was before the time from which on the member is told."""
        return self.room.version >= member.visible_since

    def frame(
        self, viewer: Viewer, people: People, event_id: str | None, *, reads_packed: bool
    ) -> list[tuple[bytes, ...]]:
        """The state of then, with the people of now, as one frame, or in fragments that may be written turn by turn.

        `event_id` is the newest event that the viewer can resume from, of those of then.
        """
        small: dict[str, object] = {**state_without_lists(viewer, self.room)}
        small["connectedPlayers"] = self._text.of(people)
        for name in self._written:
            del small[name]
        if event_id is not None:
            small["eventId"] = event_id
        begin = wire_json(small)[:-1]
        if reads_packed and self._packed is not None and self._packed.done():
            return [(text_frame(message_of(as_it_is(begin), self._packed.result()), is_packed=True),)]
        if len(self._lists) <= FRAME_PARTS:
            return [(header(len(begin) + sum(map(len, self._lists))), begin, *self._lists)]
        *more, last = self._lists
        return [
            (header(len(begin), is_last=False), begin),
            *((header(len(part), is_first=False, is_last=False), part) for part in more),
            (header(len(last), is_first=False), last),
        ]


class _Parts:
    """Bytes in parts of a megabyte or so: to put very many together in one call would stop every thread."""

    def __init__(self) -> None:
        self._whole: list[bytes] = []
        self._last: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> bool:
        """Whether a part is full."""
        self._last.append(data)
        self._size += len(data)
        if is_full := self._size >= PART_BYTES:
            self._end()
        return is_full

    def whole(self) -> list[bytes]:
        self._end()
        return self._whole

    def _end(self) -> None:
        self._whole.append(b"".join(self._last))
        self._last, self._size = [], 0
