"""Events that only a newer program knows: what is in the tables of them, and what has to wait for that program."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from psycopg import AsyncConnection

from domain.event_codec import KINDS, kind
from projections.postgres.log_reader import SQL, LoggedRow
from projections.postgres.table_writer import Odd

FIRST = frozenset(
    kind(topic, 1)
    for topic in (
        "session_started",
        "session_paused",
        "session_resumed",
        "session_ended",
        "broadcast_mode_changed",
        "hexes_revealed",
        "hexes_updated",
        "change_staged",
        "change_undone",
        "changes_published",
        "changes_discarded",
        "player_joined",
        "player_left",
    )
)
"""Every program that feeds the tables knows these. Never add to them: whoever knows a later kind notes where it is."""


class EventKinds:
    """Those of the tables that are first in the connection's search path."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def newer_among(self, rows: Sequence[LoggedRow]) -> list[Odd]:
        """The events that a newer program wrote, and the first of each campaign of which the tables hold such an event.

        What such an event did to the tables is not known here, so nothing can be put on top of it.
        """
        odd = [_odd(one, one.newer) for one in rows if one.newer is not None]
        firsts: dict[UUID, LoggedRow] = {}
        for one in rows:
            firsts.setdefault(one.row.campaign_id, one)
        if firsts:
            wanted = {"campaigns": list(firsts), "known": list(KINDS)}
            cursor = await self._connection.execute(SQL["unknown_kinds"], wanted, binary=True)
            for campaign, unknown in await cursor.fetchall():
                odd.append(_odd(firsts[campaign], f"the tables hold {unknown} of this campaign"))
        return odd

    async def note(self, rows: Sequence[LoggedRow]) -> None:
        """The tables hold these events."""
        held = {(one.row.campaign_id, kind(one.type, one.row.schema_version)) for one in rows}
        if later := [one for one in held if one[1] not in FIRST]:
            campaigns, kinds = zip(*later, strict=True)
            await self._connection.execute(SQL["note_kinds"], {"campaigns": list(campaigns), "kinds": list(kinds)})


def _odd(one: LoggedRow, why: str) -> Odd:
    place = f"event {one.row.version}, a {one.type}"
    return Odd(one.row.campaign_id, one.row.version, f"{place}: NewerEvent: {why}", is_newer=True)
