from __future__ import annotations

from transport.client.backoff import LONGEST, SHORTEST, Backoff


def test_ceiling_doubles_up_to_half_a_minute() -> None:
    """With the greatest chance each wait is twice the last one, and never more than 30 s."""
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next() for _ in range(7)] == [1, 2, 4, 8, 16, LONGEST, LONGEST]


def test_never_shorter_than_half_a_second() -> None:
    """With the least chance each wait is 0.5 s."""
    backoff = Backoff(lambda: 0.0)
    assert {backoff.next() for _ in range(7)} == {SHORTEST}


def test_clients_come_back_at_different_times() -> None:
    """The wait follows the random number, so that a restart does not bring all clients at once."""
    assert Backoff(lambda: 0.2).next() != Backoff(lambda: 0.8).next()


def test_success_makes_it_short_again() -> None:
    """After a reset the waits begin anew."""
    backoff = Backoff(lambda: 1.0)
    for _ in range(5):
        backoff.next()
    backoff.reset()
    assert backoff.next() == 1
