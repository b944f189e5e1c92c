"""docs/testing.md says which tests run when."""

from __future__ import annotations

import re

from tests.docs.pages import ROOT, page, ticked
from tests.faults import test_faults
from tests.faults.faults import ALONE, AMONG_OTHERS
from tests.flow import test_flow
from tests.lanes import NOT_QUICK, Lane
from tests.simulation import test_simulation

LANES = page("docs/testing.md").section("Lanes")


def test_each_folder_has_its_lane() -> None:
    """And those that are not quick are marked so."""
    rows = {ticked(row["folder"])[0].removeprefix("tests/").removesuffix("/"): row for row in LANES.rows()}
    folders = {path.name for path in (ROOT / "tests").iterdir() if any(path.rglob("*.py"))}
    assert rows.keys() == folders
    assert {folder for folder, row in rows.items() if row["quick"] == "none"} == set(NOT_QUICK)


def test_the_numbers_are_those_of_the_tests() -> None:
    """How often those try that draw lots."""
    rows = {ticked(row["folder"])[0].removeprefix("tests/").removesuffix("/"): row for row in LANES.rows()}

    def numbers(folder: str, lane: Lane) -> list[int]:
        column = "quick" if lane == Lane.QUICK else "with `--all`"
        return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", rows[folder][column])]

    simulated = {
        Lane.QUICK: [test_simulation.QUICK * test_simulation.PARTS, 2],
        Lane.ALL: [test_simulation.ALL * test_simulation.PARTS, len(test_simulation.SOON)],
    }
    for lane, expected in simulated.items():
        assert numbers("simulation", lane) == expected
    assert [numbers("flow", lane)[0] for lane in (Lane.QUICK, Lane.ALL)] == [test_flow.QUICK, test_flow.ALL]
    assert numbers("faults", Lane.QUICK) == [test_faults.QUICK, test_faults.QUICK]
    alone, among_others = sum(ALONE.values()), sum(AMONG_OTHERS.values())
    assert numbers("faults", Lane.ALL) == [alone * test_faults.MACHINES, among_others * 2]
