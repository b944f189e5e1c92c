"""The clock of the database, as a server knows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from transport.cluster import shared_clock
from transport.cluster.shared_clock import SharedClock

THEN = datetime(2026, 3, 6, 18, tzinfo=UTC)


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], float]:
    """Lets so many seconds go by, and tells the time of this machine's `clock`."""
    seconds = [1_000.0]

    def go_by(more: float) -> float:
        seconds[0] += more
        return seconds[0]

    monkeypatch.setattr(shared_clock, "clock", lambda: seconds[0])
    return go_by


def ask(clock: SharedClock, wait: Callable[[float], float], time: datetime, there: float, back: float) -> None:
    """The database shows that time after the first of the two ways."""
    asked = wait(0)
    wait(there + back)
    clock.told(asked, time.timestamp())


def test_it_goes_on_by_itself(wait: Callable[[float], float]) -> None:
    """From what the database said, half way between question and answer."""
    clock = SharedClock()
    ask(clock, wait, THEN, 0.5, 0.5)
    assert clock.now() == THEN + timedelta(seconds=0.5)
    wait(60)
    assert clock.now() == THEN + timedelta(seconds=60.5)


def test_an_answer_that_took_long_tells_less(wait: Callable[[float], float]) -> None:
    """Two answers, the second of which was on its way for ten seconds."""
    clock = SharedClock()
    ask(clock, wait, THEN, 0.0, 0.0)
    ask(clock, wait, THEN, 0.0, 10.0)
    assert clock.now() == THEN + timedelta(seconds=10)


def test_after_a_while_it_is_believed_again(wait: Callable[[float], float]) -> None:
    """The clock of the database was set, and each answer takes longer than the first."""
    clock = SharedClock()
    ask(clock, wait, THEN, 0.0, 0.0)
    wait(1_000)
    ask(clock, wait, THEN, 0.05, 0.05)
    assert clock.now() == THEN + timedelta(seconds=0.05)


def test_before_the_first_answer_it_is_that_of_the_machine() -> None:
    """So that there is a time."""
    assert abs(SharedClock().now() - datetime.now(UTC)) < timedelta(seconds=10)
