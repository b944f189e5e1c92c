"""After a crash a server records who left, and opens no room in which nobody was."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.ids import CampaignId
from domain.memory_store import MemoryStore
from domain.store import StoreUnavailable, UnreadableEvent
from tests.end_to_end.peers import a_table
from tests.laws.fake_peers import KeptRooms, Roster
from transport.cluster import left_behind
from transport.cluster.lease import Lease
from transport.cluster.left_behind import LeftBehind
from transport.cluster.membership import ClusterMembership
from transport.cluster.reconcile import Upkeep
from transport.rooms.loading import load_room
from transport.rooms.registry import Rooms
from transport.rooms.room import Room
from transport.server.server import running
from transport.settings import Settings

DEE, ADA = uuid4(), uuid4()
STARTED, PAUSED, ENDED = "session_started", "session_paused", "session_ended"
JOINED, LEFT = "player_joined", "player_left"

STORIES: dict[str, tuple[list[tuple[str, list[UUID]]], set[UUID]]] = {
    "nobody was there": ([(STARTED, [])], set()),
    "Dee was, from the beginning": ([(STARTED, [DEE])], {DEE}),
    "both, while it was paused": ([(STARTED, [DEE]), (JOINED, [ADA]), (PAUSED, [])], {DEE, ADA}),
    "both had left": ([(STARTED, [DEE]), (JOINED, [ADA]), (LEFT, [DEE]), (LEFT, [ADA])], set()),
    "Ada had come back": ([(STARTED, []), (JOINED, [ADA]), (LEFT, [ADA]), (JOINED, [ADA])], {ADA}),
    "somebody in the session before": ([(STARTED, [DEE, ADA]), (ENDED, []), (STARTED, [])], set()),
    "somebody, but it has ended": ([(STARTED, [DEE, ADA]), (ENDED, [])], set()),
    "it never began": ([], set()),
}


def tell(connection: psycopg.Connection[Any], story: Sequence[tuple[str, list[UUID]]]) -> CampaignId:
    """A campaign of Dee and Ada in which this happened."""
    campaign = CampaignId(uuid4())
    connection.execute("insert into campaign (campaign_id, name) values (%s, 'Fog')", (campaign,))
    for person, role in ((DEE, "dm"), (ADA, "player")):
        connection.execute(
            "insert into member (campaign_id, person_id, role, told_from) values (%s, %s, %s, 0)",
            (campaign, person, role),
        )
    session = uuid4()
    for version, (kind, people) in enumerate(story, 1):
        names = [str(person) for person in people]
        started = {"number": version, "present": names}
        data = started if kind == STARTED else {"player_id": names[0]} if kind in (JOINED, LEFT) else {}
        connection.execute(
            "insert into event_log (campaign_id, version, event_id, type, schema_version, recorded_at, actor,"
            " session_id, data) values (%s, %s, %s, %s, 1, now(), %s, %s, %s)",
            (campaign, version, uuid4(), kind, DEE, session, json.dumps(data)),
        )
    return campaign


def tell_all(database: str) -> dict[CampaignId, set[UUID]]:
    """A campaign of each story, with those who were there in the end."""
    with psycopg.connect(database) as connection:
        for person in (DEE, ADA):
            connection.execute("insert into person (person_id, name) values (%s, 'Somebody')", (person,))
        return {tell(connection, story): there for story, there in STORIES.values()}


def all_departures(database: str) -> list[tuple[UUID, UUID]]:
    """(campaign, person) of all that are recorded."""
    with psycopg.connect(database) as connection:
        return connection.execute(
            "select campaign_id, (data ->> 'player_id')::uuid from event_log where type = 'player_left'"
        ).fetchall()


def departures(database: str) -> Counter[tuple[UUID, UUID]]:
    """(campaign, person) of those that were recorded since the stories."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "select campaign_id, (data ->> 'player_id')::uuid from event_log"
            " where type = 'player_left' and actor = (data ->> 'player_id')::uuid and command_id is null"
            " and recorded_at > (select max(recorded_at) from event_log where actor = %s and type = 'session_started')",
            (DEE,),
        ).fetchall()
    return Counter((campaign, person) for campaign, person in rows)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[UUID]:
    """How often each room was read from the log."""
    counted: Counter[UUID] = Counter()

    async def counting(campaign: CampaignId, *others: Any) -> Any:
        counted[campaign] += 1
        return await load_room(campaign, *others)

    monkeypatch.setattr("transport.rooms.opening.load_room", counting)
    return counted


