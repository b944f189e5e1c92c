"""Reveals, updates and imports, at once or staged."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.commands import AnyCommand, ImportMap
from domain.events import StagedReveal, StagedUpdate
from domain.hexes import Grid
from domain.parts import earlier_part
from domain.table import Table, evolve
from tests.domain.scenario import (
    ADA,
    BO,
    CY,
    DM,
    END,
    IMMEDIATE,
    PUBLISH,
    STAGED,
    START,
    given,
    message,
    reveal,
    update,
)

STRANGER = "00000000-0000-4000-8000-000000000099"


@pytest.mark.parametrize("past", [(), (START,), (START, END)])
def test_hexes_can_be_changed_in_every_status(past: tuple[AnyCommand, ...]) -> None:
    """A DM prepares between sessions too, and all of it is logged."""
    given(*past).when(reveal("1,2", "-3,4")).then(("hexes_revealed", {"hex_keys": ("1,2", "-3,4"), "audience": "all"}))
    given(*past).when(update(q1r2="forest")).then("hexes_updated")


def test_a_reveal_names_its_audience() -> None:
    """The players it was meant for are in the event, whether they are connected or not."""
    given().when(reveal("1,2", to=[BO, ADA])).then(("hexes_revealed", {"hex_keys": ("1,2",), "audience": (BO, ADA)}))


def test_an_unknown_target_is_refused_whole() -> None:
    """One target that is no player of the campaign refuses the command, staged or not."""
    for past in ((), (STAGED,)):
        given(*past).when(reveal("1,2", to=[ADA, STRANGER])).refused(
            "unknown_player", f"Not a player of this campaign: {STRANGER}"
        )


def test_dms_among_the_targets_are_ignored() -> None:
    """They know everything. Where nobody else is named, what happens is logged and shows nobody anything."""
    members = {"members": {DM, ADA, BO, CY}}
    given(**members).when(reveal("1,2", to=[DM, ADA])).then(
        ("hexes_revealed", {"hex_keys": ("1,2",), "audience": (ADA,)})
    )
    given(**members).when(reveal("1,2", to=[DM])).then(("hexes_revealed", {"hex_keys": ("1,2",), "audience": ()}))
    given(STAGED, **members).when(reveal("1,2", to=[DM])).then(
        ("change_staged", {"change": {"kind": "reveal", "hex_keys": ("1,2",), "audience": ()}})
    )
    given(**members).when(reveal("1,2", to=[DM, STRANGER])).refused("unknown_player")


def test_staged_changes_wait() -> None:
    """In staged mode reveals and updates are queued with all they hold, and nothing is revealed."""
    given(STAGED).when(reveal("1,2", to=[ADA])).then(
        ("change_staged", {"change": {"kind": "reveal", "hex_keys": ("1,2",), "audience": (ADA,)}})
    )
    given(STAGED).when(update(q1r2="forest")).then(
        ("change_staged", {"change": {"kind": "update", "changes": (("1,2", "forest"),)}})
    )


def test_a_publish_names_what_it_publishes_in_order() -> None:
    """One event publishes the whole queue: all or nothing."""
    table = given(STAGED, reveal("1,1"), update(q2r2="swamp"))
    queue = tuple(change.id for change in table.aggregate.table.staged)
    table.when(PUBLISH).then(("changes_published", {"change_ids": queue}))
    assert len(queue) == 2
    assert list(table.aggregate.table.staged) == []


def test_nothing_staged_can_not_be_published() -> None:
    """An empty queue is refused, in both modes."""
    given().when(PUBLISH).refused("nothing_staged", "No staged changes to publish")
    given(STAGED).when(PUBLISH).refused("nothing_staged")


def test_undo_takes_the_one_that_was_named() -> None:
    """By id or by position; the others stay in their order."""
    table = given(STAGED, reveal("1,1"), reveal("2,2"), reveal("3,3"))
    first, second, third = table.aggregate.table.staged
    table.when(message("staged:undo", changeId=str(second.id))).then(("change_undone", {"change_id": second.id}))
    assert [change.id for change in table.aggregate.table.staged] == [first.id, third.id]
    table.when(message("staged:undo", index=1)).then(("change_undone", {"change_id": third.id}))
    assert [change.id for change in table.aggregate.table.staged] == [first.id]


@pytest.mark.parametrize("fields", [{"index": 1}, {"index": 10**20}, {"changeId": "nothing"}, {"changeId": str(ADA)}])
def test_undo_of_what_is_not_there_is_refused(fields: dict[str, object]) -> None:
    """A wrong index or id undoes nothing."""
    words = "Invalid staged change index" if "index" in fields else "No such staged change"
    given(STAGED, reveal("1,1")).when(message("staged:undo", **fields)).refused("no_such_change", words)


def test_undo_of_a_place_that_was_never_there() -> None:
    """A position that means nothing any more is refused like one past the end."""
    lost = message("staged:undo", index=5).model_copy(update={"index": None})  # type: ignore[union-attr]
    given(STAGED, reveal("1,1")).when(lost).refused("no_such_change", "Invalid staged change index")


def test_the_queue_is_limited() -> None:
    """Past the limit a further change is refused, and immediate changes are none of the queue's business."""
    full = (STAGED, reveal("1,1"), update(q1r1="forest"), reveal("2,2"))
    words = "Too many staged changes: publish or undo some"
    given(*full).when(reveal("3,3")).refused("too_many_staged", words)
    given(*full).when(update(q3r3="forest")).refused("too_many_staged", words)
    given(*full, PUBLISH).when(reveal("3,3")).then("change_staged")


