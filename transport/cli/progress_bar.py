"""A bar on the terminal for what takes long, out of the way of what is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

Report = Callable[[int, int], None]
"""Told how many of how many are done."""


@contextmanager
def terminal_bar(what: str) -> Iterator[Report]:
    """Shows nothing where no terminal is."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
