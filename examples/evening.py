"""An evening as its script is written: a party walks from place to place by the shortest way, and at each hex is
shown what can be seen from it.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from make_map import Hex, World, distance, neighbours

SEED = 1
"""For the pauses between the lines only."""

LAND = {"coast", "grassland", "forest", "swamp", "urban", "desert", "arctic"}
HIGH = {"mountain", "underdark"}
ALL = ("ada", "bo", "cy", "dee")


class Evening:
    """The lines so far, and who has seen what by then: nothing is revealed twice to the same people."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lines: list[dict[str, Any]] = []
        self.seen: dict[str, set[Hex]] = {player: set() for player in ALL}
        self._chance = random.Random(SEED)
        self._fords = [hexagon for river in world.rivers for hexagon in river]

    def say(self, text: str) -> None:
        self.lines.append({"say": text})

    def act(self, who: str, **what: Any) -> None:
        self.lines.append({"after": self._chance.randint(3, 25), "who": who, **what})

    def send(self, who: str, kind: str, *, label: str | None = None, refused: str | None = None, **fields: Any) -> None:
        extras = {"as": label, "refused": refused}
        self.act(who, send={"type": kind, **fields}, **{key: value for key, value in extras.items() if value})

    def update(self, who: str, changes: dict[Hex, str], label: str | None = None) -> None:
        pairs = [{"key": one.key, "terrain": terrain} for one, terrain in sorted(changes.items())]
        self.send(who, "hex:update", changes=pairs, label=label)

    def reveal(self, who: str, hexes: Iterable[Hex], to: Collection[str] = ALL, label: str | None = None) -> None:
        """Only what somebody of `to` has not seen; nothing if they know it all."""
        new = sorted(one for one in set(hexes) if any(one not in self.seen[player] for player in to))
        if not new:
            return
        for player in to:
            self.seen[player].update(new)
        targets = "all" if tuple(to) == ALL else {"playerIds": list(to)}
        self.send(who, "hex:reveal", hexKeys=[one.key for one in new], targets=targets, label=label)

    def around(self, hexagon: Hex, reach: int = 1) -> list[Hex]:
        """What can be seen from a hex."""
        return [one for one in self.world.terrain if distance(one, hexagon) <= reach]

    def landfall(self) -> Hex:
        """Where ships come ashore in the north."""
        return min(one for one, kind in self.world.terrain.items() if kind == "coast" and one.row == 1)

    def walk(self, who: str, way: Iterable[Hex], to: Collection[str] = ALL) -> Iterator[None]:
        """A step each time it is asked."""
        for hexagon in way:
            self.reveal(who, self.around(hexagon), to)
            yield

    def way(self, start: Hex, goal: Hex, over: Collection[str]) -> list[Hex]:
        """The shortest, without the start. Rivers can be forded anywhere."""
        came_from: dict[Hex, Hex] = {start: start}
        open_ends = deque([start])
        while open_ends:
            here = open_ends.popleft()
            for one in neighbours(here):
                if one not in came_from and (self.world.terrain[one] in over or one in (goal, *self._fords)):
                    came_from[one] = here
                    open_ends.append(one)
        steps = [goal]
        while came_from[steps[-1]] != start:
            steps.append(came_from[steps[-1]])
        return steps[::-1]
