"""Pictures of how the DM stages: how much, for how long, and what is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log2
from statistics import median

import plotly.graph_objects as go

from transport.analytics.report.look import AT_ONCE, INK, OUTCOMES, STAGED, Section, figure, lasting, many, percent
from transport.analytics.report.readings import Outcome

WORDS: dict[Outcome, str] = {
    "published": "published",
    "undone": "taken back",
    "discarded": "dropped",
    "pending": "still waiting",
}
"""For outcomes."""

_MARKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 21600: "6 h", 86400: "1 day", 604800: "1 week"}
_WINDOW = 10


def shown(x: Sequence[object], at_once: Sequence[int], staged: Sequence[int], axis: str, hover: str) -> Section:
    """Hexes shown at once and staged, by evening or by month."""
    bars = [
        go.Bar(
            x=x,
            y=at_once,
            name="at once",
            marker_color=AT_ONCE,
            hovertemplate=f"{hover}: %{{y}} at once<extra></extra>",
        ),
        go.Bar(
            x=x, y=staged, name="staged", marker_color=STAGED, hovertemplate=f"{hover}: %{{y}} staged<extra></extra>"
        ),
    ]
    made = figure(bars, axis, "hexes")
    made.update_layout(barmode="stack", bargap=0.15)
    share = percent(sum(staged), sum(staged) + sum(at_once))
    text = "Hexes that were new to somebody: shown at once, or staged before and shown by a publish."
    return Section("shown", f"{share} of the hexes came as staged surprises", text, made)


def waits(seconds: Sequence[float]) -> Section | None:
    """How long changes waited that were published. None when none was."""
    steps: dict[int, int] = {}
    for one in seconds:
        step = floor(log2(max(one, 1)))
        steps[step] = steps.get(step, 0) + 1
    return binned_waits(steps, median(seconds)) if seconds else None


def binned_waits(steps: Mapping[int, int], middle: float) -> Section:
    """The same for numbers by powers of two."""
    every = range(min(steps), max(steps) + 1)
    names = [f"{lasting(2**step)} to {lasting(2 ** (step + 1))}" for step in every]
    bars = go.Bar(
        x=[step + 0.5 for step in every],
        y=[steps.get(step, 0) for step in every],
        customdata=names,
        width=0.94,
        marker_color=STAGED,
        hovertemplate="%{customdata}: %{y}<extra></extra>",
    )
    made = figure([bars], "from the staging to the publish", "changes")
    marks = {log2(one): name for one, name in _MARKS.items() if every[0] - 0.2 <= log2(one) <= every[-1] + 1.2}
    made.update_xaxes(tickvals=list(marks), ticktext=list(marks.values()))
    made.add_vline(x=log2(max(middle, 1)), line={"color": INK, "dash": "dot", "width": 1.5})
    made.add_annotation(
        x=log2(max(middle, 1)), y=1, yref="paper", yanchor="bottom", text="half of them", showarrow=False
    )
    text = (
        "Each bar is twice as long a wait as the one before. On the left are changes for a scene that is being played, "
        "on the right what was prepared on the days before."
    )
    return Section("waits", f"Half of the surprises wait less than {lasting(middle)}", text, made)


def outcomes(x: Sequence[object], numbers: Mapping[Outcome, Sequence[int]], axis: str, hover: str) -> Section | None:
    """What became of the changes staged for an evening, or in a month. None when none was."""
    total = sum(sum(one) for one in numbers.values())
    if not total:
        return None
    bars = [
        go.Bar(
            x=x,
            y=numbers[outcome],
            name=WORDS[outcome],
            marker_color=colour,
            hovertemplate=f"{hover}: %{{y}} {WORDS[outcome]}<extra></extra>",
        )
        for outcome, colour in OUTCOMES.items()
        if any(numbers.get(outcome, ()))
    ]
    rate = _undone_share(numbers)
    line = go.Scatter(
        x=x,
        y=rate,
        name="share taken back",
        yaxis="y2",
        mode="lines",
        line={"color": INK, "width": 2},
        connectgaps=True,
        hovertemplate="%{y:.0%} taken back<extra></extra>",
    )
    made = figure([*bars, line], axis, "staged changes")
    made.update_layout(
        barmode="stack",
        bargap=0.15,
        margin_r=60,
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "tickformat": ".0%",
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "range": [0, 1],
            "showgrid": False,
            "title": {"text": "share taken back"},
        },
    )
    undone = sum(numbers.get("undone", ()))
    text = (
        f"Of {many(total, 'staged change')} {undone:,} were undone before anybody saw them. "
        f"The line is their share of the last {_WINDOW} bars."
    )
    return Section("outcomes", f"{percent(undone, total)} of what is staged is taken back", text, made)


def _undone_share(numbers: Mapping[Outcome, Sequence[int]]) -> list[float | None]:
    columns = list(zip(*numbers.values(), strict=True))
    undone = numbers["undone"]
    shares: list[float | None] = []
    for place in range(len(columns)):
        window = slice(max(0, place - _WINDOW + 1), place + 1)
        total = sum(map(sum, columns[window]))
        shares.append(sum(undone[window]) / total if total else None)
    return shares
