"""Who is at the table, without a table."""

from __future__ import annotations

import asyncio

from domain.ids import UserId
from tests.domain.scenario import ADA, BO
from transport.rooms.presence import Presence

GRACE = 0.03


class Watched:
    """A presence, and of whom it said that something may have changed."""

    def __init__(self) -> None:
        self.changed: list[UserId] = []
        self.presence = Presence(GRACE, self.changed.append)


async def test_a_first_connection_is_an_arrival() -> None:
    """It is said once, and nobody counts as announced before the others were told."""
    watched = Watched()
    watched.presence.connect(ADA)
    assert watched.changed == [ADA]
    assert watched.presence.announced == frozenset()
    watched.presence.announce(ADA)
    assert watched.presence.announced == {ADA}
    assert watched.presence.here() == {ADA}


async def test_a_reload_is_no_departure() -> None:
    """Who is back within the grace never left."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.disconnect(ADA)
    assert watched.presence.here() == {ADA}
    watched.presence.connect(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.presence.is_connected(ADA)


async def test_after_the_grace_it_is_one() -> None:
    """Who stays away has left, once."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.disconnect(ADA)
    watched.changed.clear()
    await asyncio.sleep(GRACE * 2)
    assert watched.changed == [ADA]
    assert not watched.presence.is_here(ADA)


async def test_a_crash_leaves_no_ghost() -> None:
    """Whom the log says to be here gets the grace to come back; of who does not it is said."""
    watched = Watched()
    watched.presence.expect(frozenset({ADA, BO}))
    assert watched.presence.announced == {ADA, BO}
    watched.presence.connect(BO)
    watched.changed.clear()
    await asyncio.sleep(GRACE * 2)
    assert watched.changed == [ADA]


async def test_who_is_connected_to_another_server_is_here() -> None:
    """Closing the last tab here is no departure then; being gone from there is one, after the grace."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.announce(ADA)
    watched.presence.are_elsewhere(frozenset({ADA, BO}))
    assert sorted(watched.changed) == sorted([ADA, ADA, BO])
    watched.presence.disconnect(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.presence.here() == {ADA, BO}
    assert watched.presence.is_settled
    watched.changed.clear()
    watched.presence.are_elsewhere(frozenset({BO}))
    assert watched.presence.here() == {ADA, BO}
    await asyncio.sleep(GRACE * 2)
    assert watched.changed == [ADA]
    assert watched.presence.here() == {BO}


async def test_moving_between_servers_is_no_departure() -> None:
    """Gone there and here within the grace, in either order."""
    watched = Watched()
    watched.presence.are_elsewhere(frozenset({ADA}))
    watched.presence.are_elsewhere(frozenset())
    watched.presence.connect(ADA)
    watched.presence.disconnect(ADA)
    watched.presence.are_elsewhere(frozenset({ADA}))
    await asyncio.sleep(GRACE * 2)
    assert watched.presence.is_here(ADA)


async def test_a_stopped_presence_says_nothing() -> None:
    """A room that closes records no departures: its people come back elsewhere."""
    watched = Watched()
    watched.presence.expect(frozenset({ADA}))
    watched.presence.stop()
    await asyncio.sleep(GRACE * 2)
    assert watched.changed == []
