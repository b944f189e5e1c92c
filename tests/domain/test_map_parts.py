"""An import of a map takes several events: which part may come next, and what is known of one that is not whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.commands import ImportMap, ImportTogether
from domain.hexes import Grid
from domain.ids import EventId
from domain.map_parts import MOST_UNFINISHED, MapPart
from tests.domain.scenario import DM, PUBLISH, STAGED, Scenario, given, reveal, update

GRID = Grid(name="Coast", width=9, height=9, hex_size=40.0, orientation="flat")
FILE, OTHER_FILE = "0" * 64, "f" * 64


def part(number: int, left: int, key: str = "0,0", *, of: int = 1, file: str = FILE, **more: Any) -> ImportMap:
    """`of` tells imports apart."""
    what = MapPart(import_id=UUID(int=of), file=file, number=number, left=left, **more)
    return ImportMap([(key, "forest")], grid=GRID, part=what)


def end(left: int = 1, *, of: int = 1) -> ImportMap:
    """The part that stops an import, to take it back."""
    return ImportMap((), part=MapPart(import_id=UUID(int=of), file=FILE, number=1, left=left, takes_back=True))


def back(table: Scenario, number: int, left: int = 0, after: EventId | None = None) -> ImportMap:
    """A part that takes hexes back, worked out on the table as it is."""
    known = table.aggregate.table.painted if after is None else after
    return replace(part(number, left, takes_back=True), after=known)


def told(table: Scenario) -> list[tuple[Any, ...]]:
    """What is known of each unfinished import: parts, hexes, of how many, and whether it is taken back."""
    return [(one.parts, one.hexes, one.of, one.taking_back) for one in table.aggregate.table.imports]


def test_an_import_is_unfinished_until_its_last_part() -> None:
    """With how many hexes of how many came, from whom and since when."""
    table = given(update(q0r0="ice"), part(1, 2, "0,0"))
    (one,) = table.aggregate.table.imports
    assert (one.id, one.file, one.name, one.actor, one.begun) == (UUID(int=1), FILE, "Coast", DM, 2)
    table.when(part(2, 1, "0,1"))
    assert told(table) == [(2, 2, 3, False)]
    table.when(part(3, 0, "0,2"))
    assert told(table) == []


def test_a_part_is_stored_once_and_in_order() -> None:
    """Whoever comes second with a part, or leaves one out, stores nothing."""
    table = given(part(1, 2))
    for number in (1, 3):
        table.when(part(number, 1)).refused("conflict")
    table.when(part(2, 1)).then("hexes_updated")
    table.when(part(2, 1)).refused("conflict")
    table.when(part(3, 0)).then("hexes_updated")
    for number in (2, 4):
        table.when(part(number, 0)).refused("conflict", "This import of a map is finished, or was taken back")


def test_several_parts_are_stored_together() -> None:
    """At one time, or none of them."""
    table = given(part(1, 3))
    stored = table.when(ImportTogether([part(2, 2), part(3, 1), part(4, 0)])).then(*["hexes_updated"] * 3)
    assert told(table) == []
    assert len({event.timestamp for event in stored}) == 1
    again = given(part(1, 3), part(2, 2))
    again.when(ImportTogether([part(2, 2), part(3, 1)])).refused("conflict")
    assert told(again) == [(2, 2, 4, False)]


def test_the_same_file_is_not_begun_twice_at_once() -> None:
    """Another file may come in between, and the same one again when it is whole."""
    given(part(1, 2)).when(part(1, 2, of=2)).refused("conflict")
    given(part(1, 2)).when(part(1, 2, of=2, file=OTHER_FILE)).then("hexes_updated")
    given(part(1, 1), part(2, 0)).when(part(1, 1, of=2)).then("hexes_updated")


def test_only_so_many_are_unfinished() -> None:
    """A file that is whole with its first part is always taken."""
    many = [part(1, 5, of=n, file=f"{n:064}") for n in range(1, MOST_UNFINISHED + 1)]
    table = given(*many)
    table.when(part(1, 5, of=99, file=OTHER_FILE)).refused("conflict")
    table.when(part(1, 0, of=99, file=OTHER_FILE)).then("hexes_updated")
    assert len(table.aggregate.table.imports) == MOST_UNFINISHED


def test_what_is_taken_back_does_not_go_on() -> None:
    """Not by a part that was on its way either; once all is taken back the file may come anew."""
    table = given(part(1, 2), end())
    assert told(table) == [(1, 1, 3, True)]
    table.when(part(2, 1)).refused("conflict")
    table.when(back(table, 2)).then("hexes_updated")
    assert told(table) == []
    table.when(part(1, 2)).then("hexes_updated")


def test_nothing_is_taken_back_twice() -> None:
    """Of two who take the same import back one is refused, and so is whoever is too late."""
    table = given(part(1, 2), end())
    table.when(end()).refused("conflict")
    table.when(back(table, 3)).refused("conflict")
    table.when(back(table, 2)).then("hexes_updated")
    table.when(back(table, 3)).refused("conflict")
    given().when(end()).refused("conflict")


@pytest.mark.parametrize("change", [update(q0r0="ice"), part(1, 0, of=2, file=OTHER_FILE), PUBLISH])
def test_what_was_worked_out_before_a_change_is_refused(change: Any) -> None:
    """A hex that is to be put back may have been set anew."""
    past = (STAGED, update(q0r0="ice")) if change is PUBLISH else ()
    table = given(part(1, 2), end(), *past)
    known = table.aggregate.table.painted
    table.when(change)
    table.when(back(table, 2, after=known)).refused("conflict", "The map changes all the time: try again")
    table.when(back(table, 2)).then("hexes_updated")


def test_a_reveal_is_no_change_of_terrain() -> None:
    """So it does not get in the way."""
    table = given(part(1, 2), end())
    known = table.aggregate.table.painted
    table.when(reveal("0,0")).then("hexes_revealed")
    table.when(back(table, 2, after=known)).then("hexes_updated")
