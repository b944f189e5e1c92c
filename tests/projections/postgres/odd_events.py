"""Events that no rule has ever made."""

from __future__ import annotations

from random import Random
from uuid import UUID, uuid4

from domain.event_codec import EventRow
from domain.ids import CampaignId
from domain.postgres import PostgresStore
from tests.domain.scenario import DM, NOW
from tests.domain.store.streams import a_campaign

TOO_LONG = "".join(map(chr, Random(1).choices(range(0x4E00, 0x9FFF), k=9_000)))

POISON = {
    "a publish without its changes": ("changes_published", "{}"),
    "an undo without its change": ("change_undone", "{}"),
    "nothing is staged": ("changes_published", f'{{"change_ids": ["{uuid4()}"]}}'),
    "no session runs": ("session_paused", "{}"),
    "nobody can come": ("player_joined", '{"player_id": "not a uuid"}'),
    "no session to come to": ("player_joined", f'{{"player_id": "{uuid4()}"}}'),
    "no session begins": ("session_started", '{"number": 1, "present": []}'),
    "a number beyond all": ("session_started", '{"number": 99999999999, "present": []}'),
    "too long for an index": (
        "hexes_revealed",
        f'{{"hex_keys": ["1,1"], "audience": ["{TOO_LONG}"]}}',
    ),
}
"""Type and data, by what is odd about them."""


async def poison(database: str, topic: str, data: str, session: UUID | None = None) -> CampaignId:
    """A campaign with one such event."""
    campaign = a_campaign()
    row = EventRow(campaign, 1, uuid4(), topic, 1, NOW, DM, session, None, data.encode())
    async with PostgresStore(database) as store:
        await store.append_rows([row])
    return campaign
