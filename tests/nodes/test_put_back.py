"""A database that was put back to an earlier moment under servers that run: nobody goes on with a past that is gone."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from domain.ids import CampaignId
from domain.postgres import PostgresStore
from tests.domain.store.streams import reveal as event_of
from tests.end_to_end.peers import Socket
from tests.nodes.conftest import Split, SplitMaker

TRY_AGAIN = 1013


def put_back(database: str, event_id: str) -> None:
    """To the moment after an event: as a restore does, past the trigger that refuses it."""
    with psycopg.connect(database) as sql:
        sql.execute("alter table event_log disable trigger user")
        query = "delete from event_log where position > (select position from event_log where event_id = %s)"
        assert sql.execute(query, [event_id]).rowcount == 3
        sql.execute("alter table event_log enable trigger user")


async def reveal(socket: Socket, *keys: str) -> str:
    """One after the other; the last one's event."""
    for key in keys:
        await socket.send("hex:reveal", id=key, hexKeys=[key], targets="all")
        event_id: str = (await socket.until("ack"))["eventId"]
    return event_id


async def everybody_knows(split: Split, *keys: str) -> None:
    """Whoever comes to either server now is shown these hexes."""
    ada = split.table.players["Ada"]
    for url in (split.here, split.there):
        ada.url = url
        state = await ada.fresh_state(split.table.campaign)
        assert set(state["revealedHexes"]) == set(keys)


@pytest.mark.usefixtures("deaf", "quick_looking")
async def test_a_log_that_is_shorter_than_what_was_told(split: SplitMaker) -> None:
    """The room starts over within a moment, before anybody commands."""
    at = await split("Ada")
    dm = at.table.sockets["dm"]
    moment = await reveal(dm, "1,1")
    await reveal(dm, "2,1", "2,2", "2,3")
    put_back(at.table.database, moment)
    assert await dm.close_code() == TRY_AGAIN
    await everybody_knows(at, "1,1")
    again = await at.table.dm.join(at.table.campaign)
    assert await reveal(again, "3,1")


@pytest.mark.usefixtures("no_looking")
@pytest.mark.parametrize("more", [3, 5])
async def test_a_log_that_has_grown_again_with_other_events(split: SplitMaker, more: int) -> None:
    """To the same length, or beyond: at its first word the room starts over, instead of adding to what is gone."""
    at = await split("Ada")
    dm, database = at.table.sockets["dm"], at.table.database
    moment = await reveal(dm, "1,1")
    await reveal(dm, "2,1", "2,2", "2,3")
    put_back(database, moment)
    campaign, ada = CampaignId(UUID(at.table.campaign)), at.table.players["Ada"].user_id
    async with PostgresStore(database) as elsewhere:
        versions = range((await elsewhere.head(campaign)).version + 1, 100)[:more]
        # In one commit, so that nobody hears of a log that is still shorter.
        await elsewhere.append([event_of(campaign, version, audience=(ada,)) for version in versions])
    assert await dm.close_code() == TRY_AGAIN
    await everybody_knows(at, "1,1", *(f"{version},0" for version in versions))
