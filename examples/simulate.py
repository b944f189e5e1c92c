"""Plays a campaign of a hundred evenings through the engine's own rules, and writes it as an archive.

    .venv/bin/python examples/simulate.py two-years.archive
    fogbound restore two-years.archive

What happens is drawn by lot, from a seed, around a table as tables are:

- They play on Fridays at seven, unless nobody has time; a break in August.
- Six players, each with a habit of coming, being late and dropping out of the line. Dee joins after a while, Eli moves
  away, and Mira becomes a second DM who leads when the party splits.
- The party walks to where something is unknown, and is shown what can be seen from there. Some know more than others.
- Wren prepares before the evening and in the pauses. In the first months hardly anything is staged, later a third.
  Some of it is taken back at times, less so with experience; now and then it is too late for it.
- The world changes: fires, floods, towns that grow.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import NamedTuple

from lands import Lands
from make_map import Hex
from played import PlayedCampaign
from rich.progress import track

BEGIN = datetime(2023, 9, 1, 19, 0, tzinfo=UTC)
EVENINGS = 100
STEP_MINUTES = 20
"""From hex to hex, with all that is told at the table meanwhile."""


class Habit(NamedTuple):
    """How somebody attends: how likely, how late in minutes on average, from which evening and up to which one."""

    name: str
    comes: float
    late: float
    drops: float = 0.05
    first: int = 0
    last: int = 10_000


PLAYERS = {
    "mira": Habit("Mira", 0.97, 2),
    "ada": Habit("Ada", 0.95, 2),
    "bo": Habit("Bo", 0.82, 6, drops=0.4),
    "cy": Habit("Cy", 0.7, 25),
    "dee": Habit("Dee", 0.9, 4, first=11),
    "eli": Habit("Eli", 0.85, 8, last=60),
}
SECOND_DM_FROM = 30


class Simulation:
    """A campaign, where its party is, and what each player has seen."""

    def __init__(self, world: Lands, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)
        self.campaign = PlayedCampaign("Two years on the Fogbound Coast", BEGIN - timedelta(days=2), seed)
        self.seen: dict[str, set[Hex]] = {}
        self.place = world.home
        self.evening = 0
        self._weeks = self._calendar()

    def prepare(self) -> None:
        """The map, and what everybody knows from home."""
        self.campaign.enrol("dm", "Wren", "dm")
        self._welcome()
        self.campaign.import_map("dm", self.world.map_file())
        self.campaign.wait(600)
        self.reveal("dm", self.world.around(self.place, 2))

    def play(self, evening: int) -> None:
        """One evening, and the days before it."""
        self.evening = evening
        self._welcome()
        self._days_before()
        players = [who for who in self.seen if self.chance.random() < PLAYERS[who].comes]
        arrivals = self._arrivals(players)
        self.campaign.send("dm", "session:start")
        self._while_people_come(arrivals)
        if self.chance.random() < 0.8:
            self.publish("dm")
        self._act(self.chance.randint(3, 5))
        self._pause()
        self._act(self.chance.randint(2, 5))
        self._end()

    def reveal(self, who: str, hexes: Collection[Hex], to: Collection[str] | None = None) -> bool:
        """Shows what is new to somebody of `to`, all players by default. False if there is nothing."""
        group = list(self.seen) if to is None else list(to)
        new = sorted(one for one in hexes if any(one not in self.seen[player] for player in group))
        if not new:
            return False
        for player in group:
            self.seen[player].update(new)
        targets = "all" if to is None else {"playerIds": [self.campaign.id_of(player) for player in group]}
        self.campaign.send(who, "hex:reveal", hexKeys=[one.key for one in new], targets=targets)
        return True

    def change(self, who: str, near: Hex) -> None:
        """Something happens to the land."""
        hexes = self.chance.sample(sorted(self.world.around(near)), self.chance.randint(1, 3))
        terrain = self.chance.choice(["ruins", "swamp", "forest", "urban", "grassland"])
        changes = [{"key": one.key, "terrain": terrain} for one in hexes]
        self.campaign.send(who, "hex:update", changes=changes)

    def stage(self, who: str, changes: int) -> None:
        """Stages some, and takes some of them back."""
        self.campaign.send(who, "broadcast:mode", mode="staged")
        doubt = 0.3 - 0.2 * self.evening / EVENINGS
        ahead = self._unknown_from(self.place)
        for _ in range(changes):
            self._minutes(1.5)
            if self.chance.random() < 0.6 and ahead:
                known = {player: set(hexes) for player, hexes in self.seen.items()}
                self.reveal(who, self.world.around(ahead.pop()))
            else:
                known = self.seen
                self.change(who, self.place)
            if self._waiting and self.chance.random() < doubt:
                self._minutes(2)
                self.campaign.send(who, "staged:undo", index=self._waiting - 1)
                self.seen = known

    def publish(self, who: str) -> None:
        """All that waits, and goes back to showing at once."""
        if self._waiting:
            self._minutes(1)
            self.campaign.send(who, "broadcast:publish")
        self._show_at_once(who)

    @property
    def _waiting(self) -> int:
        return len(self.campaign.table.staged)

    @property
    def _care(self) -> float:
        """How much of an evening is staged: Wren finds the taste for it in the second autumn."""
        return 0.05 + 0.45 * min(1.0, max(0, self.evening - 15) / 50)

    def _welcome(self) -> None:
        for who, habit in PLAYERS.items():
            if self.evening == habit.first and who not in self.campaign.people:
                self.campaign.enrol(who, habit.name, "player")
                self.seen[who] = set.union(*self.seen.values()) if self.evening else set()
            elif self.evening == habit.last:
                self.seen.pop(who, None)
        if self.evening == SECOND_DM_FROM:
            self.campaign.promote("mira")
            self.seen.pop("mira", None)

    def _days_before(self) -> None:
        """The next Friday on which they have time; some days before it something is prepared."""
        start = BEGIN + timedelta(weeks=next(self._weeks))
        if self.chance.random() < 0.3 + self._care:
            self.campaign.now = start - timedelta(hours=self.chance.choice([2, 3, 26, 27, 50, 98]))
            self.campaign.come("dm")
            self.stage("dm", 1 + round(6 * self._care * self.chance.random()))
            self.campaign.go("dm")
        self.campaign.now = start + timedelta(minutes=self.chance.gauss(8, 5))

    def _arrivals(self, players: list[str]) -> list[tuple[float, str]]:
        """Who is there, and who will come when, in minutes from the beginning."""
        self.campaign.come("dm")
        if self.evening >= SECOND_DM_FROM:
            self.campaign.come("mira")
        minutes = sorted((self.chance.expovariate(1 / PLAYERS[who].late) - 5, who) for who in players)
        for _, who in (one for one in minutes if one[0] <= 0):
            self.campaign.come(who)
        return [one for one in minutes if one[0] > 0]

    def _while_people_come(self, arrivals: list[tuple[float, str]]) -> None:
        before = 0.0
        for minutes, who in arrivals:
            self.campaign.wait(60 * (minutes - before))
            self.campaign.come(who)
            before = minutes

    def _act(self, steps: int) -> None:
        """The party goes on, together or in two groups."""
        present = [who for who in self.seen if who in self.campaign.here]
        if len(present) >= 3 and self.chance.random() < 0.35:
            self.chance.shuffle(present)
            leader = "mira" if "mira" in self.campaign.here and self.evening >= SECOND_DM_FROM else "dm"
            groups = [("dm", present[:2]), (leader, present[2:])]
        else:
            groups = [("dm", None)]
        walks = [self._walk(who, group) for who, group in groups]
        for _ in range(steps):
            for walk in walks:
                next(walk, None)
            self._mishaps()

    def _walk(self, who: str, group: list[str] | None) -> Iterator[None]:
        """To where something is unknown to the group, a hex at a time."""
        here = self.place
        while ahead := self._unknown_from(here, group):
            self._minutes(STEP_MINUTES)
            here = ahead[-1]
            if self.chance.random() < self._care:
                self.stage(who, self.chance.randint(1, 3))
            self.reveal(who, self.world.around(here), group)
            if group is not None and self.chance.random() < 0.2:
                self.reveal(who, self.world.around(here, 2), self.chance.sample(group, 1))
            if self.chance.random() < 0.2:
                self.change(who, here)
            if self.chance.random() < 0.6:
                self.publish(who)
            self.place = here if who == "dm" else self.place
            yield

    def _unknown_from(self, start: Hex, group: Collection[str] | None = None) -> list[Hex]:
        """The way to the nearest hex with something in sight that nobody of the group has seen, the next step last.

        They sail when there is nothing else left.
        """
        known = set.union(*(self.seen[who] for who in group or self.seen))
        for barred in ("water", ""):
            came_from, open_ends = {start: start}, deque([start])
            while open_ends:
                here = open_ends.popleft()
                if here != start and any(one not in known for one in self.world.around(here)):
                    way = [here]
                    while came_from[way[-1]] != start:
                        way.append(came_from[way[-1]])
                    return way
                nexts = self.world.around(here)
                self.chance.shuffle(nexts)
                for one in nexts:
                    if one not in came_from and self.world.terrain[one] != barred:
                        came_from[one] = here
                        open_ends.append(one)
        return []

    def _mishaps(self) -> None:
        for who in [one for one in self.seen if one in self.campaign.here]:
            if self.chance.random() < PLAYERS[who].drops / 12:
                self.campaign.go(who)
                self._minutes(2)
                self.campaign.come(who)

    def _pause(self) -> None:
        self.campaign.send("dm", "session:pause")
        if self.chance.random() < 0.2 + self._care:
            self.stage("dm", self.chance.randint(1, 4))
        self.campaign.wait(60 * max(5, self.chance.gauss(20, 6)))
        self.campaign.send("dm", "session:resume")
        self.publish("dm")

    def _end(self) -> None:
        self.publish("dm")
        known = {player: set(hexes) for player, hexes in self.seen.items()}
        if self.chance.random() < self._care / 2:
            # A cliffhanger, for which it is too late.
            self.stage("dm", self.chance.randint(1, 2))
        self._minutes(6)
        self.campaign.send("dm", "session:end")
        self.seen = known
        for who in sorted(self.campaign.here):
            self.campaign.go(who)
        self._show_at_once("dm")

    def _show_at_once(self, who: str) -> None:
        if self.campaign.table.mode == "staged":
            self.campaign.send(who, "broadcast:mode", mode="immediate")

    def _minutes(self, about: float) -> None:
        self.campaign.wait(60 * self.chance.gammavariate(4, about / 4))

    def _calendar(self) -> Iterator[int]:
        """The weeks in which they play."""
        for week in count():
            is_summer = (BEGIN + timedelta(weeks=week)).month == 8
            if not is_summer and self.chance.random() < 0.88:
                yield week


def simulate(seed: int = 1, evenings: Iterable[int] = range(EVENINGS)) -> PlayedCampaign:
    """The same seed gives the same campaign."""
    simulation = Simulation(Lands(), seed)
    simulation.prepare()
    for evening in evenings:
        simulation.play(evening)
    return simulation.campaign


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Plays a campaign and writes it as an archive.")
    arguments.add_argument("file", type=Path)
    arguments.add_argument("--evenings", type=int, default=EVENINGS)
    arguments.add_argument("--seed", type=int, default=1)
    chosen = arguments.parse_args()
    played = simulate(chosen.seed, track(range(chosen.evenings), "playing"))
    chosen.file.write_bytes(played.archive())
    print(f"{chosen.file}: campaign {played.campaign}, {len(played.events)} events")
