"""The check of the faults finds what it is for."""

from __future__ import annotations

import pytest

from tests.faults.ledger import ACCOMPANIES, Ledger, Recorded

FIRST = Recorded(1, 1, "e1", "session_started", "c0")
SECOND = Recorded(5, 2, "e2", "hexes_revealed", "c1")
OTHER = Recorded(9, 3, "e3", "player_joined", None)


@pytest.fixture
def ledger() -> Ledger:
    """c0 is acknowledged, c1 was answered by nobody, c2 was refused."""
    ledger = Ledger()
    assert [ledger.ask() for _ in range(3)] == ["c0", "c1", "c2"]
    ledger.acknowledge("c0", "e1")
    ledger.refuse("c2")
    ledger.told |= {"e1"}
    return ledger


@pytest.mark.parametrize("log", [[FIRST], [FIRST, SECOND], [FIRST, SECOND, OTHER]])
def test_what_is_right(ledger: Ledger, log: list[Recorded]) -> None:
    """An unanswered command is there or not; others than our clients cause events too."""
    assert ledger.violations(log) == []


def test_an_event_may_accompany_another(ledger: Ledger) -> None:
    """It has the id of the same command."""
    before = Recorded(4, 2, "e0", ACCOMPANIES, "c1")
    assert ledger.violations([FIRST, before, SECOND._replace(version=3)]) == []


@pytest.mark.parametrize(
    ("log", "found"),
    [
        ([], ["lost: c0", "told and not recorded: e1"]),
        ([FIRST, SECOND, SECOND._replace(position=6, version=3, event_id="e9")], ["doubled: c1"]),
        ([FIRST, SECOND._replace(command_id="c2")], ["refused and recorded: c2"]),
        ([FIRST, SECOND._replace(command_id="c3")], ["of nobody: c3"]),
        ([FIRST._replace(command_id="c1"), SECOND._replace(command_id="c0")], ["acknowledged as another event: c0"]),
        ([FIRST, OTHER], [f"out of order: {OTHER}"]),
        ([FIRST, SECOND, OTHER._replace(position=5)], [f"out of order: {OTHER._replace(position=5)}"]),
    ],
)
def test_what_is_wrong(ledger: Ledger, log: list[Recorded], found: list[str]) -> None:
    """Each kind of fault has its word."""
    assert ledger.violations(log) == found
