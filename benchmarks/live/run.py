"""All scenarios, and the table of what they measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.live import (
    fanout,
    growth,
    joining,
    latency,
    nodes,
    notifications,
    one_command,
    pipelined,
    restart,
    staged,
    throughput,
)
from benchmarks.live.cores import leave_the_server_alone
from benchmarks.live.measured import Results

SCENARIOS: dict[str, Callable[[Results], None]] = {
    "latency": latency.measure,
    "throughput": throughput.measure,
    "pipelined": pipelined.measure,
    "fan-out": fanout.measure,
    "joining": joining.measure,
    "staged": staged.measure,
    "growth": growth.measure,
    "restart": restart.measure,
    "command": one_command.measure,
    "nodes": nodes.measure,
    "notifications": notifications.measure,
    "more-growth": growth.measure_long,
}
LONG = {"more-growth", "nodes", "notifications"}
"""Not run unless they are named."""

LINES = Path(__file__).parents[1] / "last-run.jsonl"


def run(names: Sequence[str]) -> None:
    """Prints each result as it comes, then a table; the same goes as JSON lines into `benchmarks/last-run.jsonl`."""
    leave_the_server_alone()
    results = Results(Console())
    for name in names:
        results.console.print(f"[bold]{name}[/]")
        SCENARIOS[name](results)
    results.print_table()
    results.write(LINES)
    results.console.print(f"The same as JSON lines: {LINES}")
