"""A room as the log tells it: a pure fold of the campaign's events, and so only a cache of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple, assert_never

from immutables import Map

from domain.aggregate import NEVER
from domain.events import (
    BroadcastModeChanged,
    ChangesDiscarded,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
    Event,
    HexesRevealed,
    HexesUpdated,
    PlayerJoined,
    PlayerLeft,
    Reveal,
    SessionEnded,
    SessionPaused,
    SessionResumed,
    SessionStarted,
    StagedReveal,
    StagedUpdate,
)
from domain.hexes import UNKNOWN_TERRAIN, Grid, HexKey, Terrain, Variant
from domain.ids import EventId, UserId
from domain.parts import is_earlier_part
from domain.table import Table, evolve
from projections.knowers import Knowers, named_by, widened
from projections.shown_hexes import ShownHexes

_NOBODY: frozenset[UserId] = frozenset()


class RoomState(NamedTuple):
    """Old states stay valid and share what did not change, so that keeping a window of them costs little.

    `terrain` holds the hexes that somebody has set, `knowers` those that somebody was shown, and `shown` the same by
    person.
    `singled_out` are the players whom any reveal so far named: only their views can differ from the other players'.
    `pointy` has the hexes that came with a map of pointy-topped ones, and `newest` is the event that led here.
    `latest` is when the last of its events was recorded, by the clock that was most ahead.
    `begun` is what the events so far have of an update of several, the last of which is still to come: all of it
    happens with that one. Else a player, who is told of some of the hexes, would see how many the others are.
    """

    version: int = 0
    table: Table = Table()
    terrain: Map[HexKey, Terrain] = Map()
    variants: Map[HexKey, Variant] = Map()
    knowers: Map[HexKey, Knowers] = Map()
    shown: ShownHexes = ShownHexes()
    singled_out: frozenset[UserId] = frozenset()
    grid: Grid | None = None
    pointy: Map[HexKey, bool] = Map()
    newest: EventId | None = None
    latest: datetime = NEVER
    begun: tuple[tuple[HexKey, Terrain], ...] = ()


class Step(NamedTuple):
    """An event and the room on both sides of it."""

    event: Event
    before: RoomState
    after: RoomState


def fold(room: RoomState, event: Event) -> RoomState:
    """The room after the event. Never fails on what the aggregate emitted."""
    table = evolve(room.table, event)
    match event:
        case HexesRevealed():
            return _reveal(room, (event,), event, table)
        case HexesUpdated():
            if is_earlier_part(event.event_id):
                return _unchanged(room, event, table)._replace(begun=(*room.begun, *event.changes))
            updated = _set_terrain(room, chain(room.begun, event.changes), event.variants, event, table)
            if takes_back(event):
                updated = _off_the_map(updated, event)
            return _lay_out(updated, event) if is_import(event) else updated
        case ChangesPublished():
            return _publish(room, event, table)
        case (
            SessionStarted()
            | SessionPaused()
            | SessionResumed()
            | SessionEnded()
            | BroadcastModeChanged()
            | ChangeStaged()
            | ChangeUndone()
            | ChangesDiscarded()
            | PlayerJoined()
            | PlayerLeft()
        ):
            return _unchanged(room, event, table)
        case _:
            assert_never(event)


def replay(events: Iterable[Event], room: RoomState | None = None) -> RoomState:
    """The room after all the events."""
    state = room if room is not None else RoomState()
    for event in events:
        state = fold(state, event)
    return state


def is_import(event: HexesUpdated) -> bool:
    """Whether it is a part of a map file. Each part has the grid; in old logs only the first, others have variants."""
    return event.part is not None or event.grid is not None or bool(event.variants)


def takes_back(event: HexesUpdated) -> bool:
    """Whether it takes back a part of an import."""
    return event.part is not None and event.part.takes_back


def _publish(room: RoomState, event: Event, table: Table) -> RoomState:
    reveals: list[StagedReveal] = []
    changes: list[tuple[HexKey, Terrain]] = []
    # What is shown and what is there don't depend on each other, so that each can be done in one go.
    for waiting in room.table.staged:
        match waiting.change:
            case StagedReveal():
                reveals.append(waiting.change)
            case StagedUpdate():
                changes += waiting.change.changes
            case _:
                assert_never(waiting.change)
    return _set_terrain(_reveal(room, reveals, event, table), changes, (), event, table)


def _off_the_map(room: RoomState, event: HexesUpdated) -> RoomState:
    """Without the hexes that nobody had set before the import."""
    terrain, variants = room.terrain.mutate(), room.variants.mutate()
    for key, kind in event.changes:
        if kind == UNKNOWN_TERRAIN:
            terrain.pop(key, None)
            variants.pop(key, None)
    return room._replace(terrain=terrain.finish(), variants=variants.finish())


def _lay_out(room: RoomState, event: HexesUpdated) -> RoomState:
    if event.part is not None and event.part.takes_back:
        grid, is_pointy = room.grid if event.part.left else event.grid, event.part.pointy
    else:
        grid = event.grid or room.grid
        is_pointy = grid is not None and grid.orientation == "pointy"
    pointy = room.pointy.mutate()
    for key, _ in event.changes:
        if is_pointy:
            pointy[key] = True
        else:
            pointy.pop(key, None)
    return room._replace(grid=grid, pointy=pointy.finish())


# Those below make the new room in one go: `_replace` takes as long as all the rest of a small change.


def _unchanged(room: RoomState, event: Event, table: Table) -> RoomState:
    """But for the table."""
    return RoomState(
        event.originator_version,
        table,
        room.terrain,
        room.variants,
        room.knowers,
        room.shown,
        room.singled_out,
        room.grid,
        room.pointy,
        event.event_id,
        max(room.latest, event.timestamp),
    )


def _reveal(room: RoomState, reveals: Iterable[Reveal], event: Event, table: Table) -> RoomState:
    knowers = room.knowers.mutate()
    singled_out = room.singled_out
    shown: list[tuple[Knowers, list[HexKey]]] = []
    for reveal in reveals:
        if not reveal.audience:
            continue  # only DMs were named
        # Many were known to the same players before: who knows them now is worked out once for all these.
        named = named_by(reveal.audience)
        known_before: defaultdict[Knowers, list[HexKey]] = defaultdict(list)
        for key in reveal.hex_keys:
            known_before[knowers.get(key, _NOBODY)].append(key)
        for before, keys in known_before.items():
            now = widened(before, named)
            for key in keys:
                knowers[key] = now
            if before is not None and now != before:
                shown.append((None if named is None else named - before, keys))
        if reveal.audience != "all" and not singled_out.issuperset(reveal.audience):
            singled_out |= frozenset(reveal.audience)  # else it stays the same object, as most times
    return RoomState(
        event.originator_version,
        table,
        room.terrain,
        room.variants,
        knowers.finish(),
        room.shown.with_more(shown) if shown else room.shown,
        singled_out,
        room.grid,
        room.pointy,
        event.event_id,
        max(room.latest, event.timestamp),
    )


def _set_terrain(
    room: RoomState,
    changes: Iterable[tuple[HexKey, Terrain]],
    variants: Iterable[tuple[HexKey, Variant]],
    event: Event,
    table: Table,
) -> RoomState:
    terrain = room.terrain.mutate()
    # A variant belongs to the terrain it was drawn for, so it goes when the terrain is set anew.
    pictures = room.variants.mutate()
    for key, kind in changes:
        terrain[key] = kind
        pictures.pop(key, None)
    for key, variant in variants:
        pictures[key] = variant
    return RoomState(
        event.originator_version,
        table,
        terrain.finish(),
        pictures.finish(),
        room.knowers,
        room.shown,
        room.singled_out,
        room.grid,
        room.pointy,
        event.event_id,
        max(room.latest, event.timestamp),
    )
