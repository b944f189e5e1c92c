"""What a rehearsal says at its end: what everybody knows, and whether that is right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from domain.hexes import HexKey, Terrain
from projections.messages import MapView
from transport.rehearsal.company import Actor, Company
from transport.rehearsal.picture import LOOKS, look_of, picture
from transport.rehearsal.script import Script
from transport.rehearsal.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """`seconds` is how long the play took; `layout` is the map as the DM sees it."""

    script: Script
    company: Company
    verdict: Verdict
    layout: MapView
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": not self.verdict.mismatches,
            "title": self.script.title,
            "commands": self.script.commands,
            "seconds": round(self.seconds, 3),
            "campaignId": self.company.campaign,
            "viewers": [_viewer(alias, actor) for alias, actor in self.company.actors.items()],
            "logChecked": self.verdict.log_checked,
            "mismatches": [
                {"who": one.alias, "source": one.source, "what": one.what} for one in self.verdict.mismatches
            ],
        }

    def print_to(self, console: Console) -> None:
        """For people."""
        colours = console.is_terminal and console.color_system is not None and not console.no_color
        console.print()
        console.print(_counts(self.company))
        console.print(Columns(self._pictures(colours=colours), padding=(1, 3)))
        console.print(_legend(self._terrains(), colours=colours))
        console.print()
        for line in self._conclusion():
            console.print(line)

    def _pictures(self, *, colours: bool) -> list[RenderableType]:
        """One for all who know the same."""
        everything = [one["key"] for one in self.layout["hexes"]]
        drawn: list[tuple[dict[HexKey, Terrain], list[str]]] = []
        for actor in self.company.actors.values():
            same = next((names for known, names in drawn if known == _known(actor)), None)
            if same is None:
                drawn.append((_known(actor), [actor.part.name]))
            else:
                same.append(actor.part.name)
        return [
            Group(
                Text(f"{' and '.join(names)}: {_hexes(len(known))}", style="bold"),
                picture(known, everything, self.layout["orientation"], colours=colours),
            )
            for known, names in drawn
        ]

    def _terrains(self) -> list[Terrain]:
        return sorted({one["terrain"] for one in self.layout["hexes"]}, key=_order)

    def _conclusion(self) -> list[Text]:
        lines = [Text(f"{self.script.commands} commands in {self.seconds:.1f} s")]
        for one in self.verdict.mismatches:
            lines.append(Text(f"✗ {one.alias} does not know what {one.source} says:", style="bold red"))
            lines += [Text(f"    {line}") for line in one.what]
        if not self.verdict.mismatches:
            sources = "a new connection" + (" and to the log" if self.verdict.log_checked else "")
            lines.append(Text(f"✓ All know just what they should, according to {sources}.", style="bold green"))
        if not self.verdict.log_checked:
            lines.append(
                Text("  The log itself was not read: give the server's database with --database.", style="yellow")
            )
        return lines


def _viewer(alias: str, actor: Actor) -> dict[str, Any]:
    known = _known(actor)
    role = actor.client.state.people[actor.user_id]["role"]
    return {
        "who": alias,
        "name": actor.part.name,
        "role": role,
        "hexes": len(known),
        "terrain": dict(sorted(Counter(known.values()).items())),
    }


def _counts(company: Company) -> Table:
    """Hexes by terrain, a column a viewer."""
    actors = list(company.actors.values())
    counts = [Counter(_known(actor).values()) for actor in actors]
    table = Table(title="What everybody knows", title_justify="left", title_style="bold", show_footer=True)
    table.add_column("hexes of", footer="all", no_wrap=True)
    for actor, count in zip(actors, counts, strict=True):
        header = f"{actor.part.name}\n{actor.part.role}"
        table.add_column(header, footer=str(count.total()), justify="right")
    for terrain in sorted(set().union(*counts), key=_order):
        table.add_row(terrain, *(str(count[terrain] or "") for count in counts))
    return table


def _legend(terrains: list[Terrain], *, colours: bool) -> Text:
    legend = Text()
    for terrain in terrains:
        look = look_of(terrain)
        mark = Text("  ", Style(bgcolor=look.colour)) if colours else Text(look.letter)
        legend.append_text(mark).append(f" {terrain}   ")
    return legend.append("· fog")


def _known(actor: Actor) -> dict[HexKey, Terrain]:
    return actor.client.state.terrain


def _hexes(count: int) -> str:
    return "1 hex" if count == 1 else f"{count} hexes"


def _order(terrain: Terrain) -> tuple[int, str]:
    known = list(LOOKS)
    return (known.index(terrain) if terrain in LOOKS else len(known), terrain)
