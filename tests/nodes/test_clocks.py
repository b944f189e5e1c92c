"""Servers whose clocks differ: the log has one order, and its times are in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.aggregate import CommandMetadata, SessionAggregate
from domain.decide import CommandContext
from domain.ids import CampaignId, UserId
from domain.postgres import PostgresStore
from projections.room_state import RoomState, replay
from tests.domain.scenario import reveal
from tests.end_to_end.peers import Message, Socket
from tests.nodes.conftest import Split, SplitMaker
from tests.transport.maps.map_files import a_map_file, as_bytes
from transport.cluster.shared_clock import SharedClock
from transport.maps.importing import import_map_file

AHEAD = timedelta(hours=1)


async def shown_by_a_server_that_is_ahead(at: Split, key: str) -> datetime:
    """Its clock shows an hour later than everybody else's: a reveal to all; when it was recorded."""
    campaign = CampaignId(UUID(at.table.campaign))
    async with PostgresStore(at.table.database) as store:
        room = RoomState()
        async for events in store.read(campaign):
            room = replay(events, room)
        metadata = CommandMetadata(UserId(at.table.dm.user_id), datetime.now(UTC) + AHEAD, uuid4)
        aggregate = SessionAggregate.at(campaign, room.version, room.table, room.latest)
        (event,) = aggregate.handle(reveal(key), CommandContext(players=()), metadata)
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


async def test_events_are_recorded_by_the_clock_of_the_database(
    split: SplitMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers whose clocks differ by a minute, here both from a database that is an hour ahead."""
    tell, made = SharedClock.told, list[SharedClock]()

    def told(shared: SharedClock, asked: float, answer: float) -> None:
        if shared not in made:
            made.append(shared)
            shared._ahead -= 60 * len(made)
        tell(shared, asked, answer + AHEAD.total_seconds())

    monkeypatch.setattr(SharedClock, "told", told)
    at = await split()
    sockets = [at.table.sockets["dm"], await at.join_there(at.table.dm)]
    began = datetime.now(UTC)
    for n in range(6):
        assert (await shown(sockets[n % 2], f"{n},0", "all"))["type"] == "ack"
    took = datetime.now(UTC) - began
    recorded = times(at)
    assert len(made) == 2
    assert sorted(set(recorded)) == recorded, "none has the time of the one before it"
    margin = timedelta(seconds=1)
    assert began + AHEAD - margin < recorded[0] < recorded[-1] < began + AHEAD + took + margin


async def test_the_command_line_has_the_clock_of_the_database(
    split: SplitMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, too, one that is an hour ahead of the machine's."""
    now, at = PostgresStore.now, await split()
    began = datetime.now(UTC)

    async def ahead(store: PostgresStore) -> datetime:
        return await now(store) + AHEAD

    monkeypatch.setattr(PostgresStore, "now", ahead)
    async with PostgresStore(at.table.database) as store:
        campaign = CampaignId(UUID(at.table.campaign))
        await import_map_file(store, campaign, UserId(at.table.dm.user_id), as_bytes(a_map_file(3)))
    assert began + AHEAD < times(at)[-1] < datetime.now(UTC) + AHEAD


async def test_a_map_that_is_imported_beside_the_servers_is_not_before(split: SplitMaker) -> None:
    """The command line has a clock of its own."""
    at = await split()
    late = await shown_by_a_server_that_is_ahead(at, "0,0")
    async with PostgresStore(at.table.database) as store:
        campaign = CampaignId(UUID(at.table.campaign))
        await import_map_file(store, campaign, UserId(at.table.dm.user_id), as_bytes(a_map_file(6_000)))
    assert times(at)[-4:] == [late] * 4
