"""Brings a map file in, part by part, and takes an import back that is not whole.

Which parts are stored is decided by the rules alone (`domain/map_parts.py:check_part`). So whoever sends the same file
again goes on where the last one stopped, and of several at once each part is stored by one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol
from uuid import uuid4

from domain.commands import ImportMap
from domain.events import Event, HexesUpdated
from domain.hexes import HexKey
from domain.ids import EventId, ImportId
from domain.map_parts import (
    ImportConflict,
    ImportGoesOnElsewhere,
    ImportIsOver,
    MapHasChanged,
    MapPart,
    UnfinishedImport,
)
from domain.refusals import Refused
from projections.room_state import RoomState
from transport.maps.file import ReadMap, known_first, numbered, without

STILL_SECONDS = 2.0
"""In which no part comes of an import that somebody else stored a part of: then they don't go on with it."""

TRIES = 5
"""To take an import back, while others change the map."""


class OtherFile(ImportConflict):
    """The import that was to be finished is that of another file."""

    def __init__(self) -> None:
        super().__init__("This is not the file of the unfinished import: send the same file, or take the import back")


class NoSuchImport(Refused):
    code = "not_found"

    def __init__(self) -> None:
        super().__init__("No such unfinished import: it may be finished, or taken back, by now")


class Importer(Protocol):
    """Somebody who may bring maps into a campaign. Each call may raise an EngineError."""

    async def look(self) -> RoomState:
        """The room as it is now."""

    async def give(self, parts: Sequence[ImportMap]) -> EventId:
        """Returns when the parts are stored, in one append; the id is that of the last. Raises Refused."""


class WayBack(NamedTuple):
    """The commands that take an import back, as long as no event set terrain after the event `after`.

    Those of a list are to be stored in one append. To get the next list may take long: that is done in a thread.
    """

    after: EventId
    appends: Iterator[list[ImportMap]]


Came = Callable[[UnfinishedImport], Awaitable[Collection[HexKey]]]
"""Which hexes of an import are in the log. May raise an EngineError."""

Back = Callable[[UnfinishedImport], Awaitable[WayBack | None]]
"""What takes an import back; None if it is not unfinished any more. May raise an EngineError."""


async def bring_in(importer: Importer, file: ReadMap, came: Came, only: ImportId | None = None) -> None:
    """Returns when all of the file is stored. `only`: goes on with this import, and begins no other.

    Raises ImportConflict, Refused, EngineError. What was stored by then stays, and is told as an unfinished import.
    """
    while True:
        room = await importer.look()
        unfinished = _to_finish(room, file, only)
        hexes = await came(unfinished) if unfinished is not None else ()
        try:
            for parts in await asyncio.to_thread(_appends, file, unfinished, hexes, room):
                await importer.give(parts)
        except ImportGoesOnElsewhere:
            # Perhaps for the same person, whose line broke: the server that has the whole file goes on with it.
            only = await _left_alone(importer, file, only)
        else:
            return


async def take_back(importer: Importer, import_id: ImportId, back: Back) -> int:
    """Returns how many hexes are again as before the import.

    Raises NoSuchImport, ImportConflict, Refused, EngineError. If it ends halfway it is to be called again.
    """
    hexes = 0
    for _ in range(TRIES):
        unfinished = _by_id(await importer.look(), import_id)
        if unfinished is None:
            raise NoSuchImport
        if not unfinished.taking_back:
            await importer.give([_end_of(unfinished)])
        if (way := await back(unfinished)) is None:
            raise NoSuchImport
        after = way.after
        try:
            while parts := await asyncio.to_thread(next, way.appends, None):
                after = await importer.give([replace(parts[0], after=after), *parts[1:]])
                hexes += sum(len(part.changes) for part in parts)
        except MapHasChanged:
            continue  # a hex that is to be put back may be another one now
        return hexes
    raise MapHasChanged


async def hexes_of_import(batches: AsyncIterator[Sequence[Event]], import_id: ImportId) -> list[HexKey]:
    """Those that came with an import, out of the log. Raises what reading it raises."""
    return [
        key
        async for events in batches
        for event in events
        if isinstance(event, HexesUpdated) and event.part is not None and event.part.import_id == import_id
        for key, _ in event.changes
    ]


def _to_finish(room: RoomState, file: ReadMap, only: ImportId | None) -> UnfinishedImport | None:
    """Raises ImportIsOver, OtherFile."""
    if only is None:
        return next((one for one in room.table.imports if one.file == file.digest and not one.taking_back), None)
    unfinished = _by_id(room, only)
    if unfinished is None or unfinished.taking_back:
        raise ImportIsOver
    if unfinished.file != file.digest:
        raise OtherFile
    return unfinished


def _end_of(unfinished: UnfinishedImport) -> ImportMap:
    """Puts no hex back yet, and after it no part is brought in any more."""
    part = MapPart(
        import_id=unfinished.id, file=unfinished.file, number=1, left=max(1, unfinished.hexes), takes_back=True
    )
    return ImportMap((), part=part)


def _by_id(room: RoomState, import_id: ImportId) -> UnfinishedImport | None:
    return next((one for one in room.table.imports if one.id == import_id), None)


def _appends(
    file: ReadMap, unfinished: UnfinishedImport | None, came: Collection[HexKey], room: RoomState
) -> list[list[ImportMap]]:
    """What is to be stored, of a new import or the rest of one."""
    first = MapPart(import_id=uuid4(), file=file.digest, number=1, left=0)
    rest: Sequence[ImportMap] = file.parts
    if unfinished is not None:
        first = first.model_copy(update={"import_id": unfinished.id, "number": unfinished.parts + 1})
        rest = without(file.parts, frozenset(came))
    return numbered(known_first(rest, room.knowers), first)


async def _left_alone(importer: Importer, file: ReadMap, only: ImportId | None) -> ImportId:
    """The import, once nobody goes on with it.

    Raises ImportIsOver if it is whole by then, or taken back, EngineError.
    """
    stored = None
    while True:
        unfinished = _to_finish(await importer.look(), file, only)
        if unfinished is None:
            raise ImportIsOver
        if unfinished.parts == stored:
            return unfinished.id
        stored = unfinished.parts
        await asyncio.sleep(STILL_SECONDS)
