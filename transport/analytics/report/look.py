"""How the pictures of a report look: what they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import plotly.graph_objects as go

from transport.analytics.report.readings import Outcome

INK, SOFT, LINE = "#23211c", "#5f5a4d", "#d8d1bf"
AT_ONCE, STAGED = "#1f6267", "#d79a2b"
PAUSED = "#cfc8b4"
OUTCOMES: dict[Outcome, str] = {
    "published": "#d79a2b",
    "undone": "#a3322b",
    "discarded": "#8b836f",
    "pending": "#d8d1bf",
}
PEOPLE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d31", "#56b4e9", "#e69f00", "#4d4d4d")
"""Told apart with every kind of colour vision (Okabe and Ito), in turn."""
FOG = "#e6e0d0"
TIME = ((0.0, "#fde9a9"), (0.35, "#6fb48f"), (0.7, "#1f6267"), (1.0, "#3b2a5e"))
"""From early to late: lighter is earlier in grey too."""


class Section(NamedTuple):
    """A picture: what it says as a heading, how to read it, and the picture for plotly.js."""

    name: str
    heading: str
    text: str
    figure: go.Figure


def figure(traces: Sequence[Any], x: str, y: str, height: int = 340) -> go.Figure:
    """With titles of the axes; the legend, if there is more than one trace, is above."""
    made = go.Figure(list(traces))
    axis = {"gridcolor": LINE, "linecolor": LINE, "zeroline": False, "tickfont": {"color": SOFT}}
    made.update_layout(
        template="none",
        height=height,
        margin={"l": 60, "r": 20, "t": 50, "b": 50},
        font={"family": "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif", "size": 13, "color": INK},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
        showlegend=len(traces) > 1,
        hoverlabel={"bgcolor": "#fffdf7", "bordercolor": LINE, "font": {"color": INK}},
        xaxis={**axis, "title": {"text": x, "font": {"color": SOFT}}, "showgrid": False},
        yaxis={**axis, "title": {"text": y, "font": {"color": SOFT}}, "rangemode": "tozero"},
    )
    return made


def plain(text: str) -> str:
    """What people wrote, so that plotly.js takes nothing of it for markup or for a place to fill in."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("%{", "%&#123;")


def percent(part: float, whole: float) -> str:
    """A whole number of percent; 0 of nothing."""
    return f"{100 * part / whole:.0f} %" if whole else "0 %"


def many(number: int, one: str, more: str | None = None) -> str:
    """The number with the word in its form, such as 1 hex, 2,000 hexes."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def day(moment: datetime) -> str:
    """Such as 1 March 2026."""
    return f"{moment.day} {moment:%B %Y}"


def lasting(seconds: float, *, in_days: bool = True) -> str:
    """As people say it, to about two digits; without days in hours, however many."""
    for size, name in _UNITS if in_days else _UNITS[1:]:
        if seconds >= size:
            number = seconds / size
            told = f"{number:.1f}".removesuffix(".0") if number < 9.95 else f"{number:,.0f}"
            return f"{told} {name}{'' if told == '1' else 's'}"
    return many(round(seconds), "second")