def test_the_queue_has_a_limit_of_hexes() -> None:
    """Few changes may be too many as well: what a publish has to do at once is bounded."""
    table = given(STAGED, max_staged=1_000)
    large = [reveal(*(f"{q},{n}" for q in range(5_000))) for n in range(20)]
    for change in large:
        table.when(change).then("change_staged")
    table.when(reveal("0,0")).refused("too_many_staged", "Too many staged changes: publish or undo some")
    table.when(PUBLISH).then("changes_published")


MANY_KEYS = [f"{n % 100},{n // 100}" for n in range(10_000)]


def test_a_command_of_many_hexes_becomes_several_events() -> None:
    """None holds more than 5,000. The last is named for the command, and its id leads to those before it."""
    table = given()
    table.command_id = "abc"  # type: ignore[assignment]
    first, last = table.when(reveal(*MANY_KEYS, to=[ADA])).then("hexes_revealed", "hexes_revealed")
    assert [*first.hex_keys, *last.hex_keys] == MANY_KEYS  # type: ignore[union-attr]
    assert (len(first.hex_keys), first.audience, last.audience) == (5_000, (ADA,), (ADA,))  # type: ignore[union-attr]
    assert (first.command_id, last.command_id) == (None, "abc")
    assert first.event_id == earlier_part(last.event_id)
    changes = [{"key": key, "terrain": "forest"} for key in MANY_KEYS]
    one, two = given().when(message("hex:update", changes=changes)).then("hexes_updated", "hexes_updated")
    assert [key for event in (one, two) for key, _ in event.changes] == MANY_KEYS  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["reveal", "update"])
def test_a_staged_change_of_many_hexes_is_one_change(kind: str) -> None:
    """It has one place in the queue and the id of its last event, and is undone, published and discarded whole."""
    changes = [{"key": key, "terrain": "forest"} for key in MANY_KEYS]
    many = reveal(*MANY_KEYS) if kind == "reveal" else message("hex:update", changes=changes)
    table = given(STAGED, reveal("1,1"), max_staged=9)
    first, last = table.when(many).then("change_staged", "change_staged")
    table.when(reveal("2,2"))
    small, whole, other = table.aggregate.table.staged
    assert whole.change.size == 10_000
    assert [UUID(str(part)) for part in whole.parts] == [first.event_id, last.event_id]
    queue = (small.id, *whole.parts, other.id)
    for way in (message("staged:undo", index=1), message("staged:undo", changeId=str(whole.id))):
        again = given(STAGED, reveal("1,1"), many, reveal("2,2"), max_staged=9)
        undone = again.when(way).then("change_undone", "change_undone")
        assert [event.change_id for event in undone] == list(whole.parts)  # type: ignore[union-attr]
        assert list(again.aggregate.table.staged) == [small, other]
    given(STAGED, reveal("1,1"), many, reveal("2,2"), max_staged=9).when(PUBLISH).then(
        ("changes_published", {"change_ids": queue})
    )
    table.when(IMMEDIATE).then(("changes_discarded", {"change_ids": queue}), "broadcast_mode_changed")


