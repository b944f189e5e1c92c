"""Many large events that another server wrote: what is in memory of them goes in short turns of the loop, too."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.map_parts import MapPart
from domain.postgres import PostgresStore
from tests.domain.scenario import CAMPAIGN
from tests.domain.store.decoding_turns import decoding_turns
from tests.domain.store.patience import until
from tests.domain.store.streams import map_part, reveal
from tests.laws.fake_peers import Alone, KeptRooms, Roster
from transport.event_loop.freeing import FREED_HEXES
from transport.rooms.registry import Rooms
from transport.settings import Settings

PARTS, HEXES = 16, 5_000


@pytest.mark.parametrize("is_import", [False, True], ids=["one by one", "told together"])
async def test_what_was_taken_in_is_freed_in_turns(
    database: str, monkeypatch: pytest.MonkeyPatch, is_import: bool
) -> None:
    """A hundred of them, freed at once, kept everybody waiting for dozens of milliseconds."""
    async with PostgresStore(database) as store:
        rooms = Rooms(store, Roster({}), KeptRooms(), Alone(), Settings())
        await store.append([reveal(CAMPAIGN, 1)])
        with decoding_turns(monkeypatch) as turns:
            async with rooms.visit(CAMPAIGN) as room:
                for version in range(2, PARTS + 2):
                    part = map_part(CAMPAIGN, version, HEXES)
                    if is_import:
                        left = (PARTS + 1 - version) * HEXES
                        of = MapPart(import_id=UUID(int=1), file="0" * 64, number=version - 1, left=left)
                        part = part.model_copy(update={"part": of})
                    await store.append([part])
                room.catch_up()
                await until(lambda: room.projection.state.version == PARTS + 1, seconds=60)
                largest, decoded = max(turns.decoded.values()), sum(turns.decoded.values())
                await until(lambda: sum(turns.freed.values()) + turns.freed_elsewhere > decoded - 2 * largest)
                assert len(turns.decoded) >= PARTS
                assert max(turns.freed.values()) <= (FREED_HEXES / HEXES + 1) * largest
        await rooms.close()
