"""What the audience sees while a rehearsal is played."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import assert_never

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from transport.rehearsal.lines import Drop, Import, Join, Promote, Return, Say, Send, Step
from transport.rehearsal.script import Script


@contextmanager
def shown_on(console: Console, script: Script) -> Iterator[Callable[[Step], None]]:
    """A bar with what happens, below the lines that are said."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    console.print(escape(script.title), style="bold")
    with bar:
        task = bar.add_task("the table is set", total=len(script.steps))

        def on_step(step: Step) -> None:
            if isinstance(step, Say):
                console.print(Padding(Text(step.say, style="italic"), (0, 0, 0, 2)))
            bar.update(task, advance=1, description=escape(_in_words(step)))

        yield on_step


@contextmanager
def unseen() -> Iterator[Callable[[Step], None]]:
    """Nothing is shown."""
    yield lambda _: None


def _in_words(step: Step) -> str:
    match step:
        case Say():
            return "…"
        case Send():
            return f"{step.who}: {step.send['type']}"
        case Join():
            return f"{step.who} joins"
        case Drop():
            return f"{step.who} drops"
        case Return():
            return f"{step.who} returns"
        case Import():
            return f"{step.who} imports {step.imports}"
        case Promote():
            return f"{step.who} makes {step.promote} a DM"
        case _:
            assert_never(step)