@pytest.mark.parametrize("at_once", [1, 3, 200])
async def test_only_rooms_in_which_somebody_is_left_are_opened(
    database: str, opened: Counter[UUID], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """And each who does not come back is recorded as left, once."""
    monkeypatch.setattr(left_behind, "LOOK_AT", at_once)
    there = tell_all(database)
    expected = Counter((campaign, person) for campaign, people in there.items() for person in people)
    async with running(Settings(port=0, leave_grace_seconds=0.1), database), asyncio.timeout(20):
        while departures(database) != expected:  # noqa: ASYNC110 - they come by themselves
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
    assert departures(database) == expected
    assert opened == Counter(campaign for campaign, people in there.items() if people)
    opened.clear()
    async with running(Settings(port=0, leave_grace_seconds=0.1), database):
        await asyncio.sleep(0.5)
    assert not opened, "what was recorded needs no second start"


async def test_a_session_that_is_too_long_to_be_looked_through_is_opened(
    database: str, opened: Counter[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its room knows by its snapshot whether anybody is there."""
    monkeypatch.setattr("transport.cluster.membership._UNREAD", 3)
    with psycopg.connect(database) as connection:
        for person in (DEE, ADA):
            connection.execute("insert into person (person_id, name) values (%s, 'Somebody')", (person,))
        moves = [(JOINED, [ADA]), (LEFT, [ADA]), (JOINED, [ADA]), (LEFT, [ADA])]
        short, long = tell(connection, [(STARTED, []), *moves[:2]]), tell(connection, [(STARTED, []), *moves])
    async with running(Settings(port=0), database), asyncio.timeout(20):
        while not opened:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.05)
    assert (opened[short], opened[long]) == (0, 1)


class Searched:
    """A log with so many campaigns that need it, and rooms that are opened in one turn of the loop each."""

    def __init__(self, campaigns: int) -> None:
        self.campaigns = sorted((CampaignId(uuid4()) for _ in range(campaigns)), key=str)
        self.opened: list[CampaignId] = []
        self.at_once = self.most_at_once = 0
        self.fails: Callable[[CampaignId], Exception | None] = lambda _campaign: None

    async def left_behind(self, after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        found = [one for one in self.campaigns if str(one) > str(after)][:most]
        return found, found[-1] if len(found) == most else None

    def open_rooms(self) -> list[Room]:
        return []

    async def open_once(self, campaign: CampaignId) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if (failure := self.fails(campaign)) is not None:
            raise failure
        self.opened.append(campaign)

    async def search(self) -> None:
        """Until all is opened that can be."""
        task = asyncio.create_task(LeftBehind(self, self).run())
        async with asyncio.timeout(10):
            while not set(self.campaigns) <= set(self.opened):  # noqa: ASYNC110 - it goes on by itself
                await asyncio.sleep(0)
        task.cancel()


async def test_rooms_are_opened_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those who come meanwhile wait for one of them at most; in their place others have turns after each."""
    monkeypatch.setattr(left_behind, "PAUSE_SECONDS", 0)
    searched = Searched(500)
    await searched.search()
    assert searched.opened == searched.campaigns
    assert searched.most_at_once == 1


async def test_what_fails_is_tried_again_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is away for a moment, and a log that can't be read."""
    monkeypatch.setattr(left_behind, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(left_behind, "RETRY_SECONDS", 0)
    searched, failures = Searched(5), Counter[CampaignId]()
    away, unreadable = searched.campaigns[1], searched.campaigns[3]

    def fails(campaign: CampaignId) -> Exception | None:
        failures[campaign] += 1
        if campaign == unreadable:
            searched.campaigns.remove(unreadable)
            return UnreadableEvent("damaged")
        return StoreUnavailable() if campaign == away and failures[campaign] < 3 else None

    searched.fails = fails
    await searched.search()
    assert set(searched.opened) == set(searched.campaigns)
    assert (failures[away], failures[unreadable]) == (3, 1)


async def test_who_gets_no_answer_asks_for_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """Campaigns that take the database too long together are looked at in smaller groups."""
    monkeypatch.setattr(left_behind, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(left_behind, "RETRY_SECONDS", 0)
    searched, asked = Searched(10), list[int]()
    look = searched.left_behind

    async def slow(after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        asked.append(most)
        if most > 4:
            raise StoreUnavailable
        return await look(after, most)

    monkeypatch.setattr(searched, "left_behind", slow)
    await searched.search()
    assert asked[:7] == [200, 100, 50, 25, 12, 6, 3]
    assert searched.opened == searched.campaigns


async def test_one_that_is_never_available_is_in_nobodys_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a fault of ours in the middle."""
    monkeypatch.setattr(left_behind, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(left_behind, "RETRY_SECONDS", 0)
    monkeypatch.setattr(left_behind, "LOOK_AT", 2)
    searched = Searched(5)
    away = searched.campaigns[0]
    searched.fails = lambda campaign: StoreUnavailable() if campaign == away else None
    asked, look = 0, searched.left_behind

    async def fails_once(after: UUID, most: int) -> tuple[list[CampaignId], UUID | None]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise RuntimeError("a fault of ours")
        return await look(after, most)

    monkeypatch.setattr(searched, "left_behind", fails_once)
    searching = LeftBehind(searched, searched)
    with pytest.raises(RuntimeError):
        await searching.run()
    task = asyncio.create_task(searching.run())
    async with asyncio.timeout(10):
        while not {*searched.campaigns[1:]} <= set(searched.opened):  # noqa: ASYNC110 - it goes on by itself
            await asyncio.sleep(0)
    task.cancel()


@pytest.mark.parametrize("present", [None, "nobody", {}, 7])
async def test_an_odd_event_is_in_nobodys_way(database: str, present: object) -> None:
    """Who was left in other campaigns is found all the same."""
    there = tell_all(database)
    with psycopg.connect(database) as connection:
        odd = tell(connection, [(STARTED, [DEE])])
        data = json.dumps({"number": 1, "present": present})
        connection.execute("alter table event_log disable trigger all")
        connection.execute("update event_log set data = %s where campaign_id = %s", (data, odd))
        connection.execute("alter table event_log enable trigger all")
    membership = ClusterMembership(database, Lease(5))
    await membership.stay_alive()
    found, _ = await membership.left_behind(left_behind.FIRST, 200)
    await membership.retire()
    assert set(found) == {campaign for campaign, people in there.items() if people}


async def test_where_others_have_people_nothing_is_done(database: str) -> None:
    """They see by themselves who comes and goes."""
    there = tell_all(database)
    needed = {campaign for campaign, people in there.items() if people}
    with psycopg.connect(database) as connection:
        other, one = uuid4(), min(needed)
        connection.execute("insert into node (node_id, lease_until) values (%s, now() + interval '1 hour')", (other,))
        connection.execute(
            "insert into presence (campaign_id, person_id, node_id) values (%s, %s, %s)", (one, ADA, other)
        )
    membership = ClusterMembership(database, Lease(5))
    await membership.stay_alive()
    found, rest = await membership.left_behind(left_behind.FIRST, 200)
    await membership.retire()
    assert (set(found), rest) == (needed - {one}, None)


async def test_nobody_stays_at_the_table_whose_server_was_told_to_stop(database: str) -> None:
    """They do not come back, and no other server has the room open."""
    settings = Settings(port=0, leave_grace_seconds=0.1)
    ending = AsyncExitStack()
    url = await ending.enter_async_context(running(settings, database))
    async with running(settings, database), a_table(url, database, ("Ada",)) as table, asyncio.timeout(20):
        await table.sockets["dm"].send("session:start", id="start")
        await table.sockets["dm"].until("ack")
        await ending.aclose()
        there = {UUID(table.dm.user_id), UUID(table.players["Ada"].user_id)}
        while {person for _, person in all_departures(database)} != there:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.05)


async def test_a_lost_answer_leaves_nobody(monkeypatch: pytest.MonkeyPatch, database: str) -> None:
    """The database had taken the people of a dead server for gone, and could not say so any more."""
    searched, expire = Searched(1), ClusterMembership.expire_leases

    async def loses_its_answer(membership: ClusterMembership) -> bool:
        await expire(membership)
        raise StoreUnavailable

    monkeypatch.setattr(ClusterMembership, "expire_leases", loses_its_answer)
    membership = ClusterMembership(database, Lease(5))
    upkeep = Upkeep(cast("Rooms", searched), MemoryStore(), Roster({}), KeptRooms(), membership)
    upkeep.left_behind = LeftBehind(searched, searched)
    looking = asyncio.create_task(upkeep.left_behind.run())
    async with asyncio.timeout(10):
        for times in (1, 2):
            while len(searched.opened) < times:  # noqa: ASYNC110 - it goes on by itself
                await asyncio.sleep(0)
            await upkeep.extend_lease()
    looking.cancel()
    await membership.retire()
