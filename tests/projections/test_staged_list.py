"""The queue in plain words."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.events import StagedReveal, StagedUpdate
from domain.ids import ChangeId
from domain.staged import StagedChange
from projections.people import Member
from projections.staged_list import staged_list
from tests.domain.scenario import ADA, BO, CY, DM

MEMBERS = {user: Member(user, name, "player") for user, name in ((ADA, "Ada"), (BO, "Bo"), (CY, "Cy"))}
ID = ChangeId(UUID(int=5))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (StagedReveal(hex_keys=("1,1",), audience="all"), "Reveal 1 hex to all players"),
        (StagedReveal(hex_keys=("1,1", "2,2", "3,3"), audience=(ADA, BO)), "Reveal 3 hexes to Ada and Bo"),
        (StagedReveal(hex_keys=("1,1",), audience=(ADA,)), "Reveal 1 hex to Ada"),
        (StagedReveal(hex_keys=("1,1",), audience=(ADA, BO, CY)), "Reveal 1 hex to Ada, Bo and Cy"),
        (StagedReveal(hex_keys=("1,1",), audience=(ADA, DM)), "Reveal 1 hex to Ada and a former player"),
        (StagedReveal(hex_keys=("1,1",), audience=(ADA,) * 6), "Reveal 1 hex to Ada, Ada, Ada and 3 more"),
        (StagedReveal(hex_keys=("1,1",), audience=()), "Reveal 1 hex to nobody"),
        (StagedUpdate(changes=(("1,1", "forest"), ("2,2", "forest"))), "Set 2 hexes to forest"),
        (StagedUpdate(changes=(("1,1", "forest"), ("2,2", "lava"))), "Set 2 hexes to forest and lava"),
    ],
)
def test_descriptions(change: StagedReveal | StagedUpdate, words: str) -> None:
    """What would happen, and to whom, in a few words however much it is."""
    (listed,) = staged_list((StagedChange(ID, change),), MEMBERS)
    assert listed["description"] == words
    assert listed["id"] == str(ID)


def test_the_data_is_the_command_it_came_from() -> None:
    """A client can show, and highlight, what is staged."""
    update = StagedUpdate(changes=(("1,1", "forest"),))
    chosen = StagedReveal(hex_keys=("1,1",), audience=(ADA,))
    listed = staged_list((StagedChange(ID, update), StagedChange(ChangeId(UUID(int=6)), chosen)), MEMBERS)
    assert [(change["type"], change["data"]) for change in listed] == [
        ("hex:update", {"changes": [{"key": "1,1", "terrain": "forest"}]}),
        ("hex:reveal", {"hexKeys": ["1,1"], "targets": {"playerIds": [ADA]}}),
    ]
