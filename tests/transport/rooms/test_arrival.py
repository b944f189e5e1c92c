from __future__ import annotations

from transport.rooms.arrival import SLOWEST_BYTES, Arrival

TEN_SECONDS = 10 * SLOWEST_BYTES


def test_a_large_write_takes_its_time() -> None:
    """As long as the slowest line takes for it, and for what is written behind it."""
    arrival = Arrival()
    assert arrival.seconds(5) == 0
    arrival.wrote(5, TEN_SECONDS)
    arrival.wrote(7, TEN_SECONDS)
    assert (arrival.seconds(7), arrival.seconds(20), arrival.seconds(30)) == (18, 5, 0)


def test_a_pong_tells_that_all_before_its_ping_has_arrived() -> None:
    """What was written since the last pong may lie behind that ping."""
    arrival = Arrival()
    arrival.wrote(0, 3 * TEN_SECONDS)
    arrival.ponged(1)
    arrival.wrote(1, TEN_SECONDS)
    arrival.ponged(2)
    assert arrival.seconds(2) == 10
    arrival.ponged(3)
    assert arrival.seconds(3) == 0


def test_a_pong_makes_nothing_later() -> None:
    """On a line that had enough time nothing is due, whatever was written."""
    arrival = Arrival()
    arrival.wrote(0, TEN_SECONDS)
    arrival.ponged(60)
    assert arrival.seconds(60) == 0
