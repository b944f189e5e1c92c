"""The table `attendance`: who was at the table from when to when. A row a stay."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.events import PlayerJoined, PlayerLeft, SessionEnded, SessionStarted
from domain.ids import UserId
from projections.analytics.projection import Known, Logged, Projection, Row


def fold(batch: Sequence[Logged], known: Known) -> list[Row]:
    """The stays that begin or end in the batch. A session begins one for each who is there, and its end ends all."""
    rows: list[Row] = []
    here: dict[UUID, dict[UserId, Row]] = {
        campaign: {stay["player_id"]: dict(stay) for stay in stays} for campaign, stays in known.open_stays.items()
    }
    for logged in batch:
        event = logged.event
        there = here.setdefault(event.originator_id, {})
        if isinstance(event, SessionStarted):
            rows += _come(there, event.present, logged)
        elif isinstance(event, PlayerJoined):
            rows += _come(there, (event.player_id,), logged)
        elif isinstance(event, PlayerLeft):
            rows += _go(there, (event.player_id,), logged)
        elif isinstance(event, SessionEnded):
            rows += _go(there, tuple(there), logged)
    # One that begins and ends in the batch came up twice, as the same row.
    return list({(row["event_id"], row["player_id"]): row for row in rows}.values())


def _come(there: dict[UserId, Row], players: Sequence[UserId], logged: Logged) -> list[Row]:
    event = logged.event
    new = [player for player in dict.fromkeys(players) if player not in there]
    for player in new:
        there[player] = {
            "event_id": event.event_id,
            "player_id": player,
            "campaign_id": event.originator_id,
            "session_id": event.session_id,
            "came_at": event.timestamp,
            "left_at": None,
            "position": logged.position,
        }
    return [there[player] for player in new]


def _go(there: dict[UserId, Row], players: Sequence[UserId], logged: Logged) -> list[Row]:
    gone = [there.pop(player) for player in players if player in there]
    for stay in gone:
        # In an old log, of servers whose clocks differed, the end may have been recorded before the beginning.
        stay["left_at"] = max(logged.event.timestamp, stay["came_at"])
        stay["position"] = logged.position
    return gone


PROJECTION = Projection(
    "attendance",
    frozenset({SessionStarted.TOPIC, SessionEnded.TOPIC, PlayerJoined.TOPIC, PlayerLeft.TOPIC}),
    needs="open_stays",
    fold=fold,
)
