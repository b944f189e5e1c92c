"""Two histories of a table that differ only in what one player, Pia, may not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

World = Literal["left", "right"]
WORLDS: tuple[World, World] = ("left", "right")

OPEN = ["0,0", "1,0", "2,0", "-3,1"]
"""Hexes that are revealed to Pia now and then; their terrain is the same in both worlds."""

HIDDEN = ["9,9", "8,-8", "7,7"]
"""Hexes that never are; in each world they have terrains of their own."""

TERRAINS = ["sea", "swamp", "volcano, and a long way down to the dragon"]


@dataclass(frozen=True)
class Command:
    """A client message of the DM; `targets` are names, and `undone` says that it is staged, if it is, and undone."""

    kind: str
    fields: dict[str, Any]
    targets: tuple[str, ...] | Literal["all"] | None = None
    undone: bool = False


@dataclass(frozen=True)
class Call:
    """An HTTP call of the DM."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True)
class Look:
    """Pia connects once more, to resume after one of the events that she knows, counted from the last of them."""

    back: int


Deed = Command | Call | Look


@dataclass(frozen=True)
class Moment:
    """What happens in each world: the same, or something else, or nothing."""

    left: Deed | None
    right: Deed | None

    def of(self, world: World) -> Deed | None:
        """What happens in this one."""
        return self.left if world == "left" else self.right


def _both(deeds: SearchStrategy[Any]) -> SearchStrategy[Moment]:
    return deeds.map(lambda deed: Moment(deed, deed))


def _either(deeds: SearchStrategy[Any]) -> SearchStrategy[Moment]:
    return st.builds(Moment, st.none() | deeds, st.none() | deeds)


_others = st.lists(st.sampled_from(["Bo", "Cy"]), unique=True, min_size=1).map(tuple)
_some_open = st.lists(st.sampled_from(OPEN), unique=True, min_size=1, max_size=3)
_some_hidden = st.lists(st.sampled_from(HIDDEN), unique=True, min_size=1, max_size=3)
_any_hexes = st.lists(st.sampled_from(OPEN + HIDDEN), unique=True, min_size=1, max_size=5)


def _reveal(keys: list[str], targets: Any, *, undone: bool = False) -> Command:
    return Command("hex:reveal", {"hexKeys": keys}, targets, undone)


def _terrain(keys: list[str], terrain: str, *, undone: bool = False) -> Command:
    changes = [{"key": key, "terrain": terrain} for key in keys]
    return Command("hex:update", {"changes": changes}, undone=undone)


def _map_with(terrain: str, orientation: str) -> Call:
    hexes = [{"q": int(q), "r": int(r), "terrain": terrain} for q, r in (key.split(",") for key in HIDDEN)]
    size = {"gridWidth": 30, "gridHeight": 30, "hexSize": 20.0 + len(terrain), "orientation": orientation}
    return Call("POST", "/map", {"version": 1, "name": "The Coast", **size, "hexes": hexes})


_terrains = st.sampled_from(TERRAINS)
_to_pia_too = st.sampled_from(["all", ("Pia",), ("Pia", "Bo"), ("Cy", "Pia")])

_same_for_all: SearchStrategy[Moment] = st.one_of(
    _both(st.sampled_from(["start", "pause", "resume", "end"]).map(lambda verb: Command(f"session:{verb}", {}))),
    _both(st.sampled_from(["staged", "immediate"]).map(lambda mode: Command("broadcast:mode", {"mode": mode}))),
    _both(st.just(Command("broadcast:publish", {}))),
    _both(st.builds(_terrain, _some_open, _terrains)),
    _both(st.integers(0, 6).map(Look)),
)

_differing: SearchStrategy[Moment] = st.one_of(
    # Pia is shown the same, and others with her or not.
    st.builds(
        lambda keys, left, right: Moment(_reveal(keys, left), _reveal(keys, right)),
        _some_open,
        _to_pia_too,
        _to_pia_too,
    ),
    _either(st.builds(_reveal, _any_hexes, _others)),
    _either(st.builds(_terrain, _some_hidden, _terrains)),
    _either(st.builds(_reveal, _any_hexes, st.just("all"), undone=st.just(True))),
    _either(st.builds(_terrain, _any_hexes, _terrains, undone=st.just(True))),
    _either(st.builds(_map_with, _terrains, st.sampled_from(["flat", "pointy"]))),
    _either(st.just(Command("staged:undo", {"index": 900}))),
    _either(st.just(Command("hex:reveal", {"hexKeys": []}, "all"))),
    _either(st.just(Call("POST", "/invites", {"role": "player"}))),
)

histories: SearchStrategy[list[Moment]] = st.lists(_same_for_all | _differing | _differing, max_size=20)
"""Of what Pia may know nothing differs."""

anything: SearchStrategy[list[Moment]] = st.lists(
    st.one_of(
        _same_for_all,
        _differing,
        _either(st.builds(_reveal, _any_hexes, _to_pia_too)),
        _either(st.builds(_terrain, _any_hexes, _terrains)),
        _either(st.sampled_from(["start", "end"]).map(lambda verb: Command(f"session:{verb}", {}))),
    ),
    max_size=20,
)
"""For who may know nothing at all."""
