"""Servers whose clocks differ: the log has one order, and its times are in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg

from domain.aggregate import Occasion, SessionAggregate
from domain.decide import Surroundings
from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from projections.room_state import RoomState, replay
from tests.domain.scenario import reveal
from tests.end_to_end.peers import Message, Socket
from tests.nodes.conftest import Split, SplitMaker
from tests.transport.maps import a_map_file, as_bytes
from transport.map_import import import_map_file

AHEAD = timedelta(hours=1)


async def shown_by_a_server_that_is_ahead(at: Split, key: str) -> datetime:
    """Its clock shows an hour later than everybody else's: a reveal to all; when it was recorded."""
    campaign = CampaignId(UUID(at.table.campaign))
    async with PostgresStore(at.table.database) as store:
        room = RoomState()
        async for events in store.read(campaign):
            room = replay(events, room)
        occasion = Occasion(UserId(at.table.dm.user_id), datetime.now(UTC) + AHEAD, uuid4)
        aggregate = SessionAggregate.at(campaign, room.version, room.table, room.latest)
        (event,) = aggregate.handle(reveal(key), Surroundings(players=()), occasion)
        await store.append([event])
    return event.timestamp


def times(at: Split) -> list[datetime]:
    """Of all events of the campaign, in order."""
    with psycopg.connect(at.table.database) as connection:
        found = connection.execute(
            "select recorded_at from event_log where campaign_id = %s order by version", (at.table.campaign,)
        )
        return [recorded_at for (recorded_at,) in found]


async def shown(socket: Socket, key: str, targets: object) -> Message:
    """The answer to a reveal."""
    await socket.send("hex:reveal", id=key, hexKeys=[key], targets=targets)
    return await socket.until("ack", "error", when=lambda message: message.get("id") == key)


async def test_what_was_recorded_later_is_not_in_a_state_of_before(split: SplitMaker) -> None:
    """However many hidden events follow it from servers whose clocks are behind."""
    at = await split("Ada")
    table, ada = at.table, at.table.players["Ada"]
    bo = await table.new_person().sign_up("Bo")
    await table.invite(bo)
    sockets = [table.sockets["dm"], await at.join_there(table.dm)]
    table.dm.url = at.here
    assert (await shown(sockets[0], "1,1", "all"))["type"] == "ack"
    late = await shown_by_a_server_that_is_ahead(at, "2,2")
    moment = quote((late - timedelta(seconds=1)).isoformat())
    for n in range(6):
        state = await ada.call("GET", f"/api/campaigns/{table.campaign}/state?at={moment}")
        assert state["revealedHexes"] == ["1,1"]
        assert (await shown(sockets[n % 2], f"9,{n}", {"playerIds": [bo.user_id]}))["type"] == "ack"
    assert times(at)[-7:] == [late] * 7


async def test_a_map_that_is_imported_beside_the_servers_is_not_before(split: SplitMaker) -> None:
    """The command line has a clock of its own."""
    at = await split()
    late = await shown_by_a_server_that_is_ahead(at, "0,0")
    async with PostgresStore(at.table.database) as store:
        campaign = CampaignId(UUID(at.table.campaign))
        await import_map_file(store, campaign, UserId(at.table.dm.user_id), as_bytes(a_map_file(6_000)))
    assert times(at)[-4:] == [late] * 4