def test_full_changes_of_several_commands_stay_several() -> None:
    """Also when one follows the other: only the id makes them one."""
    full = reveal(*MANY_KEYS[:5_000])
    table = given(STAGED, full, full).aggregate.table
    assert [change.change.size for change in table.staged] == [5_000, 5_000]


def test_what_no_command_causes_is_not_joined() -> None:
    """A log that somebody forged is folded all the same."""
    table = given(STAGED)
    first, last = table.when(reveal(*MANY_KEYS)).then("change_staged", "change_staged")
    for change in (StagedUpdate(changes=(("1,1", "forest"),)), StagedReveal(hex_keys=("1,1",), audience=(ADA,))):
        forged = last.model_copy(update={"change": change})
        assert len(evolve(evolve(Table(mode="staged"), first), forged).staged) == 2


def test_a_command_for_another_mode_is_refused() -> None:
    """A stroke that was begun as staged never goes out at once, nor the other way round."""
    words = "The mode is {} now: look again"
    for command in (reveal("1,1"), update(q1r1="forest")):
        staged, immediate = (command.model_copy(update={"mode": mode}) for mode in ("staged", "immediate"))  # type: ignore[union-attr]
        given().when(staged).refused("mode_changed", words.format("immediate"))
        given(STAGED).when(immediate).refused("mode_changed", words.format("staged"))
        given(STAGED).when(staged).then("change_staged")
        assert given().when(immediate).outcome == given().when(command).outcome


def test_leaving_staged_mode_discards_the_queue_in_the_log() -> None:
    """What is dropped is on record; without a queue, or without leaving, nothing is dropped."""
    table = given(STAGED, reveal("1,1"))
    queue = tuple(change.id for change in table.aggregate.table.staged)
    table.when(IMMEDIATE).then(
        ("changes_discarded", {"change_ids": queue}), ("broadcast_mode_changed", {"mode": "immediate"})
    )
    given(STAGED).when(IMMEDIATE).then("broadcast_mode_changed")
    given(STAGED, reveal("1,1")).when(STAGED).then(("broadcast_mode_changed", {"mode": "staged"}))


def test_an_imported_map_sets_terrain_at_once_in_every_mode() -> None:
    """A map shows nobody anything, so it need not be staged."""
    grid = Grid(name="Coast", width=2, height=1, hex_size=40.0, orientation="flat")
    part = ImportMap(changes=(("0,0", "water"), ("1,0", "coast")), variants=(("1,0", 3),), grid=grid)
    for past in ((), (STAGED,)):
        (event,) = given(*past).when(part).then("hexes_updated")
        assert event.model_dump(include={"changes", "variants", "grid"}) == {
            "changes": part.changes,
            "variants": part.variants,
            "grid": grid.model_dump(),
        }


def test_an_event_knows_its_cause() -> None:
    """Actor, moment, command id and a place in the stream without gaps are in every event."""
    table = given(STAGED, reveal("1,1"))
    table.command_id = "abc"  # type: ignore[assignment]
    discarded, changed = table.when(IMMEDIATE).then("changes_discarded", "broadcast_mode_changed")
    assert (discarded.originator_version, changed.originator_version) == (3, 4)
    assert discarded.command_id == changed.command_id == "abc"
    assert discarded.event_id != changed.event_id
    assert discarded.timestamp == changed.timestamp
    assert discarded.actor == changed.actor
