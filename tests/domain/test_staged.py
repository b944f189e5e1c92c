"""The queue of staged changes. What a command on it costs is counted, so that a loss of speed fails on any machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from domain.commands import AnyCommand
from domain.events import StagedReveal
from domain.ids import ChangeId
from domain.staged import NOTHING_STAGED, StagedChange, StagedQueue
from tests.domain.scenario import STAGED, Scenario, given, message, reveal

FEW, MANY = 20, 400


def change(*keys: str, parts: int = 1) -> StagedChange:
    ids = [ChangeId(uuid4()) for _ in range(parts)]
    return StagedChange(ids[-1], StagedReveal(hex_keys=keys, audience="all"), tuple(ids[:-1]))


def test_it_keeps_the_order_and_counts_the_hexes() -> None:
    """Of what is put in and taken out; the queue of before stays as it was."""
    first, second, third = change("1,1"), change("2,2", "3,3", parts=3), change("4,4")
    queue = NOTHING_STAGED.with_next(first).with_next(second).with_next(third)
    assert (list(queue), len(queue), queue.hexes, queue.last) == ([first, second, third], 3, 4, third)
    shorter = queue.without(second)
    assert (list(shorter), shorter.hexes) == ([first, third], 2)
    assert (list(queue), queue.hexes) == ([first, second, third], 4)
    assert (len(NOTHING_STAGED), NOTHING_STAGED.hexes, NOTHING_STAGED.last) == (0, 0, None)


def test_a_change_is_found() -> None:
    """By its place, by its id, or by any of the events that staged it."""
    first, second = change("1,1"), change("2,2", parts=3)
    for queue in (NOTHING_STAGED.with_next(first).with_next(second), StagedQueue([first, second])):
        assert [queue.at(index) for index in range(3)] == [first, second, None]
        assert [queue.with_id(part) for part in second.parts] == [None, None, second]
        assert [queue.staged_by(part) for part in (*first.parts, *second.parts)] == [first, second, second, second]
        gone = queue.without(second)
        assert [gone.staged_by(part) for part in (*first.parts, *second.parts)] == [first, None, None, None]


def test_queues_of_the_same_changes_are_equal() -> None:
    """However they were made; in another order they are others."""
    first, second, third = change("1,1"), change("2,2"), change("3,3")
    queue = StagedQueue([first, second])
    assert queue == NOTHING_STAGED.with_next(third).with_next(first).without(third).with_next(second)
    assert queue != StagedQueue([second, first])
    assert queue != [first, second]


def test_it_is_written_as_a_list() -> None:
    """As in the snapshots of rooms."""
    queue: TypeAdapter[StagedQueue] = TypeAdapter(StagedQueue)
    made = StagedQueue([change("1,1"), change("2,2", parts=2)])
    written = queue.dump_json(made)
    assert written == TypeAdapter(tuple[StagedChange, ...]).dump_json(tuple(made))
    assert queue.validate_json(written) == made


@contextmanager
def python_calls() -> Iterator[Counter[str]]:
    """Calls of functions that are written in Python, by name; generators are called anew for each of their items."""
    calls: Counter[str] = Counter()

    def count(frame: Any, event: str, _: object) -> None:
        if event == "call":
            calls[frame.f_code.co_qualname] += 1

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def with_staged(changes: int) -> Scenario:
    table = given(STAGED, max_staged=1_000)
    for n in range(changes):
        table.when(reveal(f"{n},0"))
    return table


def undo_of(table: Scenario, place: int) -> AnyCommand:
    return message("staged:undo", changeId=str([*table.aggregate.table.staged][place].id))


COMMANDS: dict[str, Callable[[Scenario], AnyCommand]] = {
    "an undo of what is not staged": lambda _: message("staged:undo", changeId=str(uuid4())),
    "an undo of what has no id": lambda _: message("staged:undo", changeId="x"),
    "an undo from the end": lambda table: undo_of(table, -1),
    "an undo by its place": lambda _: message("staged:undo", index=FEW - 1),
    "one more change": lambda _: reveal("0,1"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_costs_what_it_changes(name: str) -> None:
    """However much is staged: a hundred of them are decided in one turn of the loop, and folded in another one."""
    spent = []
    for changes in (FEW, MANY):
        table = with_staged(changes)
        command = COMMANDS[name](table)
        with python_calls() as calls:
            table.when(command)
        spent.append(calls.total())
    assert spent[1] == spent[0]
