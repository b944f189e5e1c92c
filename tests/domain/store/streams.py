"""Events to store, and what is read of them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from domain.events import ChangesDiscarded, Event, HexesRevealed, HexesUpdated, SessionEnded, SessionStarted
from domain.hexes import MAX_HEXES
from domain.ids import CampaignId, ChangeId, CommandId, EventId, SessionId, UserId
from domain.store import EventStore

NOW = datetime(2026, 3, 1, 20, 15, 30, 123456, tzinfo=UTC)
DM = UserId("00000000-0000-4000-8000-000000000001")

_bytes_of_a_terrain = 64


def a_campaign() -> CampaignId:
    """One that nobody has written to."""
    return CampaignId(uuid4())


def reveal(
    campaign: CampaignId,
    version: int,
    command: str | None = None,
    *,
    actor: str = DM,
    event_id: UUID | None = None,
    audience: tuple[str, ...] = (DM,),
    at: datetime = NOW,
) -> HexesRevealed:
    """A small event."""
    return HexesRevealed(
        originator_id=campaign,
        originator_version=version,
        timestamp=at,
        event_id=EventId(event_id or uuid4()),
        actor=UserId(actor),
        session_id=None,
        command_id=None if command is None else CommandId(command),
        hex_keys=(f"{version},0",),
        audience=tuple(map(UserId, audience)),
    )


def reveals(campaign: CampaignId, versions: range) -> list[Event]:
    """Small events, one for each version."""
    return [reveal(campaign, version) for version in versions]


def start(campaign: CampaignId, version: int, number: int = 1) -> SessionStarted:
    """The beginning of a session at which nobody is present."""
    return SessionStarted(
        originator_id=campaign,
        originator_version=version,
        timestamp=NOW,
        event_id=EventId(uuid4()),
        actor=DM,
        session_id=SessionId(uuid4()),
        command_id=None,
        number=number,
        present=(),
    )


def end(campaign: CampaignId, version: int) -> SessionEnded:
    """The end of one."""
    return SessionEnded(
        originator_id=campaign,
        originator_version=version,
        timestamp=NOW,
        event_id=EventId(uuid4()),
        actor=DM,
        session_id=SessionId(uuid4()),
        command_id=None,
    )


def discard(campaign: CampaignId, version: int, command: str) -> ChangesDiscarded:
    """What accompanies another event of the same command."""
    return ChangesDiscarded(
        originator_id=campaign,
        originator_version=version,
        timestamp=NOW,
        event_id=EventId(uuid4()),
        actor=DM,
        session_id=None,
        command_id=CommandId(command),
        change_ids=(ChangeId(uuid4()),),
    )


def map_part(campaign: CampaignId, version: int, hexes: int = MAX_HEXES, terrain: str = "forest") -> HexesUpdated:
    """A part of a map: at most 5,000 hexes."""
    return HexesUpdated(
        originator_id=campaign,
        originator_version=version,
        timestamp=NOW,
        event_id=EventId(uuid4()),
        actor=DM,
        session_id=None,
        command_id=None,
        changes=tuple((f"{q},{version}", terrain) for q in range(hexes)),
    )


def oversized(campaign: CampaignId, version: int) -> HexesUpdated:
    """An event of more than 256 KiB."""
    return map_part(campaign, version, terrain="x" * _bytes_of_a_terrain)


async def stored(store: EventStore, campaign: CampaignId, after: int = 0) -> list[Event]:
    """All that the store has of a campaign."""
    return [event async for batch in store.read(campaign, after) for event in batch]
