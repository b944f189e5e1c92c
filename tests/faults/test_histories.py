"""The checker of histories finds what it is for."""

from __future__ import annotations

import pytest

from tests.faults.histories import Answer, History, Outcome, View
from tests.faults.ledger import ACCOMPANIES, Recorded

DONE = Outcome("executed", "e1")
REFUSED = Outcome("refused", "nothing_staged")
LOG = [
    Recorded(4, 1, "e0", ACCOMPANIES, "c1"),
    Recorded(5, 2, "e1", "hexes_revealed", "c1"),
    Recorded(9, 3, "e3", "player_joined", None),
]
REVEALS = {"c1": "1,1", "c2": "2,2"}
GOOD = [
    Answer("c1", 0, 1.0, DONE),
    Answer("c1", 3, 5.0, DONE),
    Answer("c2", 1, 2.0, REFUSED),
    Answer("c2", 2, 9.0, REFUSED),
]


@pytest.mark.parametrize(
    "views",
    [
        [],
        [View(2, 1.5, frozenset({"1,1"})), View(1, 8.0, frozenset({"1,1", "5,5"}))],
        [View(3, 0.5, frozenset())],  # asked before the first acknowledgement: either is right
        [View(3, 0.5, frozenset({"1,1"}))],
    ],
)
def test_what_is_right(views: list[View]) -> None:
    """Four servers tell one story, and show what they acknowledged."""
    assert History(GOOD, views, REVEALS).violations(LOG) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Answer("c2", 3, 3.0, DONE), "two outcomes: c2: refused (nothing_staged) at 1, executed (e1) at 3"),
        (Answer("c2", 3, 3.0, Outcome("refused", "no_session")), "two outcomes: c2"),
        (Answer("c1", 3, 3.0, Outcome("executed", "e9")), "two outcomes: c1: executed (e1) at 0, executed (e9) at 3"),
        (Answer("c1", 3, 3.0, REFUSED), "refused and recorded: c1"),
        (Answer("c8", 0, 3.0, Outcome("executed", "e8")), "acknowledged and not recorded so: c8"),
    ],
)
def test_answers_that_are_wrong(answer: Answer, found: str) -> None:
    """A second outcome, a refusal of what happened, an acknowledgement of what did not."""
    violations = History([*GOOD, answer], [], REVEALS).violations(LOG)
    assert any(violation.startswith(found) for violation in violations), violations


def test_a_view_from_before() -> None:
    """The acknowledgement of one server comes before the question to another: the hex is missing."""
    view = View(2, 1.1, frozenset({"5,5"}))
    assert History(GOOD, [view], REVEALS).violations(LOG) == ["behind: 2 did not show 1,1, nor 0 others"]
