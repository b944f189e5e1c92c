"""Who is at the table, without a table."""

from __future__ import annotations

import asyncio

from domain.ids import UserId
from tests.domain.scenario import ADA, BO
from transport.presence import Presence

GRACE = 0.03


class Watched:
    """A presence, and what it asked to be recorded."""

    def __init__(self, grace: float = GRACE) -> None:
        self.asked: list[tuple[str, UserId]] = []
        self.presence = Presence(
            grace,
            lambda user: self.asked.append(("arrived", user)),
            lambda user: self.asked.append(("left", user)),
        )


async def test_a_first_connection_is_an_arrival() -> None:
    """It is asked for once, and nobody counts as announced before the others were told."""
    watched = Watched()
    watched.presence.connect(ADA)
    assert watched.asked == [("arrived", ADA)]
    assert watched.presence.announced == frozenset()
    watched.presence.announce(ADA)
    assert watched.presence.announced == {ADA}
    assert watched.presence.here() == {ADA}


async def test_a_reload_is_no_departure() -> None:
    """Who is back within the grace never left."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.announce(ADA)
    watched.presence.disconnect(ADA)
    assert watched.presence.here() == {ADA}
    watched.presence.connect(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == [("arrived", ADA)]


async def test_after_the_grace_it_is_one() -> None:
    """Who stays away has left, once."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.announce(ADA)
    watched.presence.disconnect(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == [("arrived", ADA), ("left", ADA)]
    watched.presence.withdraw(ADA)
    assert watched.presence.announced == frozenset()


async def test_a_crash_leaves_no_ghost() -> None:
    """Whom the log says to be here gets the grace to come back; who does not has left."""
    watched = Watched()
    watched.presence.expect(frozenset({ADA, BO}))
    watched.presence.connect(BO)
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == [("left", ADA)]


async def test_leaving_before_the_arrival_is_stored() -> None:
    """The arrival is announced all the same, and then the departure follows."""
    watched = Watched()
    watched.presence.connect(ADA)
    watched.presence.disconnect(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == [("arrived", ADA)]
    watched.presence.announce(ADA)
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == [("arrived", ADA), ("left", ADA)]


async def test_coming_back_while_the_departure_is_stored() -> None:
    """Who is here when the departure is told arrives anew."""
    watched = Watched()
    watched.presence.expect(frozenset({ADA}))
    await asyncio.sleep(GRACE * 2)
    watched.presence.connect(ADA)
    watched.presence.withdraw(ADA)
    assert watched.asked == [("left", ADA), ("arrived", ADA)]
    assert watched.presence.here() == {ADA}


async def test_a_stopped_presence_asks_for_nothing() -> None:
    """A room that closes records no departures: its people come back elsewhere."""
    watched = Watched()
    watched.presence.expect(frozenset({ADA}))
    watched.presence.stop()
    await asyncio.sleep(GRACE * 2)
    assert watched.asked == []
