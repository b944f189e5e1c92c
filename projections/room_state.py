"""A room as the log tells it: a pure fold of the campaign's events, and so only a cache of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, assert_never

from immutables import Map

from domain.events import (
    Audience,
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
from domain.hexes import Grid, HexKey, Terrain, Variant
from domain.ids import EventId, UserId
from domain.table import Table, evolve

Knowers = frozenset[UserId] | None
"""Who knows a hex: those players, or None for all of them. Kept apart from the order in which they came to know."""


_NOBODY: frozenset[UserId] = frozenset()


class RoomState(NamedTuple):
    """Old states stay valid and share what did not change, so that keeping a window of them costs little.

    `terrain` holds the hexes that somebody has set, `knowers` those that somebody was shown.
    `singled_out` are the players whom any reveal so far named: only their views can differ from the other players'.
    `pointy` has the hexes that came with a map of pointy-topped ones, and `newest` is the event that led here.
    """

    version: int = 0
    table: Table = Table()
    terrain: Map[HexKey, Terrain] = Map()
    variants: Map[HexKey, Variant] = Map()
    knowers: Map[HexKey, Knowers] = Map()
    singled_out: frozenset[UserId] = frozenset()
    grid: Grid | None = None
    pointy: Map[HexKey, bool] = Map()
    newest: EventId | None = None


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
            updated = _set_terrain(room, event.changes, event.variants, event, table)
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
            return RoomState(
                event.originator_version,
                table,
                room.terrain,
                room.variants,
                room.knowers,
                room.singled_out,
                room.grid,
                room.pointy,
                event.event_id,
            )
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
    return event.grid is not None or bool(event.variants)


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


def _lay_out(room: RoomState, event: HexesUpdated) -> RoomState:
    grid = event.grid or room.grid
    pointy = room.pointy.mutate()
    for key, _ in event.changes:
        if grid is not None and grid.orientation == "pointy":
            pointy[key] = True
        else:
            pointy.pop(key, None)
    return room._replace(grid=grid, pointy=pointy.finish())


# The two below make the new room in one go: `_replace` takes as long as all the rest of a small change.


def _reveal(room: RoomState, reveals: Iterable[Reveal], event: Event, table: Table) -> RoomState:
    knowers = room.knowers.mutate()
    singled_out = room.singled_out
    for reveal in reveals:
        if not reveal.audience:
            continue  # only DMs were named
        for key in reveal.hex_keys:
            knowers[key] = widened(knowers.get(key, _NOBODY), reveal.audience)
        if reveal.audience != "all" and not singled_out.issuperset(reveal.audience):
            singled_out |= frozenset(reveal.audience)  # else it stays the same object, as most times
    return RoomState(
        event.originator_version,
        table,
        room.terrain,
        room.variants,
        knowers.finish(),
        singled_out,
        room.grid,
        room.pointy,
        event.event_id,
    )


def widened(knowers: Knowers, audience: Audience) -> Knowers:
    """Those who know a hex after a reveal to `audience`: knowledge is never taken back."""
    if knowers is None or audience == "all":
        return None
    return knowers | frozenset(audience)


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
        room.singled_out,
        room.grid,
        room.pointy,
        event.event_id,
    )
