"""What a scenario has measured, beside its floor, as a line for people and one for programs."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Literal

from rich.console import Console
from rich.table import Table

from benchmarks.live import cores

Unit = Literal["us", "ms", "/s", "KiB", "MB", "s", "bytes"]


@dataclass(frozen=True)
class Floor:
    """What the machine takes for `what` alone, in the unit of the measurement it stands beside."""

    what: str
    value: float


@dataclass(frozen=True)
class Measured:
    """`samples` are one figure a repetition; the bounds are for their median, or for its ratio to the floor."""

    scenario: str
    what: str
    unit: Unit
    samples: Sequence[float]
    floor: Floor | None = None
    at_most: float | None = None
    at_least: float | None = None
    ratio_at_most: float | None = None
    ratio_at_least: float | None = None

    @property
    def value(self) -> float:
        return median(self.samples)

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor.value if self.floor is not None else None

    @property
    def misses(self) -> list[str]:
        """The targets that are not met, in words."""
        checks: tuple[tuple[float | None, float | None, Callable[[float, float], bool], str], ...] = (
            (self.at_most, self.value, float.__le__, f"at most {_figure(self.at_most, self.unit)}"),
            (self.at_least, self.value, float.__ge__, f"at least {_figure(self.at_least, self.unit)}"),
            (self.ratio_at_most, self.ratio, float.__le__, f"at most {self.ratio_at_most} floors"),
            (self.ratio_at_least, self.ratio, float.__ge__, f"at least {self.ratio_at_least} floors"),
        )
        return [
            words
            for bound, measured, holds, words in checks
            if bound is not None and measured is not None and not holds(float(measured), float(bound))
        ]

    @property
    def targets(self) -> str:
        parts = (
            self.at_most is not None and f"≤ {_figure(self.at_most, self.unit)}",
            self.at_least is not None and f"≥ {_figure(self.at_least, self.unit)}",
            self.ratio_at_most is not None and f"≤ {self.ratio_at_most:g} floors",
            self.ratio_at_least is not None and f"≥ {self.ratio_at_least:g} floors",
        )
        return ", ".join(part for part in parts if part)


class Results:
    """Prints each line when it is there, and keeps all for the table at the end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._all: list[Measured] = []

    def add(self, measured: Measured) -> None:
        self._all.append(measured)
        self.console.print(f"  {measured.what}: {_figure(measured.value, measured.unit)}{_of_floor(measured)}")

    def note(self, words: str) -> None:
        """Something that explains the next lines."""
        self.console.print(f"  [dim]{words}[/]")

    def print_table(self) -> None:
        table = Table(title="The live engine and its floors", caption="spread: least to most of the repetitions")
        for column in ("scenario", "what", "median", "spread", "floor", "ratio", "target", ""):
            table.add_column(column, justify="right" if column in ("median", "floor", "ratio") else "left")
        scenario = ""
        for one in self._all:
            if one.scenario != scenario and scenario:
                table.add_section()
            spread = f"{_number(min(one.samples))} to {_number(max(one.samples))}" if len(one.samples) > 1 else ""
            floor = f"{_number(one.floor.value)} {one.floor.what}" if one.floor else ""
            ratio = f"{one.ratio:.2f}" if one.ratio is not None else ""
            verdict = ("[red]missed[/]" if one.misses else "[green]met[/]") if one.targets else ""
            name = one.scenario if one.scenario != scenario else ""
            table.add_row(name, one.what, _figure(one.value, one.unit), spread, floor, ratio, one.targets, verdict)
            scenario = one.scenario
        self.console.print(table)

    def write(self, path: Path) -> None:
        """JSON lines: each measurement with the machine and the versions it was made with."""
        about = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **machine()}
        lines = [
            json.dumps({**asdict(one), "median": one.value, "ratio": one.ratio, "misses": one.misses, **about})
            for one in self._all
        ]
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def machine() -> dict[str, object]:
    """What the figures depend on."""
    packages = ("aiohttp", "psycopg", "pydantic", "orjson", "eventsourcing")
    return {
        "processor": _processor(),
        "cores": {"server": sorted(cores.SERVER), "load and PostgreSQL": sorted(cores.LOAD)},
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in packages},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _of_floor(one: Measured) -> str:
    if one.floor is None:
        return ""
    return f", {one.ratio:.2f} times {one.floor.what} ({_figure(one.floor.value, one.unit)})"


def _figure(value: float | None, unit: Unit) -> str:
    if value is None:
        return ""
    return f"{_number(value)}{unit}" if unit == "/s" else f"{_number(value)} {unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
