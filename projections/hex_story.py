"""The whole story of one hex, for who settles a dispute: set, staged, undone, published, dropped, and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.events import (
    ChangesDiscarded,
    ChangesPublished,
    ChangeStaged,
    ChangeUndone,
    Event,
    HexesRevealed,
    HexesUpdated,
    Reveal,
    StagedReveal,
    StagedUpdate,
    Update,
)
from domain.hexes import UNKNOWN_TERRAIN, HexKey
from domain.ids import UserId
from domain.staged import StagedQueue
from projections.knowers import Knowers
from projections.people import Member
from projections.room_state import RoomState, Step, is_import, takes_back
from projections.words import listed, name_of, names, whom


def what_happened_to(key: HexKey, step: Step, members: Mapping[UserId, Member]) -> str | None:
    """What the step meant for the hex, in a plain sentence; None for nothing."""
    event = step.event
    done = _done(key, event, step.before.table.staged, members)
    return f"{name_of(event.actor, members)} {done}" if done else None


def how_it_stands(key: HexKey, room: RoomState, members: Mapping[UserId, Member]) -> str:
    """The hex in a room: its terrain, who knows it, and how often it is in the queue."""
    terrain = room.terrain.get(key, UNKNOWN_TERRAIN)
    waiting = sum(bool(_of(key, one.change)) for one in room.table.staged)
    queued = f"; {waiting} staged" if waiting else ""
    return f"{terrain}, {_known_to(room.knowers.get(key, frozenset()), members)}{queued}"


def _done(key: HexKey, event: Event, queue: StagedQueue, members: Mapping[UserId, Member]) -> str:
    match event:
        case HexesUpdated():
            did = "imported it as" if is_import(event) else "set it to"
            if takes_back(event):
                did = "took an import back, so that it is"
            return "; ".join(f"{did} {kind}" for kind in _of(key, event))
        case HexesRevealed():
            return f"revealed it to {whom(event.audience, members)}" if key in event.hex_keys else ""
        case ChangeStaged():
            return _told("staged", key, [event.change], members)
        case ChangeUndone():
            undone = queue.staged_by(event.change_id)
            return _told("undid", key, [undone.change] if undone is not None else (), members)
        case ChangesPublished():
            return _told("published", key, [one.change for one in queue], members)
        case ChangesDiscarded():
            return _told("dropped what was staged", key, [one.change for one in queue], members)
        case _:
            return ""


def _told(
    verb: str, key: HexKey, changes: Iterable[StagedReveal | StagedUpdate], members: Mapping[UserId, Member]
) -> str:
    orders = [
        f"set it to {what}" if isinstance(change, Update) else f"reveal it to {whom(change.audience, members)}"
        for change in changes
        for what in _of(key, change)
    ]
    return f"{verb}: {'; '.join(orders)}" if orders else ""


def _of(key: HexKey, change: Reveal | Update) -> list[str]:
    """What the change says of the hex: its terrains, or the key itself if it is revealed; often nothing."""
    if isinstance(change, Update):
        return [terrain for changed, terrain in change.changes if changed == key]
    return [key] if key in change.hex_keys else []


def _known_to(knowers: Knowers, members: Mapping[UserId, Member]) -> str:
    if knowers is None:
        return "known to all players"
    return f"known to {listed(sorted(names(knowers, members)))}" if knowers else "hidden from players"
